// Requests that need a key in a token. What the token must do for one is asked for and the request parked;
// then it runs again from its start with the result in hand (TokenWork). A token that is away, busy beyond
// the limit or too slow: 4181 and an event, never a plain RAND.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "hss/token_desk.h"

namespace simbiont::hss {

struct Entry;
struct Request;
class Services;

// What a request has from the token; each RAND is used once, by the request it was made for.
struct TokenWork {
  std::optional<binding::KeyPair> pair;  // `rands` are under this one
  std::vector<binding::HiddenRand> rands;
  bool has_inverted = false;
  std::vector<Inverted> inverted;
  bool failed = false;  // refused at the next run

  TokenWork() = default;
  TokenWork(const TokenWork&) = delete;
  TokenWork& operator=(const TokenWork&) = delete;
  ~TokenWork();
};

class TokenRequests {
 public:
  explicit TokenRequests(Services& services) : services_(services) {}

  // nullptr: no key lies in a token that could be used.
  void use(TokenDesk* desk) { desk_ = desk; }
  bool lost() const { return desk_ != nullptr && desk_->lost(); }

  // Whether `count` RANDs under the key are in hand, or none are needed. If not, the request is parked or
  // refused.
  bool has_rands(const Request& request, const Imsi& imsi, const KeyChoice& key, std::size_t count);
  // The same for the RAND of a resynchronisation, under those of its pairs that lie in a token. While the
  // token is away they are passed over.
  bool has_inverted(const Request& request, const Entry& entry, const ResyncInfo& info);
  static std::span<const binding::HiddenRand> rands(const Request& request);
  static std::span<const Inverted> inverted(const Request& request);

  void on_time();  // gives up what waits for too long
  std::size_t waiting() const { return waiting_.size(); }

 private:
  struct Waiting {
    std::uint64_t link;
    Bytes frame;
    unsigned runs;
    std::shared_ptr<TokenWork> work;
    MonotonicMs until;
  };
  void park(const Request& request, const Imsi& imsi, std::shared_ptr<TokenWork> work, TokenJob job);
  void done(std::uint64_t number, TokenJob job);
  void run_again(std::uint64_t number);
  void refuse(const Request& request, const Imsi& imsi, const std::string& why);

  Services& services_;
  TokenDesk* desk_ = nullptr;
  std::uint64_t last_ = 0;
  std::unordered_map<std::uint64_t, Waiting> waiting_;
};

}  // namespace simbiont::hss

// The least an answer to an AIR takes: no checks but bounds, no rules, one subscriber table in memory. What
// the HSS is measured against; it serves nobody.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "aka/eps_batch.h"
#include "base/bytes.h"
#include "base/secret.h"
#include "crypto/aes.h"
#include "crypto/random.h"
#include "diameter/s6a.h"

namespace simbiont::bench {

// One cache line a subscriber, in open addressing by the IMSI as an integer.
struct alignas(64) BareSubscriber {
  std::uint64_t imsi = 0;  // 0: free
  std::uint64_t next_seq = 0;
  Block k, opc;
  std::uint32_t kme = 0;
};

class BareTable {
 public:
  explicit BareTable(std::size_t count);  // room for

  ~BareTable();
  BareTable(const BareTable&) = delete;
  BareTable& operator=(const BareTable&) = delete;

  void prefetch(std::uint64_t imsi) const { __builtin_prefetch(slots_ + home(imsi), 1); }
  BareSubscriber* find(std::uint64_t imsi);  // nullptr: unknown
  void add(const BareSubscriber& subscriber);

 private:
  std::size_t home(std::uint64_t imsi) const {
    return static_cast<std::size_t>(imsi * 0x9e3779b97f4a7c15U >> shift_);
  }

  unsigned shift_;
  std::size_t size_;
  BareSubscriber* slots_;
};

// What make_data.py wrote: every subscriber, bound, number i under K_ME i modulo their number.
struct BareData {
  std::vector<BareSubscriber> subscribers;
  std::vector<Secret> kmes;
  // Ends the process when the files are not those.
  static BareData read(const std::string& directory);
};

struct BareLogEntry {
  std::uint64_t imsi = 0, next_seq = 0;
};

class BareAuc {
 public:
  static constexpr std::size_t max_vectors = 5, batch = 64;

  BareAuc(const BareData& data, diameter::Identity self, bool echo);

  // Appends the answers of whole requests to `out`; what is no AIR of a known subscriber gets none. Appends
  // what a durable SQN would write to `log`.
  void answer(const std::vector<ByteView>& requests, Bytes& out, std::vector<BareLogEntry>& log);

 private:
  struct Question {
    ByteView frame, session;  // session: the whole AVP with its padding
    std::uint64_t imsi = 0;
    std::size_t vectors = 1, first = 0;  // first: among the batch's vectors
    Plmn plmn;
  };

  static bool parse(ByteView frame, Question& question);
  void make_templates();
  void make(std::span<Question> questions, Bytes& out, std::vector<BareLogEntry>& log);
  std::uint8_t* write(const Question& question, std::uint8_t* out) const;
  std::size_t answer_size(const Question& question) const;

  diameter::Identity self_;
  bool echo_;
  BareTable table_;
  std::vector<crypto::Aes> kmes_;
  crypto::SystemRandom random_;
  // Of an answer: what follows Session-Id, the group's header, one vector; made by the HSS's own encoder.
  Bytes common_, group_, vector_;
  std::size_t item_at_ = 0, rand_at_ = 0, xres_at_ = 0, autn_at_ = 0, kasme_at_ = 0;

  // One batch.
  std::vector<aka::EpsOrder> orders_;
  std::vector<aka::EpsQuantities> made_;
  std::vector<aka::PlainRand> rands_;
  std::vector<Block> wire_;
  std::vector<const crypto::Aes*> keys_;
};

}  // namespace simbiont::bench

// Work that a token does for a request, off the event loop's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "hss/auc.h"

namespace simbiont::hss {

// The RAND of a resynchronisation under one pair.
struct TokenInversion {
  binding::KeyPair pair;
  binding::TransformAlgorithm algorithm{};
  binding::TokenKey key;
  aka::WireRand rand;
};

// Either encrypts `rands` under (algorithm, key), or inverts. Carries all it needs by value.
struct TokenJob {
  Imsi imsi;
  binding::TransformAlgorithm algorithm{};
  binding::TokenKey key;
  std::vector<binding::HiddenRand> rands;  // plain in, wire out
  std::vector<TokenInversion> inversions;  // in
  std::vector<Inverted> inverted;          // out: those that the token could do
  Status status;

  explicit TokenJob(const Imsi& of) : imsi(of) {}
  TokenJob(TokenJob&&) = default;
  TokenJob& operator=(TokenJob&&) = default;
  ~TokenJob() { erase(); }
  void erase();  // the plain RANDs
};

class TokenDesk {
 public:
  virtual ~TokenDesk() = default;
  // `done` is called on the loop's thread after this returned, unless nobody waits for it any more. False:
  // too much is waiting already.
  using Done = std::function<void(TokenJob)>;
  virtual bool submit(TokenJob job, Done done) = 0;
  // Whether it cannot be had now; a job would fail.
  virtual bool lost() const = 0;
  virtual std::int64_t timeout_ms() const = 0;
};

}  // namespace simbiont::hss

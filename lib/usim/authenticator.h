// The authentication of a USIM (TS 33.102 6.3.3, C.2) without its APDUs: RAND and AUTN in, a verdict out.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/secret.h"
#include "usim/functions.h"

namespace simbiont::usim {

struct Profile {
  std::string imsi;
  Secret k;    // 16 octets; TUAK: 16 or 32
  Secret opc;  // 16 octets; TUAK: TOPc, 32; XOR: none
  // C.2.1: SEQ is accepted up to this far above the highest one accepted; 0 is no limit. 2^28 is the annex's
  // proposal.
  std::uint64_t delta = 1ULL << 28;
  // C.2.2 age limit L: SEQ must be above (highest accepted - L); 0 is no limit.
  std::uint64_t age_limit = 0;
  Algorithm algorithm = Algorithm::milenage;
};

// SQN as the card sees it: SEQ (43 bits) || IND (5 bits).
inline constexpr unsigned ind_bits = 5;
inline constexpr std::size_t ind_count = 1U << ind_bits;

enum class Verdict : std::uint8_t { accepted, sync_failure, mac_failure };

// res, ck, ik hold something when accepted, auts on a sync failure; zeroised when it goes.
struct Outcome {
  Verdict verdict = Verdict::mac_failure;
  ByteArray<8> res{};
  Block ck{}, ik{};
  ByteArray<14> auts{};

  Outcome() = default;
  Outcome(const Outcome&) = default;
  Outcome& operator=(const Outcome&) = default;
  ~Outcome();
};

// What a GSM challenge is answered with (TS 33.102 6.8.1.2).
struct GsmQuantities {
  ByteArray<4> sres{};
  ByteArray<8> kc{};
};
GsmQuantities gsm_quantities(const Outcome& accepted);

class Authenticator {
 public:
  using SeqArray = std::array<std::uint64_t, ind_count>;

  explicit Authenticator(Profile profile, const SeqArray& accepted_seq = {});

  // The order of 6.3.3: MAC-A first, then SQN. Only acceptance changes the array.
  Outcome authenticate(const Block& rand, const Block& autn);
  // RUN GSM ALGORITHM: no MAC, no SQN.
  GsmQuantities gsm(const Block& rand) const;
  Block ik(const Block& rand) const;

  const Profile& profile() const { return profile_; }
  // The highest SEQ accepted, per IND.
  SeqArray& accepted_seq() { return accepted_seq_; }

 private:
  // C.2.2 with the limits of C.2.1.
  bool fresh(std::uint64_t seq, std::size_t ind) const;
  // The highest SQN accepted anywhere: what AUTS conceals.
  std::uint64_t sqn_ms() const;

  Profile profile_;
  SeqArray accepted_seq_{};
};

}  // namespace simbiont::usim

// The judge of sampled vectors: what a device and a card would find, and whether SQNs and RANDs behave.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/digits.h"
#include "lab/load_keys.h"
#include "lab/load_sample.h"

namespace simbiont::lab {

struct LoadVerdict {
  static constexpr std::size_t max_problems = 10;

  std::uint64_t vectors = 0;      // judged
  std::uint64_t without_key = 0;  // of subscribers that are in no file
  std::uint64_t wrong = 0;
  std::vector<std::string> problems;  // of the first wrong ones: IMSI and what is wrong, never a key
};

// A vector is right when, its RAND decrypted under a K_ME of the IMSI's devices (as received when it is not
// bound), MAC-A, XRES and KASME are what the card computes, the separation bit is set, its RAND came never
// before, and its SQN neither: under one IND it is above that of every answer that was here before its
// request left (TS 33.102 C.3), and above those before it in its answer.
LoadVerdict verify_samples(const std::vector<LoadSample>& samples, const LoadCards& cards,
                           const std::string& first_imsi, const Plmn& visited_plmn);

}  // namespace simbiont::lab

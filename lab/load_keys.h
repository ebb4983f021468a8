// The keys of sampled subscribers, from the operator's CSV files: what their cards and devices hold.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "lab/me.h"

namespace simbiont::lab {

struct LoadCard {
  Secret k, opc;
  bool bound = false;          // the HSS must encrypt its RANDs
  std::vector<KeySlot> slots;  // of the devices it is bound to; each K_ME once
};

// Files of `simbiont import`. Those but `subscribers` may be empty: then no IMSI is bound.
struct LoadKeyFiles {
  std::string subscribers, kmes, devices, bindings;
};

struct LoadRange {
  std::string first_imsi;
  std::uint64_t count = 0;
  std::uint64_t sample_mask = 0;
};

// By index in the range; only sampled ones.
using LoadCards = std::map<std::uint64_t, LoadCard>;

// An Error names file and line. A bound IMSI whose device or K_ME is in no file is one too.
Result<LoadCards> read_load_keys(const LoadKeyFiles& files, const LoadRange& range);

}  // namespace simbiont::lab

// `simbiont-lab load` as its command line has it.
#pragma once

#include <cstdint>
#include <string>

#include "lab/arguments.h"
#include "lab/load.h"
#include "lab/load_keys.h"

namespace simbiont::lab {

struct LoadArguments {
  LoadPlan plan;
  std::string plmn = "001-01", procedure = "air", ratio = "1:1", wait;
  double warmup_s = 1, duration_s = 5;
  LoadKeyFiles keys;
  std::uint64_t sample = 1000;  // IMSIs
  bool json = false;
};

// Fills plan from the texts; invalid_argument names the wrong one.
Status complete_plan(LoadArguments& arguments);
Exit run_load_command(LoadArguments& arguments);

}  // namespace simbiont::lab

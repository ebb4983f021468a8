// A run's result for people and for programs.
#pragma once

#include <optional>
#include <string>

#include "lab/load.h"
#include "lab/load_verify.h"

namespace simbiont::lab {

std::string load_text(const LoadPlan& plan, const LoadResult& result,
                      const std::optional<LoadVerdict>& verdict);
// One object on one line. Latencies in microseconds; "rate" counts answers with 2001 alone.
std::string load_json(const LoadPlan& plan, const LoadResult& result,
                      const std::optional<LoadVerdict>& verdict);

}  // namespace simbiont::lab

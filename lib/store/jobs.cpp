#include "store/jobs.h"

#include <array>

namespace simbiont::store {
namespace {

constexpr std::array<std::string_view, 5> states{"uploading", "running", "interrupted", "finished",
                                                 "cancelled"};
constexpr std::array<std::string_view, 4> results{"waiting", "done", "unchanged", "refused"};

}  // namespace

std::string_view name(JobState state) { return states[static_cast<std::size_t>(state)]; }
std::string_view name(RowResult result) { return results[static_cast<std::size_t>(result)]; }

}  // namespace simbiont::store

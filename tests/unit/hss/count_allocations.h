// How often this program asked for memory by operator new.
#pragma once

#include <cstddef>

namespace simbiont::test {

std::size_t allocations();

}  // namespace simbiont::test

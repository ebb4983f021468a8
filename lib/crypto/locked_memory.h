// Whole pages for long-lived keys: locked into memory as far as RLIMIT_MEMLOCK allows, left out of core
// dumps, erased before they go back.
#pragma once

#include <cstddef>

namespace simbiont::crypto {

// Throws std::bad_alloc.
void* allocate_locked(std::size_t size);
void free_locked(void* at, std::size_t size) noexcept;
// Whether every page asked for so far could be locked.
bool all_locked();

// A base of classes that hold keys: `new` puts them there.
struct InLockedMemory {
  static void* operator new(std::size_t size) { return allocate_locked(size); }
  static void operator delete(void* at, std::size_t size) noexcept { free_locked(at, size); }
};

}  // namespace simbiont::crypto

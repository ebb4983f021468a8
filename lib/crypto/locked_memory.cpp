#include "crypto/locked_memory.h"

#include <sys/mman.h>

#include <atomic>
#include <new>

#include "base/secret.h"

namespace simbiont::crypto {
namespace {

constexpr std::size_t page = 4096;
std::atomic<bool> refused = false;

std::size_t pages(std::size_t size) { return (size + page - 1) / page * page; }

}  // namespace

void* allocate_locked(std::size_t size) {
  const std::size_t whole = pages(size);
  void* at = mmap(nullptr, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) throw std::bad_alloc();
  (void)madvise(at, whole, MADV_DONTDUMP);
  if (mlock(at, whole) != 0) refused = true;
  return at;
}

void free_locked(void* at, std::size_t size) noexcept {
  if (at == nullptr) return;
  zeroise({static_cast<std::uint8_t*>(at), pages(size)});
  (void)munmap(at, pages(size));
}

bool all_locked() { return !refused; }

}  // namespace simbiont::crypto

#include "hss/mapped_memory.h"

#include <sys/mman.h>

#include <cstdint>
#include <new>

#include "base/secret.h"

namespace simbiont::hss {
namespace {

std::uint8_t* map(std::size_t size) {
  void* at = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) throw std::bad_alloc();
  return static_cast<std::uint8_t*>(at);
}

// `size` octets at a multiple of `alignment`; what was mapped around them is given back.
std::uint8_t* map_aligned(std::size_t size, std::size_t alignment) {
  std::uint8_t* const whole = map(size + alignment);
  const std::size_t before = (alignment - reinterpret_cast<std::uintptr_t>(whole) % alignment) % alignment;
  if (before != 0) (void)munmap(whole, before);
  (void)munmap(whole + before + size, alignment - before);
  return whole + before;
}

}  // namespace

MappedMemory::MappedMemory(std::size_t size) : size_(size) {
  const bool large = size >= huge_page;
  size_ = large ? (size + huge_page - 1) / huge_page * huge_page : (size + 4095) / 4096 * 4096;
  address_ = large ? map_aligned(size_, huge_page) : map(size_);
  (void)madvise(address_, size_, MADV_DONTDUMP);
  if (large) (void)madvise(address_, size_, MADV_HUGEPAGE);
}

MappedMemory::~MappedMemory() {
  if (address_ == nullptr) return;
  if (erase_) zeroise({as<std::uint8_t>(), size_});
  (void)munmap(address_, size_);
}

bool MappedMemory::lock() { return mlock(address_, size_) == 0; }

}  // namespace simbiont::hss

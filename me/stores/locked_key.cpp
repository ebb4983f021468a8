#include "me/stores/locked_key.h"

#include <sys/mman.h>

#include <algorithm>
#include <cassert>

#include "base/secret.h"
#include "me/aes.h"

namespace simbiont::me {
namespace {

constexpr std::size_t page_size = 4096;

}  // namespace

Result<std::unique_ptr<LockedKey>> LockedKey::make(ByteView key) {
  assert(key.size() == 16 || key.size() == 32);
  void* page = ::mmap(nullptr, page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return error(Errc::unavailable, "no memory for a key");
  if (::mlock(page, page_size) != 0 || ::madvise(page, page_size, MADV_DONTDUMP) != 0) {
    ::munmap(page, page_size);
    return error(Errc::unavailable, "memory for a key cannot be locked: RLIMIT_MEMLOCK");
  }
  auto* octets = static_cast<std::uint8_t*>(page);
  std::copy(key.begin(), key.end(), octets);
  return std::unique_ptr<LockedKey>(new LockedKey(octets, key.size()));
}

LockedKey::~LockedKey() {
  zeroise({page_, size_});
  ::munmap(page_, page_size);
}

void LockedKey::block(int direction, const std::uint8_t* in, std::uint8_t* out) const {
  aes_block(page_, size_, direction, in, out);
}

}  // namespace simbiont::me

// A key in memory that is neither swapped nor dumped, for stores that have to hold one. Wiped when it goes.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "base/result.h"

namespace simbiont::me {

class LockedKey {
 public:
  // unavailable when the system does not lock the page (RLIMIT_MEMLOCK).
  static Result<std::unique_ptr<LockedKey>> make(ByteView key);
  ~LockedKey();
  LockedKey(const LockedKey&) = delete;
  LockedKey& operator=(const LockedKey&) = delete;

  // One AES block, constant time.
  void block(int direction, const std::uint8_t* in, std::uint8_t* out) const;

 private:
  LockedKey(std::uint8_t* page, std::size_t size) : page_(page), size_(size) {}

  std::uint8_t* page_;
  std::size_t size_;
};

}  // namespace simbiont::me

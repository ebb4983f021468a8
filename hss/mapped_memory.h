// Zeroed memory straight from the kernel: it costs only where it is touched, stays out of core dumps, and is
// erased before it goes back. For tables of key material that are sized for their bound.
#pragma once

#include <cstddef>
#include <span>
#include <utility>

namespace simbiont::hss {

class MappedMemory {
 public:
  MappedMemory() = default;
  // From huge_page on aligned to it, and backed by huge pages where the kernel has them: a random access then
  // costs one miss, not two. Throws std::bad_alloc.
  explicit MappedMemory(std::size_t size);
  MappedMemory(MappedMemory&& other) noexcept { swap(other); }
  MappedMemory& operator=(MappedMemory&& other) noexcept {
    swap(other);
    return *this;
  }
  MappedMemory(const MappedMemory&) = delete;
  MappedMemory& operator=(const MappedMemory&) = delete;
  ~MappedMemory();

  template <class T>
  T* as() const {
    return static_cast<T*>(address_);
  }
  std::size_t size() const { return size_; }
  // False when RLIMIT_MEMLOCK does not allow it.
  bool lock();
  void erase_on_release(bool wanted) { erase_ = wanted; }  // off for memory that never holds keys

  static constexpr std::size_t huge_page = std::size_t{1} << 21;

 private:
  void swap(MappedMemory& other) noexcept {
    std::swap(address_, other.address_);
    std::swap(size_, other.size_);
    std::swap(erase_, other.erase_);
  }

  void* address_ = nullptr;
  std::size_t size_ = 0;
  bool erase_ = true;
};

}  // namespace simbiont::hss

// Which of the CPU's cryptographic instructions are used. CPUID says it once, before main; AES and SHA are
// separate facts (valgrind has the first only). Where they are missing, the library (Nettle) does the work.
#pragma once

#include <atomic>

namespace simbiont::crypto {

struct CpuCrypto {
  bool aes = false;  // and SSSE3, SSE4.1
  bool sha = false;  // SHA-256; and SSSE3, SSE4.1
  friend bool operator==(const CpuCrypto&, const CpuCrypto&) = default;
};

namespace detail {
extern std::atomic<bool> use_aes;
extern std::atomic<bool> use_sha;
}  // namespace detail

inline bool cpu_has_aes() { return detail::use_aes.load(std::memory_order_relaxed); }
inline bool cpu_has_sha() { return detail::use_sha.load(std::memory_order_relaxed); }

// For tests and benchmarks: until it goes, no more than `allowed` is used by what is keyed from now on.
class RestrictCpu {
 public:
  explicit RestrictCpu(CpuCrypto allowed);
  RestrictCpu(const RestrictCpu&) = delete;
  RestrictCpu& operator=(const RestrictCpu&) = delete;
  ~RestrictCpu();

 private:
  CpuCrypto before_;
};

}  // namespace simbiont::crypto

#include "crypto/cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace simbiont::crypto {
namespace {

#if defined(__x86_64__)
// Intel SDM, CPUID: leaf 1 ECX and leaf 7 EBX. SSE registers need no word from the operating system.
CpuCrypto detect() {
  constexpr unsigned ssse3 = 1U << 9, sse41 = 1U << 19, aes = 1U << 25, sha = 1U << 29;
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & (ssse3 | sse41)) != (ssse3 | sse41)) return {};
  CpuCrypto found{(c & aes) != 0, false};
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) != 0) found.sha = (b & sha) != 0;
  return found;
}
#else
CpuCrypto detect() { return {}; }
#endif

void use(CpuCrypto what) {
  detail::use_aes.store(what.aes, std::memory_order_relaxed);
  detail::use_sha.store(what.sha, std::memory_order_relaxed);
}

}  // namespace

namespace detail {
// Whatever runs before these have their value uses the library.
std::atomic<bool> use_aes{detect().aes};
std::atomic<bool> use_sha{detect().sha};
}  // namespace detail

RestrictCpu::RestrictCpu(CpuCrypto allowed) : before_{cpu_has_aes(), cpu_has_sha()} {
  use({before_.aes && allowed.aes, before_.sha && allowed.sha});
}

RestrictCpu::~RestrictCpu() { use(before_); }

}  // namespace simbiont::crypto

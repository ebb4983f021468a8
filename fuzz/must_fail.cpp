// A parser with a bug on purpose, behind the same entry and sanitizers as the others: it believes a length
// octet. The bug lies behind a magic number that only a fuzzer guided by coverage gets past.
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/reader.h"

namespace {

unsigned sum_of_field(simbiont::ByteView input) {
  simbiont::Reader reader(input);
  for (const char expected : {'A', 'V', 'P'}) {
    if (reader.u8() != static_cast<std::uint8_t>(expected)) return 0;
  }
  const std::size_t believed = reader.u8();
  const simbiont::ByteView rest = reader.rest();
  unsigned sum = 0;
  for (std::size_t i = 0; i < believed; ++i) sum += rest.data()[i];
  return sum;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const simbiont::Bytes copy(data, data + size);
  const volatile unsigned sum = sum_of_field(copy);
  (void)sum;
  return 0;
}

// Each primitive by the CPU's instructions and by the library: the published vectors and one another.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "crypto/aes.h"
#include "crypto/cpu.h"
#include "crypto/hmac.h"
#include "tests/support/vec_file.h"

namespace simbiont::crypto {
namespace {

using test::VecSet;

std::vector<VecSet> sets(const std::string& name) {
  return test::read_vec_file(std::string(TEST_DATA) + "/" + name);
}

constexpr CpuCrypto library_only{};
constexpr CpuCrypto everything{true, true};

// Twice each: the second time on the library alone. On a CPU without the instructions both are the library.
class Primitive : public testing::TestWithParam<CpuCrypto> {
 protected:
  RestrictCpu restriction_{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(By, Primitive, testing::Values(everything, library_only),
                         [](const auto& by) { return by.param == everything ? "instructions" : "library"; });

TEST_P(Primitive, aes_holds_fips_197) {
  for (const VecSet& set : sets("aes_fips197.vec")) {
    if (set.secret("key").size() == 24) continue;
    EXPECT_EQ(Aes(set.secret("key")).encrypt(set.block("plain")), set.block("cipher")) << set.title;
  }
}

TEST_P(Primitive, sha256_holds_fips_180) {
  const auto examples = sets("sha256_fips180.vec");
  ASSERT_EQ(examples.size(), 4U);
  for (const VecSet& set : examples) {
    EXPECT_EQ(sha256(set.bytes("message")), set.array<32>("digest")) << set.title;
  }
}

TEST_P(Primitive, hmac_holds_rfc_4231) {
  for (const VecSet& set : sets("hmac_sha256_rfc4231.vec")) {
    EXPECT_EQ(hmac_sha256(set.bytes("key"), set.bytes("message")), set.array<32>("mac")) << set.title;
  }
}

// Random octets from a seed that a failure prints.
class Numbers {
 public:
  Bytes octets(std::size_t size) {
    Bytes out(size);
    for (std::uint8_t& octet : out) octet = static_cast<std::uint8_t>(engine_());
    return out;
  }
  std::size_t below(std::size_t limit) { return engine_() % limit; }
  std::uint32_t seed() const { return seed_; }

 private:
  std::uint32_t seed_ = std::random_device{}();
  std::mt19937 engine_{seed_};
};

template <class Function>
auto by_library(Function&& function) {
  const RestrictCpu restriction(library_only);
  return function();
}

TEST(Instructions, aes_is_the_librarys_over_random_keys_and_any_number_of_blocks) {
  Numbers numbers;
  for (int i = 0; i < 4000; ++i) {
    const Secret key(numbers.octets(i % 2 == 0 ? 16 : 32));
    const Bytes in = numbers.octets(16 * numbers.below(14));
    const auto run = [&] {
      Bytes out(in.size());
      Aes(key).encrypt(in.data(), out.data(), in.size() / 16);
      return out;
    };
    ASSERT_EQ(run(), by_library(run)) << "seed " << numbers.seed() << " blocks " << in.size() / 16;
  }
}

TEST(Instructions, aes_may_write_where_it_reads) {
  Numbers numbers;
  const Aes aes{Secret(numbers.octets(16))};
  Bytes blocks = numbers.octets(112);
  Bytes expected(blocks.size());
  aes.encrypt(blocks.data(), expected.data(), 7);
  aes.encrypt(blocks.data(), blocks.data(), 7);
  EXPECT_EQ(blocks, expected);
}

// Every size across three blocks, so every place where the padding can fall.
TEST(Instructions, sha256_is_the_librarys_for_every_size) {
  Numbers numbers;
  for (std::size_t size = 0; size <= 200; ++size) {
    const Bytes message = numbers.octets(size);
    const auto run = [&] { return sha256(message); };
    ASSERT_EQ(run(), by_library(run)) << "seed " << numbers.seed() << " size " << size;
  }
}

TEST(Instructions, hmac_is_the_librarys_for_random_keys_and_messages) {
  Numbers numbers;
  for (int i = 0; i < 4000; ++i) {
    const Bytes key = numbers.octets(numbers.below(140)), message = numbers.octets(numbers.below(200));
    const auto run = [&] { return hmac_sha256(key, message); };
    ASSERT_EQ(run(), by_library(run)) << "seed " << numbers.seed() << " round " << i;
  }
}

// 1 to 9 at once and every message size; the oracle is the general function on the library.
TEST_P(Primitive, short_hmacs_are_hmacs_however_many_and_whatever_size) {
  Numbers numbers;
  for (int i = 0; i < 4000; ++i) {
    const std::size_t count = 1 + numbers.below(9), size = numbers.below(ShortHmac::max_message_size + 1);
    std::vector<ShortHmac> jobs(count);
    std::vector<ByteArray<32>> macs(count), expected(count);
    for (std::size_t j = 0; j < count; ++j) {
      const Bytes key = numbers.octets(32), message = numbers.octets(size);
      std::ranges::copy(key, jobs[j].key.begin());
      jobs[j].message = {};
      std::ranges::copy(message, jobs[j].message.begin());
      jobs[j].message[size] = 0x80;
      jobs[j].mac = macs[j].data();
      expected[j] = by_library([&] { return hmac_sha256(key, message); });
    }
    hmac_sha256_short(jobs, size);
    ASSERT_EQ(macs, expected) << "seed " << numbers.seed() << " count " << count << " size " << size;
  }
}

TEST(RestrictCpu, gives_back_what_it_took) {
  const CpuCrypto before{cpu_has_aes(), cpu_has_sha()};
  {
    const RestrictCpu restriction(library_only);
    EXPECT_EQ((CpuCrypto{cpu_has_aes(), cpu_has_sha()}), library_only);
    const RestrictCpu no_more(everything);
    EXPECT_EQ((CpuCrypto{cpu_has_aes(), cpu_has_sha()}), library_only);
  }
  EXPECT_EQ((CpuCrypto{cpu_has_aes(), cpu_has_sha()}), before);
}

// A schedule outlives a change of what is used: it is read by whom it was made.
TEST(RestrictCpu, does_not_touch_what_was_keyed_before) {
  const VecSet set = sets("aes_fips197.vec").front();
  const Aes before(set.secret("key"));
  const RestrictCpu restriction(library_only);
  EXPECT_EQ(before.encrypt(set.block("plain")), set.block("cipher"));
}

}  // namespace
}  // namespace simbiont::crypto

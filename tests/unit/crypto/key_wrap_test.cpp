#include "crypto/key_wrap.h"

#include <gtest/gtest.h>

#include "tests/support/vec_file.h"

namespace simbiont::crypto {
namespace {

TEST(KeyWrap, gives_the_vectors_of_rfc_3394_and_rfc_5649_both_ways) {
  const auto sets = test::read_vec_file(TEST_DATA "/key_wrap.vec");
  ASSERT_EQ(sets.size(), 8U);
  for (const auto& set : sets) {
    const auto wrap = key_wrap(set.text("wrap"));
    ASSERT_TRUE(wrap) << set.title;
    EXPECT_EQ(*wrap_key(set.secret("kek"), *wrap, set.secret("key")), set.bytes("wrapped")) << set.title;
    EXPECT_EQ(*unwrap_key(set.secret("kek"), *wrap, set.bytes("wrapped")), set.secret("key")) << set.title;
  }
}

TEST(KeyWrap, one_bit_changed_anywhere_does_not_open) {
  for (const auto& set : test::read_vec_file(TEST_DATA "/key_wrap.vec")) {
    const auto wrap = *key_wrap(set.text("wrap"));
    for (std::size_t bit = 0; bit < 8 * set.bytes("wrapped").size(); ++bit) {
      Bytes changed = set.bytes("wrapped");
      changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ 1U << bit % 8);
      const auto opened = unwrap_key(set.secret("kek"), wrap, changed);
      ASSERT_FALSE(opened) << set.title << " bit " << bit;
      EXPECT_EQ(opened.error().code, Errc::corrupt);
    }
  }
}

TEST(KeyWrap, opens_under_its_own_kek_and_algorithm_only) {
  const Secret kek(Bytes(32, 1)), other(Bytes(32, 2)), key(Bytes(16, 3));
  for (const auto wrap : {KeyWrap::kw, KeyWrap::kwp}) {
    const auto wrapped = *wrap_key(kek, wrap, key);
    EXPECT_EQ(wrapped.size(), 24U);
    EXPECT_FALSE(unwrap_key(other, wrap, wrapped));
    EXPECT_FALSE(unwrap_key(kek, wrap == KeyWrap::kw ? KeyWrap::kwp : KeyWrap::kw, wrapped));
  }
}

TEST(KeyWrap, refuses_sizes_that_no_key_has) {
  const Secret kek(Bytes(32, 1));
  for (std::size_t size = 0; size < 100; ++size) {
    for (const auto wrap : {KeyWrap::kw, KeyWrap::kwp})
      EXPECT_FALSE(unwrap_key(kek, wrap, Bytes(size, 0x5A))) << size;
  }
  EXPECT_FALSE(unwrap_key(Secret(Bytes(17, 1)), KeyWrap::kw, Bytes(24)));
  EXPECT_FALSE(unwrap_key(Secret(), KeyWrap::kw, Bytes(24)));
  EXPECT_FALSE(wrap_key(kek, KeyWrap::kw, Secret(Bytes(20, 1))));
  EXPECT_FALSE(wrap_key(kek, KeyWrap::kwp, Secret()));
  for (std::size_t size = 1; size <= Secret::max_size; ++size) {
    const Secret key(Bytes(size, 7));
    EXPECT_EQ(*unwrap_key(kek, KeyWrap::kwp, *wrap_key(kek, KeyWrap::kwp, key)), key) << size;
  }
}

}  // namespace
}  // namespace simbiont::crypto

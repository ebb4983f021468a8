// The table of hot records against a plain map, and the keys that records refer to.
#include "hss/hot_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "hss/key_slots.h"
#include "support/manual_parts.h"

namespace simbiont::hss {
namespace {

using test::imsi_of;
using test::secret_of;

Imsi numbered(unsigned number) {
  return imsi_of("00101" + std::to_string(10'000'000'000ULL + number).substr(1));
}

TEST(HotTable, finds_what_a_map_finds_whatever_comes_and_goes) {
  HotTable table(100'000);
  std::map<std::uint64_t, std::uint64_t> oracle;
  std::mt19937 engine(7);
  for (int round = 0; round < 400'000; ++round) {
    const Imsi imsi = numbered(static_cast<unsigned>(engine() % 50'000));
    HotRecord* record = table.find(imsi.key());
    const auto known = oracle.find(imsi.key());
    ASSERT_EQ(record != nullptr, known != oracle.end());
    if (record == nullptr) {
      table.insert(imsi)->next = static_cast<std::uint64_t>(round);
      oracle[imsi.key()] = static_cast<std::uint64_t>(round);
    } else {
      ASSERT_EQ(record->next, known->second);
      if (engine() % 2 == 0) {
        table.erase(*record);
        oracle.erase(known);
      }
    }
    ASSERT_EQ(table.size(), oracle.size());
  }
  table.clear();
  for (const auto& [key, next] : oracle) ASSERT_EQ(table.find(key), nullptr);
}

TEST(HotTable, evicts_what_was_not_used_lately_and_never_what_is_pinned) {
  HotTable table(1000);
  for (unsigned i = 0; i < 1000; ++i) table.insert(numbered(i))->set(HotRecord::pending, i % 3 == 0);
  ASSERT_TRUE(table.is_full());
  for (unsigned i = 0; i < 600; ++i) {
    HotRecord* victim = table.victim();
    ASSERT_NE(victim, nullptr);
    EXPECT_FALSE(victim->is_pinned());
    EXPECT_NE(victim->imsi, numbered(10).key()) << "used all the time";
    table.erase(*victim);
    (void)table.find(numbered(10).key());
  }
  for (unsigned i = 0; i < 1000; i += 3) EXPECT_NE(table.find(numbered(i).key()), nullptr);
}

TEST(HotTable, an_erased_record_leaves_no_key_behind) {
  HotTable table(10);
  HotRecord* record = table.insert(numbered(1));
  record->k.fill(0xaa);
  const auto* octets = reinterpret_cast<const std::uint8_t*>(record);
  table.erase(*record);
  for (std::size_t i = 0; i < sizeof(HotRecord); ++i) ASSERT_EQ(octets[i], 0);
}

TEST(HotRecord, gives_out_only_what_was_reserved) {
  HotRecord record;
  record.next = 101;
  EXPECT_EQ(record.reserved_to(), 100U);
  record.extend_to(110);
  EXPECT_EQ(record.reserved_to(), 110U);
  record.skip_to(105);
  EXPECT_EQ(record.next, 105U);
  EXPECT_EQ(record.reserved_to(), 110U);
  record.extend_to(107);
  record.skip_to(103);
  EXPECT_EQ(record.next, 105U);
  EXPECT_EQ(record.reserved_to(), 110U) << "neither goes back";
  record.skip_to(200);
  EXPECT_EQ(record.reserved_to(), 199U) << "what was reserved lies behind";
}

TEST(HotRecord, notes_the_nodes_used_last_each_kind_by_itself) {
  HotRecord record;
  constexpr UnixMs now = 1'700'000'000'500;
  EXPECT_FALSE(record.is_noted(no_node, true, now, 1'000'000'000'000'000));
  record.note(1, true, now);
  record.note(2, false, now);
  EXPECT_TRUE(record.is_noted(1, true, now + 9000, 10'000));
  EXPECT_FALSE(record.is_noted(1, false, now, 10'000));
  EXPECT_FALSE(record.is_noted(1, true, now + 10'000, 10'000));
  record.note(1, false, now);
  EXPECT_TRUE(record.is_noted(1, true, now, 10'000));
  record.note(3, true, now);
  record.note(4, true, now);
  EXPECT_FALSE(record.is_noted(2, false, now, 10'000)) << "used longest ago";
  for (const NodeId node : {1U, 3U, 4U}) EXPECT_TRUE(record.is_noted(node, true, now, 10'000)) << node;
}

class KeySlotsTest : public ::testing::Test {
 protected:
  KeyRef take(const char* kme, const Secret& key,
              binding::TransformAlgorithm algorithm = binding::TransformAlgorithm::aes128) {
    return keys.take(KeyChoice{binding::KeyPair{kme, 1}, algorithm, &key});
  }
  Block apply(KeyRef key, const Imsi& imsi) {
    aka::WireRand wire;
    keys.transform(key)->apply(imsi, std::span(&rand, 1), std::span(&wire, 1));
    return wire.octets;
  }
  const Secret a = secret_of("000102030405060708090a0b0c0d0e0f");
  const Secret b = secret_of("f0e0d0c0b0a090807060504030201000");
  aka::PlainRand rand{{1, 2, 3}};
  KeySlots keys{100};
};

TEST_F(KeySlotsTest, a_key_that_many_share_is_kept_once_and_erased_with_the_last) {
  const KeyRef first = take("x", a), second = take("x", a), other = take("y", b);
  EXPECT_EQ(first, second);
  EXPECT_FALSE(first == other);
  EXPECT_EQ(keys.size(), 2U);
  EXPECT_TRUE(keys.is_of(first, "x", 1));
  EXPECT_FALSE(keys.is_of(first, "x", 2));
  EXPECT_FALSE(keys.is_of(first, "y", 1));
  keys.release(first);
  EXPECT_EQ(keys.size(), 2U);
  keys.release(second);
  EXPECT_EQ(keys.size(), 1U);
}

TEST_F(KeySlotsTest, a_slot_used_again_has_no_schedule_of_its_last_key) {
  const KeyRef first = take("x", a);
  const Block under_a = apply(first, numbered(1));
  keys.release(first);
  const KeyRef again = take("x", b);
  EXPECT_EQ(again, first) << "the same slot";
  EXPECT_NE(apply(again, numbered(1)), under_a);
}

TEST_F(KeySlotsTest, transforms_are_those_of_the_binding_for_every_algorithm) {
  const Secret wide = secret_of("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
  for (const auto& [algorithm, key] : {std::pair(binding::TransformAlgorithm::aes128, a),
                                       std::pair(binding::TransformAlgorithm::aes256, wide),
                                       std::pair(binding::TransformAlgorithm::aes128_imsi, a)}) {
    const KeyRef taken = take("x", key, algorithm);
    for (unsigned i = 0; i < 3; ++i)
      EXPECT_EQ(apply(taken, numbered(i)),
                binding::Transform(algorithm, key, numbered(i)).apply(rand).octets);
  }
}

TEST_F(KeySlotsTest, only_a_choice_of_plain_is_plain) {
  EXPECT_FALSE(KeyRef().usable());
  EXPECT_FALSE(keys.take(error(Errc::refused, "no association")).usable());
  EXPECT_TRUE(keys.take(KeyChoice{}).plain());
  EXPECT_FALSE(take("x", a).plain());
  for (int i = 0; i < 200; ++i) {
    const KeyRef key = take(std::to_string(i).c_str(), a);
    EXPECT_FALSE(key.plain());
    EXPECT_EQ(key.usable(), keys.is_of(key, std::to_string(i), 1)) << "beyond the bound: no key, not plain";
  }
}

}  // namespace
}  // namespace simbiont::hss

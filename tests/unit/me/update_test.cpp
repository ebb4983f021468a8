// Slot updates: what is taken over, and everything that is refused without a trace.
#include "device.h"
#include "support/me_oracle.h"
#include "support/vec_file.h"

namespace simbiont::test {
namespace {

const Bytes transport(32, 0x77), key_1(16, 0xa1), key_2(16, 0xb2);
const char* const kme = "meter-fleet.1";

struct Update : ::testing::Test {
  Update() { EXPECT_EQ(device.load({device.slot(kme, 1, key_1)}), SIMBIONT_ME_OK); }
  simbiont_me_status apply(const Bytes& octets) {
    return simbiont_me_update(device.me, octets.data(), octets.size());
  }
  simbiont_me_status apply(const SlotUpdate& update) { return apply(update.sealed(transport)); }
  SlotUpdate next(std::uint64_t epoch = 2) const {
    SlotUpdate update;
    update.epoch = epoch;
    update.key = key_2;
    return update;
  }
  // The RAND that slot i makes of zeros.
  Block opened(std::size_t index) {
    Block zeros{}, out{};
    EXPECT_EQ(simbiont_me_soft_block(&device.soft, device.slots().at(index).key, SIMBIONT_ME_DECRYPT,
                                     zeros.data(), out.data()),
              0);
    return out;
  }
  Device device;
};

TEST(UpdateVectors, updates_made_elsewhere_are_taken_over) {
  const auto sets = read_vec_file(TEST_DATA "/slot_update.vec");
  ASSERT_EQ(sets.size(), 3U);
  for (const auto& set : sets) {
    SCOPED_TRACE(set.title);
    Device device;
    device.config.transport_key = device.add_key(set.bytes("K_T"));
    std::strcpy(device.config.imei, set.text("imei").c_str());
    device.start();
    const Bytes update = set.bytes("update");
    ASSERT_EQ(simbiont_me_update(device.me, update.data(), update.size()), SIMBIONT_ME_OK);
    const simbiont_me_slot slot = device.slots().at(0);
    EXPECT_EQ(slot.kme, set.text("kme"));
    EXPECT_EQ(std::to_string(slot.epoch), set.text("epoch"));
    EXPECT_EQ(slot.scope, set.text("scope"));
    const simbiont_me_soft_key& key = device.keys.at(slot.key - 1);
    EXPECT_EQ(to_hex({key.octets, key.size}), set.text("K_ME"));
    ASSERT_EQ(slot.confirm_key != 0, set.has("K_conf"));
    if (!set.has("K_conf")) continue;
    const simbiont_me_soft_key& confirm = device.keys.at(slot.confirm_key - 1);
    EXPECT_EQ(to_hex({confirm.octets, confirm.size}), set.text("K_conf"));
  }
}

TEST_F(Update, adds_a_pending_slot_with_the_key_that_was_wrapped_and_saves_it) {
  ASSERT_EQ(apply(next()), SIMBIONT_ME_OK);
  EXPECT_EQ(device.states(), "1 current, 2 pending");
  EXPECT_EQ(opened(1), aes(key_2, Block{}, false));
  EXPECT_STREQ(device.slots()[1].scope, test_imsi);
  ASSERT_EQ(device.saved.size(), 2U);
  EXPECT_EQ(std::memcmp(&device.saved[1], &device.slots()[1], sizeof(simbiont_me_slot)), 0);
}

TEST_F(Update, the_first_epoch_of_a_kme_is_current) {
  SlotUpdate update = next(5);
  update.kme = "another";
  update.algorithm = SIMBIONT_ME_AES256;
  update.key = Bytes(32, 0x44);
  ASSERT_EQ(apply(update), SIMBIONT_ME_OK);
  EXPECT_EQ(device.states(), "1 current, 5 current");
  EXPECT_EQ(opened(1), aes(Bytes(32, 0x44), Block{}, false));
}

TEST_F(Update, k_enc_and_k_conf_can_come_instead_of_k_me) {
  SlotUpdate update = next();
  update.confirm_key = Bytes(16, 0x99);
  ASSERT_EQ(apply(update), SIMBIONT_ME_OK);
  ASSERT_NE(device.slots()[1].confirm_key, 0U);
  const Block challenge{1, 2, 3};
  Block proof{};
  ASSERT_EQ(simbiont_me_proof(device.me, kme, 2, challenge.data(), proof.data()), SIMBIONT_ME_OK);
  Bytes input(kme, kme + std::strlen(kme) + 1);
  input.insert(input.end(), {0, 0, 0, 0, 0, 0, 0, 2});
  input.insert(input.end(), challenge.begin(), challenge.end());
  EXPECT_EQ(proof, cmac(Bytes(16, 0x99), input));
}

TEST_F(Update, an_epoch_not_above_the_highest_seen_is_refused) {
  EXPECT_EQ(apply(next(1)), SIMBIONT_ME_ROLLBACK);
  ASSERT_EQ(apply(next(3)), SIMBIONT_ME_OK);
  EXPECT_EQ(apply(next(3)), SIMBIONT_ME_ROLLBACK);
  EXPECT_EQ(apply(next(2)), SIMBIONT_ME_ROLLBACK);
  EXPECT_EQ(device.states(), "1 current, 3 pending");
}

TEST_F(Update, a_dropped_epoch_does_not_come_back) {
  ASSERT_EQ(apply(next(3)), SIMBIONT_ME_OK);
  SlotUpdate drop = next(3);
  drop.key = {};
  drop.drops = {3};
  ASSERT_EQ(apply(drop), SIMBIONT_ME_OK);
  EXPECT_EQ(device.states(), "1 current");
  EXPECT_EQ(apply(next(3)), SIMBIONT_ME_ROLLBACK);
  EXPECT_EQ(apply(next(2)), SIMBIONT_ME_ROLLBACK);
  EXPECT_EQ(apply(next(4)), SIMBIONT_ME_OK);
}

TEST_F(Update, retired_epochs_go_with_their_keys_once_the_rest_is_saved) {
  ASSERT_EQ(apply(next(2)), SIMBIONT_ME_OK);
  ASSERT_EQ(simbiont_me_make_current(device.me, kme, 2), SIMBIONT_ME_OK);
  const std::size_t held = device.keys_held();
  SlotUpdate update = next(3);
  update.drops = {1};
  ASSERT_EQ(apply(update), SIMBIONT_ME_OK);
  EXPECT_EQ(device.states(), "2 current, 3 pending");
  EXPECT_EQ(device.keys_held(), held);
}

TEST_F(Update, drops_that_would_leave_no_slot_of_the_kme_are_refused) {
  SlotUpdate drop = next();
  drop.key = {};
  drop.drops = {1};
  EXPECT_EQ(apply(drop), SIMBIONT_ME_ROLLBACK);
  EXPECT_EQ(device.states(), "1 current");
}

TEST_F(Update, a_compromised_epoch_is_replaced_in_one_step) {
  SlotUpdate update = next();
  update.drops = {1};
  ASSERT_EQ(apply(update), SIMBIONT_ME_OK);
  EXPECT_EQ(device.states(), "2 current");
}

TEST_F(Update, every_flipped_bit_is_noticed) {
  const Bytes good = next().sealed(transport);
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    Bytes bad = good;
    bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ (1U << bit % 8));
    const simbiont_me_status status = apply(bad);
    ASSERT_TRUE(status == SIMBIONT_ME_NOT_AUTHENTIC || status == SIMBIONT_ME_MALFORMED) << bit;
  }
  EXPECT_EQ(device.states(), "1 current");
  EXPECT_EQ(device.saves, 0);
}

TEST_F(Update, every_cut_is_noticed) {
  const Bytes good = next().sealed(transport);
  for (std::size_t size = 1; size < good.size(); ++size)
    ASSERT_EQ(apply(Bytes(good.begin(), good.begin() + static_cast<long>(size))), SIMBIONT_ME_MALFORMED);
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_EQ(apply(longer), SIMBIONT_ME_MALFORMED);
}

TEST_F(Update, another_devices_and_another_transport_keys_are_refused) {
  SlotUpdate other = next();
  other.imei = "49015420323752";
  EXPECT_EQ(apply(other), SIMBIONT_ME_NOT_AUTHENTIC);
  EXPECT_EQ(apply(next().sealed(Bytes(32, 0x78))), SIMBIONT_ME_NOT_AUTHENTIC);
  // Tagged for this device, and naming another.
  EXPECT_EQ(apply(next().tag(transport, other.body(transport))), SIMBIONT_ME_NOT_AUTHENTIC);
}

TEST_F(Update, a_wrapped_key_of_another_device_is_refused_though_the_tag_is_right) {
  SlotUpdate other = next();
  other.imei = "49015420323752";
  Bytes body = other.body(transport);
  std::copy(test_imei, test_imei + 14, body.begin() + 1);
  EXPECT_EQ(apply(next().tag(transport, body)), SIMBIONT_ME_NOT_AUTHENTIC);
  EXPECT_EQ(device.states(), "1 current");
}

TEST_F(Update, authentic_nonsense_is_malformed) {
  const auto changed = [&](auto change) {
    SlotUpdate update = next();
    change(update);
    return apply(update);
  };
  EXPECT_EQ(changed([](auto& u) { u.key = Bytes(32, 1); }), SIMBIONT_ME_MALFORMED);
  EXPECT_EQ(changed([](auto& u) { u.key = {}; }), SIMBIONT_ME_MALFORMED);
  EXPECT_EQ(changed([](auto& u) { u.algorithm = 3; }), SIMBIONT_ME_MALFORMED);
  EXPECT_EQ(changed([](auto& u) { u.epoch = 0; }), SIMBIONT_ME_MALFORMED);
  EXPECT_EQ(changed([](auto& u) { u.kme = ""; }), SIMBIONT_ME_MALFORMED);
  EXPECT_EQ(changed([](auto& u) { u.kme = std::string(65, 'a'); }), SIMBIONT_ME_MALFORMED);
  EXPECT_EQ(changed([](auto& u) { u.scope = "x"; }), SIMBIONT_ME_MALFORMED);
  EXPECT_EQ(changed([](auto& u) { u.scope = std::string("001010\0001", 8); }), SIMBIONT_ME_MALFORMED);
  EXPECT_EQ(changed([](auto& u) { u.drops = {2}; }), SIMBIONT_ME_MALFORMED);
  EXPECT_EQ(changed([](auto& u) { u.drops = {1, 1, 1, 1}; }), SIMBIONT_ME_MALFORMED);
  EXPECT_EQ(device.states(), "1 current");
}

TEST_F(Update, what_cannot_be_saved_changes_nothing) {
  ASSERT_EQ(apply(next(2)), SIMBIONT_ME_OK);
  const auto before = device.slots();
  const std::size_t held = device.keys_held();
  device.save_fails = true;
  SlotUpdate update = next(3);
  update.drops = {1, 2};
  EXPECT_EQ(apply(update), SIMBIONT_ME_SAVE_FAILED);
  ASSERT_EQ(device.slots().size(), before.size());
  for (std::size_t i = 0; i < before.size(); ++i)
    EXPECT_EQ(std::memcmp(&before[i], &device.slots()[i], sizeof before[i]), 0);
  EXPECT_EQ(device.keys_held(), held);
  device.save_fails = false;
  EXPECT_EQ(apply(update), SIMBIONT_ME_OK);
  EXPECT_EQ(device.states(), "3 current");
}

TEST_F(Update, a_key_store_that_fails_at_any_block_changes_nothing) {
  const Bytes octets = next().sealed(transport);
  const std::size_t held = device.keys_held();
  long blocks = 0;
  for (;; ++blocks) {
    device.blocks_until_failure = blocks;
    const simbiont_me_status status = apply(octets);
    if (status == SIMBIONT_ME_OK) break;
    ASSERT_EQ(status, SIMBIONT_ME_KEY_FAILED) << blocks;
    ASSERT_EQ(device.states(), "1 current");
    ASSERT_EQ(device.keys_held(), held);
  }
  EXPECT_GE(blocks, 6);
}

TEST_F(Update, a_full_table_takes_one_more_only_for_one_that_goes) {
  Device small(2);
  ASSERT_EQ(small.load({small.slot(kme, 1, key_1), small.slot("b", 1, key_1)}), SIMBIONT_ME_OK);
  const auto send = [&](const SlotUpdate& update) {
    const Bytes octets = update.sealed(transport);
    return simbiont_me_update(small.me, octets.data(), octets.size());
  };
  EXPECT_EQ(send(next()), SIMBIONT_ME_NO_ROOM);
  SlotUpdate update = next();
  update.drops = {1};
  EXPECT_EQ(send(update), SIMBIONT_ME_OK);
  EXPECT_EQ(small.states(), "1 current, 2 current");
}

TEST_F(Update, a_device_without_transport_key_takes_none) {
  device.config.transport_key = 0;
  device.start();
  EXPECT_EQ(apply(next()), SIMBIONT_ME_UNSUPPORTED);
}

}  // namespace
}  // namespace simbiont::test

// Mode learn, policy rotate, suspension and violation, as a node and a card see them.
#include "operator_fixture.h"

namespace simbiont::test {
namespace {

using binding::Mode;
using testing::Contains;
using testing::Not;

class ModesTest : public OperatorTest {
 protected:
  void SetUp() override {
    OperatorTest::SetUp();
    add_device(imei_a, "kme-a", key_a);
    add_device(imei_b, "kme-b", key_b);
  }
  void learn(binding::Learning learning = {}) {
    binding::Binding binding;
    binding.mode = Mode::learn;
    binding.learning = std::move(learning);
    hss.admin({store::PutBinding{imsi_of(imsi), binding}});
  }
  void edit(const std::function<void(binding::Binding&)>& change) {
    binding::Binding binding = stored().binding;
    change(binding);
    hss.admin({store::PutBinding{imsi_of(imsi), binding}});
  }
  void rotates() {
    bind(Mode::enforce, {{imei_a, "kme-a"}, {imei_b, "kme-b"}});
    edit([](binding::Binding& b) { b.policy = binding::Policy::rotate; });
  }

  bool opens(const HssHarness::AirAnswer& answer, const Secret* k_me) {
    if (!(answer.code == success) || answer.vectors.empty()) return false;
    const auto& vector = answer.vectors.front();
    return is_success(present(k_me == nullptr ? vector.rand : decrypt(vector.rand, *k_me), vector));
  }
  // Asks once; which of the devices opens the vector: 'p' one without a key, 'a', 'b'; '-' no vector.
  char asks(const char* mme) {
    const auto answer = hss.air(mme, imsi, 3);
    if (answer.vectors.empty()) return '-';
    const auto& vector = answer.vectors.front();
    if (!is_mac_failure(present(vector.rand, vector))) return 'p';
    if (!is_mac_failure(present(decrypt(vector.rand, key_a), vector))) return 'a';
    return is_mac_failure(present(decrypt(vector.rand, key_b), vector)) ? '?' : 'b';
  }
  bool is_locked_to(const char* imei) {
    const auto binding = stored().binding;
    return binding.mode == Mode::enforce && binding.associations.size() == 1 &&
           binding.associations[0].imei == imei_of(imei);
  }
};

// ---- learn ----

TEST_F(ModesTest, learn_is_plain_until_add_names_a_device_and_then_made_under_its_k_me) {
  learn();
  EXPECT_EQ(asks("mme1"), 'p');
  ASSERT_EQ(hss.ulr("mme1", imsi).code, success);
  EXPECT_EQ(asks("mme1"), 'p') << "no IMEI was named";
  ASSERT_EQ(hss.ulr("mme1", imsi, imei_a).code, success);
  EXPECT_EQ(stored().binding.mode, Mode::learn);
  EXPECT_EQ(asks("mme1"), 'a');
  EXPECT_THAT(hss.events(), Contains("learn-trial"));
}

TEST_F(ModesTest, learn_gives_one_vector_an_answer) {
  learn();
  EXPECT_EQ(hss.air("mme1", imsi, 5).vectors.size(), 1U);
  hss.ulr("mme1", imsi, imei_a);
  EXPECT_EQ(hss.air("mme1", imsi, 5).vectors.size(), 1U);
}

TEST_F(ModesTest, a_ulr_after_an_answer_under_the_k_me_locks_and_calls_plain_vectors_back) {
  learn();
  asks("mme1");
  hss.ulr("mme1", imsi, imei_a);
  ASSERT_EQ(asks("mme1"), 'a');
  ASSERT_EQ(hss.ulr("mme1", imsi, imei_a).code, success);
  EXPECT_TRUE(is_locked_to(imei_a));
  EXPECT_NE(stored().binding.left_plain_at, 0);
  EXPECT_FALSE(stored().registration) << "the CLR with re-attach ends it";
  const auto clrs = hss.take_clrs("mme1");
  ASSERT_EQ(clrs.size(), 1U);
  EXPECT_EQ(clrs[0].type, diameter::cancellation::subscription_withdrawal);
  EXPECT_NE(clrs[0].flags & diameter::clr_flag::reattach_required, 0U);
  EXPECT_EQ(asks("mme1"), 'a');
  EXPECT_THAT(hss.events(), Contains("learned"));
  hss.restart();
  EXPECT_EQ(asks("mme2"), 'a');
}

TEST_F(ModesTest, an_auts_under_the_k_me_locks_and_is_answered_under_it) {
  learn();
  asks("mme1");
  hss.ulr("mme1", imsi, imei_a);
  card.accepted_seq().fill(1'000'000);
  const auto vector = hss.air("mme1", imsi).vectors.at(0);
  const Bytes info = resync_info(vector, present(decrypt(vector.rand, key_a), vector));
  EXPECT_TRUE(opens(hss.air("mme1", imsi, 1, info), &key_a));
  EXPECT_TRUE(is_locked_to(imei_a));
}

TEST_F(ModesTest, a_forged_add_costs_the_owner_a_time_and_then_it_is_plain_again) {
  learn();
  asks("mme1");
  hss.ulr("mme1", imsi, imei_b);  // the owner's device is a
  ASSERT_EQ(asks("mme1"), 'b');
  hss.clock.advance_ms(hss.config.learn_time_ms - 1);
  EXPECT_EQ(asks("mme1"), 'b');
  hss.clock.advance_ms(1);
  EXPECT_EQ(asks("mme1"), 'p');
  EXPECT_THAT(hss.events(), Contains("learn-failed"));
  hss.ulr("mme1", imsi, imei_b);
  EXPECT_EQ(asks("mme1"), 'p') << "and it stays so for a while, whatever is reported";
  hss.clock.advance_ms(hss.config.learn_pause_ms);
  hss.ulr("mme1", imsi, imei_a);
  ASSERT_EQ(asks("mme1"), 'a');
  hss.ulr("mme1", imsi, imei_a);
  EXPECT_TRUE(is_locked_to(imei_a));
}

TEST_F(ModesTest, a_ulr_that_names_another_device_is_no_evidence) {
  learn();
  asks("mme1");
  hss.ulr("mme1", imsi, imei_b);
  ASSERT_EQ(asks("mme1"), 'b');
  ASSERT_EQ(hss.ulr("mme1", imsi, imei_a).code, success);
  EXPECT_EQ(stored().binding.mode, Mode::learn);
  ASSERT_EQ(hss.ulr("mme2", imsi, imei_b).code, success);
  EXPECT_EQ(stored().binding.mode, Mode::learn) << "nor is that of a node that got no vector";
}

TEST_F(ModesTest, a_trial_of_which_nothing_was_answered_follows_the_last_report) {
  learn();
  hss.ulr("mme1", imsi, imei_b);
  hss.ulr("mme1", imsi, imei_a);
  EXPECT_EQ(asks("mme1"), 'a');
  learn();
  hss.ulr("mme1", imsi, imei_b);
  hss.ulr("mme1", imsi, stranger);
  EXPECT_EQ(asks("mme1"), 'p') << "the SIM is in a device that the HSS does not know";
}

TEST_F(ModesTest, a_restart_in_the_middle_of_a_trial_loses_nothing) {
  learn();
  asks("mme1");
  hss.ulr("mme1", imsi, imei_b);
  hss.restart();
  ASSERT_EQ(asks("mme1"), 'b');
  hss.clock.advance_ms(hss.config.learn_time_ms / 2);
  hss.restart();
  ASSERT_EQ(asks("mme1"), 'b');
  hss.clock.advance_ms(hss.config.learn_time_ms / 2);
  hss.restart();
  EXPECT_EQ(asks("mme1"), 'p');
}

TEST_F(ModesTest, learning_is_limited_to_tacs_and_to_a_pool) {
  learn({{{35693803, 35693803}}, {}, {}, 0});
  hss.ulr("mme1", imsi, imei_b);
  EXPECT_EQ(asks("mme1"), 'p');
  hss.ulr("mme1", imsi, imei_a);
  EXPECT_EQ(asks("mme1"), 'a');
  hss.admin({store::PutPool{{"fleet", {imei_of(imei_b)}}}});
  learn({{}, "fleet", {}, 0});
  hss.ulr("mme1", imsi, imei_a);
  EXPECT_EQ(asks("mme1"), 'p');
  hss.ulr("mme1", imsi, imei_b);
  EXPECT_EQ(asks("mme1"), 'b');
}

TEST_F(ModesTest, only_a_device_that_confirmed_its_epoch_by_proof_is_tried) {
  const binding::Kme staged{
      "kme-b",
      binding::TransformAlgorithm::aes128,
      {{1, binding::EpochState::retired, key_a}, {2, binding::EpochState::active, key_b}}};
  hss.admin({store::PutKme{staged, true}});
  learn();
  hss.ulr("mme1", imsi, imei_b);
  EXPECT_EQ(asks("mme1"), 'p') << "it came with epoch 1";
  hss.admin({store::ConfirmEpoch{imei_of(imei_b), "kme-b", 2, 1, true}});
  hss.ulr("mme1", imsi, imei_b);
  EXPECT_EQ(asks("mme1"), 'b');
  hss.ulr("mme1", imsi, imei_b);
  ASSERT_TRUE(is_locked_to(imei_b));
  EXPECT_EQ(stored().binding.associations[0].epoch, 2U);
  EXPECT_TRUE(stored().binding.associations[0].confirmed);
}

TEST_F(ModesTest, a_device_that_has_only_the_retiring_epoch_is_tried_under_that) {
  const binding::Kme rolled{
      "kme-b",
      binding::TransformAlgorithm::aes128,
      {{1, binding::EpochState::retiring, key_b}, {2, binding::EpochState::active, key_a}}};
  hss.admin({store::PutKme{rolled, true}});
  learn();
  hss.ulr("mme1", imsi, imei_b);
  EXPECT_EQ(asks("mme1"), 'b');
  hss.ulr("mme1", imsi, imei_b);
  ASSERT_TRUE(is_locked_to(imei_b));
  EXPECT_EQ(stored().binding.associations[0].epoch, 1U);
}

TEST_F(ModesTest, a_turn_goes_to_no_device_that_has_not_confirmed_its_epoch) {
  const binding::Kme staged{
      "kme-b",
      binding::TransformAlgorithm::aes128,
      {{1, binding::EpochState::retired, key_b}, {2, binding::EpochState::active, key_a}}};
  hss.admin({store::PutKme{staged, true}});
  rotates();
  edit([](binding::Binding& b) { b.associations[1].epoch = 2; });
  for (int i = 0; i < 4; ++i) EXPECT_EQ(asks("mme2"), 'a') << i;
  EXPECT_THAT(hss.events(), Not(Contains("rotated")));
}

TEST_F(ModesTest, a_trial_whose_key_was_revoked_ends_at_the_next_request) {
  learn();
  hss.ulr("mme1", imsi, imei_a);
  ASSERT_EQ(asks("mme1"), 'a');
  hss.admin({store::PutKme{
      {"kme-a", binding::TransformAlgorithm::aes128, {{1, binding::EpochState::revoked, {}}}}, true}});
  EXPECT_EQ(asks("mme1"), 'p');
  EXPECT_THAT(hss.events(), Contains("learn-failed"));
}

// ---- rotate ----

TEST_F(ModesTest, rotate_turns_after_two_answers_without_ulr_and_around) {
  rotates();
  std::string seen;
  for (int i = 0; i < 8; ++i) seen += asks("mme1");
  EXPECT_EQ(seen, "aabbaabb");
  EXPECT_THAT(hss.events(), Contains("rotated"));
  EXPECT_EQ(hss.air("mme1", imsi, 5).vectors.size(), 1U);
}

TEST_F(ModesTest, stay_never_turns) {
  bind(Mode::enforce, {{imei_a, "kme-a"}, {imei_b, "kme-b"}});
  for (int i = 0; i < 6; ++i) EXPECT_EQ(asks("mme1"), 'a');
}

TEST_F(ModesTest, rotate_never_turns_for_the_node_that_holds_the_registration) {
  rotates();
  hss.ulr("mme1", imsi, imei_a);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(asks("mme1"), 'a');
  EXPECT_EQ(asks("mme2"), 'a');
  EXPECT_EQ(asks("mme2"), 'a');
  EXPECT_EQ(asks("mme2"), 'b') << "above the older ADD, which says a";
  EXPECT_EQ(asks("mme1"), 'a') << "what the other node tries is nothing to it";
}

TEST_F(ModesTest, a_turn_holds_over_a_restart_until_the_next_ulr_which_then_decides) {
  rotates();
  hss.ulr("mme1", imsi, imei_a);
  for (int i = 0; i < 3; ++i) asks("mme2");
  hss.restart();
  ASSERT_EQ(asks("mme2"), 'b');
  ASSERT_EQ(hss.ulr("mme2", imsi).code, success) << "without ADD";
  EXPECT_FALSE(stored().binding.turned);
  EXPECT_EQ(asks("mme3"), 'b') << "an older ADD does not go above it";
  for (int i = 0; i < 2; ++i) asks("mme3");
  ASSERT_EQ(asks("mme3"), 'a');
  ASSERT_EQ(hss.ulr("mme3", imsi, imei_a).code, success);
  EXPECT_EQ(asks("mme4"), 'a');
}

TEST_F(ModesTest, an_auts_or_a_ulr_between_two_answers_counts_anew) {
  rotates();
  asks("mme1");
  hss.ulr("mme2", imsi, imei_a);
  EXPECT_EQ(asks("mme1"), 'a');
  EXPECT_EQ(asks("mme1"), 'a');
  EXPECT_EQ(asks("mme1"), 'b');
}

TEST_F(ModesTest, requests_of_different_nodes_are_not_added_up) {
  rotates();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(asks("mme1"), 'a');
    EXPECT_EQ(asks("mme2"), 'a');
  }
}

// ---- suspended, violated ----

TEST_F(ModesTest, a_suspended_imsi_gets_no_vector_in_any_mode) {
  for (const Mode mode : {Mode::off, Mode::observe, Mode::learn, Mode::enforce}) {
    bind(mode, {{imei_a, "kme-a"}});
    edit([](binding::Binding& b) { b.suspended_at = 1; });
    EXPECT_EQ(hss.air("mme1", imsi).code, no_data) << binding::name(mode);
    EXPECT_EQ(hss.ulr("mme1", imsi, imei_a).code, diameter::result::unable_to_comply);
    edit([](binding::Binding& b) { b.suspended_at = 0; });
    EXPECT_EQ(hss.ulr("mme1", imsi).code, success);
    EXPECT_EQ(asks("mme1"), mode == Mode::enforce ? 'a' : 'p');
    hss.admin({store::PutBinding{imsi_of(imsi), {}}});
  }
  EXPECT_THAT(hss.events(), Contains("suspended-asked"));
}

TEST_F(ModesTest, a_mismatch_violates_once_and_changes_no_vector) {
  bind_to_a();
  ASSERT_EQ(asks("mme1"), 'a');
  hss.ulr("mme1", imsi, stranger);
  const UnixMs at = stored().binding.violated_at;
  EXPECT_NE(at, 0);
  EXPECT_EQ(asks("mme1"), 'a');
  hss.clock.advance_ms(1000);
  hss.ulr("mme1", imsi, imei_b);
  EXPECT_EQ(stored().binding.violated_at, at);
  edit([](binding::Binding& b) { b.violated_at = 0; });
  hss.ulr("mme1", imsi, stranger);
  EXPECT_NE(stored().binding.violated_at, 0) << "also when the same event was raised a moment ago";
}

TEST_F(ModesTest, an_authorised_device_and_a_mode_below_enforce_violate_nothing) {
  bind_to_a();
  hss.ulr("mme1", imsi, imei_a);
  EXPECT_EQ(stored().binding.violated_at, 0);
  bind_to_a(Mode::observe);
  hss.ulr("mme1", imsi, stranger);
  EXPECT_EQ(stored().binding.violated_at, 0);
}

}  // namespace
}  // namespace simbiont::test

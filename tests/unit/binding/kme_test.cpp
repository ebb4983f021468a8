#include "binding/kme.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/support/vec_file.h"

namespace simbiont::binding {
namespace {

using enum EpochState;

constexpr EpochState all_states[] = {staged, active, retiring, retired, revoked};

TEST(Kme, names_of_algorithms_states_go_both_ways) {
  for (const auto algorithm :
       {TransformAlgorithm::aes128, TransformAlgorithm::aes256, TransformAlgorithm::aes128_imsi}) {
    EXPECT_EQ(transform_algorithm(name(algorithm)), algorithm);
  }
  EXPECT_EQ(name(TransformAlgorithm::aes128_imsi), "aes128-imsi");
  for (const EpochState state : all_states) EXPECT_EQ(epoch_state(name(state)), state);
  EXPECT_EQ(name(staged), "STAGED");
  for (const char* unknown : {"", "AES128", "aes128 ", "aes192", "?"})
    EXPECT_FALSE(transform_algorithm(unknown));
  for (const char* unknown : {"", "active", "?"}) EXPECT_FALSE(epoch_state(unknown));
}

TEST(Kme, key_sizes) {
  EXPECT_EQ(key_size(TransformAlgorithm::aes128), 16U);
  EXPECT_EQ(key_size(TransformAlgorithm::aes256), 32U);
  EXPECT_EQ(key_size(TransformAlgorithm::aes128_imsi), 16U);
}

TEST(Kme, an_id_is_1_to_64_of_its_characters) {
  for (const std::string& good : {std::string("a"), std::string("Fleet_9.x:y-z"), std::string(64, 'z')}) {
    EXPECT_TRUE(check_kme_id(good)) << good;
  }
  for (const std::string& bad : {std::string(), std::string(65, 'a'), std::string("a b"), std::string("a/b"),
                                 std::string("a\0b", 3), std::string("\xC3\xA4"), std::string("a|b")}) {
    EXPECT_FALSE(check_kme_id(bad)) << bad;
  }
}

TEST(Kme, an_id_that_may_be_a_key_is_refused_and_not_repeated) {
  const std::string key = "465b5ce8b199b49faa5f0A2EE238A6BC";
  for (const std::string& bad : {key, key + key}) {
    const Status refused = check_kme_id(bad);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message.find(key), std::string::npos);
  }
  EXPECT_TRUE(check_kme_id(key.substr(1)));
  EXPECT_TRUE(check_kme_id("g" + key.substr(1)));
}

TEST(Kme, epochs_are_found_by_number_and_by_state) {
  const Kme kme{"k", TransformAlgorithm::aes128, {{1, retired, {}}, {2, retiring, {}}, {5, active, {}}}};
  EXPECT_EQ(kme.find(2)->state, retiring);
  EXPECT_EQ(kme.find(3), nullptr);
  EXPECT_EQ(kme.in_state(active)->number, 5U);
  EXPECT_EQ(kme.in_state(staged), nullptr);
}

TEST(Kme, key_check_value_is_that_computed_elsewhere) {
  for (const auto& set : test::read_vec_file(std::string(TEST_DATA) + "/transform.vec")) {
    EXPECT_EQ(key_check_value(set.secret("K_ME")), set.array<3>("kcv")) << set.title;
  }
}

TEST(Epoch, every_state_meets_every_event) {
  using enum EpochEvent;
  constexpr std::nullopt_t no = std::nullopt;
  const struct {
    EpochState state;
    std::optional<EpochState> on_activate, on_supersede, on_retire, on_revoke;
  } table[] = {
      {staged, active, no, no, revoked},
      {active, no, retiring, no, revoked},
      {retiring, no, no, retired, revoked},
      {retired, no, no, no, revoked},
      {revoked, no, no, no, no},
  };
  for (const auto& row : table) {
    EXPECT_EQ(next_state(row.state, activate), row.on_activate) << name(row.state);
    EXPECT_EQ(next_state(row.state, supersede), row.on_supersede) << name(row.state);
    EXPECT_EQ(next_state(row.state, retire), row.on_retire) << name(row.state);
    EXPECT_EQ(next_state(row.state, revoke), row.on_revoke) << name(row.state);
  }
}

TEST(Epoch, vectors_are_made_under_active_and_retiring_only) {
  for (const EpochState state : all_states) EXPECT_EQ(usable(state), state == active || state == retiring);
}

TEST(Epoch, in_force_rises_only_when_all_devices_confirmed_or_it_is_over_and_never_falls) {
  const auto kme = [](EpochState one, EpochState two) {
    return Kme{"K", TransformAlgorithm::aes128, {{1, one, {}}, {2, two, {}}, {3, EpochState::staged, {}}}};
  };
  const Kme rolling = kme(EpochState::retiring, EpochState::active);
  const struct {
    const char* what;
    Kme kme;
    EpochNumber current;
    bool confirmed;
    EpochNumber expected;
  } cases[] = {
      {"all confirmed", rolling, 1, true, 2},
      {"one laggard", rolling, 1, false, 1},
      {"already there", rolling, 2, false, 2},
      {"above the ACTIVE one", rolling, 3, true, 3},
      {"retired under a laggard", kme(EpochState::retired, EpochState::active), 1, false, 2},
      {"revoked under a laggard", kme(EpochState::revoked, EpochState::active), 1, false, 2},
      {"nothing is known of the current one", rolling, 9, false, 9},
      {"revoked, and nothing else is ACTIVE", kme(EpochState::revoked, EpochState::revoked), 1, true, 1},
      {"the ACTIVE one revoked does not fall", kme(EpochState::retiring, EpochState::revoked), 2, true, 2},
  };
  for (const auto& c : cases) EXPECT_EQ(epoch_in_force(c.kme, c.current, c.confirmed), c.expected) << c.what;
}

TEST(Epoch, committed_graph_is_the_table) {
  std::ifstream file(std::string(TEST_DATA) + "/../../docs/epochs.dot");
  std::stringstream committed;
  committed << file.rdbuf();
  EXPECT_EQ(committed.str(), epoch_graph());
}

}  // namespace
}  // namespace simbiont::binding

#include "binding/association.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace simbiont::binding {

// What gtest shows of a pair when an expectation fails.
static void PrintTo(const KeyPair& pair, std::ostream* out) { *out << pair.kme << '/' << pair.epoch; }

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Imei imei(int number) { return Imei::from_key(49015420323700U + static_cast<std::uint64_t>(number)); }
Hint hint(int number) { return {imei(number), 1}; }

TEST(Mode, names_go_both_ways_and_only_enforce_issues_no_plain_rand) {
  for (const Mode m : {Mode::off, Mode::observe, Mode::enforce}) {
    EXPECT_EQ(mode(name(m)), m);
    EXPECT_EQ(issues_plain(m), m != Mode::enforce);
  }
  for (const char* unknown : {"", "Enforce", "learn", "?"}) EXPECT_FALSE(mode(unknown)) << unknown;
}

// DESIGN 4 with policy `stay`. Devices are numbers; `selected` 0 is none.
TEST(Selection, follows_the_rules_in_their_order) {
  const std::vector<Association> shared{{imei(1), "A"}, {imei(2), "A"}, {imei(3), "A"}};
  const std::vector<Association> differ{{imei(1), "A"}, {imei(2), "B"}, {imei(3), "C"}};
  const std::vector<Association> partly{{imei(1), "A"}, {imei(2), "A"}, {imei(3), "B"}};
  const struct {
    const char* what;
    std::vector<Association> associations;
    std::optional<Hint> reported, evidence;
    int selected;
  } cases[] = {
      {"none", {}, {}, {}, 0},
      {"none, whatever was reported", {}, hint(1), hint(1), 0},
      {"one", {{imei(7), "A"}}, {}, {}, 7},
      {"one, another reported", {{imei(7), "A"}}, hint(1), {}, 7},
      {"shared KME: the first", shared, hint(3), hint(2), 1},
      {"differ, nothing known: the first", differ, {}, {}, 1},
      {"differ: the reported one", differ, hint(3), {}, 3},
      {"differ: reported goes above evidence", differ, hint(2), hint(3), 2},
      {"differ: a stranger reported is a hint to nothing", differ, hint(9), {}, 1},
      {"differ: a stranger reported, evidence decides", differ, hint(9), hint(3), 3},
      {"differ: evidence alone", differ, {}, hint(2), 2},
      {"differ: strangers in both", differ, hint(9), hint(8), 1},
      {"two of three share: they still differ", partly, hint(2), hint(3), 2},
      {"two of three share: the third reported", partly, hint(3), {}, 3},
      {"a pending one is passed over", {{imei(1), "A", 1, false}, {imei(2), "B"}}, hint(1), {}, 2},
      {"only pending ones", {{imei(1), "A", 1, false}}, hint(1), hint(1), 0},
      {"confirmed ones share a KME",
       {{imei(1), "A", 1, false}, {imei(2), "B"}, {imei(3), "B"}},
       hint(3),
       {},
       2},
  };
  for (const auto& c : cases) {
    Binding binding{Mode::enforce, c.associations, c.reported, c.evidence, 0, {}};
    const Association* selected = select_association(binding);
    if (c.selected == 0) {
      EXPECT_EQ(selected, nullptr) << c.what;
    } else {
      ASSERT_NE(selected, nullptr) << c.what;
      EXPECT_EQ(selected->imei, imei(c.selected)) << c.what;
    }
  }
}

TEST(Selection, an_older_report_still_goes_above_newer_evidence) {
  const Binding binding{
      Mode::enforce, {{imei(1), "A"}, {imei(2), "B"}}, Hint{imei(2), 1}, Hint{imei(1), 99}, 0, {}};
  EXPECT_EQ(select_association(binding)->imei, imei(2));
}

struct Keys {
  Kme a{"A",
        TransformAlgorithm::aes128,
        {{1, EpochState::retiring, {}}, {2, EpochState::active, {}}, {3, EpochState::staged, {}}}};
  Kme b{"B", TransformAlgorithm::aes128, {{4, EpochState::active, {}}}};
  Kme c{"C",
        TransformAlgorithm::aes256,
        {{1, EpochState::retired, {}}, {2, EpochState::revoked, {}}, {3, EpochState::active, {}}}};
  std::vector<const Kme*> all() const { return {&a, &b, &c}; }
};

Binding two_devices() { return {Mode::enforce, {{imei(1), "A", 1}, {imei(2), "B", 4}}, hint(2), {}, 0, {}}; }

TEST(ResyncPairs, last_vector_then_selected_then_the_others_then_former) {
  const Keys keys;
  Binding binding = two_devices();
  binding.former = {{"C", 3}};
  EXPECT_THAT(resync_pairs(binding, KeyPair{"A", 2}, keys.all()),
              ElementsAre(KeyPair{"A", 2}, KeyPair{"B", 4}, KeyPair{"A", 1}, KeyPair{"C", 3}));
  EXPECT_THAT(resync_pairs(binding, std::nullopt, keys.all()),
              ElementsAre(KeyPair{"B", 4}, KeyPair{"A", 1}, KeyPair{"A", 2}, KeyPair{"C", 3}));
}

TEST(ResyncPairs, the_last_vectors_pair_comes_first_even_when_its_association_is_gone) {
  const Keys keys;
  EXPECT_THAT(resync_pairs(two_devices(), KeyPair{"C", 3}, keys.all()),
              ElementsAre(KeyPair{"C", 3}, KeyPair{"B", 4}, KeyPair{"A", 1}, KeyPair{"A", 2}));
}

TEST(ResyncPairs, no_pair_comes_twice) {
  const Keys keys;
  Binding binding = two_devices();
  binding.associations.push_back({imei(3), "A", 1});
  binding.former = {{"A", 1}, {"B", 4}, {"C", 3}, {"C", 3}};
  EXPECT_THAT(resync_pairs(binding, KeyPair{"B", 4}, keys.all()),
              ElementsAre(KeyPair{"B", 4}, KeyPair{"A", 1}, KeyPair{"A", 2}, KeyPair{"C", 3}));
}

TEST(ResyncPairs, staged_retired_revoked_and_unknown_epochs_are_left_out) {
  const Keys keys;
  const Binding binding{Mode::enforce,
                        {{imei(1), "A", 3}, {imei(2), "C", 2}, {imei(3), "missing", 1}},
                        {},
                        {},
                        0,
                        {{"C", 1}, {"A", 9}, {"missing", 1}}};
  EXPECT_THAT(resync_pairs(binding, KeyPair{"C", 1}, keys.all()),
              ElementsAre(KeyPair{"A", 2}, KeyPair{"A", 1}, KeyPair{"C", 3}));
  EXPECT_THAT(resync_pairs(binding, KeyPair{"C", 1}, {}), IsEmpty());
  EXPECT_THAT(resync_pairs(binding, KeyPair{"C", 1}, {nullptr}), IsEmpty());
}

TEST(ResyncPairs, vectors_of_a_retired_epoch_are_understood_until_its_key_is_erased) {
  Keys keys;
  const Binding binding{Mode::enforce, {{imei(2), "C", 3}}, {}, {}, 0, {{"C", 1}, {"C", 2}}};
  keys.c.epochs[0].key = keys.c.epochs[1].key = Secret(Bytes(32, 7));
  EXPECT_THAT(resync_pairs(binding, std::nullopt, keys.all()), ElementsAre(KeyPair{"C", 3}, KeyPair{"C", 1}))
      << "and never those of a REVOKED one";
}

TEST(ResyncPairs, at_most_eight_and_current_associations_before_former_ones) {
  std::vector<Kme> kmes;
  kmes.reserve(12);
  for (int i = 0; i < 12; ++i) {
    kmes.push_back({"K" + std::to_string(i), TransformAlgorithm::aes128, {{1, EpochState::active, {}}}});
  }
  std::vector<const Kme*> known;
  Binding binding;
  for (int i = 0; i < 12; ++i) {
    known.push_back(&kmes[static_cast<std::size_t>(i)]);
    if (i < 6) binding.associations.push_back({imei(i), kmes[static_cast<std::size_t>(i)].id, 1});
    if (i >= 6) binding.former.push_back({kmes[static_cast<std::size_t>(i)].id, 1});
  }
  const auto pairs = resync_pairs(binding, KeyPair{"K11", 1}, known);
  ASSERT_EQ(pairs.size(), max_resync_pairs);
  EXPECT_EQ(pairs.front(), (KeyPair{"K11", 1}));
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(pairs[i + 1], (KeyPair{"K" + std::to_string(i), 1}));
  EXPECT_EQ(pairs.back(), (KeyPair{"K6", 1}));
}

TEST(ResyncPlain, is_tried_in_a_plain_mode_and_for_a_vectors_life_after_it) {
  constexpr std::int64_t life = 1000;
  const struct {
    const char* what;
    UnixMs left_plain_at, now;
    Mode mode;
    bool tried;
  } cases[] = {
      {"off", 0, 5'000'000, Mode::off, true},
      {"observe", 0, 5'000'000, Mode::observe, true},
      {"never was plain", 0, 500, Mode::enforce, false},
      {"just left plain", 10'000, 10'000, Mode::enforce, true},
      {"one before the end", 10'000, 10'999, Mode::enforce, true},
      {"at the end", 10'000, 11'000, Mode::enforce, false},
      {"long ago", 10'000, 5'000'000, Mode::enforce, false},
  };
  for (const auto& c : cases) {
    Binding binding;
    binding.mode = c.mode;
    binding.left_plain_at = c.left_plain_at;
    EXPECT_EQ(resync_tries_plain(binding, c.now, life), c.tried) << c.what;
  }
}

}  // namespace
}  // namespace simbiont::binding

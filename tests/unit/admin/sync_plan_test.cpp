// The plan of a sync: what a list adds and removes, what it may not, and when a run is refused as a whole.
#include "admin/sync_plan.h"

#include <gmock/gmock.h>

#include <map>
#include <set>

namespace simbiont::admin {
namespace {

Imsi imsi(unsigned n) { return *Imsi::parse("00101000000000" + std::to_string(n)); }
Imei imei(unsigned n) { return *Imei::parse("351542000000" + std::to_string(n)); }

class View final : public SyncView {
 public:
  Result<std::optional<binding::Binding>> binding(const Imsi& of) override {
    const auto found = bindings.find(of);
    return found == bindings.end() ? std::optional<binding::Binding>() : std::optional(found->second);
  }
  Result<bool> has_device(const Imei& device) override { return devices.contains(device); }
  Result<std::optional<store::SyncNamed>> named(const Imsi& of) override {
    const auto found = names.find(of);
    return found == names.end() ? std::optional<store::SyncNamed>() : std::optional(found->second);
  }
  Result<std::vector<store::SyncNamed>> all_named(std::optional<Imsi> after) override {
    std::vector<store::SyncNamed> out;
    for (const auto& [key, value] : names)
      if (!after || key > *after) out.push_back(value);
    return out;
  }

  std::map<Imsi, binding::Binding> bindings;
  std::set<Imei> devices;
  std::map<Imsi, store::SyncNamed> names;
};

class SyncPlanTest : public testing::Test {
 protected:
  SyncPlanTest() {
    for (unsigned i = 1; i <= 4; ++i) {
      view.bindings[imsi(i)] = {};
      view.devices.insert(imei(10 + i));
    }
    rules.source = "folder";
    rules.max_removals_percent = 100;
  }
  void held(unsigned n, std::initializer_list<unsigned> devices, const char* source = "folder") {
    binding::Binding& b = view.bindings[imsi(n)];
    b.mode = binding::Mode::enforce;
    for (const unsigned d : devices) b.associations.push_back({imei(d), "m", 1});
    view.names.insert_or_assign(imsi(n), store::SyncNamed{imsi(n), source, false});
  }
  void row(unsigned n, unsigned device, std::optional<binding::Mode> mode = {}) {
    list.pairs.push_back({imsi(n), imei(device), mode, list.rows() + 1});
  }
  SyncPlan plan() {
    auto made = plan_sync(list, view, rules);
    EXPECT_TRUE(made.ok());
    return *std::move(made);
  }
  // "1 +11 -12 enforce" of each step.
  std::vector<std::string> steps(const SyncPlan& of) {
    std::vector<std::string> out;
    for (const SyncStep& step : of.steps) {
      std::string text = step.wanted.imsi.str().substr(14);
      for (const Imei& d : step.add) text += " +" + d.digits14().substr(12);
      for (const Imei& d : step.remove) text += " -" + d.digits14().substr(12);
      if (step.mode) text += " " + std::string(binding::name(*step.mode));
      out.push_back(text);
    }
    return out;
  }
  std::vector<std::string> refused(const SyncPlan& of) {
    std::vector<std::string> out;
    for (const auto& item : of.refused) out.push_back(item.reason);
    return out;
  }

  View view;
  SyncRules rules;
  source::PairList list;
};

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(SyncPlanTest, an_imsi_gets_its_first_devices_and_is_enforced) {
  row(1, 11);
  row(1, 12);
  EXPECT_THAT(steps(plan()), ElementsAre("1 +11 +12 enforce"));
  rules.first_mode = binding::Mode::observe;
  EXPECT_THAT(steps(plan()), ElementsAre("1 +11 +12 observe"));
}

TEST_F(SyncPlanTest, the_list_decides_what_an_imsi_has) {
  held(1, {11, 12});
  row(1, 12);
  row(1, 13);
  EXPECT_THAT(steps(plan()), ElementsAre("1 +13 -11"));
}

TEST_F(SyncPlanTest, what_is_so_already_is_no_step) {
  held(1, {11});
  row(1, 11);
  row(1, 11, {});
  const SyncPlan made = plan();
  EXPECT_THAT(steps(made), IsEmpty());
  EXPECT_EQ(made.unchanged, 1U);
}

TEST_F(SyncPlanTest, imsis_that_the_list_does_not_name_are_left_alone) {
  view.bindings[imsi(2)].associations.push_back({imei(12), "m", 1});
  rules.unbind_missing = true;
  row(1, 11);
  EXPECT_THAT(steps(plan()), ElementsAre("1 +11 enforce"));
}

TEST_F(SyncPlanTest, unknown_subscribers_and_devices_are_refused_by_row) {
  row(9, 11);
  row(1, 99);
  row(1, 11);
  const SyncPlan made = plan();
  EXPECT_THAT(refused(made), testing::UnorderedElementsAre(HasSubstr("row 1: no subscriber"),
                                                           HasSubstr("row 2: no device")));
  EXPECT_THAT(steps(made), ElementsAre("1 +11 enforce"));
}

TEST_F(SyncPlanTest, an_imsi_with_a_refused_row_loses_nothing) {
  held(1, {11});
  row(1, 99);
  EXPECT_THAT(steps(plan()), IsEmpty());
  held(2, {12});
  row(2, 13);
  list.bad.push_back({9, imsi(2), "this is no IMEI"});
  EXPECT_THAT(steps(plan()), ElementsAre("2 +13"));
}

TEST_F(SyncPlanTest, a_mode_of_the_list_decides_and_must_be_one) {
  held(1, {11});
  row(1, 11, binding::Mode::observe);
  EXPECT_THAT(steps(plan()), ElementsAre("1 observe"));
  row(1, 12, binding::Mode::off);
  const SyncPlan made = plan();
  EXPECT_THAT(steps(made), IsEmpty());
  EXPECT_THAT(refused(made), ElementsAre(HasSubstr("another mode")));
}

TEST_F(SyncPlanTest, an_imsi_that_vanishes_is_kept_unless_it_is_to_be_unbound) {
  held(1, {11});
  held(2, {12});
  row(1, 11);
  EXPECT_THAT(steps(plan()), IsEmpty());
  EXPECT_EQ(plan().missing, 1U);
  rules.unbind_missing = true;
  EXPECT_THAT(steps(plan()), ElementsAre("2 -12"));
  list.bad.push_back({3, {}, "this is no IMSI"});  // it may be the one that is missed
  EXPECT_THAT(steps(plan()), IsEmpty());
}

TEST_F(SyncPlanTest, a_source_leaves_the_imsis_of_the_other_one) {
  held(1, {11}, "postgresql");
  rules.unbind_missing = true;
  EXPECT_THAT(steps(plan()), IsEmpty());
  row(1, 12);
  EXPECT_THAT(refused(plan()), ElementsAre(HasSubstr("the source postgresql decides this IMSI")));
}

TEST_F(SyncPlanTest, only_imsis_of_the_prefixes_are_decided) {
  rules.imsi_prefixes = {"00102", "001010000000002"};
  held(1, {11});
  rules.unbind_missing = true;
  row(1, 12);
  row(2, 12);
  const SyncPlan made = plan();
  EXPECT_THAT(steps(made), ElementsAre("2 +12 enforce"));
  EXPECT_THAT(refused(made), ElementsAre(HasSubstr("outside")));
}

TEST_F(SyncPlanTest, a_run_that_takes_too_much_away_is_refused) {
  held(1, {11});
  held(2, {12});
  held(3, {13});
  rules.unbind_missing = true;
  rules.max_removals_percent = 50;
  row(1, 11);
  row(2, 12);
  EXPECT_EQ(plan().guard, "");
  list.pairs.pop_back();
  EXPECT_THAT(plan().guard, HasSubstr("2 of 3"));
  list.pairs.clear();
  EXPECT_THAT(plan().guard, HasSubstr("3 of 3"));
}

TEST_F(SyncPlanTest, a_swap_and_an_opened_lock_count_as_taken_away) {
  held(1, {11});
  rules.max_removals_percent = 99;
  row(1, 12);
  EXPECT_NE(plan().guard, "");
  list.pairs.clear();
  row(1, 11, binding::Mode::off);
  EXPECT_NE(plan().guard, "");
}

}  // namespace
}  // namespace simbiont::admin

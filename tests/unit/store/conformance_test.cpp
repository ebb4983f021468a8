// Subscribers, sequence numbers, KMEs, devices, bindings and the atomicity of commits, over both
// implementations.
#include "aka/sqn.h"
#include "fixture.h"

namespace simbiont::store {
namespace {

static_assert(seq_limit == aka::seq_max);

class Conformance : public StoreTest {};
INSTANTIATE_TEST_SUITE_P(Store, Conformance, testing::Values(Kind::memory, Kind::sqlite),
                         [](const auto& kind) { return kind.param == Kind::memory ? "memory" : "sqlite"; });

TEST_P(Conformance, an_empty_store_says_nothing_and_fails_at_nothing) {
  EXPECT_FALSE(store_->subscriber(imsi(1))->has_value());
  EXPECT_FALSE(*store_->has_subscriber(imsi(1)));
  EXPECT_FALSE(store_->kme("one")->has_value());
  EXPECT_FALSE(store_->device(imei(1))->has_value());
  EXPECT_FALSE(*store_->device_is_bound(imei(1)));
  EXPECT_TRUE(store_->subscribers({}, 10)->empty());
  EXPECT_TRUE(store_->bindings({}, 10)->empty());
  EXPECT_TRUE(store_->history(imsi(1))->empty());
  EXPECT_TRUE(store_->vector_nodes(imsi(1))->empty());
  EXPECT_EQ(*store_->last_event_id(), 0);
  EXPECT_EQ(store_->counts()->subscribers, 0U);
  EXPECT_TRUE(store_->commit(std::span<const Changes>()).empty());
  EXPECT_TRUE(ok(put({})));
}

TEST_P(Conformance, a_subscriber_comes_back_as_it_was_put) {
  const Subscriber one = sample_subscriber(1);
  Subscriber bare = sample_subscriber(2);
  bare.msisdn.clear();
  bare.apns.clear();
  bare.amf = {};
  bare.seq_high = aka::seq_max;
  ASSERT_TRUE(ok(put({PutSubscriber{one}, PutSubscriber{bare}})));
  EXPECT_EQ(text(state(1).subscriber), text(one));
  EXPECT_EQ(text(state(2).subscriber), text(bare));
  EXPECT_TRUE(*store_->has_subscriber(one.imsi));
  EXPECT_EQ(text(state(1).binding), text(binding::Binding()));
  EXPECT_FALSE(state(1).registration);
}

TEST_P(Conformance, putting_a_subscriber_twice_is_refused_without_replace) {
  ASSERT_TRUE(ok(put({PutSubscriber{sample_subscriber(1)}})));
  Subscriber changed = sample_subscriber(1);
  changed.msisdn = "1";
  EXPECT_EQ(code(put({PutSubscriber{changed}})), Errc::already_exists);
  EXPECT_EQ(state(1).subscriber.msisdn, "491700000001");
}

TEST_P(Conformance, a_replaced_subscriber_keeps_binding_registration_and_the_larger_seq) {
  fill();
  ASSERT_TRUE(ok(put({PutBinding{imsi(1), bound_to({imei(1)})},
                      PutRegistration{sample_registration(1, "mme")}, RaiseSeq{imsi(1), 5000}})));
  Subscriber changed = sample_subscriber(1);
  changed.k = key(9);
  changed.seq_high = 10;
  ASSERT_TRUE(ok(put({PutSubscriber{changed, true}})));
  EXPECT_EQ(seq(1), 5000U);
  EXPECT_EQ(state(1).subscriber.k, key(9));
  EXPECT_EQ(state(1).binding.associations.size(), 1U);
  EXPECT_TRUE(state(1).registration);
  changed.seq_high = 6000;
  ASSERT_TRUE(ok(put({PutSubscriber{changed, true}})));
  EXPECT_EQ(seq(1), 6000U);
}

TEST_P(Conformance, a_removed_subscriber_takes_all_but_its_owed_clrs_along) {
  fill();
  ASSERT_TRUE(
      ok(put({PutBinding{imsi(1), bound_to({imei(1)})}, PutRegistration{sample_registration(1, "mme")},
              PutVectorNode{{imsi(1), "mme", "r", 1, 2}}, OweClr{{0, imsi(1), "mme", "r", 2, 0, 3}},
              PutHistory{{imsi(1), imei(1).str(), "", "mme", "", true, 1, 1, 1}}})));
  ASSERT_TRUE(ok(put({RemoveSubscriber{imsi(1)}})));
  EXPECT_FALSE(store_->subscriber(imsi(1))->has_value());
  EXPECT_FALSE(*store_->device_is_bound(imei(1)));
  EXPECT_TRUE(store_->history(imsi(1))->empty());
  EXPECT_TRUE(store_->vector_nodes(imsi(1))->empty());
  EXPECT_EQ(store_->owed_clrs(0, 10)->size(), 1U);
  EXPECT_EQ(store_->counts()->registrations, 0U);
  EXPECT_EQ(store_->counts()->bound_imsis, 0U);

  ASSERT_TRUE(ok(put({PutSubscriber{sample_subscriber(1)}})));
  EXPECT_TRUE(state(1).binding.associations.empty());
  EXPECT_FALSE(state(1).registration);
}

TEST_P(Conformance, a_subscriber_added_again_goes_on_above_the_seqs_of_the_removed_one) {
  fill();
  const auto add_again = [&](std::uint64_t seq_high, bool replace) {
    Subscriber again = sample_subscriber(1);
    again.seq_high = seq_high;
    EXPECT_TRUE(ok(put({RemoveSubscriber{imsi(1)}})));
    EXPECT_TRUE(ok(put({PutSubscriber{again, replace}})));
    return seq(1);
  };
  ASSERT_TRUE(ok(put({RaiseSeq{imsi(1), 5000}})));
  EXPECT_EQ(add_again(10, false), 5000U);
  EXPECT_EQ(add_again(10, true), 5000U);
  EXPECT_EQ(add_again(6000, false), 6000U) << "the operator's higher number counts";
  EXPECT_EQ(code(put({RemoveSubscriber{imsi(1)}, RemoveSubscriber{imsi(99)}})), Errc::not_found);
  EXPECT_EQ(seq(1), 6000U);
  ASSERT_TRUE(ok(put({SetSeq{imsi(1), 3}})));
  EXPECT_EQ(add_again(0, false), 3U) << "and so does the one set by command";
  EXPECT_EQ(seq(2), 1000U);
}

TEST_P(Conformance, seq_is_raised_and_never_lowered_but_by_command) {
  fill();
  ASSERT_TRUE(ok(put({RaiseSeq{imsi(1), 2000}})));
  ASSERT_TRUE(ok(put({RaiseSeq{imsi(1), 1500}})));
  EXPECT_EQ(seq(1), 2000U);
  ASSERT_TRUE(ok(put({SetSeq{imsi(1), 3}})));
  EXPECT_EQ(seq(1), 3U);
  EXPECT_EQ(seq(2), 1000U);
}

TEST_P(Conformance, what_names_a_missing_subscriber_is_not_found) {
  fill();
  const Imsi none = imsi(99);
  const std::vector<Change> all{RemoveSubscriber{none},
                                RaiseSeq{none, 1},
                                SetSeq{none, 1},
                                PutBinding{none, {}},
                                PutBinding{none, bound_to({imei(1)})},
                                SetReported{none, {imei(1), 1}},
                                SetEvidence{none, {imei(1), 1}},
                                PutRegistration{sample_registration(99, "mme")},
                                PutVectorNode{{none, "mme", "r", 1, 1}},
                                PutHistory{{none, "1", "", "mme", "", true, 1, 1, 1}}};
  for (const Change& change : all) EXPECT_EQ(code(put({change})), Errc::not_found) << change.index();
  EXPECT_TRUE(ok(put({RemoveRegistration{none, "mme"}})));
}

TEST_P(Conformance, malformed_changes_are_refused) {
  fill();
  const auto subscriber = [](auto edit) {
    Subscriber s = sample_subscriber(7);
    edit(s);
    return PutSubscriber{s, true};
  };
  const auto epochs = [](std::vector<binding::Epoch> list) {
    return PutKme{{"x", binding::TransformAlgorithm::aes128, std::move(list)}, true};
  };
  using State = binding::EpochState;
  binding::Binding long_former;
  long_former.former.assign(former_limit + 1, {"one", 1});
  const std::string long_name(name_limit + 1, 'x');
  const std::vector<Change> all{subscriber([](auto& s) { s.k = key(1, 32); }),
                                subscriber([](auto& s) { s.opc = Secret(); }),
                                subscriber([](auto& s) { s.msisdn = "12a"; }),
                                subscriber([](auto& s) { s.apns = {"a;b"}; }),
                                subscriber([](auto& s) { s.apns = {""}; }),
                                subscriber([](auto& s) { s.apns.assign(apn_limit + 1, "a"); }),
                                subscriber([](auto& s) { s.seq_high = 1ULL << 43; }),
                                RaiseSeq{imsi(1), 1ULL << 43},
                                PutKme{sample_kme("no space allowed"), true},
                                epochs({{1, State::active, key(1, 32)}}),
                                epochs({{1, State::active, Secret()}}),
                                epochs({{2, State::active, key(1)}, {1, State::retiring, key(2)}}),
                                epochs({{0, State::active, key(1)}}),
                                PutBinding{imsi(1), bound_to({imei(1), imei(1)})},
                                PutBinding{imsi(1), long_former},
                                PutRegistration{sample_registration(1, long_name)},
                                PutVectorNode{{imsi(1), long_name, "r", 1, 1}},
                                OweClr{{0, imsi(1), long_name, "r", 0, 0, 0}},
                                AddEvent{{0, 1, long_name, "", ""}}};
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(code(put({all[i]})), Errc::invalid_argument) << i;
  EXPECT_FALSE(*store_->has_subscriber(imsi(7)));
}

TEST_P(Conformance, kmes_keep_their_epochs_and_are_replaced_whole) {
  binding::Kme kme{"fleet", binding::TransformAlgorithm::aes256, {}};
  kme.epochs = {{1, binding::EpochState::retired, Secret()},
                {3, binding::EpochState::retiring, key(1, 32)},
                {4, binding::EpochState::active, key(2, 32)}};
  ASSERT_TRUE(ok(put({PutKme{kme}})));
  EXPECT_EQ(text(**store_->kme("fleet")), text(kme));
  EXPECT_EQ(code(put({PutKme{sample_kme("fleet")}})), Errc::already_exists);
  EXPECT_EQ(text(**store_->kme("fleet")), text(kme));
  ASSERT_TRUE(ok(put({PutKme{sample_kme("fleet"), true}})));
  EXPECT_EQ(text(**store_->kme("fleet")), text(sample_kme("fleet")));
}

TEST_P(Conformance, a_kme_goes_with_its_epochs_unless_a_device_has_it) {
  fill();
  EXPECT_EQ(code(put({RemoveKme{"none"}})), Errc::not_found);
  ASSERT_TRUE(ok(put({PutKme{sample_kme("spare")}})));
  ASSERT_TRUE(ok(put({PutDevice{{imei(8), "spare", 1}}})));
  EXPECT_EQ(code(put({RemoveKme{"spare"}})), Errc::refused);
  EXPECT_TRUE(store_->kme("spare")->has_value());
  ASSERT_TRUE(ok(put({RemoveDevice{imei(8)}, RemoveKme{"spare"}})));
  EXPECT_FALSE(store_->kme("spare")->has_value());
  ASSERT_TRUE(ok(put({PutKme{sample_kme("spare")}})));
}

TEST_P(Conformance, a_device_needs_its_kme_and_stays_while_bound) {
  fill();
  EXPECT_EQ(code(put({PutDevice{{imei(9), "none", 1}}})), Errc::not_found);
  EXPECT_EQ(code(put({PutDevice{{imei(1), "two", 1}}})), Errc::already_exists);
  EXPECT_EQ(code(put({PutDevice{{imei(1), "none", 1}, true}})), Errc::not_found);
  EXPECT_EQ(code(put({RemoveDevice{imei(9)}})), Errc::not_found);
  ASSERT_TRUE(ok(put({PutBinding{imsi(1), bound_to({imei(1)})}})));
  EXPECT_TRUE(*store_->device_is_bound(imei(1)));
  EXPECT_EQ(code(put({RemoveDevice{imei(1)}})), Errc::refused);
  ASSERT_TRUE(ok(put({PutBinding{imsi(1), {}}, RemoveDevice{imei(1)}})));
  EXPECT_FALSE(store_->device(imei(1))->has_value());
}

TEST_P(Conformance, an_association_shows_the_kme_that_its_device_has_now) {
  fill();
  auto binding = bound_to({imei(3), imei(1)});
  binding.associations[0].kme = "what is said here does not count";
  ASSERT_TRUE(ok(put({PutBinding{imsi(1), binding}})));
  EXPECT_EQ(state(1).binding.associations[0].kme, "two");
  EXPECT_EQ(state(1).binding.associations[1].kme, "one");
  ASSERT_TRUE(ok(put({SetDeviceState{imei(3), EquipmentState::barred}})));
  EXPECT_EQ(code(put({SetDeviceState{imei(99), EquipmentState::grey}})), Errc::not_found);
  ASSERT_TRUE(ok(put({PutDevice{{imei(3), "one", 4}, true}})));
  EXPECT_EQ((*store_->device(imei(3)))->state, EquipmentState::barred) << "a replaced device keeps its state";
  EXPECT_EQ(state(1).binding.associations[0].kme, "one");
  EXPECT_EQ((*store_->device(imei(3)))->first_epoch, 4U);
}

TEST_P(Conformance, a_binding_comes_back_whole_and_replaces_the_one_before) {
  fill();
  auto binding = bound_to({imei(3), imei(1), imei(2)});
  binding.associations[0].epoch = 7;
  binding.reported = {imei(2), 100};
  binding.evidence = {imei(77), 200};  // a hint may name what is no device
  binding.left_plain_at = 300;
  binding.former = {{"two", 2}, {"gone", 1}};
  ASSERT_TRUE(ok(put({PutBinding{imsi(1), binding}})));
  for (auto& a : binding.associations) a.kme = a.imei == imei(3) ? "two" : "one";
  EXPECT_EQ(text(state(1).binding), text(binding));
  EXPECT_EQ(text(store_->bindings({}, 9)->at(0).second), text(binding));

  EXPECT_EQ(code(put({PutBinding{imsi(1), bound_to({imei(1), imei(9)})}})), Errc::not_found);
  EXPECT_EQ(text(state(1).binding), text(binding));
  ASSERT_TRUE(ok(put({PutBinding{imsi(1), {}}})));
  EXPECT_EQ(text(state(1).binding), text(binding::Binding()));
}

TEST_P(Conformance, a_hint_changes_nothing_else_and_is_kept_for_the_unbound_too) {
  fill();
  ASSERT_TRUE(ok(put({PutBinding{imsi(1), bound_to({imei(1)})}, SetReported{imsi(1), {imei(2), 5}}})));
  ASSERT_TRUE(ok(put({SetEvidence{imsi(1), {imei(1), 6}}, SetReported{imsi(2), {imei(8), 7}}})));
  auto expected = bound_to({imei(1)});
  expected.associations[0].kme = "one";
  expected.reported = {imei(2), 5};
  expected.evidence = {imei(1), 6};
  EXPECT_EQ(text(state(1).binding), text(expected));
  EXPECT_EQ(text(state(2).binding.reported), text(binding::Hint{imei(8), 7}));
  EXPECT_EQ(state(2).binding.mode, binding::Mode::off);
  EXPECT_EQ(store_->bindings({}, 9)->size(), 1U);
}

TEST_P(Conformance, evidence_that_comes_late_does_not_undo_newer) {
  fill();
  const auto late = [](UnixMs at) { return SetEvidence{imsi(1), {imei(2), at}, true}; };
  ASSERT_TRUE(ok(put({late(5)})));
  EXPECT_EQ(text(state(1).binding.evidence), text(binding::Hint{imei(2), 5}));
  ASSERT_TRUE(ok(put({SetEvidence{imsi(1), {imei(1), 6}}, late(5)})));
  EXPECT_EQ(text(state(1).binding.evidence), text(binding::Hint{imei(1), 6}));
  ASSERT_TRUE(ok(put({late(7)})));
  EXPECT_EQ(text(state(1).binding.evidence), text(binding::Hint{imei(2), 7}));
  ASSERT_TRUE(ok(put({SetEvidence{imsi(1), {imei(1), 3}}}))) << "a clock may be set back";
  EXPECT_EQ(text(state(1).binding.evidence), text(binding::Hint{imei(1), 3}));
}

TEST_P(Conformance, a_report_that_comes_late_does_not_undo_newer) {
  fill();
  const auto late = [](UnixMs at) { return SetReported{imsi(1), {imei(2), at}, true}; };
  ASSERT_TRUE(ok(put({late(5)})));
  EXPECT_EQ(text(state(1).binding.reported), text(binding::Hint{imei(2), 5}));
  ASSERT_TRUE(ok(put({SetReported{imsi(1), {imei(1), 6}}, late(5)})));
  EXPECT_EQ(text(state(1).binding.reported), text(binding::Hint{imei(1), 6}));
  ASSERT_TRUE(ok(put({late(6)})));
  EXPECT_EQ(text(state(1).binding.reported), text(binding::Hint{imei(2), 6}));
}

TEST_P(Conformance, listed_bindings_are_in_a_mode_or_have_devices) {
  fill();
  ASSERT_TRUE(ok(put({PutBinding{imsi(1), bound_to({}, binding::Mode::enforce)},
                      PutBinding{imsi(2), bound_to({imei(1)}, binding::Mode::off)},
                      PutBinding{imsi(3), bound_to({}, binding::Mode::off)}})));
  const auto listed = *store_->bindings({}, 9);
  ASSERT_EQ(listed.size(), 2U);
  EXPECT_EQ(listed[0].first, imsi(1));
  EXPECT_EQ(listed[1].first, imsi(2));
  EXPECT_EQ(store_->bindings(imsi(1), 9)->size(), 1U);
  EXPECT_EQ(store_->counts()->bound_imsis, 2U);
}

TEST_P(Conformance, a_group_is_applied_whole_or_not_at_all_and_alone) {
  fill();
  ASSERT_TRUE(ok(put({PutBinding{imsi(1), bound_to({imei(1)})}, PutVectorNode{{imsi(1), "a", "r", 1, 1}}})));
  const std::string before = text(state(1).binding) + text(state(1).subscriber);
  const std::vector<Changes> groups{
      {RaiseSeq{imsi(2), 2000}, AddEvent{{0, 1, "first", "", ""}}},
      {RaiseSeq{imsi(1), 9000}, PutBinding{imsi(1), bound_to({imei(2)})}, PutKme{sample_kme("new")},
       PutSubscriber{sample_subscriber(50)}, PutDevice{{imei(50), "one", 1}}, RemoveSubscriber{imsi(3)},
       PutVectorNode{{imsi(1), "a", "r", 9, 9}}, PutHistory{{imsi(1), "1", "", "h", "", true, 1, 1, 1}},
       PutRegistration{sample_registration(1, "mme")}, OweClr{{0, imsi(1), "mme", "r", 0, 0, 0}},
       AddEvent{{0, 1, "lost", "", ""}}, SetSeq{imsi(99), 1}},
      {RaiseSeq{imsi(3), 3000}, AddEvent{{0, 1, "second", "", ""}}}};
  const auto statuses = store_->commit(groups);
  ASSERT_EQ(statuses.size(), 3U);
  EXPECT_TRUE(ok(statuses[0]));
  EXPECT_EQ(code(statuses[1]), Errc::not_found);
  EXPECT_TRUE(ok(statuses[2]));

  EXPECT_EQ(text(state(1).binding) + text(state(1).subscriber), before);
  EXPECT_FALSE(state(1).registration);
  EXPECT_EQ(store_->vector_nodes(imsi(1))->at(0).plain_at, 1);
  EXPECT_FALSE(store_->kme("new")->has_value());
  EXPECT_FALSE(*store_->has_subscriber(imsi(50)));
  EXPECT_TRUE(store_->history(imsi(1))->empty());
  EXPECT_TRUE(store_->owed_clrs(0, 9)->empty());
  EXPECT_EQ(seq(2), 2000U);
  EXPECT_EQ(seq(3), 3000U);
  const auto events = *store_->events(0, 9);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[1].kind, "second");
  EXPECT_EQ(events[1].id, 2);
}

TEST_P(Conformance, later_groups_and_changes_see_the_earlier_ones) {
  const std::vector<Changes> groups{{PutKme{sample_kme("k")}, PutDevice{{imei(1), "k", 1}}},
                                    {PutSubscriber{sample_subscriber(1)}},
                                    {PutBinding{imsi(1), bound_to({imei(1)})}},
                                    {RemoveSubscriber{imsi(1)}, RemoveDevice{imei(1)}}};
  for (const Status& status : store_->commit(groups)) EXPECT_TRUE(ok(status));
  EXPECT_EQ(store_->counts()->kmes, 1U);
  EXPECT_EQ(store_->counts()->devices, 0U);
}

TEST_P(Conformance, listings_come_in_order_page_by_page) {
  const std::vector<std::string> ascending{"000001",         "999999",          "0000001",
                                           "26201000000000", "001010000000001", "001010000000002",
                                           "999999999999999"};
  Changes all{PutKme{sample_kme("b")}, PutKme{sample_kme("a")}, PutKme{sample_kme("B")}};
  for (auto i = ascending.rbegin(); i != ascending.rend(); ++i) {
    Subscriber s = sample_subscriber(1);
    s.imsi = imsi(*i);
    all.push_back(PutSubscriber{s});
    all.push_back(PutBinding{s.imsi, bound_to({}, binding::Mode::observe)});
  }
  for (const unsigned i : {5U, 0U, 3U}) all.push_back(PutDevice{{imei(i), "a", 1}});
  all.push_back(PutDevice{{*Imei::parse("00000000000000"), "a", 1}});
  ASSERT_TRUE(ok(put(all)));

  std::vector<std::string> listed;
  std::optional<Imsi> after;
  for (;;) {
    const auto page = *store_->subscribers(after, 2);
    EXPECT_LE(page.size(), 2U);
    for (const auto& one : page) listed.push_back(one.subscriber.imsi.str());
    if (page.empty()) break;
    after = page.back().subscriber.imsi;
  }
  EXPECT_EQ(listed, ascending);
  EXPECT_EQ(store_->bindings(imsi("0000001"), 99)->front().first.str(), "26201000000000");
  EXPECT_TRUE(store_->subscribers({}, 0)->empty());

  std::string ids;
  const auto kmes = *store_->kmes("", 9);
  for (const auto& kme : kmes) ids += kme.id;
  EXPECT_EQ(ids, "Bab");
  EXPECT_EQ(store_->kmes("B", 1)->at(0).id, "a");
  const auto devices = *store_->devices({}, 9);
  ASSERT_EQ(devices.size(), 4U);
  EXPECT_EQ(devices[0].imei.digits14(), "00000000000000");
  EXPECT_EQ(devices[1].imei, imei(0));
  EXPECT_EQ(store_->devices(imei(0), 1)->at(0).imei, imei(3));
}

TEST_P(Conformance, counts_count) {
  fill();
  ASSERT_TRUE(
      ok(put({PutBinding{imsi(1), bound_to({imei(1)})}, PutRegistration{sample_registration(2, "m")}})));
  const Counts counts = *store_->counts();
  EXPECT_EQ(counts.subscribers, 3U);
  EXPECT_EQ(counts.devices, 3U);
  EXPECT_EQ(counts.kmes, 2U);
  EXPECT_EQ(counts.bound_imsis, 1U);
  EXPECT_EQ(counts.registrations, 1U);
}

}  // namespace
}  // namespace simbiont::store

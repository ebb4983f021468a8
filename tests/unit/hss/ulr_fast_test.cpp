// The fast path of ULR against the slow one, its oracle: the same answers, the same store, whatever comes
// between.
#include "hss/ulr_fast.h"

#include <sstream>

#include "operator_fixture.h"

namespace simbiont::test {
namespace {

using diameter::result::success;

// The same request, but not an ordinary one: an unknown AVP without the M bit changes no answer.
Bytes not_ordinary(Bytes frame) {
  const Bytes unknown{0, 0, 0x27, 0x0f, 0, 0, 0, 8};
  frame.insert(frame.end(), unknown.begin(), unknown.end());
  store_be(frame.size(), std::span(frame).subspan(1, 3));
  return frame;
}

class UlrFastTest : public OperatorTest {
 protected:
  static constexpr unsigned subscribers = 9;
  static std::string digits(unsigned number) { return "00101000000000" + std::to_string(number + 1); }

  // One whole subscriber at hand: every other request leaves the one before to its note.
  static void provision(HssHarness& each) {
    each.config.cached_entries = 1;
    each.restart();
    store::Changes changes;
    for (const auto& [id, imei, key] : {std::tuple{"kme-a", imei_a, &key_a}, {"kme-b", imei_b, &key_b}}) {
      changes.emplace_back(store::PutKme{
          {id, binding::TransformAlgorithm::aes128, {{1, binding::EpochState::active, *key}}}, true});
      changes.emplace_back(store::PutDevice{{imei_of(imei), id, 1}, true});
    }
    for (unsigned i = 0; i < subscribers; ++i) {
      const Imsi imsi = imsi_of(digits(i));
      const std::vector<std::string> apns =
          i % 2 == 0 ? std::vector<std::string>{"internet"} : std::vector<std::string>{"iot", "ims"};
      changes.emplace_back(store::PutSubscriber{
          {imsi, aka::Algorithm::milenage, k, opc, {0x80, 0}, 0, std::string(i, '7'), apns}, true});
      if (i % 4 == 0) continue;
      binding::Binding binding;
      binding.mode = i % 4 == 2 ? binding::Mode::observe : binding::Mode::enforce;
      binding.associations.push_back({imei_of(imei_a), "kme-a", 1});
      if (i % 4 == 3) binding.associations.push_back({imei_of(imei_b), "kme-b", 1});
      changes.emplace_back(store::PutBinding{imsi, binding});
    }
    each.admin(changes);
  }

  static std::string text(const std::optional<binding::Hint>& hint) {
    return hint ? hint->imei.str() + '@' + std::to_string(hint->at) : "-";
  }
  // All that ULRs change of a subscriber.
  static std::string stored_of(HssHarness& each, unsigned number) {
    std::ostringstream out;
    const Imsi imsi = imsi_of(digits(number));
    const store::SubscriberState state = **each.store().subscriber(imsi);
    if (const auto& r = state.registration)
      out << r->host << ' ' << r->realm << ' ' << r->visited_plmn.str() << ' ' << r->rat_type << ' '
          << r->since;
    out << " reported " << text(state.binding.reported) << " evidence " << text(state.binding.evidence);
    const auto rows = *each.store().history(imsi);
    for (const auto& row : rows)
      out << "; " << row.imei << ' ' << row.host << ' ' << row.count << ' ' << row.last_at << row.authorised;
    return out.str();
  }
};

TEST_F(UlrFastTest, answers_and_stores_as_the_slow_path_does) {
  HssHarness quick(5), slow(5);
  provision(quick);
  provision(slow);
  const char* imeis[] = {"", imei_a, imei_a, imei_b, stranger, "12345"};
  std::mt19937 engine(3);
  for (int round = 0; round < 4000; ++round) {
    const std::string host = "mme" + std::to_string(engine() % 8 == 0 ? 2 : 1);
    const auto number = static_cast<unsigned>(engine() % (subscribers + 1));
    const std::uint32_t flags =
        diameter::ulr_flag::s6a | (engine() % 4 == 0 ? diameter::ulr_flag::skip_subscriber_data : 0U);
    const char* imei = imeis[engine() % 6];
    const bool air = engine() % 3 == 0;
    const auto ask = [&](HssHarness& each) {
      return air ? each.air_frame(host, digits(number)) : each.ulr_frame(host, digits(number), imei, flags);
    };
    const Bytes a = ask(quick), b = ask(slow);
    ASSERT_EQ(a, b);
    const Bytes expected = slow.ask(host, not_ordinary(b));
    ASSERT_EQ(quick.ask(host, a), expected) << round << ' ' << number << ' ' << imei;
    if (number < subscribers) {
      ASSERT_EQ(stored_of(quick, number), stored_of(slow, number)) << round << ' ' << number << ' ' << imei;
    }
    const std::int64_t pause = engine() % 2 == 0 ? 1000 : 200'000;
    for (HssHarness* each : {&quick, &slow}) {
      for (const char* mme : {"mme1", "mme2"})
        for (const auto& clr : each->take_clrs(mme)) each->answer_clr(mme, clr, success);
      each->clock.advance_ms(pause);
    }
  }
  EXPECT_EQ(quick.events(), slow.events());
}

TEST_F(UlrFastTest, a_store_that_cannot_commit_registers_nobody_and_recovers) {
  provision(hss);
  (void)hss.air("mme1", digits(1));
  (void)hss.air("mme1", digits(2));  // the first one's Entry makes room
  hss.committer.broken = true;
  EXPECT_EQ(hss.ulr("mme1", digits(1)).code, diameter::result::unable_to_comply);
  hss.committer.broken = false;
  EXPECT_FALSE(stored(digits(1).c_str()).registration);
  EXPECT_EQ(hss.ulr("mme1", digits(1)).code, success);
  EXPECT_EQ(stored(digits(1).c_str()).registration->host, "mme1");
}

TEST_F(UlrFastTest, nothing_is_answered_before_the_registration_is_durable) {
  provision(hss);
  (void)hss.air("mme1", digits(1));
  (void)hss.air("mme1", digits(2));
  hss.deliver("mme1", hss.ulr_frame("mme1", digits(1)));
  EXPECT_TRUE(hss.sent[hss.link("mme1")].empty());
  hss.settle();
  EXPECT_EQ(hss.sent[hss.link("mme1")].size(), 1U);
  EXPECT_TRUE(stored(digits(1).c_str()).registration);
}

// What the second MME finds must be the registration that is under way, or nobody would tell the first.
TEST_F(UlrFastTest, another_mme_that_comes_before_the_commit_waits_and_cancels_the_first) {
  provision(hss);
  (void)hss.air("mme1", digits(1));
  (void)hss.air("mme1", digits(2));
  hss.deliver("mme1", hss.ulr_frame("mme1", digits(1)));
  hss.deliver("mme2", hss.ulr_frame("mme2", digits(1)));
  hss.settle();
  EXPECT_EQ(stored(digits(1).c_str()).registration->host, "mme2");
  EXPECT_EQ(hss.take_clrs("mme1").size(), 1U);
  EXPECT_EQ(hss.sent[hss.link("mme2")].size(), 1U);
}

TEST_F(UlrFastTest, a_subscriber_changed_or_removed_before_the_commit_is_found_so) {
  provision(hss);
  for (const unsigned number : {1U, 2U, 4U}) (void)hss.air("mme1", digits(number));
  hss.deliver("mme1", hss.ulr_frame("mme1", digits(1)));
  hss.admin({store::RemoveSubscriber{imsi_of(digits(1))}});
  hss.deliver("mme1", hss.ulr_frame("mme1", digits(2)));
  hss.settle();
  hss.admin({store::RemoveRegistration{imsi_of(digits(2)), "mme1"}});
  EXPECT_EQ(hss.ulr("mme1", digits(2)).code, success);
  EXPECT_TRUE(stored(digits(2).c_str()).registration);
  const auto& answers = hss.sent[hss.link("mme1")];
  ASSERT_EQ(answers.size(), 2U);
  int unknown = 0;
  for (const Bytes& answer : answers)
    unknown += diameter::decode_ula(answer).message->code == diameter::result::user_unknown;
  EXPECT_EQ(unknown, 1);
}

TEST_F(UlrFastTest, a_known_device_is_counted_without_a_commit_to_wait_for) {
  provision(hss);
  (void)hss.air("mme1", digits(1));
  ASSERT_EQ(hss.ulr("mme1", digits(1), imei_a).code, success);
  (void)hss.air("mme1", digits(2));
  hss.clock.advance_ms(5000);
  hss.deliver("mme1", hss.ulr_frame("mme1", digits(1), imei_a));
  EXPECT_EQ(hss.sent[hss.link("mme1")].size(), 1U) << "answered at once";
  hss.settle();
  const auto rows = *hss.store().history(imsi_of(digits(1)));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].count, 2U);
  EXPECT_EQ(rows[0].last_at, hss.clock.unix_ms());
}

}  // namespace
}  // namespace simbiont::test

// The fast path of AIR against the slow one, its oracle; and that in the steady state it allocates nothing.
#include "hss/air_fast.h"

#include "count_allocations.h"
#include "operator_fixture.h"

namespace simbiont::test {
namespace {

// A connection whose buffer is at hand, as the server's is while it reads.
class BufferedHarness : public HssHarness {
 public:
  using HssHarness::HssHarness;
  Bytes* buffer(hss::LinkId) override { return &written; }
  Bytes written;
};

const Secret k = secret_of("465b5ce8b199b49faa5f0a2ee238a6bc"),
             opc = secret_of("cd63cb71954a9f4e48a5994e37a02baf"),
             k_me = secret_of("000102030405060708090a0b0c0d0e0f"),
             wide = secret_of("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
constexpr const char* imeis[] = {"356938035643809", "490154203237518", "352099001761481"};

std::string digits(unsigned number) { return "00101" + std::to_string(10'000'000'000ULL + number).substr(1); }

// Subscribers 0..: plain, then one of each algorithm, again and again; one that is observed, one without a
// usable key.
void provision(HssHarness& hss, unsigned count) {
  using binding::TransformAlgorithm;
  const std::pair<TransformAlgorithm, const Secret*> kmes[] = {{TransformAlgorithm::aes128, &k_me},
                                                               {TransformAlgorithm::aes256, &wide},
                                                               {TransformAlgorithm::aes128_imsi, &k_me}};
  store::Changes changes;
  for (unsigned i = 0; i < 3; ++i) {
    const std::string id = "kme-" + std::to_string(i);
    changes.emplace_back(
        store::PutKme{{id, kmes[i].first, {{1, binding::EpochState::active, *kmes[i].second}}}, false});
    changes.emplace_back(store::PutDevice{{imei_of(imeis[i]), id, 1}, false});
  }
  for (unsigned i = 0; i < count; ++i) {
    const Imsi imsi = imsi_of(digits(i));
    const aka::Amf amf{static_cast<std::uint8_t>(i), 7};
    changes.emplace_back(store::PutSubscriber{
        {imsi, aka::Algorithm::milenage, k, opc, amf, 1000ULL * i, "", {"internet"}}, false});
    if (i % 6 == 0) continue;
    binding::Binding binding;
    binding.mode = i % 6 == 4 ? binding::Mode::observe : binding::Mode::enforce;
    if (i % 6 != 5)
      binding.associations.push_back({imei_of(imeis[i % 3]), "kme-" + std::to_string(i % 3), 1});
    changes.emplace_back(store::PutBinding{imsi, binding});
  }
  hss.admin(changes);
}

// The same request, but not an ordinary one: an unknown AVP without the M bit changes no answer.
Bytes not_ordinary(Bytes frame) {
  const Bytes unknown{0, 0, 0x27, 0x0f, 0, 0, 0, 8};
  frame.insert(frame.end(), unknown.begin(), unknown.end());
  store_be(frame.size(), std::span(frame).subspan(1, 3));
  return frame;
}

struct Twins {
  explicit Twins(unsigned subscribers) {
    for (HssHarness* each : {&quick, &slow}) {
      each->config.sqn_block_min = 16;
      each->restart();
      provision(*each, subscribers);
    }
  }
  HssHarness quick{5}, slow{5};
};

TEST(AirFast, answers_as_the_slow_path_does_whatever_the_subscriber) {
  constexpr unsigned subscribers = 12;
  Twins twins(subscribers);
  std::mt19937 engine(11);
  for (int round = 0; round < 3000; ++round) {
    const std::string host = "MME" + std::to_string(engine() % 3) + ".visited";
    const std::string imsi = digits(static_cast<unsigned>(engine() % (subscribers + 1)));
    const auto count = static_cast<std::uint32_t>(1 + engine() % 6);
    const Bytes a = twins.quick.air_frame(host, imsi, count), b = twins.slow.air_frame(host, imsi, count);
    ASSERT_EQ(a, b);
    const Bytes expected = twins.slow.ask(host, not_ordinary(b));
    ASSERT_FALSE(expected.empty());
    ASSERT_EQ(twins.quick.ask(host, a), expected) << round << ' ' << imsi;
    for (HssHarness* each : {&twins.quick, &twins.slow}) each->clock.advance_ms(3000);
  }
  EXPECT_EQ(twins.quick.events(), twins.slow.events());
  for (unsigned i = 0; i < subscribers; ++i) {
    const Imsi imsi = imsi_of(digits(i));
    EXPECT_EQ((*twins.quick.store().subscriber(imsi))->subscriber.seq_high,
              (*twins.slow.store().subscriber(imsi))->subscriber.seq_high);
    const auto nodes = *twins.quick.store().vector_nodes(imsi),
               expected = *twins.slow.store().vector_nodes(imsi);
    ASSERT_EQ(nodes.size(), expected.size());
    for (std::size_t n = 0; n < nodes.size(); ++n) {
      EXPECT_EQ(nodes[n].plain_at, expected[n].plain_at);
      EXPECT_EQ(nodes[n].bound_at, expected[n].bound_at);
    }
  }
}

TEST(AirFast, a_batch_is_answered_as_its_requests_one_by_one) {
  constexpr unsigned subscribers = 30;
  BufferedHarness batched(9);
  HssHarness single(9);
  for (HssHarness* each : {static_cast<HssHarness*>(&batched), &single}) {
    each->config.sqn_block_min = 4096;
    each->restart();
    provision(*each, subscribers);
    for (unsigned i = 0; i < subscribers; ++i)
      (void)each->ask("mme1", not_ordinary(each->air_frame("mme1", digits(i))));
  }
  batched.written.clear();
  Bytes expected;
  std::vector<Bytes> frames;
  std::mt19937 engine(3);
  for (int i = 0; i < 200; ++i) {
    const auto number = static_cast<unsigned>(engine() % subscribers);
    if (number % 6 == 5) continue;  // refused: the slow path answers it, behind the batch
    frames.push_back(batched.air_frame("mme1", digits(number), 1 + number % 5));
    const Bytes answer = single.ask("mme1", single.air_frame("mme1", digits(number), 1 + number % 5));
    expected.insert(expected.end(), answer.begin(), answer.end());
  }
  for (const Bytes& frame : frames) batched.core().collect(batched.link("mme1"), frame);
  batched.core().finish();
  EXPECT_EQ(batched.written, expected);
}

TEST(AirFast, in_the_steady_state_nothing_is_allocated) {
  BufferedHarness hss;
  hss.config.sqn_block_min = hss.config.sqn_block_max = 65536;
  hss.restart();
  constexpr unsigned subscribers = 60;
  provision(hss, subscribers);
  std::vector<Bytes> frames;
  for (unsigned i = 0; i < 10'000; ++i)
    if (i % 6 != 5)
      frames.push_back(hss.air_frame("mme1.epc.mnc001.mcc001.3gppnetwork.org", digits(i % subscribers)));
  const hss::LinkId link = hss.link("mme1.epc.mnc001.mcc001.3gppnetwork.org");
  const auto deliver_all = [&] {
    hss.written.clear();
    for (std::size_t i = 0; i < frames.size(); ++i) {
      hss.core().collect(link, frames[i]);
      if (i % 64 == 63) hss.core().finish();
    }
    hss.core().finish();
  };
  deliver_all();
  hss.settle();
  deliver_all();
  hss.settle();
  const std::size_t before = allocations();
  deliver_all();
  EXPECT_EQ(allocations() - before, 0U);
  std::size_t answers = 0;
  for (ByteView rest = hss.written; !rest.empty(); ++answers)
    rest = rest.subspan(diameter::next_frame(rest).message.size());
  EXPECT_EQ(answers, frames.size());
}

TEST(AirFast, a_new_device_costs_the_others_no_seqs_and_no_commit) {
  HssHarness hss;
  provision(hss, 6);
  ASSERT_EQ(hss.air("mme1", digits(1)).code, success);
  hss.settle();
  const std::size_t before = hss.committer.batches;
  const std::uint64_t high = (*hss.store().subscriber(imsi_of(digits(1))))->subscriber.seq_high;
  hss.admin({store::PutDevice{{imei_of("123456789012347"), "kme-1", 1}, false}});
  ASSERT_EQ(hss.air("mme1", digits(1)).code, success);
  EXPECT_EQ(hss.committer.batches, before);
  EXPECT_EQ((*hss.store().subscriber(imsi_of(digits(1))))->subscriber.seq_high, high);
  hss.admin({store::PutKme{
      {"kme-1", binding::TransformAlgorithm::aes256, {{1, binding::EpochState::revoked, {}}}}, true}});
  EXPECT_EQ(hss.air("mme1", digits(1)).code, no_data) << "but what it changed holds at once";
}

}  // namespace
}  // namespace simbiont::test

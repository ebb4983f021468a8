// Vectors as the HSS makes them: RANDs from the system in bulk, the batch function, each KME's transform
// last. Beside it the plain functions, one vector after another, as the HSS did before.
#include <benchmark/benchmark.h>

#include <optional>

#include "aka/eps_batch.h"
#include "aka/milenage.h"
#include "bench/subscribers.h"
#include "binding/transform.h"
#include "crypto/cpu.h"
#include "crypto/random.h"

namespace simbiont::bench {
namespace {

using binding::TransformAlgorithm;

std::vector<binding::KeyedTransform> keyed_transforms() {
  std::vector<binding::KeyedTransform> keyed;
  for (const Secret& k_me : network().k_mes) keyed.emplace_back(TransformAlgorithm::aes128, k_me);
  return keyed;
}

class Whole {
 public:
  void make(std::span<const std::uint32_t> batch, std::span<Vector> vectors) {
    aka::PlainRands<batch_size> rands(batch.size());
    random_.fill(rands.octets());
    std::array<aka::EpsOrder, batch_size> orders;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      Subscriber& subscriber = network_.subscribers[batch[i]];
      orders[i] = {subscriber.k.data(),
                   subscriber.opc.data(),
                   &rands[i],
                   aka::Sqn::make(subscriber.next_seq++, 3),
                   amf,
                   serving_network};
    }
    std::array<aka::EpsQuantities, batch_size> made;
    aka::make_eps_quantities(std::span(orders).first(batch.size()), std::span(made).first(batch.size()));
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const Subscriber& subscriber = network_.subscribers[batch[i]];
      aka::WireRand wire;
      keyed_[subscriber.kme].apply(Imsi::from_key(subscriber.imsi_key), rands.view().subspan(i, 1),
                                   {&wire, 1});
      vectors[i] = {wire.octets, made[i].xres, made[i].autn, made[i].kasme};
    }
  }

 private:
  Network& network_ = network();
  crypto::SystemRandom random_;
  std::vector<binding::KeyedTransform> keyed_ = keyed_transforms();
};

void batch_over_subscribers(benchmark::State& state) {
  Whole whole;
  const Network& net = network();
  std::array<Vector, batch_size> vectors;
  std::size_t at = 0;
  while (state.KeepRunning()) {
    const std::size_t next = at + batch_size == net.order.size() ? 0 : at + batch_size;
    for (std::size_t i = 0; i < batch_size; ++i) __builtin_prefetch(&net.subscribers[net.order[next + i]], 1);
    whole.make(std::span(net.order).subspan(at, batch_size), vectors);
    benchmark::DoNotOptimize(vectors);
    at = next;
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch_size));
}

void whole(benchmark::State& state) { batch_over_subscribers(state); }
void whole_by_library(benchmark::State& state) {
  const crypto::RestrictCpu restriction({});
  batch_over_subscribers(state);
}

void plain_functions(benchmark::State& state) {
  Network& net = network();
  crypto::SystemRandom random;
  std::size_t at = 0;
  while (state.KeepRunning()) {
    Subscriber& subscriber = net.subscribers[net.order[at]];
    at = at + 1 == net.order.size() ? 0 : at + 1;
    aka::PlainRand rand;
    random.fill(rand.octets);
    const aka::Milenage functions{Secret(subscriber.k), Secret(subscriber.opc)};
    const auto made = aka::make_eps_quantities(functions, rand, aka::Sqn::make(subscriber.next_seq++, 3), amf,
                                               serving_network);
    const binding::Transform transform(TransformAlgorithm::aes128, net.k_mes[subscriber.kme],
                                       Imsi::from_key(subscriber.imsi_key));
    Vector vector{transform.apply(rand).octets, made.xres, made.autn, made.kasme};
    benchmark::DoNotOptimize(vector);
  }
  state.SetItemsProcessed(state.iterations());
}

void plain(benchmark::State& state) { plain_functions(state); }
void plain_by_library(benchmark::State& state) {
  const crypto::RestrictCpu restriction({});
  plain_functions(state);
}

BENCHMARK(whole)->Name("million/whole");
BENCHMARK(plain)->Name("million/plain_twin");
BENCHMARK(whole_by_library)->Name("million/whole_by_library");
BENCHMARK(plain_by_library)->Name("million/plain_twin_by_library");

}  // namespace
}  // namespace simbiont::bench

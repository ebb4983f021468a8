// The pieces of a vector, by the CPU's instructions and, named "_by_library", by Nettle alone.
#include <benchmark/benchmark.h>

#include "aka/eps_batch.h"
#include "aka/milenage.h"
#include "bench/subscribers.h"
#include "binding/transform.h"
#include "crypto/aes.h"
#include "crypto/cpu.h"
#include "crypto/hmac.h"
#include "crypto/random.h"

namespace simbiont::bench {
namespace {

Secret some_key(std::size_t size) { return Secret(Bytes(size, 0x5A)); }

void items(benchmark::State& state, std::size_t each = 1) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(each));
}

void aes_blocks(benchmark::State& state) {
  const crypto::Aes aes(some_key(16));
  const auto count = static_cast<std::size_t>(state.range(0));
  Bytes blocks(16 * count);
  while (state.KeepRunning()) {
    aes.encrypt(blocks.data(), blocks.data(), count);
    benchmark::DoNotOptimize(blocks.data());
  }
  items(state, count);
}

void aes_key_expansion(benchmark::State& state) {
  const Secret key = some_key(static_cast<std::size_t>(state.range(0)));
  while (state.KeepRunning()) {
    crypto::Aes aes(key);
    benchmark::DoNotOptimize(aes);
  }
  items(state);
}

void hmac(benchmark::State& state) {
  ByteArray<32> key{};
  const ByteArray<14> message{};
  while (state.KeepRunning()) {
    const ByteArray<32> mac = crypto::hmac_sha256(key, message);
    key[0] = mac[0];
  }
  items(state);
}

void short_hmacs(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  std::vector<crypto::ShortHmac> jobs(count);
  std::vector<ByteArray<32>> macs(count);
  for (std::size_t i = 0; i < count; ++i) jobs[i] = {{}, {}, macs[i].data()};
  while (state.KeepRunning()) {
    crypto::hmac_sha256_short(jobs, 14);
    benchmark::DoNotOptimize(macs.data());
  }
  items(state, count);
}

void vectors(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const Block k{1}, opc{2};
  const aka::PlainRand rand{{3}};
  const std::vector<aka::EpsOrder> orders(
      count, {k.data(), opc.data(), &rand, aka::Sqn::make(1, 1), amf, serving_network});
  std::vector<aka::EpsQuantities> made(count);
  while (state.KeepRunning()) {
    aka::make_eps_quantities(orders, made);
    benchmark::DoNotOptimize(made.data());
  }
  items(state, count);
}

void vector_plain_twin(benchmark::State& state) {
  const Block k{1}, opc{2};
  while (state.KeepRunning()) {
    const aka::Milenage functions{Secret(k), Secret(opc)};
    auto made = aka::make_eps_quantities(functions, {}, aka::Sqn::make(1, 1), amf, serving_network);
    benchmark::DoNotOptimize(made);
  }
  items(state);
}

void transform(benchmark::State& state, binding::TransformAlgorithm algorithm) {
  const binding::KeyedTransform keyed(algorithm, some_key(binding::key_size(algorithm)));
  const Imsi imsi = *Imsi::parse("001010000000001");
  const auto count = static_cast<std::size_t>(state.range(0));
  const std::vector<aka::PlainRand> rands(count);
  std::vector<aka::WireRand> wire(count);
  while (state.KeepRunning()) {
    keyed.apply(imsi, rands, wire);
    benchmark::DoNotOptimize(wire.data());
  }
  items(state, count);
}

void random_block(benchmark::State& state) {
  crypto::SystemRandom random;
  Block block;
  while (state.KeepRunning()) {
    random.fill(block);
    benchmark::DoNotOptimize(block);
  }
  items(state);
}

void random_batch(benchmark::State& state) {
  crypto::SystemRandom random;
  Bytes rands(16 * batch_size);
  while (state.KeepRunning()) {
    random.fill(rands);
    benchmark::DoNotOptimize(rands.data());
  }
  items(state, batch_size);
}

template <void (*function)(benchmark::State&)>
void by_library(benchmark::State& state) {
  const crypto::RestrictCpu restriction({});
  function(state);
}

BENCHMARK(aes_blocks)->Arg(1)->Arg(4)->Arg(64);
BENCHMARK(by_library<aes_blocks>)->Name("aes_blocks_by_library")->Arg(1)->Arg(4)->Arg(64);
BENCHMARK(aes_key_expansion)->Arg(16)->Arg(32);
BENCHMARK(by_library<aes_key_expansion>)->Name("aes_key_expansion_by_library")->Arg(16)->Arg(32);
BENCHMARK(hmac);
BENCHMARK(by_library<hmac>)->Name("hmac_by_library");
BENCHMARK(short_hmacs)->Arg(1)->Arg(2)->Arg(64);
BENCHMARK(vectors)->Arg(1)->Arg(2)->Arg(5)->Arg(64);
BENCHMARK(by_library<vectors>)->Name("vectors_by_library")->Arg(1)->Arg(5)->Arg(64);
BENCHMARK(vector_plain_twin);
BENCHMARK(by_library<vector_plain_twin>)->Name("vector_plain_twin_by_library");
BENCHMARK_CAPTURE(transform, aes128, binding::TransformAlgorithm::aes128)->Arg(1)->Arg(5);
BENCHMARK_CAPTURE(transform, aes256, binding::TransformAlgorithm::aes256)->Arg(1)->Arg(5);
BENCHMARK_CAPTURE(transform, aes128_imsi, binding::TransformAlgorithm::aes128_imsi)->Arg(1)->Arg(5);
BENCHMARK(random_block);
BENCHMARK(random_batch);

}  // namespace
}  // namespace simbiont::bench

#include "bench/subscribers.h"

#include <algorithm>
#include <numeric>
#include <random>

namespace simbiont::bench {
namespace {

class Numbers {
 public:
  void fill(std::span<std::uint8_t> octets) {
    for (std::uint8_t& octet : octets) octet = static_cast<std::uint8_t>(engine_());
  }
  std::mt19937& engine() { return engine_; }

 private:
  std::mt19937 engine_{4};
};

Network make() {
  Numbers numbers;
  Network made;
  made.subscribers.resize(subscriber_count);
  std::uint64_t digits = 1'010'000'000'000;
  for (Subscriber& subscriber : made.subscribers) {
    numbers.fill(subscriber.k);
    numbers.fill(subscriber.opc);
    subscriber.imsi_key = Imsi::parse("00" + std::to_string(digits++))->key();
    subscriber.next_seq = 1;
    subscriber.kme = static_cast<std::uint8_t>(numbers.engine()() % kme_count);
  }
  made.order.resize(subscriber_count - subscriber_count % batch_size);
  std::iota(made.order.begin(), made.order.end(), 0U);
  std::ranges::shuffle(made.order, numbers.engine());
  for (std::size_t i = 0; i < kme_count; ++i) {
    Block key;
    numbers.fill(key);
    made.k_mes.emplace_back(key);
  }
  return made;
}

}  // namespace

Network& network() {
  static Network made = make();
  return made;
}

}  // namespace simbiont::bench

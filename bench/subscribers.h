// What the loops over whole vectors run on: more subscribers than the caches hold, in random order.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/digits.h"
#include "base/secret.h"

namespace simbiont::bench {

inline constexpr std::size_t subscriber_count = 1'000'000;
inline constexpr std::size_t kme_count = 64;
inline constexpr std::size_t batch_size = 64;  // orders at once; the next ones' subscribers are prefetched

// One cache line.
struct alignas(64) Subscriber {
  Block k, opc;
  std::uint64_t imsi_key;
  std::uint64_t next_seq;
  std::uint8_t kme;
};
static_assert(sizeof(Subscriber) == 64);

struct Network {
  std::vector<Subscriber> subscribers;
  std::vector<std::uint32_t> order;  // every subscriber once; a multiple of batch_size
  std::vector<Secret> k_mes;
};

Network& network();  // made at the first call

inline constexpr Plmn serving_network{{0x62, 0xF2, 0x10}};
inline constexpr ByteArray<2> amf{0x80, 0x00};

// A whole vector as it goes into an answer.
struct Vector {
  Block enc_rand;
  ByteArray<8> xres;
  Block autn;
  ByteArray<32> kasme;
};

}  // namespace simbiont::bench

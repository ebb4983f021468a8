// EPS vectors many at a time: the HSS's hot path. What it saves against make_eps_quantities() of vector.h,
// its plain twin and oracle: TEMP once instead of twice, OUT1 to OUT4 in flight together, two KASMEs
// interleaved, no key objects and no allocation.
#pragma once

#include <array>
#include <cassert>
#include <span>

#include "aka/vector.h"
#include "base/secret.h"

namespace simbiont::aka {

// What one vector is made from. The pointers outlive the call.
struct EpsOrder {
  const std::uint8_t* k = nullptr;    // 16 octets
  const std::uint8_t* opc = nullptr;  // 16 octets
  const PlainRand* rand = nullptr;
  Sqn sqn;
  Amf amf{};  // the separation bit is set whatever it holds
  Plmn serving_network;
};

// out[i] from orders[i], Milenage and KASME as in vector.h; the orders need have nothing in common. Eight or
// more at once are the quickest, two take little longer than one. Constant time where the CPU has AES and
// SHA instructions; nothing of a key is left on the stack. Sizes are equal (assert).
void make_eps_quantities(std::span<const EpsOrder> orders, std::span<EpsQuantities> out);

// The plain RANDs of one batch, zeroised when they go: random.fill(rands.octets()), one order each, and the
// transform last.
template <std::size_t capacity>
class PlainRands {
 public:
  // size: at most capacity (assert).
  explicit PlainRands(std::size_t size) : size_(size) { assert(size <= capacity); }
  PlainRands(const PlainRands&) = delete;
  PlainRands& operator=(const PlainRands&) = delete;
  ~PlainRands() { zeroise(octets()); }

  std::span<const PlainRand> view() const { return {rands_.data(), size_}; }
  const PlainRand& operator[](std::size_t i) const { return rands_[i]; }
  // All of them as one stretch, for a random source to fill.
  std::span<std::uint8_t> octets() {
    static_assert(sizeof(PlainRand) == 16);
    return {reinterpret_cast<std::uint8_t*>(rands_.data()), size_ * sizeof(PlainRand)};
  }

 private:
  std::array<PlainRand, capacity> rands_;
  std::size_t size_;
};

}  // namespace simbiont::aka

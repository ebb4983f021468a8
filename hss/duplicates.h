// Requests that changed something, by who sent them and their End-to-End Identifier: what comes again with
// the T bit set (RFC 6733 3) is answered as it was, and changes nothing, though another node may have come in
// between.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"

namespace simbiont::hss {

// A direct-mapped table: a later request may take an earlier one's place, and a place is never another's.
class Duplicates {
 public:
  explicit Duplicates(const Clock& clock) : clock_(clock), places_(size) {}

  // node: UlrNotes::registrant() of the sender; 0 is not remembered. answer: what the answer said.
  void remember(std::uint32_t node, std::uint32_t end_to_end, std::uint32_t answer = 0) {
    if (node == 0) return;
    places_[place(node, end_to_end)] = {node, end_to_end, answer, now_s()};
  }
  // What the answer to this request said; nullopt: it is not known.
  std::optional<std::uint32_t> find(std::uint32_t node, std::uint32_t end_to_end) const {
    const Place& at = places_[place(node, end_to_end)];
    if (node == 0 || at.node != node || at.end_to_end != end_to_end || now_s() - at.at_s > life_s)
      return std::nullopt;
    return at.answer;
  }

 private:
  struct Place {
    std::uint32_t node = 0, end_to_end = 0, answer = 0, at_s = 0;
  };
  // End-to-End Identifiers are unique for four minutes (RFC 6733 3) at least.
  static constexpr std::uint32_t life_s = 240;
  static constexpr std::size_t size = 1U << 16;

  static std::size_t place(std::uint32_t node, std::uint32_t end_to_end) {
    return ((node * 0x9e3779b1U) ^ (end_to_end * 0x85ebca6bU)) >> 16;
  }
  std::uint32_t now_s() const { return static_cast<std::uint32_t>(clock_.monotonic_ms() / 1000); }

  const Clock& clock_;
  std::vector<Place> places_;
};

}  // namespace simbiont::hss

#include <algorithm>
#include <charconv>

#include "binding/association.h"

namespace simbiont::binding {
namespace {

constexpr std::size_t tac_digits = 8;

std::optional<std::uint32_t> tac(std::string_view text) {
  std::uint32_t value = 0;
  if (text.size() != tac_digits || !all_digits(text)) return std::nullopt;
  (void)std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string padded(std::uint32_t tac) {
  const std::string digits = std::to_string(tac);
  return std::string(tac_digits - std::min(tac_digits, digits.size()), '0') + digits;
}

}  // namespace

std::string_view name(Policy p) { return p == Policy::rotate ? "rotate" : "stay"; }

std::optional<Policy> policy(std::string_view text) {
  for (const Policy each : {Policy::stay, Policy::rotate})
    if (name(each) == text) return each;
  return std::nullopt;
}

Result<TacRange> tac_range(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto from = tac(text.substr(0, dash));
  const auto to = dash == std::string_view::npos ? from : tac(text.substr(dash + 1));
  if (from && to && *from <= *to) return TacRange{*from, *to};
  return error(Errc::invalid_argument, "a TAC range is 8 digits, or 8 digits - 8 digits that are no less");
}

std::string text(const TacRange& range) {
  return range.from == range.to ? padded(range.from) : padded(range.from) + "-" + padded(range.to);
}

const Association* turned_association(const Binding& binding) {
  if (binding.policy != Policy::rotate || !binding.turned) return nullptr;
  const auto at = std::ranges::find(binding.associations, binding.turned->imei, &Association::imei);
  return at == binding.associations.end() || !at->confirmed ? nullptr : &*at;
}

const Association* next_of_another_kme(const Binding& binding, const Association& from) {
  const auto& all = binding.associations;
  const auto start = std::ranges::find(all, from.imei, &Association::imei);
  if (start == all.end()) return nullptr;
  const auto first = static_cast<std::size_t>(start - all.begin());
  for (std::size_t step = 1; step < all.size(); ++step) {
    const Association& next = all[(first + step) % all.size()];
    if (next.confirmed && next.kme != from.kme) return &next;
  }
  return nullptr;
}

bool may_learn(const Learning& learning, const Imei& imei, bool in_pool) {
  if (!learning.pool.empty() && !in_pool) return false;
  return learning.tacs.empty() || std::ranges::any_of(learning.tacs, [&](const TacRange& range) {
           return range.from <= imei.tac() && imei.tac() <= range.to;
         });
}

}  // namespace simbiont::binding

#include "admin/supplier_scope.h"

#include <algorithm>

namespace simbiont::admin {
namespace {

constexpr std::size_t max_ranges = 128;
constexpr std::size_t tac_digits = 8;

std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    parts.push_back(text.substr(0, comma));
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
    if (text.empty()) parts.push_back(text);
  }
  return parts;
}

Error malformed(std::string message) { return error(Errc::invalid_argument, std::move(message)); }

}  // namespace

Result<Scope> Scope::tacs(std::string_view text) {
  Scope scope;
  for (const std::string_view part : parts_of(text)) {
    const std::size_t dash = std::min(part.find('-'), part.size());
    const std::string first(part.substr(0, dash)), last(dash == part.size() ? part : part.substr(dash + 1));
    if (first.size() != tac_digits || last.size() != tac_digits || !all_digits(first) || !all_digits(last) ||
        last < first)
      return malformed("a TAC is 8 digits, a range is FIRST-LAST");
    if (scope.ranges_.size() == max_ranges) return malformed("more than 128 ranges of TACs");
    scope.ranges_.push_back({first, last});
  }
  if (scope.ranges_.empty()) return malformed("a supplier of devices' keys needs the TACs that it may name");
  return scope;
}

Result<Scope> Scope::imsis(std::string_view text) {
  Scope scope;
  for (const std::string_view part : parts_of(text)) {
    if (part.size() < 5 || part.size() > 15 || !all_digits(part))
      return malformed("how IMSIs begin is 5 to 15 digits");
    if (scope.ranges_.size() == max_ranges) return malformed("more than 128 beginnings of IMSIs");
    scope.ranges_.push_back({std::string(part), std::string(part)});
  }
  if (scope.ranges_.empty()) return malformed("a supplier of SIMs' keys needs the IMSIs that it may name");
  return scope;
}

bool Scope::covers(std::string_view digits) const {
  return std::any_of(ranges_.begin(), ranges_.end(), [&](const Range& range) {
    const std::string_view start = digits.substr(0, range.first.size());
    return start.size() == range.first.size() && range.first <= start && start <= range.last;
  });
}

bool Scope::covers(const Imei& imei) const { return covers(std::string_view(imei.digits14())); }
bool Scope::covers(const Imsi& imsi) const { return covers(std::string_view(imsi.str())); }

std::string Scope::str() const {
  std::string text;
  for (const Range& range : ranges_) {
    if (!text.empty()) text.push_back(',');
    text += range.first;
    if (range.last != range.first) text += '-' + range.last;
  }
  return text;
}

}  // namespace simbiont::admin

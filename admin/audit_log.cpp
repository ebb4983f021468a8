// /v1/audit
#include <array>
#include <charconv>

#include "admin/route.h"

namespace simbiont::admin {
namespace {

using store::AuditEntry;

constexpr std::size_t verified_at_a_time = 1000;

Json show(const AuditEntry& entry) {
  const auto json = [](const std::string& text) {
    Json value = Json::parse(text, nullptr, false);
    return value.is_discarded() ? Json(text) : value;
  };
  return {{"id", entry.id},
          {"time", time(entry.at)},
          {"user", entry.user},
          {"uid", entry.uid},
          {"role", entry.role},
          {"pid", entry.pid},
          {"via", entry.via},
          {"second", entry.second},
          {"action", entry.action},
          {"outcome", entry.outcome},
          {"arguments", json(entry.arguments)},
          {"before", json(entry.before)},
          {"after", json(entry.after)},
          {"hash", to_hex(entry.hash)}};
}

Json show(const store::AuditHead& head) { return {{"entries", head.id}, {"head", to_hex(head.hash)}}; }

Result<std::int64_t> number_in(const Call& call, const char* name) {
  const auto found = call.query.find(name);
  if (found == call.query.end() || found->second.empty()) return std::int64_t{0};
  const std::string& text = found->second;
  std::int64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed == std::errc() && end == text.data() + text.size()) return value;
  return error(Errc::invalid_argument, "'" + std::string(name) + "' is not a number");
}

// since: Unix time in milliseconds.
Result<Json> list(Call& call) {
  const auto limit = page_limit(call);
  if (!limit) return limit.error();
  const auto after = number_in(call, "after");
  if (!after) return after.error();
  const auto since = number_in(call, "since");
  if (!since) return since.error();
  const auto rows = call.live.store().audit(*after, *limit);
  if (!rows) return rows.error();
  Json items = Json::array();
  for (const AuditEntry& row : *rows)
    if (row.at >= *since) items.push_back(show(row));
  return page(std::move(items), rows->size() == *limit ? std::to_string(rows->back().id) : "");
}

Result<Json> head(Call& call) {
  const auto found = call.live.store().audit_head();
  if (!found) return found.error();
  return show(*found);
}

// The whole chain, from its first entry; with ?head=, also that this hash is one of it.
Result<Json> verify(Call& call) {
  const auto wanted = call.query.find("head");
  const std::string noted = wanted == call.query.end() ? std::string() : wanted->second;
  store::AuditHash hash{};
  if (!noted.empty())
    if (auto read = from_hex(noted, hash); !read)
      return error(Errc::invalid_argument, "'head' is not a hash: 64 hexadecimal digits");
  store::AuditChain chain;
  bool seen = noted.empty() || hash == store::AuditHash{};
  for (;;) {
    const auto rows = call.live.store().audit(chain.head().id, verified_at_a_time);
    if (!rows) return rows.error();
    for (const AuditEntry& row : *rows) {
      if (auto right = chain.follow(row); !right) return right.error();
      seen = seen || row.hash == hash;
    }
    if (rows->size() < verified_at_a_time) break;
  }
  if (!seen)
    return error(Errc::corrupt,
                 "the chain of " + std::to_string(chain.head().id) +
                     " entries holds together, but the head that was noted is not in it: it was "
                     "cut off, or written anew");
  return show(chain.head());
}

constexpr std::array<Route, 3> routes{{{"GET", "/v1/audit", Access::read, Role::viewer, list},
                                       {"GET", "/v1/audit/head", Access::read, Role::viewer, head},
                                       {"GET", "/v1/audit/verify", Access::read, Role::viewer, verify}}};

}  // namespace

std::span<const Route> audit_routes() { return routes; }

}  // namespace simbiont::admin

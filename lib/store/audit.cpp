#include "store/audit.h"

#include <array>

#include "base/writer.h"
#include "crypto/hmac.h"

namespace simbiont::store {
namespace {

constexpr std::string_view label = "simbiont audit 1";

constexpr std::array<std::string_view, 4> states{"pending", "approved", "denied", "failed"};

}  // namespace

AuditHash chained(const AuditHash& previous, const AuditEntry& entry) {
  Bytes octets;
  Writer out(octets);
  out.bytes(as_bytes(label));
  out.bytes(previous);
  for (const std::int64_t number : {entry.id, entry.at, entry.uid, entry.pid})
    out.u64(static_cast<std::uint64_t>(number));
  for (const std::string* text : {&entry.user, &entry.role, &entry.via, &entry.second, &entry.action,
                                  &entry.outcome, &entry.arguments, &entry.before, &entry.after}) {
    out.u64(text->size());
    out.bytes(as_bytes(*text));
  }
  return crypto::sha256(octets);
}

Status AuditChain::follow(const AuditEntry& entry) {
  const auto broken = [&](const std::string& what) {
    return error(Errc::corrupt, "audit entry " + std::to_string(head_.id + 1) + ": " + what);
  };
  if (entry.id != head_.id + 1) return broken("it is missing; " + std::to_string(entry.id) + " comes next");
  const AuditHash hash = chained(head_.hash, entry);
  if (hash != entry.hash) return broken("it is not what was written, or what stands before it is not");
  head_ = {entry.id, hash};
  return {};
}

std::string_view name(Approval::State state) { return states[static_cast<std::size_t>(state)]; }

std::optional<Approval::State> approval_state(std::string_view name) {
  for (std::size_t i = 0; i < states.size(); ++i)
    if (states[i] == name) return static_cast<Approval::State>(i);
  return std::nullopt;
}

}  // namespace simbiont::store

// What the store keeps of who did what: the audit log, a chain that only grows, and what waits for a second
// custodian.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"

namespace simbiont::store {

using AuditHash = ByteArray<32>;

// No field holds key material. Whoever writes one gives neither id nor hash.
struct AuditEntry {
  std::int64_t id = 0;  // 1, 2, 3 ... without a gap
  UnixMs at = 0;
  std::int64_t uid = 0;  // OS user
  std::int64_t pid = 0;  // the process that asked
  std::string user, role;
  std::string via;                       // "socket", "offline", or "hss" for what it does by itself
  std::string second;                    // the other custodian, where two were wanted: "bob (uid 1002)"
  std::string action;                    // "PUT /v1/subscribers/001010000000001/sqn"
  std::string outcome;                   // "done", "begun" (a backup), "refused", "requested"
  std::string arguments, before, after;  // JSON
  AuditHash hash{};
};

// Where a chain stands: the last entry's number, which is their count, and hash. 0 and zeros: no entry.
struct AuditHead {
  std::int64_t id = 0;
  AuditHash hash{};
};

// The hash of an entry: SHA-256 over a label, the hash before it and each field with its length.
AuditHash chained(const AuditHash& previous, const AuditEntry& entry);

// Follows a chain from its beginning, or from a head that was verified.
class AuditChain {
 public:
  explicit AuditChain(AuditHead from = {}) : head_(from) {}
  // corrupt, saying what is wrong: this is not the entry that follows. The head then stays.
  Status follow(const AuditEntry& entry);
  const AuditHead& head() const { return head_; }

 private:
  AuditHead head_;
};

// A command that wants a second custodian. The body holds no key material.
struct Approval {
  enum class State : std::uint8_t { pending, approved, denied, failed };

  std::int64_t id = 0;  // given by the store, rising
  UnixMs at = 0, expires_at = 0;
  std::int64_t uid = 0;
  std::string user;
  std::string method, path, body;
  std::string ground;  // the digest of what the object was when it was asked for; empty: of nothing
  State state = State::pending;
  UnixMs decided_at = 0;
  std::int64_t decided_uid = 0;
  std::string decided_by;
  std::string answer;  // of the command: JSON, or why it failed
};
std::string_view name(Approval::State state);
std::optional<Approval::State> approval_state(std::string_view name);

inline constexpr std::size_t audit_text_limit = 64UL * 1024;       // octets of arguments, before, after
inline constexpr std::size_t approval_text_limit = 1024UL * 1024;  // of body and answer
inline constexpr std::size_t approval_limit = 1000;  // the last so many stay, and what is pending

}  // namespace simbiont::store

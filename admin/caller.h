// Who asks: the OS user at the other end of the admin socket, or who runs the operator's tool on a store that
// no HSS runs on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace simbiont::admin {

// viewer reads; operator changes subscribers, devices and bindings; custodian handles keys and what could
// undo a lock. Operator and custodian may read, but neither has what is the other's.
enum class Role : std::uint8_t { viewer = 1, operator_ = 2, custodian = 4 };
std::string_view name(Role role);

class Roles {
 public:
  constexpr Roles() = default;  // none
  static constexpr Roles all() { return Roles().with(Role::operator_).with(Role::custodian); }
  constexpr Roles with(Role role) const {
    Roles out = *this;
    out.bits_ = static_cast<std::uint8_t>(bits_ | static_cast<std::uint8_t>(role) |
                                          static_cast<std::uint8_t>(Role::viewer));
    return out;
  }
  constexpr bool has(Role role) const { return (bits_ & static_cast<std::uint8_t>(role)) != 0; }
  friend bool operator==(const Roles&, const Roles&) = default;
  std::string str() const;  // "viewer operator"

 private:
  std::uint8_t bits_ = 0;
};

struct Caller {
  std::uint32_t uid = 0;
  std::string name;  // of the user; the uid's digits when the system knows none
  Roles roles;
  std::int64_t pid = 0;
  bool offline = false;  // no HSS runs: the caller has the files themselves

  std::string str() const;  // "alice (uid 1001)"
};

// Of this process: it has the store's files, so it has every role.
Caller offline_caller();

}  // namespace simbiont::admin

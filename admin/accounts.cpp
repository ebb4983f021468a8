#include "admin/accounts.h"

#include <grp.h>
#include <pwd.h>

#include <cerrno>

namespace simbiont::admin {
namespace {

constexpr std::size_t first_buffer = 4096, largest_buffer = 1024UL * 1024;
constexpr int largest_group_count = 65'536;

// `get` is a getpw.._r or getgr.._r bound to its key. Found is called while the entry stands in the buffer.
template <class Entry, class Get, class Found>
bool look_up(const Get& get, const Found& found) {
  for (std::vector<char> buffer(first_buffer);; buffer.resize(buffer.size() * 2)) {
    Entry entry{};
    Entry* result = nullptr;
    const int failed = get(&entry, buffer.data(), buffer.size(), &result);
    if (failed == ERANGE && buffer.size() < largest_buffer) continue;
    if (failed != 0 || result == nullptr) return false;
    found(entry);
    return true;
  }
}

std::vector<gid_t> groups_of(const char* user, gid_t primary) {
  std::vector<gid_t> groups(64);
  for (int count = static_cast<int>(groups.size());; groups.resize(static_cast<std::size_t>(count))) {
    if (getgrouplist(user, primary, groups.data(), &count) >= 0) {
      groups.resize(static_cast<std::size_t>(count));
      return groups;
    }
    if (count > largest_group_count || static_cast<std::size_t>(count) <= groups.size()) return {primary};
  }
}

class SystemAccounts final : public Accounts {
 public:
  std::optional<User> user(uid_t uid) const override {
    User user;
    gid_t primary = 0;
    const bool known = look_up<passwd>([&](auto... rest) { return getpwuid_r(uid, rest...); },
                                       [&](const passwd& entry) {
                                         user.name = entry.pw_name;
                                         primary = entry.pw_gid;
                                       });
    if (!known) return std::nullopt;
    user.groups = groups_of(user.name.c_str(), primary);
    return user;
  }
  std::optional<uid_t> uid_of(const std::string& user) const override {
    std::optional<uid_t> uid;
    look_up<passwd>([&](auto... rest) { return getpwnam_r(user.c_str(), rest...); },
                    [&](const passwd& entry) { uid = entry.pw_uid; });
    return uid;
  }
  std::optional<gid_t> gid_of(const std::string& group) const override {
    std::optional<gid_t> gid;
    look_up<::group>([&](auto... rest) { return getgrnam_r(group.c_str(), rest...); },
                     [&](const ::group& entry) { gid = entry.gr_gid; });
    return gid;
  }
  std::vector<uid_t> members(const std::string& group) const override {
    std::vector<std::string> names;
    look_up<::group>([&](auto... rest) { return getgrnam_r(group.c_str(), rest...); },
                     [&](const ::group& entry) {
                       for (char** member = entry.gr_mem; *member != nullptr; ++member)
                         names.emplace_back(*member);
                     });
    std::vector<uid_t> uids;
    for (const std::string& each : names)
      if (const auto uid = uid_of(each)) uids.push_back(*uid);
    return uids;
  }
};

}  // namespace

const Accounts& system_accounts() {
  static const SystemAccounts accounts;
  return accounts;
}

}  // namespace simbiont::admin

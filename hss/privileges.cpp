#include "hss/privileges.h"

#include <grp.h>
#include <pwd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <vector>

namespace simbiont::hss {
namespace {

Error system_error(const std::string& what) {
  return error(Errc::io, what + ": " + std::generic_category().message(errno));
}

struct User {
  uid_t uid = 0;
  gid_t gid = 0;
};

Result<User> find_user(const std::string& name) {
  std::vector<char> buffer(16384);
  passwd entry{};
  passwd* found = nullptr;
  (void)getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) return error(Errc::not_found, "[process] user: there is no user " + name);
  if (found->pw_uid == 0) return error(Errc::refused, "[process] user: " + name + " is root");
  return User{found->pw_uid, found->pw_gid};
}

// It needs CAP_SETPCAP and is a thread's own: before there is another, and before the user changes.
void empty_bounding_set() {
  for (unsigned long capability = 0; prctl(PR_CAPBSET_DROP, capability) == 0; ++capability) {
  }
}

Status become(const std::string& name, const User& user) {
  if (initgroups(name.c_str(), user.gid) != 0 || setresgid(user.gid, user.gid, user.gid) != 0 ||
      setresuid(user.uid, user.uid, user.uid) != 0)
    return system_error("cannot become " + name);
  if (setuid(0) == 0) return error(Errc::refused, "root's rights came back");
  return {};
}

}  // namespace

bool is_root() { return geteuid() == 0; }

void harden() {
  const rlimit none{0, 0};
  (void)setrlimit(RLIMIT_CORE, &none);
  (void)prctl(PR_SET_DUMPABLE, 0);
  (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (is_root()) empty_bounding_set();
}

bool lock_memory(const std::string& user) {
  const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
  if (is_root() && !user.empty()) (void)setrlimit(RLIMIT_MEMLOCK, &unlimited);
  rlimit limit{};
  if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_cur != RLIM_INFINITY) return false;
  // As it comes into use: the caches are sized for their bound, and mapped whole.
  return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0;
}

Status check_owner(const std::string& user, const std::string& path) {
  if (user.empty() || !is_root()) return {};
  const auto found = find_user(user);
  if (!found) return found.error();
  struct stat info {};
  if (stat(path.c_str(), &info) == 0 && info.st_uid == found->uid) return {};
  return error(Errc::refused, path + " must belong to " + user + ", whom [process] user names");
}

Status drop_privileges(const std::string& user, const std::string& socket) {
  if (user.empty() || !is_root()) return {};
  const auto found = find_user(user);
  if (!found) return found.error();
  if (chown(socket.c_str(), found->uid, found->gid) != 0) return system_error(socket);
  if (Status became = become(user, *found); !became) return became;
  (void)prctl(PR_SET_DUMPABLE, 0);  // a change of the user resets it
  return {};
}

}  // namespace simbiont::hss

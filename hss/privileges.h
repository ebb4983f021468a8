// What a process that holds keys gives up: core dumps, swap, and the rights it was started with.
#pragma once

#include <string>

#include "base/result.h"

namespace simbiont::hss {

// First of all, before any thread: no core, no debugger of the same user, nothing gained by a program that is
// executed.
void harden();
// Every page stays in memory where RLIMIT_MEMLOCK is unlimited, which root sees to when it is to become
// `user`; elsewhere the tables of keys alone are locked as they grow. Whether every page is.
bool lock_memory(const std::string& user);
// Root is to become `user` (empty: nobody else): refused when the store at `path` is not that user's.
Status check_owner(const std::string& user, const std::string& path);
// Root becomes `user`, with that one's groups and without capabilities, for good; the admin socket goes
// along. An Error: the process must end.
Status drop_privileges(const std::string& user, const std::string& socket);
bool is_root();

}  // namespace simbiont::hss

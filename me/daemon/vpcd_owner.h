// Whose process vpcd is: any user can listen where it should, as long as pcscd does not, and would have the
// use of the card.
#pragma once

#include <netinet/in.h>
#include <sys/types.h>

#include <istream>
#include <optional>

#include "base/result.h"

namespace simbiont::me {

// The user of the process that holds the other end of a connection on this machine, of /proc/net/tcp.
std::optional<uid_t> owner_of_peer(std::istream& proc_net_tcp, const sockaddr_in& peer,
                                   const sockaddr_in& own);

// Once the peer has sent something, so that it has taken the connection. refused unless it is root's, this
// process's own user's, or the user pcscd's.
Status check_vpcd_owner(int socket);

}  // namespace simbiont::me

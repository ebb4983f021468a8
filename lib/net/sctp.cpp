#include "net/sctp.h"

// The kernel's header needs the two before it.
// clang-format off
#include <netinet/in.h>
#include <sys/socket.h>
#include <linux/sctp.h>
// clang-format on

#include <cstdint>

namespace simbiont::net {

bool prepare_sctp(int socket) {
  constexpr std::uint32_t diameter_in_clear = 46;  // SCTP payload protocol identifier
  const int on = 1;
  sctp_sndrcvinfo how{};
  how.sinfo_ppid = htonl(diameter_in_clear);
  return setsockopt(socket, IPPROTO_SCTP, SCTP_NODELAY, &on, sizeof on) == 0 &&
         setsockopt(socket, IPPROTO_SCTP, SCTP_DEFAULT_SEND_PARAM, &how, sizeof how) == 0;
}

}  // namespace simbiont::net

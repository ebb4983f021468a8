// What an SCTP one-to-one socket wants beyond what TCP's has (RFC 6458).
#pragma once

namespace simbiont::net {

// No delay; each packet is marked as clear-text Diameter (RFC 6733 11.6). False: the kernel refuses.
bool prepare_sctp(int socket);

}  // namespace simbiont::net

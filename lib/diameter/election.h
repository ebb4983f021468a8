// Two connections with one host: which of them goes on (RFC 6733 5.6.4 and the table of 5.6).
#pragma once

#include <cstdint>
#include <string_view>

namespace simbiont::diameter {

// DiameterIdentity is compared without regard to case (RFC 6733 4.3.1).
bool same_identity(std::string_view a, std::string_view b);

// What there is with a host whose CER comes on a connection that it made.
enum class Standing : std::uint8_t { none, connecting, open };  // connecting: our own CER is out, no CEA yet
enum class Election : std::uint8_t {
  accept_new,           // and close our own attempt, if there is one
  refuse_new,           // a connection is open: the new one goes, whoever made the first
  refuse_new_keep_own,  // lost: the peer closes its own, ours goes on
};
// Both connect at once: whose Origin-Host is the higher string of octets, case folded, wins, and the loser's
// attempt survives only if the winner did not answer it: the winner takes the connection that came in.
Election elect(Standing standing, std::string_view our_host, std::string_view their_host);

}  // namespace simbiont::diameter

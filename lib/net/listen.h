// Where a server listens, and over what.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/tcp.h"

namespace simbiont::net {

enum class Transport : std::uint8_t { tcp, tls, sctp };
std::string_view name(Transport transport);

struct Listen {
  Transport transport = Transport::tcp;
  Endpoint endpoint;
};

// "tcp://127.0.0.1:3868,tls://[::1]:5868"; without a scheme it is TCP. One to 16 of them.
Result<std::vector<Listen>> parse_listens(std::string_view text);

// As listen() of tcp.h. A TLS address gives bare TCP connections, for over_tls(). unavailable: the kernel has
// no SCTP.
Result<std::unique_ptr<Acceptor>> listen(Loop& loop, const Listen& where, const Limits& limits,
                                         Acceptor::OnAccept on_accept, Acceptor::MakeRoom make_room = {});

}  // namespace simbiont::net

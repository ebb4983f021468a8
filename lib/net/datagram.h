// Datagrams between processes of this machine, on a unix socket that has a name.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "net/loop.h"

namespace simbiont::net {

class UnixDatagrams {
 public:
  // client: its socket's name; datagrams of clients without one are dropped, as are longer ones than
  // `largest`.
  using OnDatagram = std::function<void(const std::string& client, ByteView datagram)>;

  // Mode 0600 from the moment it exists. A socket of that name goes; anything else there is refused.
  static Result<std::unique_ptr<UnixDatagrams>> bind(Loop& loop, const std::string& path, std::size_t largest,
                                                     OnDatagram on_datagram);
  virtual ~UnixDatagrams() = default;
  // Never waits: a client that does not take it loses it.
  virtual void send(const std::string& client, ByteView datagram) = 0;
};

}  // namespace simbiont::net

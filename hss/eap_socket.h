// The socket that EAP servers send their datagrams to.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "net/datagram.h"

namespace simbiont::hss {

class EapSocket {
 public:
  using OnFrame = std::function<void(ByteView)>;

  EapSocket(net::Loop& loop, OnFrame on_frame) : loop_(loop), on_frame_(std::move(on_frame)) {}
  // A dead process's socket makes room: the caller holds the store's lock.
  Status bind(const std::string& path);
  // A frame with the client's address in front; one that cannot take it loses it.
  void send(ByteView frame);

 private:
  net::Loop& loop_;
  const OnFrame on_frame_;
  std::unique_ptr<net::UnixDatagrams> socket_;
};

}  // namespace simbiont::hss

#include "hss/eap_socket.h"

#include <algorithm>

#include "hss/eap_message.h"

namespace simbiont::hss {

Status EapSocket::bind(const std::string& path) {
  auto bound = net::UnixDatagrams::bind(loop_, path, max_eap_datagram,
                                        [this](const std::string& client, ByteView datagram) {
                                          Bytes frame(client.begin(), client.end());
                                          frame.push_back(0);
                                          frame.insert(frame.end(), datagram.begin(), datagram.end());
                                          on_frame_(frame);
                                        });
  if (!bound) return bound.error();
  socket_ = *std::move(bound);
  return {};
}

void EapSocket::send(ByteView frame) {
  const auto zero = std::find(frame.begin(), frame.end(), std::uint8_t{0});
  if (zero == frame.end()) return;
  const auto client = frame.first(static_cast<std::size_t>(zero - frame.begin()));
  socket_->send(std::string(as_text(client)), frame.subspan(client.size() + 1));
}

}  // namespace simbiont::hss

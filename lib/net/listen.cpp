#include "net/listen.h"

#include <algorithm>

namespace simbiont::net {
namespace {

constexpr std::size_t max_listens = 16;
constexpr Transport transports[] = {Transport::tcp, Transport::tls, Transport::sctp};

Result<Listen> parse_listen(std::string_view text) {
  Listen out;
  if (const std::size_t scheme = text.find("://"); scheme != std::string_view::npos) {
    const auto* const known = std::find_if(std::begin(transports), std::end(transports), [&](Transport each) {
      return name(each) == text.substr(0, scheme);
    });
    if (known == std::end(transports))
      return error(Errc::invalid_argument, "'" + std::string(text) + "' is not tcp://, tls:// or sctp://");
    out.transport = *known;
    text.remove_prefix(scheme + 3);
  }
  auto endpoint = parse_endpoint(text);
  if (!endpoint) return endpoint.error();
  out.endpoint = *std::move(endpoint);
  return out;
}

}  // namespace

std::string_view name(Transport transport) {
  switch (transport) {
    case Transport::tls:
      return "tls";
    case Transport::sctp:
      return "sctp";
    case Transport::tcp:
      break;
  }
  return "tcp";
}

Result<std::vector<Listen>> parse_listens(std::string_view text) {
  std::vector<Listen> out;
  while (true) {
    const std::size_t comma = text.find(',');
    auto each = parse_listen(text.substr(0, comma));
    if (!each) return each.error();
    if (out.size() == max_listens)
      return error(Errc::invalid_argument, "at most 16 addresses are listened on");
    out.push_back(*std::move(each));
    if (comma == std::string_view::npos) return out;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace simbiont::net

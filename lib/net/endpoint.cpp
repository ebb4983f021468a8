#include <asio/ip/address.hpp>
#include <charconv>

#include "net/tcp.h"

namespace simbiont::net {
namespace {

bool parse_port(std::string_view text, std::uint16_t& port) {
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
  return failure == std::errc() && end == text.data() + text.size();
}

}  // namespace

bool Endpoint::is_loopback() const {
  asio::error_code failure;
  const auto parsed = asio::ip::make_address(address, failure);
  return !failure && parsed.is_loopback();
}

std::string Endpoint::str() const {
  const bool v6 = address.find(':') != std::string::npos;
  return (v6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

Result<Endpoint> parse_endpoint(std::string_view text) {
  const auto bad = [&] {
    return error(Errc::invalid_argument, "'" + std::string(text) + "' is not ADDRESS:PORT or [IPv6]:PORT");
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad();
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";

  Endpoint endpoint{std::string(host), 0};
  asio::error_code failure;
  const auto address = asio::ip::make_address(endpoint.address, failure);
  if (failure || address.is_v6() != bracketed || !parse_port(text.substr(colon + 1), endpoint.port))
    return bad();
  return endpoint;
}

}  // namespace simbiont::net

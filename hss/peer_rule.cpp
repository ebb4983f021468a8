#include "hss/peer_rule.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "hss/node_table.h"

namespace simbiont::hss {
namespace {

constexpr std::string_view digest_prefix = "sha256:";

Bytes parse_address(const std::string& text) {
  std::array<std::uint8_t, 16> octets{};
  if (inet_pton(AF_INET, text.c_str(), octets.data()) == 1) return {octets.begin(), octets.begin() + 4};
  if (inet_pton(AF_INET6, text.c_str(), octets.data()) == 1) return {octets.begin(), octets.end()};
  return {};
}

// Whether the bits of a and b agree, the first `bits` of them.
bool agree(ByteView a, ByteView b, unsigned bits) {
  const std::size_t whole = bits / 8;
  if (!std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(whole), b.begin())) return false;
  if (bits % 8 == 0) return true;
  const unsigned mask = 0xff00U >> (bits % 8) & 0xffU;
  return ((static_cast<unsigned>(a[whole]) ^ b[whole]) & mask) == 0;
}

bool names(const std::vector<std::string>& certificate_names, std::string_view wanted) {
  return std::any_of(certificate_names.begin(), certificate_names.end(),
                     [&](const std::string& name) { return same_host(name, wanted); });
}

bool has_certificate(const PeerRule& rule, const PeerClaim& claim, bool over_tls) {
  if (!over_tls) return rule.certificate.empty();
  if (rule.certificate.empty()) return names(claim.certificate_names, claim.origin_host);
  if (rule.certificate.starts_with(digest_prefix))
    return same_host(rule.certificate, claim.certificate_digest);
  return names(claim.certificate_names, rule.certificate);
}

}  // namespace

Result<AddressRange> AddressRange::parse(std::string_view text) {
  const Error bad = error(Errc::invalid_argument,
                          "'" + std::string(text) + "' is no address and no ADDRESS/BITS with zeros behind");
  const std::size_t slash = text.find('/');
  AddressRange out{parse_address(std::string(text.substr(0, slash))), 0};
  if (out.base.empty()) return bad;
  const auto most = static_cast<unsigned>(out.base.size() * 8);
  out.bits = most;
  if (slash != std::string_view::npos) {
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data() + slash + 1, end, out.bits);
    if (parsed.ec != std::errc() || parsed.ptr != end || out.bits > most) return bad;
  }
  for (unsigned bit = out.bits; bit < most; ++bit)
    if ((out.base[bit / 8] >> (7 - bit % 8) & 1) != 0) return bad;
  return out;
}

bool AddressRange::contains(ByteView address) const {
  return address.size() == base.size() && agree(address, base, bits);
}

bool PeerRule::may_serve(const Plmn& plmn) const {
  return plmns.empty() || std::find(plmns.begin(), plmns.end(), plmn) != plmns.end();
}

bool PeerRule::may_ask_for(std::string_view imsi) const {
  return imsi_prefixes.empty() ||
         std::any_of(imsi_prefixes.begin(), imsi_prefixes.end(),
                     [&](const std::string& prefix) { return imsi.starts_with(prefix); });
}

Admission admit(const std::vector<PeerRule>& rules, const PeerClaim& claim, bool over_tls) {
  if (rules.empty()) {
    const bool named = !over_tls || names(claim.certificate_names, claim.origin_host);
    return {nullptr, named ? "" : "its certificate names another host"};
  }
  const auto found = std::find_if(rules.begin(), rules.end(), [&](const PeerRule& rule) {
    return same_host(rule.origin_host, claim.origin_host);
  });
  if (found == rules.end()) return {nullptr, "not in the list"};
  if (found->relay == false && claim.relay) return {nullptr, "offers the relay application"};
  if (!found->realm.empty() && !same_host(found->realm, claim.origin_realm))
    return {nullptr, "of another realm"};
  const auto holds = [&](const AddressRange& range) { return range.contains(claim.address); };
  if (!found->addresses.empty() && std::none_of(found->addresses.begin(), found->addresses.end(), holds))
    return {nullptr, "from another address"};
  if (!has_certificate(*found, claim, over_tls))
    return {nullptr, over_tls ? "its certificate is another's" : "without its certificate"};
  return {&*found, ""};
}

}  // namespace simbiont::hss

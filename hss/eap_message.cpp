#include "hss/eap_message.h"

#include <algorithm>
#include <array>

namespace simbiont::hss {
namespace {

constexpr std::size_t max_words = 4;

struct Words {
  std::array<std::string_view, max_words> at;
  std::size_t count = 0;
};

// nullopt: more than there can be.
std::optional<Words> split(std::string_view text) {
  Words out;
  while (!text.empty()) {
    if (out.count == max_words) return std::nullopt;
    const std::size_t end = std::min(text.find(' '), text.size());
    out.at[out.count++] = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

bool read_triplets(const Words& words, EapRequest& out) {
  out.kind = EapKind::triplets;
  if (words.count != 3 || words.at[2].size() != 1 || words.at[2][0] < '1' || words.at[2][0] > '9')
    return false;
  out.triplets = std::min(static_cast<std::uint32_t>(words.at[2][0] - '0'), max_triplets);
  return true;
}

bool read_auts(const Words& words, EapRequest& out) {
  out.kind = EapKind::resynchronisation;
  return words.count == 4 && from_hex(words.at[2], out.resync.auts).ok() &&
         from_hex(words.at[3], out.resync.rand.octets).ok();
}

Bytes frame_of(const EapRequest& request, std::string_view name, const std::string& rest) {
  std::string text(request.client);
  text.push_back('\0');
  text.append(name).append(" ").append(request.imsi).append(" ").append(rest);
  const ByteView octets = as_bytes(text);
  Bytes frame(octets.begin(), octets.end());
  zeroise({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  return frame;
}

}  // namespace

std::optional<EapRequest> read_eap(ByteView frame) {
  const std::string_view text = as_text(frame);
  const std::size_t zero = text.find('\0');
  if (zero == std::string_view::npos || text.size() - zero > max_eap_datagram) return std::nullopt;
  EapRequest out;
  out.client = text.substr(0, zero);
  const auto words = split(text.substr(zero + 1));
  if (!words || words->count < 2) return std::nullopt;
  out.imsi = words->at[1];
  bool good = false;
  if (words->at[0] == "AKA-REQ-AUTH") good = words->count == 2;
  if (words->at[0] == "SIM-REQ-AUTH") good = read_triplets(*words, out);
  if (words->at[0] == "AKA-AUTS") good = read_auts(*words, out);
  return good ? std::optional(out) : std::nullopt;
}

Bytes eap_answer(const EapRequest& request, const diameter::UtranVector& quintet) {
  std::string rest;
  rest.reserve(max_eap_datagram);
  for (const ByteView field : {ByteView(quintet.rand), ByteView(quintet.autn), ByteView(quintet.ik),
                               ByteView(quintet.ck), ByteView(quintet.xres)})
    rest.append(rest.empty() ? "" : " ").append(to_hex(field));
  return frame_of(request, "AKA-RESP-AUTH", rest);
}

Bytes eap_answer(const EapRequest& request, const std::vector<Triplet>& triplets) {
  std::string rest;
  rest.reserve(max_eap_datagram);
  for (const Triplet& triplet : triplets)
    rest.append(rest.empty() ? "" : " ")
        .append(to_hex(triplet.quantities.kc))
        .append(":")
        .append(to_hex(triplet.quantities.sres))
        .append(":")
        .append(to_hex(triplet.rand.octets));
  return frame_of(request, "SIM-RESP-AUTH", rest);
}

Bytes eap_failure(const EapRequest& request) {
  if (request.kind == EapKind::resynchronisation) return {};
  return frame_of(request, request.kind == EapKind::triplets ? "SIM-RESP-AUTH" : "AKA-RESP-AUTH", "FAILURE");
}

Bytes eap_failure(ByteView frame) {
  const auto request = read_eap(frame);
  return request ? eap_failure(*request) : Bytes();
}

}  // namespace simbiont::hss

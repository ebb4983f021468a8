// Messages and small tools that several tests of this directory use.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "diameter/s6a.h"

namespace simbiont::diameter::test {

inline const Identity hss{"hss.example.net", "example.net"};
inline const Routing mme_routing{"mme.visited.net;1;2;air", "mme.visited.net", "visited.net",
                                 "hss.example.net", "example.net"};

inline Bytes hex(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c != ' ' && c != '\n') digits += c;
  }
  return from_hex(digits).value();
}

inline const Bytes resync = hex("000102030405060708090a0b0c0d0e0f a0a1a2a3a4a5a6a7a8a9aaabacad");

inline Air air() {
  Air message;
  message.routing = mme_routing;
  message.user_name = "001010000000001";
  message.visited_plmn = {0x62, 0xf2, 0x10};
  message.eutran = Air::Requested{3, true, resync};
  return message;
}

inline Ulr ulr() {
  Ulr message;
  message.routing = mme_routing;
  message.user_name = "001010000000001";
  message.rat_type = 1004;
  message.flags = ulr_flag::s6a | ulr_flag::initial_attach;
  message.visited_plmn = {0x62, 0xf2, 0x10};
  message.terminal = TerminalInformation{"490154203237510", "01"};
  return message;
}

inline Clr clr() {
  Clr message;
  message.routing = {"hss.example.net;1;7", hss.host, hss.realm, "mme.visited.net", "visited.net"};
  message.user_name = "001010000000001";
  message.cancellation_type = cancellation::subscription_withdrawal;
  message.flags = clr_flag::reattach_required;
  return message;
}

inline Pur pur() {
  Pur message;
  message.routing = mme_routing;
  message.user_name = "001010000000001";
  message.flags = 1;
  return message;
}

inline Nor nor() {
  Nor message;
  message.routing = mme_routing;
  message.user_name = "001010000000001";
  message.terminal = TerminalInformation{"490154203237510", "01"};
  message.flags = 0x100;
  return message;
}

inline SubscriptionData subscription() {
  SubscriptionData data;
  data.msisdn = "491701234567";
  data.ambr_uplink = 50'000'000;
  data.ambr_downlink = 100'000'000;
  data.apns = {{1, "internet", 1'000, 2'000}, {2, "meters.example", 3'000, 4'000}};
  return data;
}

template <class Message>
Bytes encoded(void (*encode)(const Message&, Ids, Bytes&), const Message& message, Ids ids = {0x11, 0x22}) {
  Bytes out;
  encode(message, ids, out);
  return out;
}
inline Bytes air_frame() { return encoded(encode_air, air()); }
inline Bytes ulr_frame() { return encoded(encode_ulr, ulr()); }
inline Bytes clr_frame() { return encoded(encode_clr, clr()); }
inline Bytes pur_frame() { return encoded(encode_pur, pur()); }
inline Bytes nor_frame() { return encoded(encode_nor, nor()); }

// One AVP, padded, with any flags: what no writer of ours would make.
inline Bytes any_avp(std::uint32_t code, std::uint8_t flags, std::uint32_t vendor, ByteView data) {
  Bytes out;
  Writer writer(out);
  const std::size_t header = (flags & avp_v) != 0 ? 12 : 8;
  writer.u32(code);
  writer.u8(flags);
  writer.u24(static_cast<std::uint32_t>(header + data.size()));
  if (header == 12) writer.u32(vendor);
  writer.bytes(data);
  writer.zeros((4 - data.size() % 4) % 4);
  return out;
}
inline Bytes plain_avp(const AvpDef& def, ByteView data) {
  return any_avp(def.code, def.flags, def.vendor, data);
}
inline Bytes u32_avp(const AvpDef& def, std::uint32_t value) {
  ByteArray<4> octets{};
  store_be(value, octets);
  return plain_avp(def, octets);
}

inline void patch_length(Bytes& frame) { store_be(frame.size(), std::span(frame).subspan(1, 3)); }

inline Bytes with(Bytes frame, const Bytes& avp) {
  frame.insert(frame.end(), avp.begin(), avp.end());
  patch_length(frame);
  return frame;
}

// The frame with every top-level AVP of this kind replaced (empty: removed).
inline Bytes replaced(const Bytes& frame, const AvpDef& def, const Bytes& by) {
  Bytes out(frame.begin(), frame.begin() + header_size);
  AvpReader reader(ByteView(frame).subspan(header_size));
  while (const auto avp = reader.next()) {
    const bool hit = avp->code == def.code && avp->vendor == def.vendor;
    const Bytes whole = hit ? by : Bytes(avp->whole.begin(), avp->whole.end());
    out.insert(out.end(), whole.begin(), whole.end());
    out.resize((out.size() + 3) & ~std::size_t{3});
  }
  patch_length(out);
  return out;
}
inline Bytes without(const Bytes& frame, const AvpDef& def) { return replaced(frame, def, {}); }

// Names of the top-level AVPs in order; "?" for one not in the table.
inline std::vector<std::string> avp_names(ByteView frame) {
  std::vector<std::string> names;
  AvpReader reader(frame.subspan(header_size));
  while (const auto avp = reader.next()) {
    const AvpDef* def = find_avp(avp->code, avp->vendor);
    names.emplace_back(def != nullptr ? def->name : "?");
  }
  if (reader.malformed()) names.emplace_back("malformed");
  return names;
}

inline std::optional<Avp> find_in(ByteView avps, const AvpDef& def) {
  AvpReader reader(avps);
  while (auto avp = reader.next()) {
    if (avp->code == def.code && avp->vendor == def.vendor) return avp;
  }
  return std::nullopt;
}
inline std::optional<Avp> find(ByteView frame, const AvpDef& def) {
  return find_in(frame.subspan(header_size), def);
}

}  // namespace simbiont::diameter::test

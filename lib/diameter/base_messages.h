// The commands of the base protocol that a connection itself speaks: CER/CEA (RFC 6733 5.3), DWR/DWA (5.5),
// DPR/DPA (5.4).
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "diameter/message.h"
#include "diameter/s6a.h"

namespace simbiont::diameter {

// What one side says of itself.
struct Capabilities {
  std::string_view origin_host, origin_realm;
  std::optional<std::uint32_t> origin_state_id;
  std::vector<std::uint32_t> applications;  // authentication, plain or vendor-specific, in the order received
  bool relay = false;
  ResultCode code;  // of a CEA

  bool offers(std::uint32_t application) const;
};

// What we say of ourselves.
struct Announcement {
  const Identity& self;
  const std::vector<Bytes>& host_addresses;
  const std::vector<std::uint32_t>& applications;
  std::uint32_t origin_state_id;
};

Decoded<Capabilities> decode_cer(ByteView frame);
Decoded<Capabilities> decode_cea(ByteView frame);
void encode_cer(const Announcement& us, Ids ids, Bytes& out);
// A refusal other than 3xxx is a CEA too (5.3); 3xxx takes the general error grammar.
void encode_cea(ByteView request, const Announcement& us, const Refusal& verdict, Bytes& out);

enum class DisconnectCause : std::uint32_t { rebooting = 0, busy = 1, do_not_want_to_talk_to_you = 2 };

// nullopt when the request is right; otherwise the refusal that answers it.
std::optional<Refusal> judge_dwr(ByteView frame);
std::optional<Refusal> judge_dpr(ByteView frame);
void encode_dwr(const Announcement& us, Ids ids, Bytes& out);
void encode_dpr(const Announcement& us, std::uint32_t disconnect_cause, Ids ids, Bytes& out);
// DWA carries Origin-State-Id, DPA does not.
void encode_dwa(ByteView request, const Announcement& us, Bytes& out);
void encode_dpa(ByteView request, const Announcement& us, Bytes& out);

}  // namespace simbiont::diameter

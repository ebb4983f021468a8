// S6a messages of TS 29.272 as structures: encode and decode stand side by side in one file a message
// (air.cpp, ulr.cpp, clr.cpp, pur.cpp, nor.cpp; s6a_updates.h). Views of a decoded message point into its
// frame.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "diameter/message.h"
#include "diameter/result_code.h"
#include "diameter/subscription.h"

namespace simbiont::diameter {

enum class Command : std::uint32_t {
  cer = 257,
  dwr = 280,
  dpr = 282,
  ulr = 316,
  clr = 317,
  air = 318,
  idr = 319,
  dsr = 320,
  pur = 321,
  rsr = 322,
  nor = 323,
  ecr = 324  // S13
};

// What every request and answer of S6a carries.
struct Routing {
  std::string_view session_id, origin_host, origin_realm, destination_host, destination_realm;
};

struct TerminalInformation {
  std::string_view imei;              // as received
  std::string_view software_version;  // may be empty
};

struct Air {
  Routing routing;
  std::string_view user_name;
  ByteArray<3> visited_plmn{};
  struct Requested {
    std::uint32_t vectors = 1;
    bool immediate_response_preferred = false;
    ByteView resync;  // 30 octets RAND || AUTS, or empty
  };
  std::optional<Requested> eutran;       // 1408
  std::optional<Requested> utran_geran;  // 1409
};
struct EutranVector {
  std::array<std::uint8_t, 16> rand, autn;
  std::array<std::uint8_t, 8> xres;
  std::array<std::uint8_t, 32> kasme;
};
struct UtranVector {
  std::array<std::uint8_t, 16> rand, autn;
  std::array<std::uint8_t, 8> xres;
  std::array<std::uint8_t, 16> ck, ik;
};
struct GeranVector {
  std::array<std::uint8_t, 16> rand;
  std::array<std::uint8_t, 4> sres;
  std::array<std::uint8_t, 8> kc;
};
struct Aia {
  Routing routing;
  ResultCode code;
  std::vector<EutranVector> vectors;    // Item-Number from 1, in order
  std::vector<UtranVector> utran = {};  // theirs go on behind those of `vectors`
  std::vector<GeranVector> geran = {};  // and theirs behind those
};

namespace ulr_flag {
inline constexpr std::uint32_t single_registration = 1, s6a = 2, skip_subscriber_data = 4,
                               gprs_subscription_data = 8, node_type = 16, initial_attach = 32;
}
struct Ulr {
  Routing routing;
  std::string_view user_name;
  std::uint32_t rat_type = 0;
  std::uint32_t flags = 0;
  ByteArray<3> visited_plmn{};
  std::optional<TerminalInformation> terminal;
  std::string sgsn_number = {};  // digits
  std::optional<Features> features = {};
};
struct Ula {
  Routing routing;
  ResultCode code;
  std::uint32_t flags = 0;
  std::optional<SubscriptionData> data;
  std::optional<Features> features = {};
};

namespace cancellation {
inline constexpr std::uint32_t mme_update = 0, sgsn_update = 1, subscription_withdrawal = 2,
                               initial_attach = 4;
}
namespace clr_flag {
inline constexpr std::uint32_t s6a_indicator = 1, reattach_required = 2;
}
struct Clr {
  Routing routing;
  std::string_view user_name;
  std::uint32_t cancellation_type = 0;
  std::optional<std::uint32_t> flags;
};
struct Cla {
  Routing routing;
  ResultCode code;
};

namespace pur_flag {
inline constexpr std::uint32_t purged_in_mme = 1, purged_in_sgsn = 2;
}
struct Pur {
  Routing routing;
  std::string_view user_name;
  std::optional<std::uint32_t> flags;  // PUR-Flags
};
namespace pua_flag {
inline constexpr std::uint32_t freeze_m_tmsi = 1, freeze_p_tmsi = 2;
}
struct Pua {
  Routing routing;
  ResultCode code;
  std::uint32_t flags = 0;
};

namespace nor_flag {
inline constexpr std::uint32_t single_registration = 1, s6a = 256;
}
struct Nor {
  Routing routing;
  std::string_view user_name;
  std::optional<TerminalInformation> terminal;
  std::optional<std::uint32_t> flags;  // NOR-Flags
};
struct Noa {
  Routing routing;
  ResultCode code;
};

// decode: the message's fields, or the Refusal that answers it. Checked in this order: header bits (3008);
// AVP by AVP lengths (5014) and reserved flags (3009); missing AVPs (5005, Failed-AVP with the minimum form
// of the absent AVP), AVPs too often (5009), unknown AVPs with the M bit (5001); values (5004, a wrong size
// 5014). Application and command are the dispatcher's. User-Name and IMEI are handed on as received.
template <class Message>
struct Decoded {
  std::optional<Message> message;
  Refusal refusal;
};
Decoded<Air> decode_air(ByteView frame);
Decoded<Aia> decode_aia(ByteView frame);
Decoded<Ulr> decode_ulr(ByteView frame);
Decoded<Ula> decode_ula(ByteView frame);
Decoded<Clr> decode_clr(ByteView frame);
Decoded<Cla> decode_cla(ByteView frame);
Decoded<Pur> decode_pur(ByteView frame);
Decoded<Pua> decode_pua(ByteView frame);
Decoded<Nor> decode_nor(ByteView frame);
Decoded<Noa> decode_noa(ByteView frame);

struct Ids {
  std::uint32_t hop_by_hop = 0, end_to_end = 0;
};
void encode_air(const Air& message, Ids ids, Bytes& out);
void encode_ulr(const Ulr& message, Ids ids, Bytes& out);
void encode_clr(const Clr& message, Ids ids, Bytes& out);
void encode_pur(const Pur& message, Ids ids, Bytes& out);
void encode_nor(const Nor& message, Ids ids, Bytes& out);

// Who answers: our identity.
struct Identity {
  std::string host, realm;
};
// Answers take ids, Session-Id, Proxy-Info and the P bit from the request's frame. `Message.routing` is not
// read.
void encode_aia(ByteView request, const Identity& self, const Aia& message, Bytes& out);
void encode_ula(ByteView request, const Identity& self, const Ula& message, Bytes& out);
void encode_cla(ByteView request, const Identity& self, const Cla& message, Bytes& out);
void encode_pua(ByteView request, const Identity& self, const Pua& message, Bytes& out);
void encode_noa(ByteView request, const Identity& self, const Noa& message, Bytes& out);
// What must be asked before a request is given to a command: 3008 for reserved header bits or an E bit, 3007
// for another application than S6a and S13, else success. An unknown command is the dispatcher's to refuse
// (3001).
ResultCode judge_header(const Header& header);
// Any request, even without a Session-Id: 3xxx sets the E bit and uses the general error grammar (RFC
// 6733 7.2).
void encode_refusal(ByteView request, const Identity& self, const Refusal& refusal, Bytes& out);

}  // namespace simbiont::diameter

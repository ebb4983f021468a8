// S13 of TS 29.272: an MME asks an equipment register about an IMEI. As s6a.h; in ecr.cpp.
#pragma once

#include "diameter/s6a.h"

namespace simbiont::diameter {

enum class EquipmentStatus : std::uint32_t {
  allowed = 0,
  barred = 1,
  grey = 2
};  // 7.3.51's white, black, grey
struct Ecr {
  Routing routing;
  TerminalInformation terminal;
  std::string_view user_name;  // may be empty
};
struct Eca {
  Routing routing;
  ResultCode code;
  std::optional<EquipmentStatus> status;
};

Decoded<Ecr> decode_ecr(ByteView frame);
Decoded<Eca> decode_eca(ByteView frame);
void encode_ecr(const Ecr& message, Ids ids, Bytes& out);
void encode_eca(ByteView request, const Identity& self, const Eca& message, Bytes& out);

}  // namespace simbiont::diameter

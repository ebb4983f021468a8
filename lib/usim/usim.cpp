#include "usim/usim.h"

#include <algorithm>

#include "base/reader.h"
#include "base/writer.h"

namespace simbiont::usim {
namespace {

struct Challenge {
  Block rand{};
  Block autn{};
};

// Length of RAND, RAND, length of AUTN, AUTN: 34 octets, optionally followed by Le. The status word says what
// is wrong.
std::uint16_t parse_authenticate(ByteView command, Challenge& challenge) {
  if (command.size() < 4) return sw::wrong_length;
  Reader reader(command);
  if (reader.u8() != 0x00) return sw::unknown_class;
  if (reader.u8() != 0x88) return sw::unknown_instruction;
  if (reader.u16() != 0x0081) return sw::wrong_p1_p2;  // 81: 3G context
  const bool lc_is_right = reader.u8() == 0x22;
  const bool rand_length_is_right = reader.u8() == 16;
  const ByteView rand = reader.bytes(16);
  const bool autn_length_is_right = reader.u8() == 16;
  const ByteView autn = reader.bytes(16);
  if (reader.failed() || reader.rest().size() > 1 || !lc_is_right || !rand_length_is_right ||
      !autn_length_is_right) {
    return sw::wrong_length;
  }
  std::copy(rand.begin(), rand.end(), challenge.rand.begin());
  std::copy(autn.begin(), autn.end(), challenge.autn.begin());
  return sw::success;
}

void put(Writer& writer, ByteView field) {
  writer.u8(static_cast<std::uint8_t>(field.size()));
  writer.bytes(field);
}

}  // namespace

Bytes Usim::transmit(ByteView command) {
  Bytes response;
  response.reserve(64);  // no reallocation that would leave CK and IK behind
  Writer writer(response);
  Challenge challenge;
  std::uint16_t status = parse_authenticate(command, challenge);
  if (status == sw::success) {
    const Outcome outcome = authenticator_.authenticate(challenge.rand, challenge.autn);
    if (outcome.verdict == Verdict::accepted) {
      writer.u8(tag_success);
      put(writer, outcome.res);
      put(writer, outcome.ck);
      put(writer, outcome.ik);
    } else if (outcome.verdict == Verdict::sync_failure) {
      writer.u8(tag_sync_failure);
      put(writer, outcome.auts);
    } else {
      status = sw::mac_failure;
    }
  }
  zeroise(challenge.rand);
  writer.u16(status);
  return response;
}

}  // namespace simbiont::usim

// AUTHENTICATE (TS 31.102 7.1) in its contexts, and RUN GSM ALGORITHM (TS 51.011 8.16).
#include <algorithm>
#include <array>

#include "base/reader.h"
#include "base/writer.h"
#include "usim/authenticator.h"
#include "usim/gba.h"
#include "usim/uicc.h"
#include "usim/usim.h"

namespace simbiont::usim {
namespace {

enum Context : std::uint8_t { gsm_context = 0x80, umts_context = 0x81, gba_context = 0x84 };
constexpr std::uint8_t tag_bootstrap = 0xdd, tag_naf = 0xde;
constexpr std::size_t response_room = 80;  // no reallocation that would leave keys behind
constexpr std::uint16_t dedicated_gsm = 0x7f20;

struct Challenge {
  Block rand{}, autn{};
};

// 10 RAND 10 AUTN
bool read_challenge(ByteView data, Challenge& challenge) {
  Reader reader(data);
  const bool rand_length = reader.u8() == 16;
  const ByteView rand = reader.bytes(16);
  const bool autn_length = reader.u8() == 16;
  const ByteView autn = reader.bytes(16);
  if (reader.failed() || !reader.empty() || !rand_length || !autn_length) return false;
  std::copy(rand.begin(), rand.end(), challenge.rand.begin());
  std::copy(autn.begin(), autn.end(), challenge.autn.begin());
  return true;
}

void put(Writer& writer, ByteView field) {
  writer.u8(static_cast<std::uint8_t>(field.size()));
  writer.bytes(field);
}

Bytes sync_failure(const Outcome& outcome) {
  Bytes out;
  Writer writer(out);
  writer.u8(tag_sync_failure);
  put(writer, outcome.auts);
  return out;
}

}  // namespace

Uicc::Answer Uicc::authenticate(const Command& command) {
  const ByteView data = command.data;
  if (command.gsm) {
    if (command.p1 != 0 || command.p2 != 0) return sw::wrong_p1_p2;
    const Index directory = session_->directory;
    if (files_[directory].id != dedicated_gsm && files_[files_[directory].parent].id != dedicated_gsm)
      return sw::not_allowed;
    if (data.size() != 16) return sw::wrong_length;
    if (data_.pin1.enabled && !pin_verified_) return sw::access_denied;
    return authenticate_gsm(data);
  }
  if (command.p1 != 0) return sw::wrong_p1_p2;
  if (!session_->application) return sw::not_allowed;
  if (data_.pin1.enabled && !pin_verified_) return sw::access_denied;
  switch (command.p2) {
    case gsm_context: {
      if (data.size() != 17 || data[0] != 16) return sw::wrong_length;
      return authenticate_gsm(data);
    }
    case umts_context:
      return authenticate_3g(data);
    case gba_context:
      if (data.empty()) return sw::wrong_length;
      if (data[0] == tag_bootstrap) return authenticate_gba(data.subspan(1));
      return data[0] == tag_naf ? derive_naf_key(data.subspan(1)) : Answer(sw::wrong_data);
    default:
      return sw::wrong_p1_p2;
  }
}

// 7.1.2.1: DB RES CK IK Kc (service 27 is there), or DC AUTS.
Uicc::Answer Uicc::authenticate_3g(ByteView data) {
  Challenge challenge;
  if (!read_challenge(data, challenge)) return sw::wrong_length;
  Authenticator authenticator(data_.profile, data_.accepted_seq);
  const Outcome outcome = authenticator.authenticate(challenge.rand, challenge.autn);
  if (outcome.verdict == Verdict::mac_failure) return sw::mac_failure;
  if (outcome.verdict == Verdict::sync_failure) return {sync_failure(outcome), true};
  data_.accepted_seq = authenticator.accepted_seq();
  changed_ = true;
  Bytes out;
  out.reserve(response_room);
  Writer writer(out);
  writer.u8(tag_success);
  put(writer, outcome.res);
  put(writer, outcome.ck);
  put(writer, outcome.ik);
  ByteArray<8> kc = gsm_quantities(outcome).kc;
  put(writer, kc);
  zeroise(kc);
  return {std::move(out), true};
}

// No MAC and no SQN: whatever the RAND is, it is answered. As a SIM: SRES Kc; as a USIM: 04 SRES 08 Kc.
Uicc::Answer Uicc::authenticate_gsm(ByteView data) {
  Block rand{};
  std::copy(data.end() - 16, data.end(), rand.begin());
  GsmQuantities quantities = Authenticator(data_.profile, data_.accepted_seq).gsm(rand);
  Bytes out;
  out.reserve(response_room);
  Writer writer(out);
  if (data.size() == 16) {
    writer.bytes(quantities.sres);
    writer.bytes(quantities.kc);
  } else {
    put(writer, quantities.sres);
    put(writer, quantities.kc);
  }
  zeroise(quantities.kc);
  return {std::move(out), true};
}

// 7.1.1.2: as in the 3G context, but MAC comes hidden under IK, and CK and IK stay here as Ks.
Uicc::Answer Uicc::authenticate_gba(ByteView data) {
  Challenge challenge;
  if (!read_challenge(data, challenge)) return sw::wrong_length;
  Authenticator authenticator(data_.profile, data_.accepted_seq);
  unhide_mac(authenticator.ik(challenge.rand), challenge.autn);
  const Outcome outcome = authenticator.authenticate(challenge.rand, challenge.autn);
  if (outcome.verdict == Verdict::mac_failure) return sw::mac_failure;
  if (outcome.verdict == Verdict::sync_failure) return {sync_failure(outcome), true};
  data_.accepted_seq = authenticator.accepted_seq();
  data_.gba = {bootstrapped(outcome.ck, outcome.ik), challenge.rand};
  changed_ = true;
  Bytes out;
  Writer writer(out);
  writer.u8(tag_success);
  put(writer, outcome.res);
  return {std::move(out), true};
}

// 7.1.1.3: length, NAF_Id, length, IMPI. DB length Ks_ext_NAF.
Uicc::Answer Uicc::derive_naf_key(ByteView data) {
  Reader reader(data);
  const ByteView naf_id = reader.bytes(reader.u8());
  const ByteView impi = reader.bytes(reader.u8());
  if (reader.failed() || !reader.empty() || naf_id.empty() || impi.empty()) return sw::wrong_data;
  if (data_.gba.ks.empty()) return sw::not_allowed;
  const Secret key = ks_ext_naf(data_.gba, naf_id, impi);
  Bytes out;
  out.reserve(response_room);
  Writer writer(out);
  writer.u8(tag_success);
  put(writer, key.reveal());
  return {std::move(out), true};
}

}  // namespace simbiont::usim

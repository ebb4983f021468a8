#include "lab/me.h"

#include <algorithm>

#include "base/reader.h"
#include "base/writer.h"
#include "lab/me_crypto.h"

namespace simbiont::lab {
namespace {

Bytes authenticate_command(const Block& rand, const Block& autn) {
  Bytes command;
  command.reserve(40);
  Writer writer(command);
  writer.u32(0x00880081);
  writer.u8(0x22);
  for (const Block& field : {rand, autn}) {
    writer.u8(static_cast<std::uint8_t>(field.size()));
    writer.bytes(field);
  }
  writer.u8(0);  // Le
  return command;
}

template <std::size_t N>
bool read_field(Reader& reader, ByteArray<N>& out) {
  if (reader.u8() != N) return false;
  const ByteView octets = reader.bytes(N);
  if (octets.size() != N) return false;
  std::copy(octets.begin(), octets.end(), out.begin());
  return true;
}

// DB RES CK IK [Kc].
bool read_success(Reader& reader, MeResponse& out, const ByteArray<3>& serving_network, const Block& autn) {
  Block ck{};
  Block ik{};
  if (!read_field(reader, out.res) || !read_field(reader, ck) || !read_field(reader, ik)) return false;
  out.kasme = derive_kasme(ck, ik, serving_network, autn);
  zeroise(ck);
  zeroise(ik);
  return true;
}

// One AUTHENTICATE; the verdict of its response.
MeVerdict run_card(usim::Usim& card, const Block& rand, const Block& autn,
                   const ByteArray<3>& serving_network, MeResponse& out) {
  Bytes command = authenticate_command(rand, autn);
  Bytes response = card.transmit(command);
  zeroise(command);
  if (response.size() < 2) return MeVerdict::card_error;
  const ByteView view(response);
  out.status_words.push_back(static_cast<std::uint16_t>(load_be(view.last(2))));

  MeVerdict verdict = MeVerdict::card_error;
  if (out.status_words.back() == usim::sw::mac_failure) verdict = MeVerdict::mac_failure;
  if (out.status_words.back() == usim::sw::success) {
    Reader reader(view.first(view.size() - 2));
    const std::uint8_t tag = reader.u8();
    if (tag == usim::tag_success && read_success(reader, out, serving_network, autn))
      verdict = MeVerdict::success;
    if (tag == usim::tag_sync_failure && read_field(reader, out.auts)) verdict = MeVerdict::sync_failure;
  }
  zeroise(response);
  return verdict;
}

}  // namespace

std::optional<Scheme> scheme(std::string_view name) {
  if (name == "aes128") return Scheme::aes128;
  if (name == "aes256") return Scheme::aes256;
  if (name == "aes128-imsi") return Scheme::aes128_imsi;
  return std::nullopt;
}

std::size_t key_size(Scheme s) { return s == Scheme::aes256 ? 32 : 16; }

Block decrypt_rand(const KeySlot& slot, std::string_view imsi, const Block& rand) {
  if (slot.scheme == Scheme::aes128_imsi) return aes_decrypt(kdf(slot.key, "encRAND", imsi), rand);
  return aes_decrypt(slot.key, rand);
}

MeResponse answer_challenge(const Device& device, usim::Usim& card, const Challenge& challenge,
                            const ByteArray<3>& serving_network) {
  MeResponse out;
  if ((challenge.autn[6] & 0x80) == 0) {
    out.verdict = MeVerdict::separation_bit_off;
    return out;
  }
  std::vector<Block> tries;
  for (const KeySlot& slot : device.slots) {
    if (tries.size() < Device::max_slots)
      tries.push_back(decrypt_rand(slot, card.profile().imsi, challenge.rand));
  }
  if (tries.empty() || device.tries_plain) tries.push_back(challenge.rand);
  for (Block& rand : tries) {
    out.verdict = run_card(card, rand, challenge.autn, serving_network, out);
    if (out.verdict != MeVerdict::mac_failure) break;
  }
  for (Block& rand : tries) zeroise(rand);
  return out;
}

}  // namespace simbiont::lab

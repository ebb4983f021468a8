#include "lab/load_answer.h"

#include <algorithm>

#include "diameter/message.h"

namespace simbiont::lab {
namespace {

constexpr std::uint32_t result_code = 268, experimental_result = 297, experimental_result_code = 298;
constexpr std::uint8_t vendor_bit = 0x80;

std::uint32_t load_u32(const std::uint8_t* at) {
  std::uint32_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return __builtin_bswap32(value);
}

// Calls use(code, data) for each AVP without vendor until it returns true; false at the end or at a wrong
// length.
template <class Use>
bool walk(ByteView avps, const Use& use) {
  while (avps.size() >= 8) {
    const std::uint32_t flags_and_length = load_u32(avps.data() + 4);
    const std::size_t length = flags_and_length & 0xffffffU;
    const bool vendor = (flags_and_length >> 24 & vendor_bit) != 0;
    if (length < (vendor ? 12U : 8U) || length > avps.size()) return false;
    if (!vendor && use(load_u32(avps.data()), avps.subspan(8, length - 8))) return true;
    avps = avps.subspan(std::min((length + 3) & ~std::size_t{3}, avps.size()));
  }
  return false;
}

template <std::size_t N>
bool copy_exactly(ByteView from, ByteArray<N>& to) {
  if (from.size() != N) return false;
  std::copy(from.begin(), from.end(), to.begin());
  return true;
}

bool read_vector(ByteView group, LoadVector& out) {
  unsigned parts = 0;
  diameter::AvpReader avps(group);
  while (const auto avp = avps.next()) {
    const ByteView data = avp->data;
    if (avp->code == diameter::avp::rand.code) parts += copy_exactly(data, out.rand) ? 1 : 0;
    if (avp->code == diameter::avp::autn.code) parts += copy_exactly(data, out.autn) ? 1 : 0;
    if (avp->code == diameter::avp::kasme.code) parts += copy_exactly(data, out.kasme) ? 1 : 0;
    if (avp->code == diameter::avp::xres.code && data.size() >= 4 && data.size() <= out.xres.size()) {
      std::copy(data.begin(), data.end(), out.xres.begin());
      out.xres_size = data.size();
      ++parts;
    }
  }
  return parts == 4 && !avps.malformed();
}

}  // namespace

std::optional<diameter::ResultCode> scan_result(ByteView frame) {
  if (frame.size() < diameter::header_size) return std::nullopt;
  std::optional<diameter::ResultCode> found;
  const auto experimental = [&](std::uint32_t code, ByteView data) {
    if (code == experimental_result_code && data.size() == 4)
      found = diameter::ResultCode{load_u32(data.data()), true};
    return found.has_value();
  };
  walk(frame.subspan(diameter::header_size), [&](std::uint32_t code, ByteView data) {
    if (code == result_code && data.size() == 4) found = diameter::ResultCode{load_u32(data.data()), false};
    return found.has_value() || (code == experimental_result && walk(data, experimental));
  });
  return found;
}

std::optional<std::vector<LoadVector>> read_vectors(ByteView frame) {
  std::vector<LoadVector> out;
  diameter::AvpReader avps(frame.subspan(std::min(diameter::header_size, frame.size())));
  while (const auto avp = avps.next()) {
    if (avp->code != diameter::avp::authentication_info.code) continue;
    diameter::AvpReader vectors(avp->data);
    while (const auto vector = vectors.next()) {
      if (vector->code != diameter::avp::e_utran_vector.code) continue;
      if (!read_vector(vector->data, out.emplace_back())) return std::nullopt;
    }
    if (vectors.malformed()) return std::nullopt;
  }
  if (avps.malformed()) return std::nullopt;
  return out;
}

}  // namespace simbiont::lab

// Supported-Features, TS 29.229 6.3.29.
#include "diameter/s6a_common.h"

namespace simbiont::diameter {
namespace {

constexpr Grammar features_grammar{
    {avp::vendor_id, Occurs::once},
    {avp::feature_list_id, Occurs::once},
    {avp::feature_list, Occurs::once},
};

void write_list(MessageWriter& writer, std::uint32_t id, std::uint32_t bits) {
  if (bits == 0) return;
  const std::size_t group = writer.begin(avp::supported_features);
  writer.u32(avp::vendor_id, vendor_3gpp);
  writer.u32(avp::feature_list_id, id);
  writer.u32(avp::feature_list, bits);
  writer.end(group);
}

}  // namespace

void write_features(MessageWriter& writer, const Features& features) {
  write_list(writer, 1, features.list_1);
  write_list(writer, 2, features.list_2);
}

bool read_features(Scan& scan, ByteView frame, std::optional<Features>& out) {
  if (scan.find(avp::supported_features) == nullptr) return true;
  Features features;
  AvpReader reader(frame.subspan(header_size));
  while (const auto avp = reader.next()) {
    if (find_avp(avp->code, avp->vendor) != &avp::supported_features) continue;
    Scan inner(features_grammar);
    if (!inner.group(*avp)) return scan.refuse(inner.refusal());
    if (inner.u32(avp::vendor_id) != vendor_3gpp) continue;
    if (inner.u32(avp::feature_list_id) == 1) features.list_1 |= inner.u32(avp::feature_list);
    if (inner.u32(avp::feature_list_id) == 2) features.list_2 |= inner.u32(avp::feature_list);
  }
  out = features;
  return true;
}

}  // namespace simbiont::diameter

// Authentication-Information-Request and -Answer, TS 29.272 7.2.5 and 7.2.6.
#include <algorithm>

#include "diameter/s6a_common.h"

namespace simbiont::diameter {
namespace {

constexpr std::size_t resync_size = 30;  // RAND || AUTS

constexpr Grammar air_grammar{request_grammar,
                              {{avp::user_name, Occurs::once},
                               {avp::visited_plmn_id, Occurs::once},
                               {avp::requested_eutran_authentication_info, Occurs::at_most_once},
                               {avp::requested_utran_geran_authentication_info, Occurs::at_most_once}}};
constexpr Grammar requested_grammar{
    {avp::number_of_requested_vectors, Occurs::at_most_once},
    {avp::immediate_response_preferred, Occurs::at_most_once},
    {avp::re_synchronization_info, Occurs::at_most_once},
};
constexpr Grammar aia_grammar{answer_grammar, {{avp::authentication_info, Occurs::at_most_once}}};
constexpr Grammar vectors_grammar{
    {avp::e_utran_vector, Occurs::any}, {avp::utran_vector, Occurs::any}, {avp::geran_vector, Occurs::any}};
constexpr Grammar vector_grammar{
    {avp::item_number, Occurs::at_most_once},
    {avp::rand, Occurs::once},
    {avp::xres, Occurs::once},
    {avp::autn, Occurs::once},
    {avp::kasme, Occurs::once},
};
constexpr Grammar utran_grammar{
    {avp::item_number, Occurs::at_most_once},
    {avp::rand, Occurs::once},
    {avp::xres, Occurs::once},
    {avp::autn, Occurs::once},
    {avp::confidentiality_key, Occurs::once},
    {avp::integrity_key, Occurs::once},
};
constexpr Grammar geran_grammar{
    {avp::item_number, Occurs::at_most_once},
    {avp::rand, Occurs::once},
    {avp::sres, Occurs::once},
    {avp::kc, Occurs::once},
};

void write_requested(MessageWriter& writer, const AvpDef& def, const Air::Requested& requested) {
  const std::size_t group = writer.begin(def);
  writer.u32(avp::number_of_requested_vectors, requested.vectors);
  // Its presence counts, not its value (7.3.16).
  if (requested.immediate_response_preferred) writer.u32(avp::immediate_response_preferred, 1);
  if (!requested.resync.empty()) writer.octets(avp::re_synchronization_info, requested.resync);
  writer.end(group);
}

bool read_requested(Scan& scan, const AvpDef& def, std::optional<Air::Requested>& out) {
  const Avp* group = scan.find(def);
  if (group == nullptr) return true;
  Scan inner(requested_grammar);
  const bool right = inner.group(*group) && inner.has_size(avp::re_synchronization_info, resync_size);
  if (!right) return scan.refuse(inner.refusal());
  Air::Requested requested;
  if (inner.find(avp::number_of_requested_vectors) != nullptr) {
    requested.vectors = inner.u32(avp::number_of_requested_vectors);
    if (requested.vectors == 0) {
      inner.refuse(avp::number_of_requested_vectors, result::invalid_avp_value);
      return scan.refuse(inner.refusal());
    }
  }
  requested.immediate_response_preferred = inner.find(avp::immediate_response_preferred) != nullptr;
  requested.resync = inner.octets(avp::re_synchronization_info);
  out = requested;
  return true;
}

void write_vector(MessageWriter& writer, std::uint32_t item, const EutranVector& vector) {
  const std::size_t group = writer.begin(avp::e_utran_vector);
  writer.u32(avp::item_number, item);
  writer.octets(avp::rand, vector.rand);
  writer.octets(avp::xres, vector.xres);
  writer.octets(avp::autn, vector.autn);
  writer.octets(avp::kasme, vector.kasme);
  writer.end(group);
}

void write_vector(MessageWriter& writer, std::uint32_t item, const UtranVector& vector) {
  const std::size_t group = writer.begin(avp::utran_vector);
  writer.u32(avp::item_number, item);
  writer.octets(avp::rand, vector.rand);
  writer.octets(avp::xres, vector.xres);
  writer.octets(avp::autn, vector.autn);
  writer.octets(avp::confidentiality_key, vector.ck);
  writer.octets(avp::integrity_key, vector.ik);
  writer.end(group);
}

void write_vector(MessageWriter& writer, std::uint32_t item, const GeranVector& vector) {
  const std::size_t group = writer.begin(avp::geran_vector);
  writer.u32(avp::item_number, item);
  writer.octets(avp::rand, vector.rand);
  writer.octets(avp::sres, vector.sres);
  writer.octets(avp::kc, vector.kc);
  writer.end(group);
}

template <class Vector>
struct Numbered {
  std::uint32_t item;
  Vector vector;
};

template <std::size_t N>
void copy(ByteView from, std::array<std::uint8_t, N>& to) {
  std::copy_n(from.begin(), N, to.begin());
}

// What both kinds have: RAND, XRES, AUTN.
template <class Vector>
bool read_common(Scan& inner, Numbered<Vector>& out) {
  if (!inner.has_size(avp::rand, out.vector.rand.size()) ||
      !inner.has_size(avp::xres, out.vector.xres.size()) ||
      !inner.has_size(avp::autn, out.vector.autn.size()))
    return false;
  out.item = inner.u32(avp::item_number);
  copy(inner.octets(avp::rand), out.vector.rand);
  copy(inner.octets(avp::xres), out.vector.xres);
  copy(inner.octets(avp::autn), out.vector.autn);
  return true;
}

bool read_vector(Scan& scan, const Avp& group, Numbered<EutranVector>& out) {
  Scan inner(vector_grammar);
  const bool right =
      inner.group(group) && read_common(inner, out) && inner.has_size(avp::kasme, out.vector.kasme.size());
  if (!right) return scan.refuse(inner.refusal());
  copy(inner.octets(avp::kasme), out.vector.kasme);
  return true;
}

bool read_vector(Scan& scan, const Avp& group, Numbered<UtranVector>& out) {
  Scan inner(utran_grammar);
  const bool right = inner.group(group) && read_common(inner, out) &&
                     inner.has_size(avp::confidentiality_key, out.vector.ck.size()) &&
                     inner.has_size(avp::integrity_key, out.vector.ik.size());
  if (!right) return scan.refuse(inner.refusal());
  copy(inner.octets(avp::confidentiality_key), out.vector.ck);
  copy(inner.octets(avp::integrity_key), out.vector.ik);
  return true;
}

bool read_vector(Scan& scan, const Avp& group, Numbered<GeranVector>& out) {
  Scan inner(geran_grammar);
  const bool right = inner.group(group) && inner.has_size(avp::rand, out.vector.rand.size()) &&
                     inner.has_size(avp::sres, out.vector.sres.size()) &&
                     inner.has_size(avp::kc, out.vector.kc.size());
  if (!right) return scan.refuse(inner.refusal());
  out.item = inner.u32(avp::item_number);
  copy(inner.octets(avp::rand), out.vector.rand);
  copy(inner.octets(avp::sres), out.vector.sres);
  copy(inner.octets(avp::kc), out.vector.kc);
  return true;
}

template <class Vector>
std::vector<Vector> in_order(std::vector<Numbered<Vector>>& numbered) {
  std::stable_sort(numbered.begin(), numbered.end(),
                   [](const Numbered<Vector>& a, const Numbered<Vector>& b) { return a.item < b.item; });
  std::vector<Vector> out;
  out.reserve(numbered.size());
  for (const Numbered<Vector>& each : numbered) out.push_back(each.vector);
  return out;
}

bool read_vectors(Scan& scan, Aia& out) {
  const Avp* info = scan.find(avp::authentication_info);
  if (info == nullptr) return true;
  Scan inner(vectors_grammar);
  if (!inner.group(*info)) return scan.refuse(inner.refusal());
  std::vector<Numbered<EutranVector>> eutran;
  std::vector<Numbered<UtranVector>> utran;
  std::vector<Numbered<GeranVector>> geran;
  AvpReader reader(info->data);
  while (const auto avp = reader.next()) {
    const AvpDef* def = find_avp(avp->code, avp->vendor);
    if (def == &avp::e_utran_vector && !read_vector(scan, *avp, eutran.emplace_back())) return false;
    if (def == &avp::utran_vector && !read_vector(scan, *avp, utran.emplace_back())) return false;
    if (def == &avp::geran_vector && !read_vector(scan, *avp, geran.emplace_back())) return false;
  }
  out.vectors = in_order(eutran);
  out.utran = in_order(utran);
  out.geran = in_order(geran);
  return true;
}

}  // namespace

void encode_air(const Air& message, Ids ids, Bytes& out) {
  MessageWriter writer = begin_request(Command::air, message.routing, ids, out);
  writer.text(avp::user_name, message.user_name);
  if (message.eutran) write_requested(writer, avp::requested_eutran_authentication_info, *message.eutran);
  if (message.utran_geran) {
    write_requested(writer, avp::requested_utran_geran_authentication_info, *message.utran_geran);
  }
  writer.octets(avp::visited_plmn_id, message.visited_plmn);
  writer.finish();
}

Decoded<Air> decode_air(ByteView frame) {
  Scan scan(air_grammar);
  Air air;
  if (!scan.message(frame)) return refused<Air>(scan);
  if (scan.find(avp::requested_eutran_authentication_info) == nullptr &&
      scan.find(avp::requested_utran_geran_authentication_info) == nullptr) {
    scan.missing(avp::requested_eutran_authentication_info);
    return refused<Air>(scan);
  }
  const bool right = judge_routing(scan) && scan.has_size(avp::visited_plmn_id, air.visited_plmn.size()) &&
                     read_requested(scan, avp::requested_eutran_authentication_info, air.eutran) &&
                     read_requested(scan, avp::requested_utran_geran_authentication_info, air.utran_geran);
  if (!right) return refused<Air>(scan);
  air.routing = routing_of(scan);
  air.user_name = scan.text(avp::user_name);
  copy(scan.octets(avp::visited_plmn_id), air.visited_plmn);
  return {air, {}};
}

void encode_aia(ByteView request, const Identity& self, const Aia& message, Bytes& out) {
  MessageWriter writer = begin_answer(request, self, message.code, out);
  if (!message.vectors.empty() || !message.utran.empty() || !message.geran.empty()) {
    const std::size_t group = writer.begin(avp::authentication_info);
    std::uint32_t item = 0;
    for (const EutranVector& vector : message.vectors) write_vector(writer, ++item, vector);
    for (const UtranVector& vector : message.utran) write_vector(writer, ++item, vector);
    for (const GeranVector& vector : message.geran) write_vector(writer, ++item, vector);
    writer.end(group);
  }
  finish_answer(request, writer);
}

Decoded<Aia> decode_aia(ByteView frame) {
  Scan scan(aia_grammar);
  Aia aia;
  const bool right =
      scan.message(frame) && judge_routing(scan) && read_result(scan, aia.code) && read_vectors(scan, aia);
  if (!right) return refused<Aia>(scan);
  aia.routing = routing_of(scan);
  return {std::move(aia), {}};
}

}  // namespace simbiont::diameter

#include "diameter/ulr_fast.h"

#include <cassert>

#include "diameter/fast_walker.h"

namespace simbiont::diameter {

using namespace fast;

namespace {

constexpr unsigned seen_rat = seen::next, seen_flags = seen::next << 1, seen_terminal = seen::next << 2;

bool read_terminal(ByteView group, std::optional<TerminalInformation>& out) {
  TerminalInformation terminal;
  Walker avp{group.data(), group.data() + group.size()};
  while (avp.next()) {
    std::string_view& field = avp.kind == kind(avp::imei) ? terminal.imei : terminal.software_version;
    if (avp.kind != kind(avp::imei) && avp.kind != kind(avp::software_version)) return false;
    if (avp.data.empty() || !field.empty()) return false;
    field = as_text(avp.data);
    for (const char c : field)
      if (c < '0' || c > '9') return false;
  }
  out = terminal;
  return avp.at == avp.end;
}

unsigned take(const Walker& avp, OrdinaryUlr& out) {
  const auto number = [&](std::uint32_t& to, unsigned bit) {
    if (!avp.is_u32()) return 0U;
    to = load_u32(avp.data.data());
    return bit;
  };
  switch (avp.kind) {
    case kind(avp::rat_type):
      return number(out.rat_type, seen_rat);
    case kind(avp::ulr_flags):
      return number(out.flags, seen_flags);
    case kind(avp::terminal_information):
      return read_terminal(avp.data, out.terminal) ? seen_terminal : 0U;
    default:
      return take_common(avp, out);
  }
}

// Where the MSISDN's octets stand in an answer.
std::size_t find_msisdn(ByteView answer) {
  AvpReader avps(answer.subspan(header_size));
  while (const auto avp = avps.next()) {
    if (avp->code != avp::subscription_data.code || avp->vendor != vendor_3gpp) continue;
    AvpReader inner(avp->data);
    while (const auto field = inner.next())
      if (field->code == avp::msisdn.code && field->vendor == vendor_3gpp)
        return static_cast<std::size_t>(field->data.data() - answer.data());
  }
  return 0;
}

}  // namespace

bool read_ordinary_ulr(ByteView frame, OrdinaryUlr& out) {
  if (!is_ordinary(frame, Command::ulr)) return false;
  out = {};
  return take_each(frame, seen::required | seen_rat | seen_flags,
                   [&](const Walker& avp) { return take(avp, out); });
}

UlaTemplate::UlaTemplate(const Identity& self, const Ula& like) {
  Ulr ulr;
  ulr.routing = {"s", "h", "r", {}, "r"};
  Bytes request, answer;
  encode_ulr(ulr, {}, request);
  encode_ula(request, self, like, answer);
  constexpr std::size_t tail_at = header_size + session_head + 4;
  tail_.assign(answer.begin() + tail_at, answer.end());
  if (!like.data || like.data->msisdn.empty()) return;
  msisdn_at_ = find_msisdn(answer) - tail_at;
  msisdn_size_ = (like.data->msisdn.size() + 1) / 2;
}

void UlaTemplate::write(ByteView request, const OrdinaryUlr& ulr, ByteView msisdn, Bytes& out) const {
  assert(msisdn.size() >= msisdn_size_);
  std::uint8_t* at = append_answer(request, ulr.session_id, tail_, out);
  if (msisdn_size_ != 0) std::memcpy(at + msisdn_at_, msisdn.data(), msisdn_size_);
}

}  // namespace simbiont::diameter

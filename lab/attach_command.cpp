#include <iostream>

#include "lab/arguments.h"
#include "lab/scenarios.h"
#include "usim/milenage.h"

namespace simbiont::lab {
namespace {

Result<usim::Usim> make_card(AttachArguments& arguments) {
  const auto imsi = Imsi::parse(arguments.imsi);
  if (!imsi) return imsi.error();
  const auto k = read_key(arguments.k, 16);
  if (!k) return k.error();
  const bool has_op = !arguments.op.empty();
  auto op = read_key(has_op ? arguments.op : arguments.opc, 16);
  if (!op) return op.error();
  usim::Usim card({imsi->str(), *k, has_op ? usim::Milenage::opc(*k, *op) : *op});
  card.accepted_seq().fill(arguments.sqn >> usim::ind_bits);
  return card;
}

Result<Device> make_device(AttachArguments& arguments) {
  Device device;
  device.name = "device";
  device.imei = arguments.imei;
  if (arguments.kme.empty()) return device;
  const auto parsed = scheme(arguments.algorithm);
  if (!parsed) return error(Errc::invalid_argument, "unknown algorithm");
  auto key = read_key(arguments.kme, key_size(*parsed));
  if (!key) return key.error();
  device.slots.push_back({"kme", *parsed, std::move(*key)});
  return device;
}

// What the MME says of a UE that it serves.
struct Afterwards {
  std::optional<diameter::ResultCode> noa;
  std::optional<diameter::Pua> pua;
  bool all_succeeded() const {
    return noa.value_or(diameter::result::success) == diameter::result::success &&
           (!pua || pua->code == diameter::result::success);
  }
};

Result<Afterwards> go_on(Mme& mme, const AttachArguments& arguments) {
  Afterwards after;
  if (!arguments.notified_imei.empty()) {
    const auto noa = mme.notify(arguments.imsi, arguments.notified_imei);
    if (!noa) return noa.error();
    after.noa = *noa;
  }
  if (arguments.purge) {
    const auto pua = mme.purge(arguments.imsi);
    if (!pua) return pua.error();
    after.pua = *pua;
  }
  return after;
}

std::string json(const diameter::ResultCode& code) {
  return "{\"code\":" + text(code) + ",\"experimental\":" + (code.experimental ? "true" : "false") + "}";
}

// Every string in it is digits, or a word of ours: nothing needs escaping.
std::string json(const std::string& imsi, const AttachReport& report, const Afterwards& after) {
  std::string out =
      "{\"imsi\":\"" + imsi + "\",\"outcome\":\"" + std::string(name(report.outcome)) + "\",\"aia\":[";
  for (std::size_t i = 0; i < report.aia.size(); ++i) out += (i == 0 ? "" : ",") + json(report.aia[i]);
  out += "],\"uicc\":\"" + status_words(report) + "\",\"resynchronised\":";
  out += report.resynchronised ? "true" : "false";
  out += ",\"kasme_agrees\":";
  out += !report.kasme_agrees ? "null" : *report.kasme_agrees ? "true" : "false";
  out += ",\"ula\":" + (report.ula ? json(report.ula->code) : "null");
  out += ",\"noa\":" + (after.noa ? json(*after.noa) : "null");
  out += ",\"pua\":" + (after.pua ? json(after.pua->code) : "null");
  out += ",\"freeze_m_tmsi\":";
  out += !after.pua ? "null" : (after.pua->flags & diameter::pua_flag::freeze_m_tmsi) != 0 ? "true" : "false";
  return out + "}\n";
}

std::string trace(const AttachReport& report, const Afterwards& after) {
  std::string out;
  for (const diameter::ResultCode& code : report.aia) out += "AIA    " + described(code) + "\n";
  out += "UICC   " + status_words(report) + "\n";
  if (report.kasme_agrees)
    out += std::string("KASME  ") + (*report.kasme_agrees ? "agrees" : "differs") + "\n";
  if (report.ula) {
    out += "ULA    " + described(report.ula->code) + "\n";
    if (report.ula->data) {
      for (const auto& apn : report.ula->data->apns) out += "APN    " + apn.name + "\n";
    }
  }
  if (after.noa) out += "NOA    " + described(*after.noa) + "\n";
  if (after.pua) out += "PUA    " + described(after.pua->code) + "\n";
  return out + "result " + std::string(name(report.outcome)) + "\n";
}

}  // namespace

Exit run_attach(AttachArguments& arguments) {
  auto card = make_card(arguments);
  if (!card) return complain(card.error());
  const auto device = make_device(arguments);
  if (!device) return complain(device.error());
  auto connection = open_connection(arguments.connection);
  if (!connection) return complain(connection.error());
  const std::string& declared = arguments.declared_imei.empty() ? arguments.imei : arguments.declared_imei;
  const auto report =
      attach(*connection->mme,
             {*device, *card, declared, connection->mme->config().visited_plmn.octets, arguments.vectors});
  const bool attached = report && report->outcome == AttachOutcome::attached;
  const auto after = attached ? go_on(*connection->mme, arguments) : Afterwards{};
  const Status closed = close_connection(*connection);
  if (!report) return complain(report.error());
  if (!after) return complain(after.error());
  std::cout << (arguments.json ? json(arguments.imsi, *report, *after) : trace(*report, *after));
  if (!closed) return complain(closed.error());
  return attached && after->all_succeeded() ? Exit::done : Exit::refused;
}

}  // namespace simbiont::lab

#include "lab/scenarios.h"

#include <array>

namespace simbiont::lab {
namespace {

const Cells& attaches() {
  static const Cells cells{"9000", "2001", "2001", "agrees", "attached"};
  return cells;
}
// The ME's K_ME does not fit, nor does the RAND as received.
const Cells& is_refused() {
  static const Cells cells{"9862 9862", "2001", "-", "-", "refused"};
  return cells;
}
const Cells& is_refused_without_key() {
  static const Cells cells{"9862", "2001", "-", "-", "refused"};
  return cells;
}

std::vector<Scenario> make_scenarios() {
  constexpr Step attach = Step::attach;
  return {
      {"right device", "sim-meter", "meter", "", attach, attaches()},
      {"device without K_ME", "sim-meter", "phone", "", attach, is_refused_without_key()},
      {"device with another K_ME", "sim-meter", "router", "", attach, is_refused()},
      {"forged IMEI, another K_ME", "sim-meter", "forger", "meter", attach, is_refused()},
      {"forged IMEI, no K_ME", "sim-meter", "phone", "meter", attach, is_refused_without_key()},
      {"right device, unharmed", "sim-meter", "meter", "", attach, attaches()},

      {"device without K_ME", "sim-free", "phone", "", attach, attaches()},
      {"device with a K_ME",
       "sim-free",
       "meter",
       "",
       attach,
       {"9862 9000", "2001", "2001", "agrees", "attached"}},

      {"SQN desync: AUTS, resync",
       "sim-desync",
       "alarm",
       "",
       attach,
       {"AUTS 9000", "2001", "2001", "agrees", "attached"}},
      {"after it, without K_ME", "sim-desync", "phone", "", attach, is_refused_without_key()},

      {"first of two, one K_ME", "sim-pair", "pump-1", "", attach, attaches()},
      {"second of two, one K_ME", "sim-pair", "pump-2", "", attach, attaches()},
      {"neither of them", "sim-pair", "meter", "", attach, is_refused()},

      {"first of two, own K_MEs", "sim-moves", "truck-1", "", attach, attaches()},
      {"moved to the second: not yet", "sim-moves", "truck-2", "", attach, is_refused()},
      {"a ULR reports the second",
       "sim-moves",
       "truck-2",
       "",
       Step::report_imei,
       {"-", "-", "2001", "-", "reported"}},
      {"ADD turned the HSS: second", "sim-moves", "truck-2", "", attach, attaches()},
      {"first, after the turn", "sim-moves", "truck-1", "", attach, is_refused()},

      {"right device", "sim-vault", "vault", "", attach, attaches()},
      {"device without K_ME", "sim-vault", "phone", "", attach, is_refused_without_key()},

      {"right device", "sim-fleet", "fleet", "", attach, attaches()},
      {"same K_ME as plain aes128", "sim-fleet", "copy", "", attach, is_refused()},
  };
}

void run_attach(HomeNetwork& home, const AttachRequest& request, Row& row) {
  const auto report = attach(home, request);
  if (!report) {
    row.seen = {"-", "-", "-", "-", "error"};
    row.why = report.error().message;
    return;
  }
  row.seen.uicc = status_words(*report);
  row.seen.aia = report->aia.empty() ? "-" : text(report->aia.back());
  row.seen.ula = report->ula ? text(report->ula->code) : "-";
  row.seen.kasme = !report->kasme_agrees ? "-" : *report->kasme_agrees ? "agrees" : "differs";
  const bool attached = report->outcome == AttachOutcome::attached;
  row.seen.outcome = attached ? "attached" : "refused";
  if (!attached) row.why = name(report->outcome);
}

void report_imei(HomeNetwork& home, const std::string& imsi, Row& row) {
  const auto ula = home.update_location(imsi, row.declared_imei);
  row.seen = {"-", "-", ula ? text(ula->code) : "-", "-", "refused"};
  if (!ula) row.why = ula.error().message;
  if (ula && ula->code == diameter::result::success) row.seen.outcome = "reported";
}

}  // namespace

std::span<const Scenario> scenarios() {
  static const std::vector<Scenario> all = make_scenarios();
  return all;
}

std::string text(const diameter::ResultCode& code) { return std::to_string(code.value); }
std::string described(const diameter::ResultCode& code) {
  return text(code) + (code.experimental ? " (Experimental-Result)" : "");
}

std::string status_words(const AttachReport& report) {
  std::string out;
  for (std::size_t challenge = 0; challenge < report.challenges.size(); ++challenge) {
    const std::vector<std::uint16_t>& words = report.challenges[challenge];
    for (std::size_t i = 0; i < words.size(); ++i) {
      // The first challenge of a resynchronisation ended with AUTS; a second one that did so is a sync
      // failure.
      const bool last = i + 1 == words.size();
      const bool auts = last && ((report.resynchronised && challenge == 0) ||
                                 (report.outcome == AttachOutcome::sync_failure && challenge == 1));
      const ByteArray<2> octets{static_cast<std::uint8_t>(words[i] >> 8),
                                static_cast<std::uint8_t>(words[i] & 0xff)};
      out += (out.empty() ? "" : " ") + (auts ? std::string("AUTS") : to_hex(octets));
    }
  }
  return out.empty() ? "-" : out;
}

Result<std::vector<Row>> run_scenarios(HomeNetwork& home, World& world, const ByteArray<3>& visited_plmn) {
  std::vector<Row> rows;
  for (const Scenario& scenario : scenarios()) {
    usim::Usim* card = world.card(scenario.card);
    const Device* device = world.device(scenario.device);
    const Device* declares = scenario.declares.empty() ? device : world.device(scenario.declares);
    if (card == nullptr || device == nullptr || declares == nullptr) {
      return error(Errc::not_found, "no card or device of scenario '" + std::string(scenario.title) + "'");
    }
    Row row;
    row.scenario = &scenario;
    row.imsi = card->profile().imsi;
    row.binding = world.binding_of(row.imsi);
    row.declared_imei = declares->imei;
    if (scenario.step == Step::attach) {
      run_attach(home, {*device, *card, row.declared_imei, visited_plmn, 1}, row);
    } else {
      report_imei(home, row.imsi, row);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace simbiont::lab

#include "lab/node_commands.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <iostream>

#include "lab/scenarios.h"

namespace simbiont::lab {
namespace {

constexpr std::uint32_t rat_eutran = 1004, rat_utran = 1000;

CLI::App* command(CLI::App& app, NodeArguments& arguments, const char* name, const char* help) {
  CLI::App* sub = app.add_subcommand(name, help);
  add_connection_options(*sub, arguments.connection);
  return sub;
}

void add_stay(CLI::App& sub, NodeArguments& a) {
  sub.add_option("--stay", a.stay_s, "seconds to stay connected, answer what the HSS asks and print it")
      ->check(CLI::Range(0.0, 1e6));
  sub.add_option("--count", a.count, "leave after as many requests of the HSS");
}

void add_ulr(CLI::App& app, NodeArguments& a) {
  CLI::App* ulr = command(app, a, "ulr", "update location: register an IMSI");
  ulr->add_option("--imsi", a.imsi, "of the SIM")->required();
  ulr->add_option("--imei", a.imei, "the device's, reported with it");
  ulr->add_flag("--sgsn", a.sgsn, "over S6d, as an SGSN; default: over S6a, as an MME");
  ulr->add_flag("--combined", a.combined, "a combined MME/SGSN (Node-Type-Indicator)");
  ulr->add_option("--sgsn-number", a.sgsn_number, "its E.164 number")->check([](const std::string& digits) {
    const bool good = digits.size() <= 15 && digits.find_first_not_of("0123456789") == std::string::npos;
    return good ? std::string() : std::string("at most 15 digits");
  });
  ulr->add_flag("--gprs", a.gprs, "ask for GPRS-Subscription-Data");
  ulr->add_flag("--single-registration", a.single, "the other kind's registration shall go");
  ulr->add_flag("--initial-attach", a.initial, "the UE attaches anew");
  ulr->add_flag("--without-data", a.without_data, "skip the subscription data");
  ulr->add_option("--feature", a.features, "Supported-Features: partial-purge, removal-of-msisdn")
      ->check(CLI::IsMember({"partial-purge", "removal-of-msisdn"}));
  add_stay(*ulr, a);
}

std::uint32_t ulr_flags(const NodeArguments& a) {
  namespace flag = diameter::ulr_flag;
  return (a.sgsn ? 0 : flag::s6a) | (a.combined ? flag::node_type : 0) |
         (a.gprs ? flag::gprs_subscription_data : 0) | (a.single ? flag::single_registration : 0) |
         (a.initial ? flag::initial_attach : 0) | (a.without_data ? flag::skip_subscriber_data : 0);
}

std::optional<diameter::Features> features(const NodeArguments& a) {
  if (a.features.empty()) return std::nullopt;
  diameter::Features out;
  for (const std::string& name : a.features) {
    if (name == "partial-purge") out.list_1 |= diameter::feature::partial_purge;
    if (name == "removal-of-msisdn") out.list_2 |= diameter::feature::removal_of_msisdn;
  }
  return out;
}

void print(const diameter::Ula& ula) {
  std::cout << "ULA    " << described(ula.code) << '\n';
  if (ula.features) std::cout << "LISTS  " << ula.features->list_1 << ' ' << ula.features->list_2 << '\n';
  if (!ula.data) return;
  if (!ula.data->msisdn.empty()) std::cout << "MSISDN " << ula.data->msisdn << '\n';
  for (const auto& apn : ula.data->apns)
    std::cout << "APN    " << apn.context_identifier << ' ' << apn.name << '\n';
  for (const auto& pdp : ula.data->pdp_contexts)
    std::cout << "PDP    " << pdp.context_identifier << ' ' << pdp.name << '\n';
}

Result<diameter::ResultCode> run_ulr(Mme& mme, const NodeArguments& a) {
  UlrQuestion question{a.imsi, a.imei, {}, ulr_flags(a)};
  question.rat_type = a.sgsn ? rat_utran : rat_eutran;
  question.sgsn_number = a.sgsn_number;
  question.features = features(a);
  const auto ula = mme.update(question);
  if (!ula) return ula.error();
  print(*ula);
  return ula->code;
}

Result<diameter::ResultCode> run_pur(Mme& mme, const NodeArguments& a) {
  const std::uint32_t flags = (a.mme_part ? diameter::pur_flag::purged_in_mme : 0) |
                              (a.sgsn_part ? diameter::pur_flag::purged_in_sgsn : 0);
  const auto pua = mme.purge(a.imsi, flags != 0 ? std::optional(flags) : std::nullopt);
  if (!pua) return pua.error();
  std::cout << "PUA    " << described(pua->code) << '\n' << "FLAGS  " << pua->flags << '\n';
  return pua->code;
}

Result<diameter::ResultCode> run_nor(Mme& mme, const NodeArguments& a) {
  const std::uint32_t flags =
      (a.sgsn ? 0 : diameter::nor_flag::s6a) | (a.single ? diameter::nor_flag::single_registration : 0);
  const auto noa = mme.notify(a.imsi, a.imei, flags);
  if (noa) std::cout << "NOA    " << described(*noa) << '\n';
  return noa;
}

Result<diameter::ResultCode> run_ecr(Mme& mme, const NodeArguments& a) {
  static constexpr std::array<const char*, 3> states{"allowed", "barred", "grey"};
  const auto eca = mme.check_equipment(a.imei);
  if (!eca) return eca.error();
  std::cout << "ECA    " << described(eca->code) << '\n';
  if (eca->status) std::cout << "STATE  " << states[std::min<std::size_t>(*eca->status, 2)] << '\n';
  return eca->code;
}

// What the HSS asks, a line each as it comes.
Status listen(Mme& mme, const NodeArguments& a) {
  const SystemClock clock;
  const MonotonicMs until = clock.monotonic_ms() + static_cast<std::int64_t>(a.stay_s * 1000);
  std::uint64_t seen = 0;
  Status polled;
  while (polled) {
    for (const std::string& line : mme.take_requests()) {
      std::cout << line << std::endl;
      ++seen;
    }
    const std::int64_t left = until - clock.monotonic_ms();
    if (left <= 0 || !std::cout || (a.count != 0 && seen >= a.count)) break;
    polled = mme.poll(left);
  }
  return polled;
}

using Procedure = Result<diameter::ResultCode> (*)(Mme&, const NodeArguments&);
struct Named {
  const char* name;
  Procedure run;  // none: listens alone
};
constexpr std::array<Named, 5> commands{
    {{"ulr", run_ulr}, {"pur", run_pur}, {"nor", run_nor}, {"ecr", run_ecr}, {"listen", nullptr}}};

}  // namespace

void add_node_commands(CLI::App& app, NodeArguments& a) {
  add_ulr(app, a);
  CLI::App* pur = command(app, a, "pur", "purge: the node forgot the UE");
  pur->add_option("--imsi", a.imsi, "of the SIM")->required();
  pur->add_flag("--mme-part", a.mme_part, "of a combined node: the MME's part (PUR-Flags)");
  pur->add_flag("--sgsn-part", a.sgsn_part, "of a combined node: the SGSN's part");
  CLI::App* nor = command(app, a, "nor", "notify: what a serving node says of a UE");
  nor->add_option("--imsi", a.imsi, "of the SIM")->required();
  nor->add_option("--imei", a.imei, "the device that the SIM is in now");
  nor->add_flag("--sgsn", a.sgsn, "over S6d, as an SGSN");
  nor->add_flag("--single-registration", a.single, "the SGSN's registration shall go");
  CLI::App* ecr = command(app, a, "ecr", "S13: what is said of a device");
  ecr->add_option("--imei", a.imei, "of the device")->required();
  CLI::App* listening = command(app, a, "listen", "stay connected, answer what the HSS asks and print it");
  add_stay(*listening, a);
  listening->get_option("--stay")->required();
}

bool is_node_command(const std::string& name) {
  return std::any_of(commands.begin(), commands.end(), [&](const Named& each) { return name == each.name; });
}

Exit run_node_command(const std::string& name, const NodeArguments& arguments) {
  const auto* found =
      std::find_if(commands.begin(), commands.end(), [&](const Named& each) { return name == each.name; });
  auto connection = open_connection(arguments.connection);
  if (!connection) return complain(connection.error());
  Result<diameter::ResultCode> code = diameter::result::success;
  if (found->run != nullptr) code = found->run(*connection->mme, arguments);
  std::cout.flush();
  const Status listened = code ? listen(*connection->mme, arguments) : Status();
  const Status closed = listened ? close_connection(*connection) : listened;
  if (!code) return complain(code.error());
  if (!closed) return complain(closed.error());
  return *code == diameter::result::success ? Exit::done : Exit::refused;
}

}  // namespace simbiont::lab

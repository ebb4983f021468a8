// simbiont-lab: MME, MEs and UICCs against an HSS.
#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>

#include "base/usage.h"
#include "lab/arguments.h"

namespace simbiont::lab {
namespace {

void add_connection_options(CLI::App& command, ConnectionArguments& arguments) {
  command.add_option("--connect", arguments.connect, "HSS or relay, HOST:PORT")->required();
  command.add_option("--realm", arguments.realm, "Destination-Realm; default: the peer's");
  command.add_option("--destination-host", arguments.destination_host, "Destination-Host; default: none");
  command.add_option("--mme-host", arguments.mme_host, "Origin-Host")->capture_default_str();
  command.add_option("--mme-realm", arguments.mme_realm, "Origin-Realm")->capture_default_str();
  command.add_option("--plmn", arguments.plmn, "Visited-PLMN-Id")->capture_default_str();
  command.add_option("--timeout-ms", arguments.timeout_ms, "for each answer")->check(CLI::Range(1, 600'000));
  command.add_option("--pcap", arguments.pcap, "write all Diameter traffic to this capture file");
}

void add_demo(CLI::App& app, DemoArguments& arguments) {
  CLI::App* demo = app.add_subcommand("demo", "run the table of scenarios");
  add_connection_options(*demo, arguments.connection);
  demo->add_option("--data", arguments.data, "directory of lab-cards.csv, lab-devices.csv, bindings.csv")
      ->required();
}

void add_attach(CLI::App& app, AttachArguments& arguments) {
  CLI::App* attach = app.add_subcommand("attach", "one attach; keys as HEX, @FILE or - (standard input)");
  add_connection_options(*attach, arguments.connection);
  attach->add_option("--imsi", arguments.imsi, "of the SIM")->required();
  attach->add_option("--k", arguments.k, "the SIM's K")->required();
  CLI::Option_group* operator_code = attach->add_option_group("operator code");
  operator_code->add_option("--opc", arguments.opc, "the SIM's OPc");
  operator_code->add_option("--op", arguments.op, "OP, from which OPc is made");
  operator_code->require_option(1);
  attach->add_option("--imei", arguments.imei, "the device's IMEI; default: none is reported");
  attach->add_option("--declare-imei", arguments.declared_imei, "the IMEI it declares instead");
  attach->add_option("--kme", arguments.kme, "the device's K_ME; default: it has none");
  attach->add_option("--algorithm", arguments.algorithm, "aes128, aes256 or aes128-imsi")
      ->check(CLI::IsMember({"aes128", "aes256", "aes128-imsi"}))
      ->capture_default_str();
  attach->add_option("--sqn", arguments.sqn, "highest SQN the SIM has accepted, decimal")
      ->check(CLI::Range(std::uint64_t{0}, (std::uint64_t{1} << 48) - 1));
  attach->add_option("--vectors", arguments.vectors, "vectors to ask for")->capture_default_str();
  attach->add_flag("--json", arguments.json, "one JSON object on standard output");
}

Exit run(int argc, char** argv) {
  CLI::App app("MME, devices and SIMs in software, against an HSS over S6a", "simbiont-lab");
  app.set_version_flag("--version", "simbiont-lab " SIMBIONT_VERSION);
  app.require_subcommand(1);
  DemoArguments demo;
  AttachArguments attach;
  add_demo(app, demo);
  add_attach(app, attach);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      (void)app.exit(error);  // --help, --version
      return Exit::done;
    }
    const auto unexpected = app.remaining(true);
    std::cerr << "simbiont-lab: " << simbiont::usage_problem(error.get_name(), error.what(), unexpected)
              << "\nRun with --help for more information.\n";
    return Exit::usage;
  }
  return app.got_subcommand("demo") ? run_demo(demo) : run_attach(attach);
}

}  // namespace
}  // namespace simbiont::lab

int main(int argc, char** argv) {
  try {
    return static_cast<int>(simbiont::lab::run(argc, argv));
  } catch (const std::exception& error) {
    std::cerr << "simbiont-lab: " << error.what() << "\n";
    return 1;
  }
}

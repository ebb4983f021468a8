// simbiont-lab: MME, MEs and UICCs against an HSS.
#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>
#include <map>

#include "base/usage.h"
#include "lab/arguments.h"
#include "lab/load_command.h"
#include "lab/node_commands.h"

namespace simbiont::lab {
namespace {

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
  attach->add_option("--notify-imei", arguments.notified_imei, "once attached, report this IMEI by NOR");
  attach->add_flag("--purge", arguments.purge, "once attached, forget the UE and say so by PUR");
  attach->add_flag("--json", arguments.json, "one JSON object on standard output");
}

void add_load_target(CLI::App& load, LoadPlan& plan, LoadArguments& arguments) {
  load.add_option("--host", plan.where.host, "HSS")->capture_default_str();
  load.add_option("--port", plan.where.port, "its TCP port")->capture_default_str();
  load.add_option("--realm,--destination-realm", plan.destination_realm,
                  "Destination-Realm; default: the peer's");
  load.add_option("--destination-host", plan.destination_host, "Destination-Host; default: none");
  load.add_option("--origin-host", plan.origin_host, "Origin-Host; {} is the connection's number")
      ->capture_default_str();
  load.add_option("--origin-realm", plan.origin_realm, "Origin-Realm")->capture_default_str();
  load.add_option("--visited-plmn", arguments.plmn, "Visited-PLMN-Id")->capture_default_str();
  load.add_option("--timeout-ms", plan.timeout_ms, "for connecting and the CEA")
      ->check(CLI::Range(1, 600'000));
}

void add_load_requests(CLI::App& load, LoadPlan& plan, LoadArguments& arguments) {
  const std::map<std::string, LoadOrder::Kind> orders{{"random", LoadOrder::Kind::random},
                                                      {"sequential", LoadOrder::Kind::sequential}};
  load.add_option("--first-imsi", plan.first_imsi, "the first subscriber")->required();
  load.add_option("--count", plan.count, "how many, one IMSI after the other")->capture_default_str();
  load.add_option("--order", plan.order, "random (each once, then again) or sequential")
      ->transform(CLI::CheckedTransformer(orders));
  load.add_option("--seed", plan.seed, "of the random order")->capture_default_str();
  load.add_option("--procedure", arguments.procedure, "air, ulr or mix")
      ->check(CLI::IsMember({"air", "ulr", "mix"}))
      ->capture_default_str();
  load.add_option("--ratio", arguments.ratio, "of a mix, AIRS:ULRS")->capture_default_str();
  load.add_option("--vectors", plan.vectors, "that an AIR asks for")->capture_default_str();
}

void add_load_pace(CLI::App& load, LoadPlan& plan, LoadArguments& arguments) {
  load.add_option("--connections", plan.connections, "TCP connections")->capture_default_str();
  load.add_option("--threads", plan.threads, "that share them")->capture_default_str();
  CLI::Option* window = load.add_option("--window", plan.window, "closed loop: requests in flight on each")
                            ->capture_default_str();
  load.add_option("--rate", plan.rate, "open loop: requests a second; latency counts from when one was due")
      ->check(CLI::PositiveNumber)
      ->excludes(window);
  load.add_option("--wait", arguments.wait, "sleep, or spin: poll without a pause; default: spin with --rate")
      ->check(CLI::IsMember({"sleep", "spin"}));
  load.add_option("--requests", plan.requests, "end once as many are answered; default: no limit");
  load.add_option("--warmup", arguments.warmup_s, "seconds before measuring")
      ->check(CLI::Range(0.0, 86'400.0));
  load.add_option("--duration", arguments.duration_s, "seconds of measuring")->check(CLI::Range(0.01, 1e6));
}

void add_load(CLI::App& app, LoadArguments& arguments) {
  CLI::App* load = app.add_subcommand("load", "many requests, measured; verified where the keys are given");
  add_load_target(*load, arguments.plan, arguments);
  add_load_requests(*load, arguments.plan, arguments);
  add_load_pace(*load, arguments.plan, arguments);
  load->add_option("--keys", arguments.keys.subscribers, "subscribers' CSV: verify a sample of the vectors");
  load->add_option("--kmes", arguments.keys.kmes, "K_MEs' CSV");
  load->add_option("--devices", arguments.keys.devices, "devices' CSV");
  load->add_option("--bindings", arguments.keys.bindings, "bindings' CSV");
  load->add_option("--sample", arguments.sample, "IMSIs to verify, about")->check(CLI::Range(1, 1'000'000));
  load->add_flag("--json", arguments.json, "one JSON object on standard output");
}

Exit run(int argc, char** argv) {
  CLI::App app("MME, devices and SIMs in software, against an HSS over S6a", "simbiont-lab");
  app.set_version_flag("--version", "simbiont-lab " SIMBIONT_VERSION);
  app.require_subcommand(1);
  DemoArguments demo;
  AttachArguments attach;
  LoadArguments load;
  NodeArguments node;
  add_demo(app, demo);
  add_attach(app, attach);
  add_load(app, load);
  add_node_commands(app, node);
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
  const std::string chosen = app.get_subcommands().front()->get_name();
  if (is_node_command(chosen)) return run_node_command(chosen, node);
  if (app.got_subcommand("load")) return run_load_command(load);
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

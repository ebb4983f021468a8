// simbiont: the operator's tool. The command line as a table; what the commands do stands in the other files.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>

#include "base/usage.h"
#include "cli/audit_commands.h"
#include "cli/commands.h"
#include "cli/custody_commands.h"
#include "cli/epoch_commands.h"
#include "cli/job_cli.h"
#include "cli/life_commands.h"
#include "cli/supplier_commands.h"
#include "cli/sync_cli.h"

namespace {

using namespace simbiont::cli;
using simbiont::Status;

constexpr int done = 0, refused = 1, usage = 2, incomplete = 3, waits = 4;

// What the parser fills; it outlives the parse.
struct Parsed {
  Globals globals;
  Run run;
  SubscriberOptions subscriber;
  KekOptions kek;
  BindOptions bind;
  KmeOptions kme;
  std::string imsi, imei, id, epoch, sqn, state, mode = "enforce", directory, format, file;
  std::vector<std::string> imeis;
  EventOptions events;
  bool pkcs11 = false, replace = false, reattach = false;
};

// An identity becomes a part of a path: these characters only, or the path would be another.
const CLI::Validator identity(
    [](std::string& text) {
      const bool good = !text.empty() && text.find_first_not_of(
                                             "0123456789abcdefghijklmnopqrstuvwxyz"
                                             "ABCDEFGHIJKLMNOPQRSTUVWXYZ._:-") == std::string::npos;
      return good ? std::string() : std::string("not an identity");
    },
    "");
const CLI::IsMember modes({"off", "observe", "enforce"}), all_modes({"off", "observe", "learn", "enforce"});

CLI::App* command(CLI::App& above, const char* name, const char* help) {
  return above.add_subcommand(name, help);
}

CLI::App* noun(CLI::App& app, const char* name, const char* help) {
  CLI::App* sub = command(app, name, help);
  sub->require_subcommand(1);
  return sub;
}

CLI::App* verb(CLI::App& above, Parsed& parsed, const char* name, const char* help, const Run& run) {
  CLI::App* sub = command(above, name, help);
  sub->callback([&parsed, run] { parsed.run = run; });
  return sub;
}

// Of these options one must be there.
void require_one(CLI::App* sub, std::vector<std::string> names) {
  sub->parse_complete_callback([sub, names = std::move(names)] {
    for (const auto& name : names) {
      if (sub->count(name) != 0) return;
    }
    throw CLI::RequiredError(names.front() + " or " + names.back());
  });
}

void positional(CLI::App* sub, const char* name, std::string& value) {
  sub->add_option(name, value)->required()->check(identity);
}

void subscriber_options(CLI::App* sub, SubscriberOptions& s) {
  positional(sub, "IMSI", s.imsi);
  sub->add_option("--k", s.k, "K: 32 hexadecimal digits, @FILE or -");
  auto* op = sub->add_option("--op", s.op, "OP, turned into OPc at once");
  sub->add_option("--opc", s.opc, "OPc")->excludes(op);
  sub->add_option("--amf", s.amf, "AMF: 4 hexadecimal digits (default 8000)");
  sub->add_option("--msisdn", s.msisdn, "MSISDN: digits");
  sub->add_option("--apn", s.apns, "APN, as often as there are APNs (default internet)")
      ->allow_extra_args(false);
}

void add_subscriber_commands(CLI::App& app, Parsed& p) {
  CLI::App* sub = noun(app, "subscriber", "SIMs: IMSI, keys, subscription");
  CLI::App* add =
      verb(*sub, p, "add", "add one", [&p](Session& s) { return subscriber_add(s, p.subscriber); });
  subscriber_options(add, p.subscriber);
  add->get_option("--k")->required();
  add->add_option("--alg", p.subscriber.alg, "milenage (default), gsm-milenage, tuak, xor")
      ->check(CLI::IsMember({"milenage", "gsm-milenage", "tuak", "xor"}));
  add->add_option("--sqn", p.subscriber.sqn, "the last SQN used, decimal (default 0)");
  add->parse_complete_callback([add, &p] {  // xor has neither
    if (add->count("--op") + add->count("--opc") == 0 && p.subscriber.alg.value_or("") != "xor")
      throw CLI::RequiredError("--op or --opc");
  });
  subscriber_options(
      verb(*sub, p, "set", "change one", [&p](Session& s) { return subscriber_set(s, p.subscriber); }),
      p.subscriber);
  positional(verb(*sub, p, "show", "show one", [&p](Session& s) { return subscriber_show(s, p.imsi); }),
             "IMSI", p.imsi);
  verb(*sub, p, "list", "list all", [&p](Session& s) {
    return subscriber_list(s, p.state);
  })->add_option("--state", p.state, "OFF, OBSERVING, ARMED, LOCKED, VIOLATED, SUSPENDED");
  positional(verb(*sub, p, "remove", "remove one; its MME is told",
                  [&p](Session& s) { return subscriber_remove(s, p.imsi); }),
             "IMSI", p.imsi);
  CLI::App* cancel = verb(*sub, p, "cancel", "make its MME forget it (CLR)",
                          [&p](Session& s) { return subscriber_cancel(s, p.imsi, p.reattach); });
  positional(cancel, "IMSI", p.imsi);
  cancel->add_flag("--reattach", p.reattach, "the UE is to attach again at once");
  CLI::App* sqn = verb(*sub, p, "sqn", "set the last SQN used",
                       [&p](Session& s) { return subscriber_sqn(s, p.imsi, p.sqn); });
  positional(sqn, "IMSI", p.imsi);
  sqn->add_option("N", p.sqn)->required();
}

void add_device_commands(CLI::App& app, Parsed& p) {
  CLI::App* kmes = noun(app, "kme", "device keys");
  CLI::App* add = verb(*kmes, p, "add", "add one", [&p](Session& s) { return kme_add(s, p.kme); });
  positional(add, "ID", p.kme.id);
  auto* key = add->add_option("--key", p.kme.key, "K_ME: hexadecimal digits, @FILE or -");
  add->add_flag("--generate", p.kme.generate, "a key from the system's random numbers")->excludes(key);
  add->add_option("--algorithm", p.kme.algorithm, "aes128 (default), aes256, aes128-imsi")
      ->check(CLI::IsMember({"aes128", "aes256", "aes128-imsi"}));
  add->add_option("--use", p.kme.use, "cached (default) or token: AES inside the token, the key stays there")
      ->check(CLI::IsMember({"cached", "token"}));
  require_one(add, {"--key", "--generate"});
  verb(*kmes, p, "list", "list all", kme_list);
  positional(verb(*kmes, p, "show", "show one", [&p](Session& s) { return kme_show(s, p.id); }), "ID", p.id);

  CLI::App* devices = noun(app, "device", "devices: IMEI and device key");
  CLI::App* device =
      verb(*devices, p, "add", "add one", [&p](Session& s) { return device_add(s, p.imei, p.id, p.epoch); });
  positional(device, "IMEI", p.imei);
  device->add_option("--kme", p.id, "the device's KME")->required();
  device->add_option("--epoch", p.epoch, "the epoch that it came with (default the ACTIVE one)");
  verb(*devices, p, "list", "list all", device_list);
  positional(verb(*devices, p, "show", "show one", [&p](Session& s) { return device_show(s, p.imei); }),
             "IMEI", p.imei);
  CLI::App* state = verb(*devices, p, "state", "what S13 tells an MME of it",
                         [&p](Session& s) { return device_state(s, p.imei, p.state); });
  positional(state, "IMEI", p.imei);
  state->add_option("STATE", p.state)->required()->check(CLI::IsMember({"allowed", "barred", "grey"}));
  positional(verb(*devices, p, "remove", "remove one that is not bound",
                  [&p](Session& s) { return device_remove(s, p.imei); }),
             "IMEI", p.imei);
  add_epoch_commands(*kmes, *devices, p.run);
}

void add_binding_commands(CLI::App& app, Parsed& p) {
  CLI::App* sub = verb(app, p, "bind", "associate an IMSI with devices",
                       [&p](Session& s) { return bind_devices(s, p.bind); });
  positional(sub, "IMSI", p.bind.imsi);
  sub->add_option("IMEI", p.bind.imeis)->check(identity);
  sub->add_option("--mode", p.bind.mode, "off, observe, enforce (default)")->check(modes);
  sub->add_option("--until", p.bind.until,
                  "the end of these associations: YYYY-MM-DD (its end, UTC), YYYY-MM-DDThh:mm:ssZ, never");
  sub->add_option("--pool", p.bind.pool, "the devices of this pool, as it is and will be")->check(identity);
  require_one(sub, {"IMEI", "--pool"});
  sub = verb(app, p, "unbind", "end associations: those named, or all",
             [&p](Session& s) { return unbind_devices(s, p.imsi, p.imeis); });
  positional(sub, "IMSI", p.imsi);
  sub->add_option("IMEI", p.imeis)->check(identity);
  sub = verb(app, p, "mode", "set an IMSI's binding mode",
             [&p](Session& s) { return set_mode(s, p.imsi, p.mode); });
  positional(sub, "IMSI", p.imsi);
  sub->add_option("MODE", p.mode, "off, observe, learn, enforce")->required()->check(all_modes);
  sub = verb(app, p, "use", "the device in use: the operator's swap",
             [&p](Session& s) { return use(s, p.imsi, p.imei); });
  positional(sub, "IMSI", p.imsi);
  positional(sub, "IMEI", p.imei);
  sub = verb(app, p, "bindings", "list associations", [&p](Session& s) { return bindings(s, p.imsi); });
  sub->add_option("IMSI", p.imsi)->check(identity);
  sub = verb(app, p, "history", "the IMEIs that the network reported",
             [&p](Session& s) { return history(s, p.imsi); });
  positional(sub, "IMSI", p.imsi);
}

// import FILE --format NAME; without a format, one of its subcommands.
void foreign_options(CLI::App* files, Parsed& p) {
  files->require_subcommand(0, 1);
  auto* format = files->add_option("--format", p.format, "open5gs, osmohlr, pyhss: another HSS's subscribers")
                     ->check(CLI::IsMember({"open5gs", "osmohlr", "pyhss"}));
  auto* file = files->add_option("FILE", p.file, "with --format");
  files->add_flag("--replace", p.replace, "replace what exists");
  file->needs(format);
  format->needs(file);
  files->callback([files, format, &p] {
    if (!files->get_subcommands().empty()) return;
    if (format->count() == 0) throw CLI::RequiredError("A subcommand");
    p.run = [&p](Session& s) { return import_foreign(s, p.format, p.file, p.replace); };
  });
}

void add_store_commands(CLI::App& app, Parsed& p) {
  verb(app, p, "init", "create a store and its key-encryption keys", [&p](Session& s) {
    return init(s, p.pkcs11);
  })->add_flag("--pkcs11", p.pkcs11, "K_MEs' KEK is made in the token that the configuration names");
  verb(app, p, "status", "what the store holds, and whether an HSS runs", simbiont::cli::status);
  CLI::App* events = verb(app, p, "events", "what happened: time, kind, IMSI, detail",
                          [&p](Session& s) { return simbiont::cli::events(s, p.events); });
  events->add_flag("--follow", p.events.follow, "go on with what comes");
  events->add_option("--since", p.events.since, "from then on: 2026-01-31T12:00:00Z, or 90m, 36h, 7d ago");
  events->add_option("--imsi", p.events.imsi, "of this IMSI")->check(identity);
  events->add_option("--kind", p.events.kind, "of this kind: imei-mismatch, ...")->check(identity);
  CLI::App* files = command(app, "import", "import a CSV file, or another HSS's subscribers");
  foreign_options(files, p);
  files->footer(
      "The file is checked first; with a bad row nothing is written. An import that is interrupted or fails "
      "while\n"
      "it writes is taken back: exit 1, nothing changed. When that cannot be known, because the HSS went "
      "away,\n"
      "exit 3 and a message: the same command with --replace finishes it.");
  for (const char* kind : {"subscribers", "devices", "kmes", "bindings"}) {
    CLI::App* sub =
        verb(*files, p, kind, "", [&p, kind](Session& s) { return import_file(s, kind, p.file, p.replace); });
    sub->add_option("FILE", p.file)->required();
    sub->add_flag("--replace", p.replace, "replace what exists");
  }
  verb(app, p, "backup", "copy store and key into a new directory",
       [&p](Session& s) { return backup(s, p.directory); })
      ->add_option("DIR", p.directory)
      ->required();
  verb(app, p, "restore", "put a backup in the store's place",
       [&p](Session& s) { return restore(s, p.directory); })
      ->add_option("DIR", p.directory)
      ->required();
  verb(app, p, "reset", "tell every node that holds registrations to renew them (RSR)", reset);
}

void add_global_flags(CLI::App& app, Parsed& p) {
  app.require_subcommand(1);
  app.fallthrough();  // before the noun or after the verb
  app.add_option("--db", p.globals.db, "store (default ./simbiont.db)");
  app.add_option("--config", p.globals.config, "the HSS's configuration file, for where the store is");
  app.add_flag("--json", p.globals.json, "JSON instead of text");
  app.set_version_flag("--version", "simbiont " SIMBIONT_VERSION);
}

// Keys pass through this process: it leaves no core.
void forbid_core() {
  const rlimit none{0, 0};
  (void)setrlimit(RLIMIT_CORE, &none);
}

int parse_and_run(int argc, char** argv) {
  Parsed parsed;
  CLI::App app("Simbiont: binds a SIM to its devices. The operator's tool", "simbiont");
  add_global_flags(app, parsed);
  add_store_commands(app, parsed);
  add_subscriber_commands(app, parsed);
  add_device_commands(app, parsed);
  add_binding_commands(app, parsed);
  add_life_commands(app, parsed.run);
  add_job_commands(app, parsed.run);
  add_sync_commands(app, parsed.run);
  add_supplier_commands(app, [&parsed](Run run) { parsed.run = std::move(run); });
  add_custody_commands(app, parsed.kek, parsed.run);
  add_audit_commands(app, parsed.run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& wrong) {
    if (wrong.get_exit_code() == 0) {
      (void)app.exit(wrong);  // --help, --version
      return done;
    }
    const auto unexpected = app.remaining(true);
    std::cerr << "simbiont: " << simbiont::usage_problem(wrong.get_name(), wrong.what(), unexpected)
              << "\nRun with --help for more information.\n";
    return usage;
  }
  Session session(parsed.globals);
  const Status status = parsed.run(session);
  if (status.ok()) return done;
  std::cout.flush();
  std::cerr << "simbiont: " << status.error().message << '\n';
  if (session.waits()) return waits;
  return session.incomplete() ? incomplete : refused;
}

}  // namespace

int main(int argc, char** argv) {
  forbid_core();
  (void)std::signal(SIGPIPE, SIG_IGN);
  try {
    return parse_and_run(argc, argv);
  } catch (const std::exception& unexpected) {
    std::cerr << "simbiont: " << unexpected.what() << '\n';
    return refused;
  }
}

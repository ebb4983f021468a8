// simbiont-me: the decryptor, and the commands to the one that runs.
#include <CLI/CLI.hpp>
#include <csignal>
#include <exception>
#include <functional>
#include <iostream>

#include "base/secret_input.h"
#include "base/usage.h"
#include "me/daemon/client.h"
#include "me/daemon/serve.h"

namespace {

using namespace simbiont::me;
using simbiont::Errc;
using simbiont::Result;
using simbiont::Status;

constexpr int done = 0, refused = 1, usage = 2;

struct Parsed {
  ServeOptions serve;
  bool json = false;
  std::string kme, epoch, scope, algorithm = "aes128", challenge;
  std::string key, confirm_key, update;  // @FILE or -
  std::function<Status()> run;
};

Status show(const Parsed& parsed, const Request& request) {
  return ask_and_show(parsed.serve.control_socket(), request, parsed.json, std::cout);
}

// Reads a value from where the command line says; none when it says nothing.
Status put(Request& request, const char* name, const std::string& from, bool octets = false) {
  if (from.empty()) return {};
  Result<std::string> value = simbiont::read_hex(from, octets);
  if (!value)
    return simbiont::error(value.error().code, std::string("--") + name + ": " + value.error().message);
  request.set(name, *std::move(value));
  return {};
}

Request of_epoch(const char* command, const Parsed& parsed) {
  Request request(command);
  request.set("kme", parsed.kme);
  request.set("epoch", parsed.epoch);
  return request;
}

Status add_slot(const Parsed& parsed) {
  if (!parsed.update.empty()) {
    Request request("update");
    const Status read = put(request, "update", parsed.update, true);
    return read ? show(parsed, request) : read;
  }
  if (parsed.key.empty() || parsed.kme.empty() || parsed.epoch.empty() || parsed.scope.empty())
    return simbiont::error(Errc::invalid_argument, "add-slot wants --update, or KME EPOCH SCOPE and --key");
  Request request = of_epoch("add-slot", parsed);
  request.set("scope", parsed.scope);
  request.set("algorithm", parsed.algorithm);
  Status read = put(request, "key", parsed.key);
  if (read) read = put(request, "confirm-key", parsed.confirm_key);
  return read ? show(parsed, request) : read;
}

Status transport_key(const Parsed& parsed) {
  Request request("transport-key");
  const Status read = put(request, "key", parsed.key);
  return read ? show(parsed, request) : read;
}

Status confirm(const Parsed& parsed) {
  Request request = of_epoch("confirm", parsed);
  request.set("challenge", parsed.challenge);
  return show(parsed, request);
}

CLI::App* command(CLI::App& app, Parsed& parsed, const char* name, const char* help,
                  std::function<Status()> run) {
  CLI::App* sub = app.add_subcommand(name, help)->fallthrough();
  sub->callback([&parsed, run = std::move(run)] { parsed.run = run; });
  return sub;
}

CLI::App* epoch_command(CLI::App& app, Parsed& parsed, const char* name, const char* help,
                        std::function<Status()> run) {
  CLI::App* sub = command(app, parsed, name, help, std::move(run));
  sub->add_option("KME", parsed.kme, "id of the KME")->required();
  sub->add_option("EPOCH", parsed.epoch, "its epoch")->required();
  return sub;
}

void commands(CLI::App& app, Parsed& p) {
  const auto simple = [&](const char* name, const char* help) {
    command(app, p, name, help, [&p, name] { return show(p, Request(name)); });
  };
  simple("status", "card, virtual reader, key store, what passed");
  simple("slots", "the key slots; no keys");
  CLI::App* add = command(app, p, "add-slot", "takes a K_ME, or a slot update", [&p] { return add_slot(p); });
  add->add_option("KME", p.kme, "id of the KME");
  add->add_option("EPOCH", p.epoch, "its epoch, above all seen before");
  add->add_option("SCOPE", p.scope, "IMSIs parted by commas; with * at its end one is a prefix");
  add->add_option("--algorithm", p.algorithm, "aes128 (default), aes256, aes128-imsi");
  add->add_option("--key", p.key, "K_ME in hexadecimal digits: @FILE or -");
  add->add_option("--confirm-key", p.confirm_key, "K_conf, when --key is a K_enc: @FILE or -");
  add->add_option("--update", p.update, "a slot update, wrapped: @FILE or -");
  epoch_command(app, p, "drop-slot", "the epoch is retired",
                [&p] { return show(p, of_epoch("drop-slot", p)); });
  epoch_command(app, p, "make-current", "the epoch is used from now on where there is no MAC (GSM)",
                [&p] { return show(p, of_epoch("make-current", p)); });
  simple("rejected", "the network rejected the last GSM answer: the next challenge tries the next slot");
  epoch_command(app, p, "confirm", "the proof of an epoch, for the HSS", [&p] { return confirm(p); })
      ->add_option("CHALLENGE", p.challenge, "the HSS's, 32 hexadecimal digits")
      ->required();
  command(app, p, "transport-key", "slot updates come under this key from now on",
          [&p] { return transport_key(p); })
      ->add_option("--key", p.key, "K_T: @FILE or -")
      ->required();
}

void options(CLI::App& app, Parsed& parsed) {
  ServeOptions& s = parsed.serve;
  app.set_config("--config", "", "file of these options, name=value");
  app.add_option("--reader", s.reader, "the real reader: its name, or a part that no other's has");
  app.add_option("--vpcd", s.vpcd, "the virtual reader, ADDRESS:PORT (default 127.0.0.1:35964)");
  app.add_option("--imei", s.imei, "the device's IMEI");
  app.add_option("--store", s.store, "slots and keys (default ./simbiont-me.state)");
  app.add_option("--keystore", s.keystore, "file (default), tpm, pkcs11")
      ->check(CLI::IsMember({"file", "tpm", "pkcs11"}));
  app.add_option("--tcti", s.tcti, "of the TPM, as tpm2-tss names it");
  app.add_option("--pcrs", s.pcrs, "of the TPM, for keys that have to be sealed (default 7)")->delimiter(',');
  app.add_option("--module", s.module, "PKCS#11 module");
  app.add_option("--token", s.token, "PKCS#11 token's label");
  app.add_option("--pin", s.pin, "its PIN: @FILE or -");
  app.add_option("--slots", s.slots, "room for so many (default 8)")->check(CLI::Range(1, 200));
  app.add_flag("--try-plain", s.try_plain, "last, try the RAND as received: for foreign, unbound SIMs");
  app.add_option("--socket", s.socket, "control socket (default STORE.sock)");
  app.add_flag("--json", parsed.json, "answers as JSON");
  app.set_version_flag("--version", "simbiont-me " SIMBIONT_VERSION);
}

int finish(const Status& status) {
  if (status) return done;
  std::cerr << "simbiont-me: " << status.error().message << '\n';
  return status.error().code == Errc::invalid_argument ? usage : refused;
}

int parse_and_run(int argc, char** argv, const sigset_t& signals) {
  Parsed parsed;
  CLI::App app("Simbiont's decryptor: holds the real card, and offers it in a virtual reader", "simbiont-me");
  options(app, parsed);
  commands(app, parsed);
  app.require_subcommand(0, 1);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& wrong) {
    if (wrong.get_exit_code() == 0) {
      (void)app.exit(wrong);  // --help, --version
      return done;
    }
    std::cerr << "simbiont-me: "
              << simbiont::usage_problem(wrong.get_name(), wrong.what(), app.remaining(true))
              << "\nRun with --help for more information.\n";
    return usage;
  }
  return finish(parsed.run ? parsed.run() : serve(parsed.serve, signals));
}

}  // namespace

int main(int argc, char** argv) {
  harden();
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  try {
    return parse_and_run(argc, argv, signals);
  } catch (const std::exception& unexpected) {
    std::cerr << "simbiont-me: " << unexpected.what() << '\n';
    return refused;
  }
}

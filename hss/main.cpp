// simbiont-hss: reads configuration and flags, takes the store's lock, serves until SIGTERM.
#include <poll.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <exception>
#include <iostream>
#include <optional>

#include "admin/channel.h"
#include "admin/server.h"
#include "base/usage.h"
#include "hss/descriptors.h"
#include "hss/instance.h"
#include "hss/live_store.h"
#include "hss/log.h"
#include "hss/privileges.h"
#include "store/file_lock.h"

namespace {

using simbiont::Error;
using simbiont::Status;
using namespace simbiont::hss;

constexpr int refused = 1, usage = 2;

struct Flags {
  std::string config;
  std::optional<std::string> db, key, listen, origin_host, origin_realm;
  bool check = false;
};

int fail(const Error& error) {
  std::cerr << "simbiont-hss: " << error.message << '\n';
  return refused;
}

// Before any thread: all of them leave the signals to await_signal().
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  (void)pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  (void)signal(SIGPIPE, SIG_IGN);
  return signals;
}

// What is wrong with the command line alone, whatever the configuration says.
Status check_flags(const Flags& flags) {
  if (flags.listen && !is_listen(*flags.listen))
    return simbiont::error(simbiont::Errc::invalid_argument, "--listen: this is not ADDRESS:PORT");
  for (const auto* name : {&flags.origin_host, &flags.origin_realm}) {
    if (*name && ((*name)->empty() || (*name)->size() > 255))
      return simbiont::error(simbiont::Errc::invalid_argument,
                             "--origin-host and --origin-realm have 1 to 255 characters");
  }
  return {};
}

simbiont::Result<Config> configuration(const Flags& flags) {
  Config config;
  if (!flags.config.empty()) {
    auto loaded = load_config(flags.config);
    if (!loaded) return loaded;
    config = *std::move(loaded);
  }
  if (flags.db) config.db = *flags.db;
  if (flags.key) config.key = *flags.key;
  if (flags.listen) config.listen = *flags.listen;
  if (flags.origin_host) config.origin_host = *flags.origin_host;
  if (flags.origin_realm) config.origin_realm = *flags.origin_realm;
  if (Status right = check_config(config); !right) return right.error();
  return config;
}

int check(const Config& config) {
  const auto counts = check_store(config.paths());
  if (!counts) return fail(counts.error());
  std::cout << "configuration and store are in order: " << counts->subscribers << " subscribers, "
            << counts->bound_imsis << " bound\n";
  return 0;
}

// A command of the operator's tool that just runs holds the lock for a moment.
simbiont::Result<simbiont::store::FileLock> acquire_lock(const std::string& path) {
  auto lock = simbiont::store::FileLock::acquire(path);
  for (int i = 0; i < 20 && !lock && lock.error().code == simbiont::Errc::unavailable; ++i) {
    (void)poll(nullptr, 0, 100);
    lock = simbiont::store::FileLock::acquire(path);
  }
  return lock;
}

std::uint64_t granted_connections(std::uint64_t wanted) {
  const std::uint64_t granted = make_room_for_connections(wanted);
  if (granted < wanted)
    log(LogLevel::warn, "connections-capped",
        {{"max_connections", std::to_string(wanted)},
         {"granted", std::to_string(granted)},
         {"action", "raise the hard limit of open files (LimitNOFILE, ulimit -Hn)"}});
  return granted;
}

// Root's rights are for binding and opening.
Status judge_rights(const Config& config) {
  if (!is_root() || !config.user.empty()) return check_owner(config.user, config.db);
  if (!config.allow_root && !listens_on_loopback_only(config))
    return simbiont::error(simbiont::Errc::refused,
                           "this would serve the network as root: name [process] user, or set allow_root");
  log(LogLevel::warn, "runs-as-root", {{"action", "name [process] user in the configuration"}});
  return {};
}

int serve(Config config, const sigset_t& signals) {
  const Paths paths = config.paths();
  if (Status there = check_files(paths); !there) return fail(there.error());
  if (Status right = judge_rights(config); !right) return fail(right.error());
  const bool locked = lock_memory(config.user);
  const auto lock = acquire_lock(paths.lock);
  if (!lock) return fail(lock.error());
  auto store = open_store(paths);
  if (!store) return fail(store.error());
  (void)unlink(paths.socket.c_str());  // left by a process that was killed: the lock says that nobody uses it

  config.max_connections = granted_connections(config.max_connections);
  // Before anybody can connect: whoever reaches the HSS finds the warning in its log.
  if (config.peers.empty())
    log(LogLevel::warn, "open-to-any-peer",
        {{"listen", config.listen}, {"action", "name [[peers]] in the configuration"}});
  if (!store->token) log(LogLevel::error, "token-away", {{"reason", store->token.error().message}});
  Instance instance(config, *std::move(store));
  if (Status started = instance.start(); !started) return fail(started.error());
  simbiont::admin::Server admin(instance.live(), paths.socket, simbiont::admin::options_of(config));
  if (Status started = admin.start(); !started) return fail(started.error());
  for (const std::string& entry : admin.roles().unknown())
    log(LogLevel::warn, "role-unknown", {{"entry", entry}, {"effect", "it gives nobody a role"}});
  if (Status dropped = drop_privileges(config.user, paths.socket); !dropped) return fail(dropped.error());
  for (const auto& each : instance.locals())
    log(LogLevel::info, "listening",
        {{"transport", std::string(simbiont::net::name(each.transport))}, {"address", each.endpoint.str()}});
  log(LogLevel::info, "started",
      {{"listen", instance.local().str()},
       {"host", config.origin_host},
       {"db", paths.db},
       {"socket", paths.socket},
       {"memory", locked ? "locked" : "keys-locked"}});

  int signal_number = 0;
  (void)sigwait(&signals, &signal_number);
  log(LogLevel::info, "stopping", {{"signal", std::to_string(signal_number)}});
  admin.stop();
  instance.stop();
  log(LogLevel::info, "stopped", {});
  return 0;
}

int parse_and_run(int argc, char** argv, const sigset_t& signals) {
  Flags flags;
  CLI::App app("Simbiont HSS: binds a SIM to its devices over S6a", "simbiont-hss");
  app.add_option("--config", flags.config, "TOML configuration file");
  app.add_option("--db", flags.db, "store (default ./simbiont.db)");
  app.add_option("--key", flags.key, "key file, as a service manager hands it over (default DB.key)");
  app.add_option(
      "--listen", flags.listen,
      "HOST:PORT, or with tcp://, tls:// or sctp:// before it; several with commas (default 127.0.0.1:3868)");
  app.add_option("--origin-host", flags.origin_host, "Origin-Host of this HSS");
  app.add_option("--origin-realm", flags.origin_realm, "Origin-Realm of this HSS");
  app.add_flag("--check", flags.check, "judge configuration and store, then exit");
  app.set_version_flag("--version", "simbiont-hss " SIMBIONT_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& wrong) {
    if (wrong.get_exit_code() == 0) {
      (void)app.exit(wrong);  // --help, --version
      return 0;
    }
    const auto unexpected = app.remaining(true);
    std::cerr << "simbiont-hss: " << simbiont::usage_problem(wrong.get_name(), wrong.what(), unexpected)
              << "\nRun with --help for more information.\n";
    return usage;
  }
  if (Status right = check_flags(flags); !right) {
    (void)fail(right.error());
    return usage;
  }
  const auto config = configuration(flags);
  if (!config) return fail(config.error());
  set_log_level(*log_level(config->log_level));
  return flags.check ? check(*config) : serve(*config, signals);
}

}  // namespace

int main(int argc, char** argv) {
  harden();
  const sigset_t signals = block_signals();
  try {
    return parse_and_run(argc, argv, signals);
  } catch (const std::exception& unexpected) {
    std::cerr << "simbiont-hss: " << unexpected.what() << '\n';
    return refused;
  }
}

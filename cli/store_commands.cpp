// init, backup, restore, reset, events
#include <poll.h>

#include <filesystem>
#include <iostream>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/time_argument.h"

namespace simbiont::cli {
namespace {

constexpr int follow_interval_ms = 300;

// A running HSS has a working directory of its own.
std::string absolute(const std::string& path) {
  std::error_code failed;
  const auto full = std::filesystem::absolute(path, failed).lexically_normal();
  return failed ? path : full.string();
}

void print_event(const Json& event, bool json) {
  if (json) {
    std::cout << admin::dump(event) << '\n';
    return;
  }
  const auto at = [&](const char* name) {
    return event.contains(name) ? cell(event[name]) : std::string("-");
  };
  std::cout << at("time") << "  " << at("kind") << "  " << at("imsi") << "  " << at("detail") << '\n'
            << "    cause: " << at("cause") << "; effect: " << at("effect") << "; action: " << at("action")
            << '\n';
}

}  // namespace

Status init(Session& session, bool in_token) {
  auto files = session.files();
  if (!files) return files.error();
  if (in_token) files->custody.kek = hss::KekPlace::token;
  if (auto created = admin::create_store(*files); !created) return created;
  if (session.json()) print_object(std::cout, Json{{"db", files->db}, {"key", files->key}}, true);
  if (!session.json()) std::cout << "created " << files->db << " and its key " << files->key << '\n';
  return {};
}

Status backup(Session& session, const std::string& directory) {
  const auto made = session.call("POST", "/v1/backup", Json{{"directory", absolute(directory)}});
  if (!made) return made.error();
  if (session.json()) print_object(std::cout, *made, true);
  if (!session.json()) std::cout << "store and key are copied to " << directory << '\n';
  return {};
}

Status restore(Session& session, const std::string& directory) {
  const auto done = session.call("POST", "/v1/restore", Json{{"directory", absolute(directory)}});
  if (!done) return done.error();
  if (session.json()) print_object(std::cout, *done, true);
  if (!session.json()) std::cout << "the store is as it was in " << directory << '\n';
  tell_clrs(*done, "may hold vectors that this store would not give: a CLR goes to it");
  return {};
}

Status reset(Session& session) {
  const auto done = session.call("POST", "/v1/reset", Json::object());
  if (!done) return done.error();
  if (session.json()) print_object(std::cout, *done, true);
  if (!session.json()) std::cout << "every node that holds registrations is told to renew them\n";
  tell_updates(*done);
  return {};
}

Status events(Session& session, const EventOptions& wanted) {
  const auto since = since_ms(wanted.since);
  if (!since) return since.error();
  const Query filter{{"since", std::to_string(*since)}, {"imsi", wanted.imsi}, {"kind", wanted.kind}};
  if (wanted.follow) {
    const auto remote = session.remote();
    if (!remote) return remote.error();
    if (!*remote) return error(Errc::unavailable, "no HSS runs on this store: there is nothing to follow");
    watch_interrupt();
  }
  std::string last;
  do {
    const Status done = session.pages(
        "/v1/events",
        [&](const Json& items) {
          for (const Json& event : items) {
            print_event(event, session.json());
            last = cell(event["id"]);
          }
          std::cout.flush();
          return std::cout.good() && !interrupted();
        },
        last, filter);
    if (!done) return interrupted() ? Status() : done;
    if (wanted.follow) (void)poll(nullptr, 0, follow_interval_ms);
  } while (wanted.follow && std::cout.good() && !interrupted());
  return {};
}

}  // namespace simbiont::cli

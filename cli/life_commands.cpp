#include "cli/life_commands.h"

#include <iostream>
#include <memory>
#include <optional>
#include <vector>

#include "cli/output.h"

namespace simbiont::cli {
namespace {

// What the parser fills; the commands share it.
struct Parsed {
  std::string imsi, policy, old_imei, new_imei, overlap, name;
  std::vector<std::string> tacs, imeis;
  std::optional<std::string> pool;
};
using Args = std::shared_ptr<Parsed>;
using Run = std::function<Status(Session&)>;
using Command = Status (*)(Session&, const Parsed&);

const CLI::Validator identity(
    [](std::string& text) {
      const bool good = !text.empty() && text.find_first_not_of(
                                             "0123456789abcdefghijklmnopqrstuvwxyz"
                                             "ABCDEFGHIJKLMNOPQRSTUVWXYZ._:-") == std::string::npos;
      return good ? std::string() : std::string("not an identity");
    },
    "");

Result<Json> post(Session& session, const Parsed& p, const char* what, Json body = Json::object()) {
  return session.call("POST", "/v1/bindings/" + p.imsi + "/" + what, std::move(body));
}

Status policy(Session& session, const Parsed& p) {
  return report_binding(
      session, p.imsi, session.call("PUT", "/v1/bindings/" + p.imsi + "/policy", Json{{"policy", p.policy}}));
}

Status learn(Session& session, const Parsed& p) {
  Json body{{"tac", p.tacs}};
  if (p.pool) body["pool"] = *p.pool;
  return report_binding(session, p.imsi, post(session, p, "learn", std::move(body)));
}

Status relearn(Session& session, const Parsed& p) {
  return report_binding(session, p.imsi, post(session, p, "relearn"));
}
Status rebind(Session& session, const Parsed& p) {
  Json body{{"old", p.old_imei}, {"new", p.new_imei}};
  if (!p.overlap.empty()) body["overlap"] = p.overlap;
  return report_binding(session, p.imsi, post(session, p, "rebind", std::move(body)));
}
Status suspend(Session& session, const Parsed& p) {
  return report_binding(session, p.imsi, post(session, p, "suspend"));
}
Status resume(Session& session, const Parsed& p) {
  return report_binding(session, p.imsi, post(session, p, "resume"));
}
Status acknowledge(Session& session, const Parsed& p) {
  return report_binding(session, p.imsi, post(session, p, "acknowledge"));
}

std::string path_of(const Parsed& p) { return "/v1/pools/" + p.name; }

Status report_pool(Session& session, const Result<Json>& changed) {
  if (!changed) return changed.error();
  print_object(std::cout, *changed, session.json());
  tell_clrs(*changed, "may hold vectors that open in a device that goes: a CLR goes to it");
  for (const Json& imsi : (*changed)["no_vectors"])
    std::cerr << "IMSI " << cell(imsi) << " has no device any more: it gets no vectors\n";
  return {};
}

Status pool_add(Session& session, const Parsed& p) {
  return report_pool(session, session.call("POST", path_of(p) + "/add", Json{{"imei", p.imeis}}));
}

Status pool_remove(Session& session, const Parsed& p) {
  if (!p.imeis.empty())
    return report_pool(session, session.call("POST", path_of(p) + "/remove", Json{{"imei", p.imeis}}));
  const auto removed = session.call("DELETE", path_of(p));
  if (!removed) return removed.error();
  if (session.json()) print_object(std::cout, *removed, true);
  if (!session.json()) std::cout << "removed pool " << p.name << '\n';
  return {};
}

Status pool_show(Session& session, const Parsed& p) {
  const auto shown = session.call("GET", path_of(p));
  if (!shown) return shown.error();
  print_object(std::cout, *shown, session.json());
  return {};
}

Status pool_list(Session& session, const Parsed&) {
  Listing listing(std::cout, {{"name", 12}, {"devices"}}, session.json());
  Status done = session.pages("/v1/pools", [&](const Json& items) {
    listing.add(items);
    return std::cout.good();
  });
  if (done.ok()) listing.end();
  return done;
}

CLI::App* command_of(CLI::App& app, const char* name, const char* help, Run& run, const Args& args,
                     Command command) {
  CLI::App* sub = app.add_subcommand(name, help);
  sub->callback([&run, args, command] { run = [args, command](Session& s) { return command(s, *args); }; });
  return sub;
}

CLI::App* verb(CLI::App& app, const char* name, const char* help, Run& run, const Args& args,
               Command command) {
  CLI::App* sub = command_of(app, name, help, run, args, command);
  sub->add_option("IMSI", args->imsi)->required()->check(identity);
  return sub;
}

void add_pool_commands(CLI::App& app, Run& run, const Args& args) {
  CLI::App* pools = app.add_subcommand("pool", "named sets of devices that IMSIs are bound to or learn from");
  pools->require_subcommand(1);
  const auto named = [&](const char* name, const char* help, Command command) {
    CLI::App* sub = command_of(*pools, name, help, run, args, command);
    sub->add_option("NAME", args->name)->required()->check(identity);
    return sub;
  };
  named("add", "make one, or add devices; its IMSIs follow", pool_add)
      ->add_option("IMEI", args->imeis)
      ->required()
      ->check(identity);
  named("remove", "take devices away, or without IMEIs the pool", pool_remove)
      ->add_option("IMEI", args->imeis)
      ->check(identity);
  named("show", "show one", pool_show);
  command_of(*pools, "list", "list all", run, args, pool_list);
}

}  // namespace

void add_life_commands(CLI::App& app, Run& run) {
  const auto args = std::make_shared<Parsed>();
  add_pool_commands(app, run, args);
  verb(app, "policy", "what the HSS does when the SIM moved to another of its devices", run, args, policy)
      ->add_option("POLICY", args->policy, "stay (an operator swaps), rotate (the HSS turns by itself)")
      ->required()
      ->check(CLI::IsMember({"stay", "rotate"}));
  CLI::App* sub = verb(app, "learn", "lock the IMSI to the device that proves its key", run, args, learn);
  sub->add_option("--tac", args->tacs, "only devices of this TAC, or from one to another: A-B")
      ->allow_extra_args(false);
  sub->add_option("--pool", args->pool, "only devices of this pool")->check(identity);
  verb(app, "relearn", "RESET: learn again, within the same limits", run, args, relearn);
  sub = verb(app, "rebind", "put a device in the place of another", run, args, rebind);
  sub->add_option("OLD", args->old_imei)->required()->check(identity);
  sub->add_option("NEW", args->new_imei)->required()->check(identity);
  sub->add_option("--overlap", args->overlap, "how long both may use it: 7d, 12h, 30m (default: not at all)");
  verb(app, "suspend", "no vector until resume; its nodes are told", run, args, suspend);
  verb(app, "resume", "what it was before suspend", run, args, resume);
  verb(app, "acknowledge", "a VIOLATED IMSI is LOCKED again", run, args, acknowledge);
}

}  // namespace simbiont::cli

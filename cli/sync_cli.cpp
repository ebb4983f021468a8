#include "cli/sync_cli.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "cli/output.h"

namespace simbiont::cli {
namespace {

struct Parsed {
  std::string id = "last", source;
  bool dry_run = false, allow_removals = false, list = false;
};

Status sync_status(Session& session) {
  Listing listing(
      std::cout,
      {{"source", 10}, {"state", 8}, {"tried", 20}, {"next", 20}, {"failures"}, {"report"}, {"failure"}},
      session.json());
  Status read = session.pages("/v1/sync", [&](const Json& items) {
    listing.add(items);
    return true;
  });
  if (read.ok()) listing.end();
  return read;
}

Status sync_list(Session& session) {
  Listing listing(std::cout,
                  {{"id", 4},
                   {"source", 10},
                   {"result", 7},
                   {"started", 20},
                   {"rows"},
                   {"added"},
                   {"removed"},
                   {"refused"},
                   {"reason"}},
                  session.json());
  Status read = session.pages("/v1/sync/reports", [&](const Json& items) {
    listing.add(items);
    return true;
  });
  if (read.ok()) listing.end();
  return read;
}

// The report and its lines: JSON has them in one object.
Status show(Session& session, Json report) {
  const std::string path = "/v1/sync/reports/" + cell(report["id"]) + "/items";
  if (session.json()) {
    Json all = Json::array();
    Status read = session.pages(path, [&](const Json& items) {
      for (const Json& item : items) all.push_back(item);
      return true;
    });
    if (!read) return read;
    report["items"] = std::move(all);
    print_object(std::cout, report, true);
    return {};
  }
  print_object(std::cout, report, false);
  Listing listing(std::cout, {{"action", 8}, {"imsi", 15}, {"imei", 15}, {"reason"}}, false);
  return session.pages(path, [&](const Json& items) {
    listing.add(items);
    return true;
  });
}

Status sync_report(Session& session, const Parsed& parsed) {
  if (parsed.list) return sync_list(session);
  auto report = session.call("GET", "/v1/sync/reports/" + parsed.id);
  return report ? show(session, *std::move(report)) : Status(report.error());
}

// Exit 0: the run was made, whatever rows it refused.
Status sync_run(Session& session, const Parsed& parsed) {
  auto report = session.call(
      "POST", "/v1/sync/run",
      Json{
          {"source", parsed.source}, {"dry_run", parsed.dry_run}, {"allow_removals", parsed.allow_removals}});
  if (!report) return report.error();
  const std::string result = cell((*report)["result"]), reason = cell((*report)["reason"]);
  if (auto shown = show(session, *std::move(report)); !shown) return shown;
  if (result == "done") return {};
  if (result == "failed") session.set_incomplete();
  return error(Errc::refused, "the run was " + result + ": " + reason);
}

}  // namespace

void add_sync_commands(CLI::App& app, Run& run) {
  const auto p = std::make_shared<Parsed>();
  CLI::App* sync = app.add_subcommand("sync", "associations from the operator's own list of IMSI-IMEI pairs");
  sync->require_subcommand(1);
  const auto verb = [&](const char* name, const char* help, const Run& command) {
    CLI::App* sub = sync->add_subcommand(name, help);
    sub->callback([&run, command] { run = command; });
    return sub;
  };
  verb("status", "the sources of the configuration, and how they fare", sync_status);
  CLI::App* sub =
      verb("report", "what a run added, removed and refused", [p](Session& s) { return sync_report(s, *p); });
  sub->add_option("ID", p->id, "default the last one")->check(CLI::Number);
  sub->add_flag("--list", p->list, "the reports that there are");
  sub = verb("run", "run one now", [p](Session& s) { return sync_run(s, *p); });
  sub->add_option("--source", p->source, "folder, postgresql; needed when there are both")
      ->check(CLI::IsMember({"folder", "postgresql"}));
  sub->add_flag("--dry-run", p->dry_run, "report what would be done, change nothing");
  sub->add_flag("--allow-removals", p->allow_removals, "more than sync.max_removals_percent, for this once");
}

}  // namespace simbiont::cli

#include <algorithm>
#include <iostream>

#include "cli/commands.h"
#include "cli/life_commands.h"
#include "cli/output.h"

namespace simbiont::cli {
namespace {

std::string path_of(const std::string& imsi, const char* what) { return "/v1/bindings/" + imsi + "/" + what; }

// Vectors that were made before the change, where it made no CLR of them.
void tell_holders(const Json& answer) {
  for (const Json& host : answer["held_by"]) {
    if (const Json& told = answer["clr_to"]; std::find(told.begin(), told.end(), host) == told.end())
      std::cerr << cell(host) << " may hold vectors made before\n";
  }
}

}  // namespace

Status report_binding(Session& session, const std::string& imsi, const Result<Json>& changed) {
  if (!changed) return changed.error();
  Json answer = *changed;
  const Json& rows = answer["items"];
  if (session.json()) {
    print_object(std::cout, answer, true);
  } else {
    Listing listing(std::cout, {{"imsi", 15}, {"imei", 15}, {"mode", 7}, {"state", 6}, {"kme"}}, false);
    listing.add(rows);
  }
  const bool suspended = !rows.empty() && rows[0]["state"] == "SUSPENDED";
  tell_clrs(answer, suspended ? "serves it or may hold vectors of it: a CLR goes to it" : left_plain);
  tell_holders(answer);
  if (answer["no_vectors"] == true) {
    std::cerr << "IMSI " << imsi
              << " is in mode enforce and has no device: it gets no vectors until bind or mode off\n";
  }
  return {};
}

Status bind_devices(Session& session, const BindOptions& options) {
  Json body{{"imei", options.imeis}, {"mode", options.mode}};
  if (options.until) body["until"] = *options.until;
  if (options.pool) body["pool"] = *options.pool;
  return report_binding(session, options.imsi,
                        session.call("POST", path_of(options.imsi, "bind"), std::move(body)));
}

Status unbind_devices(Session& session, const std::string& imsi, const std::vector<std::string>& imeis) {
  return report_binding(session, imsi, session.call("POST", path_of(imsi, "unbind"), Json{{"imei", imeis}}));
}

Status set_mode(Session& session, const std::string& imsi, const std::string& mode) {
  return report_binding(session, imsi, session.call("PUT", path_of(imsi, "mode"), Json{{"mode", mode}}));
}

Status use(Session& session, const std::string& imsi, const std::string& imei) {
  return report_binding(session, imsi, session.call("PUT", path_of(imsi, "use"), Json{{"imei", imei}}));
}

}  // namespace simbiont::cli

#include <iostream>

#include "cli/commands.h"
#include "cli/key_input.h"
#include "cli/output.h"

namespace simbiont::cli {
namespace {

Status list(Session& session, const std::string& path, std::vector<Column> columns) {
  Listing listing(std::cout, std::move(columns), session.json());
  Status done = session.pages(path, [&](const Json& items) {
    listing.add(items);
    return std::cout.good();
  });
  if (done.ok()) listing.end();
  return done;
}

Status show(Session& session, const std::string& path) {
  const auto shown = session.call("GET", path);
  if (!shown) return shown.error();
  print_object(std::cout, *shown, session.json());
  return {};
}

}  // namespace

Status kme_add(Session& session, const KmeOptions& options) {
  Json body{{"id", options.id}, {"algorithm", options.algorithm}};
  if (options.generate) body["generate"] = true;
  if (!options.use.empty()) body["use"] = options.use;
  if (options.key) {
    const auto key = read_key(*options.key, std::cin);
    if (!key) return key.error();
    body["key"] = *key;
  }
  const auto added = session.call("POST", "/v1/kmes", std::move(body));
  if (!added) return added.error();
  if (session.json()) print_object(std::cout, *added, true);
  if (!session.json())
    std::cout << "added KME " << cell((*added)["id"]) << ", key check value " << cell((*added)["kcv"])
              << '\n';
  return {};
}

Status kme_show(Session& session, const std::string& id) {
  auto shown = session.call("GET", "/v1/kmes/" + id);
  if (!shown) return shown.error();
  if (session.json()) {
    print_object(std::cout, *shown, true);
    return {};
  }
  const Json epochs = (*shown)["epochs"];
  for (const char* name : {"epoch", "kcv", "epochs"}) shown->erase(name);
  print_object(std::cout, *shown, false);
  Listing listing(std::cout, {{"epoch"}, {"state", 8}, {"kcv"}}, false);
  listing.add(epochs);
  return {};
}

Status kme_list(Session& session) {
  return list(session, "/v1/kmes", {{"id", 16}, {"algorithm", 11}, {"epoch", 5}, {"kcv"}});
}

Status device_add(Session& session, const std::string& imei, const std::string& kme,
                  const std::string& epoch) {
  Json body{{"imei", imei}, {"kme", kme}};
  if (!epoch.empty()) body["epoch"] = epoch;
  const auto added = session.call("POST", "/v1/devices", std::move(body));
  if (!added) return added.error();
  if (session.json()) print_object(std::cout, *added, true);
  if (!session.json()) std::cout << "added device " << cell((*added)["imei"]) << '\n';
  return {};
}

Status device_show(Session& session, const std::string& imei) {
  auto shown = session.call("GET", "/v1/devices/" + imei);
  if (!shown) return shown.error();
  if (session.json()) {
    print_object(std::cout, *shown, true);
    return {};
  }
  const Json epochs = (*shown)["epochs"];
  shown->erase("epochs");
  print_object(std::cout, *shown, false);
  Listing listing(std::cout,
                  {{"epoch"}, {"confirmed"}, {"proved"}, {"challenge_expires"}, {"refused_proofs"}}, false);
  listing.add(epochs);
  return {};
}

Status device_list(Session& session) {
  return list(session, "/v1/devices", {{"imei", 15}, {"state", 7}, {"kme"}});
}

Status device_state(Session& session, const std::string& imei, const std::string& state) {
  const auto set = session.call("PUT", "/v1/devices/" + imei + "/state", Json{{"state", state}});
  if (!set) return set.error();
  if (session.json()) print_object(std::cout, *set, true);
  if (!session.json()) std::cout << "device " << cell((*set)["imei"]) << " is " << state << '\n';
  return {};
}

Status device_remove(Session& session, const std::string& imei) {
  const auto removed = session.call("DELETE", "/v1/devices/" + imei);
  if (!removed) return removed.error();
  if (session.json()) print_object(std::cout, *removed, true);
  if (!session.json()) std::cout << "removed device " << cell((*removed)["imei"]) << '\n';
  return {};
}

Status bindings(Session& session, const std::string& imsi) {
  return list(session, imsi.empty() ? "/v1/bindings" : "/v1/bindings/" + imsi,
              {{"imsi", 15},
               {"imei", 15},
               {"mode", 7},
               {"state", 6},
               {"kme", 8},
               {"epoch"},
               {"pending"},
               {"selected"},
               {"reported"},
               {"until"}});
}

Status history(Session& session, const std::string& imsi) {
  return list(session, "/v1/subscribers/" + imsi + "/history",
              {{"imei", 15},
               {"software_version"},
               {"authorised"},
               {"mme"},
               {"plmn"},
               {"first"},
               {"last"},
               {"count"}});
}

Status status(Session& session) { return show(session, "/v1/status"); }

}  // namespace simbiont::cli

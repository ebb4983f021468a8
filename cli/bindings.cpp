#include <iostream>

#include "cli/commands.h"
#include "cli/output.h"

namespace simbiont::cli {
namespace {

// The associations as they are now, and on stderr what the operator must know.
Status report(Session& session, const std::string& imsi, const Result<Json>& changed) {
  if (!changed) return changed.error();
  Json answer = *changed;
  if (session.json()) {
    print_object(std::cout, answer, true);
  } else {
    Listing listing(std::cout, {{"imsi", 15}, {"imei", 15}, {"mode", 7}, {"kme"}}, false);
    listing.add(answer["items"]);
  }
  tell_clrs(answer, left_plain);
  if (answer["no_vectors"] == true) {
    std::cerr << "IMSI " << imsi
              << " is in mode enforce and has no device: it gets no vectors until bind or mode off\n";
  }
  return {};
}

std::string path_of(const std::string& imsi, const char* what) { return "/v1/bindings/" + imsi + "/" + what; }

}  // namespace

Status bind_devices(Session& session, const std::string& imsi, const std::vector<std::string>& imeis,
                    const std::string& mode) {
  return report(session, imsi,
                session.call("POST", path_of(imsi, "bind"), Json{{"imei", imeis}, {"mode", mode}}));
}

Status unbind_devices(Session& session, const std::string& imsi, const std::vector<std::string>& imeis) {
  return report(session, imsi, session.call("POST", path_of(imsi, "unbind"), Json{{"imei", imeis}}));
}

Status set_mode(Session& session, const std::string& imsi, const std::string& mode) {
  return report(session, imsi, session.call("PUT", path_of(imsi, "mode"), Json{{"mode", mode}}));
}

Status use(Session& session, const std::string& imsi, const std::string& imei) {
  return report(session, imsi, session.call("PUT", path_of(imsi, "use"), Json{{"imei", imei}}));
}

}  // namespace simbiont::cli

#include <iostream>

#include "cli/commands.h"
#include "cli/key_input.h"
#include "cli/output.h"

namespace simbiont::cli {
namespace {

std::string path_of(const std::string& imsi) { return "/v1/subscribers/" + imsi; }

Result<Json> body_of(const SubscriberOptions& options) {
  Json body = Json::object();
  const auto put_key = [&](const char* name, const std::optional<std::string>& given) -> Status {
    if (!given) return {};
    const auto key = read_key(*given, std::cin);
    if (!key) return key.error();
    body[name] = *key;
    return {};
  };
  if (auto put = put_key("k", options.k); !put) return put.error();
  if (auto put = put_key("op", options.op); !put) return put.error();
  if (auto put = put_key("opc", options.opc); !put) return put.error();
  if (options.amf) body["amf"] = *options.amf;
  if (options.alg) body["alg"] = *options.alg;
  if (options.sqn) body["sqn"] = *options.sqn;
  if (options.msisdn) body["msisdn"] = *options.msisdn;
  if (!options.apns.empty()) body["apn"] = options.apns;
  return body;
}

}  // namespace

Status subscriber_add(Session& session, const SubscriberOptions& options) {
  auto body = body_of(options);
  if (!body) return body.error();
  (*body)["imsi"] = options.imsi;
  const auto added = session.call("POST", "/v1/subscribers", *std::move(body));
  if (!added) return added.error();
  if (session.json()) print_object(std::cout, *added, true);
  if (!session.json()) std::cout << "added subscriber " << cell((*added)["imsi"]) << '\n';
  return {};
}

Status subscriber_set(Session& session, const SubscriberOptions& options) {
  auto body = body_of(options);
  if (!body) return body.error();
  const auto changed = session.call("PATCH", path_of(options.imsi), *std::move(body));
  if (!changed) return changed.error();
  if (session.json()) print_object(std::cout, *changed, true);
  if (!session.json()) std::cout << "changed subscriber " << cell((*changed)["imsi"]) << '\n';
  tell_updates(*changed);
  return {};
}

Status subscriber_show(Session& session, const std::string& imsi) {
  const auto shown = session.call("GET", path_of(imsi));
  if (!shown) return shown.error();
  print_object(std::cout, *shown, session.json());
  return {};
}

Status subscriber_list(Session& session, const std::string& state) {
  Listing listing(std::cout,
                  {{"imsi", 15},
                   {"mode", 7},
                   {"state", 6},
                   {"amf", 4},
                   {"alg", 8},
                   {"sqn", 15},
                   {"msisdn", 15},
                   {"apn", 8},
                   {"mme", 15},
                   {"sgsn"}},
                  session.json());
  Query query;
  if (!state.empty()) query["state"] = state;
  Status done = session.pages(
      "/v1/subscribers",
      [&](const Json& items) {
        listing.add(items);
        return std::cout.good();
      },
      "", query);
  if (done.ok()) listing.end();
  return done;
}

Status subscriber_remove(Session& session, const std::string& imsi) {
  const auto removed = session.call("DELETE", path_of(imsi));
  if (!removed) return removed.error();
  if (session.json()) print_object(std::cout, *removed, true);
  if (!session.json()) std::cout << "removed subscriber " << imsi << '\n';
  tell_clrs(*removed, "served it or may hold vectors of it: a CLR goes to it");
  return {};
}

Status subscriber_cancel(Session& session, const std::string& imsi, bool reattach) {
  const auto cancelled = session.call("POST", path_of(imsi) + "/cancel", Json{{"reattach", reattach}});
  if (!cancelled) return cancelled.error();
  if (session.json()) print_object(std::cout, *cancelled, true);
  if (!session.json()) std::cout << "cancelled the registration of subscriber " << imsi << '\n';
  tell_clrs(*cancelled, "serves it or may hold vectors of it: a CLR goes to it");
  return {};
}

Status subscriber_sqn(Session& session, const std::string& imsi, const std::string& sqn) {
  const auto set = session.call("PUT", path_of(imsi) + "/sqn", Json{{"sqn", sqn}});
  if (!set) return set.error();
  if (session.json()) print_object(std::cout, *set, true);
  if (!session.json()) std::cout << "subscriber " << imsi << " has sqn " << cell((*set)["sqn"]) << '\n';
  return {};
}

}  // namespace simbiont::cli

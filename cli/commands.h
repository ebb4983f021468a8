// What each command does with the API and prints.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/session.h"

namespace simbiont::cli {

// in_token: over what [custody] kek says.
Status init(Session& session, bool in_token);

struct SubscriberOptions {
  std::string imsi;
  std::optional<std::string> k, op, opc;  // as written: digits, @file or -
  std::optional<std::string> amf, alg, sqn, msisdn;
  std::vector<std::string> apns;
};
Status subscriber_add(Session& session, const SubscriberOptions& options);
Status subscriber_set(Session& session, const SubscriberOptions& options);
Status subscriber_show(Session& session, const std::string& imsi);
Status subscriber_list(Session& session, const std::string& state);  // empty: all
Status subscriber_remove(Session& session, const std::string& imsi);
Status subscriber_cancel(Session& session, const std::string& imsi, bool reattach);
Status subscriber_sqn(Session& session, const std::string& imsi, const std::string& sqn);

struct KmeOptions {
  std::string id;
  std::optional<std::string> key;
  bool generate = false;
  std::string algorithm, use;
};
Status kme_add(Session& session, const KmeOptions& options);
Status kme_show(Session& session, const std::string& id);
Status kme_list(Session& session);

// epoch: the one it came with; empty for the ACTIVE one.
Status device_add(Session& session, const std::string& imei, const std::string& kme,
                  const std::string& epoch);
Status device_show(Session& session, const std::string& imei);
Status device_list(Session& session);
Status device_state(Session& session, const std::string& imei, const std::string& state);
Status device_remove(Session& session, const std::string& imei);

struct BindOptions {
  std::string imsi, mode = "enforce";
  std::vector<std::string> imeis;
  std::optional<std::string> until, pool;
};
Status bind_devices(Session& session, const BindOptions& options);
Status unbind_devices(Session& session, const std::string& imsi, const std::vector<std::string>& imeis);
Status set_mode(Session& session, const std::string& imsi, const std::string& mode);
Status use(Session& session, const std::string& imsi, const std::string& imei);
Status bindings(Session& session, const std::string& imsi);  // empty: all
Status history(Session& session, const std::string& imsi);
struct EventOptions {
  bool follow = false;
  std::string since, imsi, kind;
};
Status events(Session& session, const EventOptions& wanted);
Status status(Session& session);

Status import_file(Session& session, const std::string& kind, const std::string& path, bool replace);
// Of another HSS: format is open5gs, osmohlr or pyhss. Says what could not be carried over.
Status import_foreign(Session& session, const std::string& format, const std::string& path, bool replace);

Status backup(Session& session, const std::string& directory);
Status restore(Session& session, const std::string& directory);
Status reset(Session& session);

}  // namespace simbiont::cli

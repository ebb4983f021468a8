// A Live that says in the audit log who made each change: in the transaction of the change itself.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "admin/caller.h"
#include "admin/json.h"
#include "hss/live.h"

namespace simbiont::admin {

// Of a request's body without what may be a key: by the field's name, or because it looks like one.
std::string without_keys(const Json& body);
// Whether a body has a field that is by its name a key, PIN or proof.
bool names_key(const Json& body);

class AuditedLive final : public hss::Live {
 public:
  struct Deed {
    Caller caller;
    std::string action;       // "PUT /v1/bindings/001010000000001/mode"
    std::string arguments;    // JSON, without keys
    std::string second = {};  // the other custodian
  };
  // events_only: a transaction gets an entry only if it raises an operator's event; for what is done in many
  // small ones, as an import.
  AuditedLive(hss::Live& live, Deed deed, bool events_only = false)
      : live_(live), deed_(std::move(deed)), events_only_(events_only) {}

  // Goes into the next transaction, whatever else that changes.
  void also(store::Change change) { also_.push_back(std::move(change)); }
  // Whether the log has an entry of this deed.
  bool recorded() const { return recorded_; }

  store::Store& store() override { return live_.store(); }
  UnixMs now() const override { return live_.now(); }
  Status transact(const Decide& decide) override;
  // What also() holds is written, if no transaction came.
  Status flush();
  Result<std::vector<std::string>> restore(const std::string& backup_db, const std::string& backup_key,
                                           std::int64_t vector_life_ms,
                                           std::optional<store::AuditEntry> audit = std::nullopt) override;
  Status backup(const std::string& directory) override;
  hss::Custody& custody() override { return live_.custody(); }
  Status rotate(const hss::RotationTarget& target) override { return live_.rotate(target); }
  std::vector<std::string> reachable_hosts() override { return live_.reachable_hosts(); }
  bool running() const override { return live_.running(); }

  store::AuditEntry entry(std::string outcome) const;
  const Caller& caller() const { return deed_.caller; }

 private:
  bool worth_an_entry(const store::Changes& changes) const;

  hss::Live& live_;
  const Deed deed_;
  const bool events_only_;
  bool recorded_ = false;
  std::vector<store::Change> also_;
};

}  // namespace simbiont::admin

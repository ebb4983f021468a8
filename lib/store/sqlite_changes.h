// The writes of the SQLite store, on its one writing connection.
#pragma once

#include <span>
#include <vector>

#include "crypto/sealer.h"
#include "store/changes.h"
#include "store/sqlite_connection.h"

namespace simbiont::store {

class SqliteChanges {
 public:
  SqliteChanges(Connection& connection, crypto::Sealer& sealer) : connection_(connection), sealer_(sealer) {}

  // Store::commit.
  std::vector<Status> commit(std::span<const Changes> groups);

  // One change within the transaction; what it did before it failed is its caller's to undo.
  Status operator()(const PutSubscriber& c);
  Status operator()(const RemoveSubscriber& c);
  Status operator()(const RaiseSeq& c);
  Status operator()(const SetSeq& c);
  Status operator()(const PutKme& c);
  Status operator()(const RemoveKme& c);
  Status operator()(const PutDevice& c);
  Status operator()(const SetDeviceState& c);
  Status operator()(const RemoveDevice& c);
  Status operator()(const PutBinding& c);
  Status operator()(const PutPool& c);
  Status operator()(const RemovePool& c);
  Status operator()(const SetReported& c);
  Status operator()(const SetEvidence& c);
  Status operator()(const PutRegistration& c);
  Status operator()(const RemoveRegistration& c);
  Status operator()(const PutVectorNode& c);
  Status operator()(const OweClr& c);
  Status operator()(const SettleClr& c);
  Status operator()(const PutSupplier& c);
  Status operator()(const RemoveSupplier& c);
  Status operator()(const OweUpdate& c);
  Status operator()(const SettleUpdate& c);
  Status operator()(const PutHistory& c);
  Status operator()(const AddEvent& c);
  Status operator()(const PutJob& c);
  Status operator()(const AddJobRows& c);
  Status operator()(const SetJobRow& c);
  Status operator()(const PruneJob& c);
  Status operator()(const PutSyncReport& c);
  Status operator()(const AddSyncItem& c);
  Status operator()(const PutSyncNamed& c);
  Status operator()(const RemoveSyncNamed& c);
  // sqlite_epochs.cpp
  Status operator()(const PutEpoch& c);
  Status operator()(const SetCutting& c);
  Status operator()(const SetChallenge& c);
  Status operator()(const ConfirmEpoch& c);
  Status operator()(const RefuseProof& c);
  Status operator()(const AddReceipt& c);
  Status operator()(const AppendAudit& c);
  Status operator()(const PutApproval& c);
  Status operator()(const DecideApproval& c);
  Status operator()(const PutSetting& c);

 private:
  Status run(Sql id) { return Query(connection_, id).run(); }
  Status apply(const Changes& group);
  Status apply_all(const Changes& group);
  bool ends_transaction(const Status& status) const;
  Result<std::string> contexts_of(const PutSubscriber& c);
  Status put_hint(Sql id, const Imsi& imsi, const binding::Hint& hint);
  Status set_seq(Sql id, const Imsi& imsi, std::uint64_t value);
  Status put_epoch(Sql id, const std::string& kme, const binding::Epoch& epoch);
  Status know_first_epoch(const Imei& imei, std::string_view new_kme);
  Status put_associations(const Imsi& imsi, const std::vector<binding::Association>& associations);
  std::string missing_pool(const binding::Binding& binding);
  Status put_former(const Imsi& imsi, const std::vector<binding::KeyPair>& former);

  Connection& connection_;
  crypto::Sealer& sealer_;
};

}  // namespace simbiont::store

// The reads of the SQLite store, on one connection inside a read transaction of its caller.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "crypto/sealer.h"
#include "store/sqlite_connection.h"
#include "store/store.h"

namespace simbiont::store {

// Where a sealed value stands: the context that it opens in, and nowhere else.
std::string subscriber_context(const Imsi& imsi, std::string_view field);
std::string epoch_context(std::string_view kme, binding::EpochNumber number);

class SqliteReads {
 public:
  SqliteReads(Connection& connection, crypto::Sealer& sealer) : connection_(connection), sealer_(sealer) {}

  Result<std::optional<SubscriberState>> subscriber(const Imsi& imsi);
  Result<std::vector<SubscriberState>> subscribers(std::optional<Imsi> after, std::size_t limit);
  Result<bool> has_subscriber(const Imsi& imsi);
  Result<std::vector<std::pair<Imsi, binding::Binding>>> bindings(std::optional<Imsi> after,
                                                                  std::size_t limit);
  Result<std::optional<binding::Kme>> kme(std::string_view id);
  Result<std::vector<binding::Kme>> kmes(std::string_view after, std::size_t limit);
  Result<std::optional<Device>> device(const Imei& imei);
  Result<std::vector<Device>> devices(std::optional<Imei> after, std::size_t limit);
  Result<bool> device_is_bound(const Imei& imei);
  Result<std::vector<VectorNode>> vector_nodes(const Imsi& imsi);
  Result<std::vector<OwedClr>> owed_clrs(std::int64_t after_id, std::size_t limit);
  Result<std::vector<HistoryEntry>> history(const Imsi& imsi);
  Result<std::vector<Event>> events(std::int64_t after_id, std::size_t limit);
  Result<std::int64_t> last_event_id();
  Result<Counts> counts();

 private:
  Result<SubscriberState> take_state(Query& row);
  Result<Subscriber> take_subscriber(Query& row);
  Result<binding::Binding> take_binding(Query& row, const Imsi& imsi);
  Result<binding::Kme> take_kme(Query& row);
  Result<binding::Epoch> take_epoch(Query& row, const binding::Kme& kme);
  Result<Secret> open(ByteView sealed, const std::string& context, std::optional<std::size_t> size = {});

  Connection& connection_;
  crypto::Sealer& sealer_;
};

}  // namespace simbiont::store

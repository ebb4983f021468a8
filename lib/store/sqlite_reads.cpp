#include "store/sqlite_reads.h"

#include <algorithm>
#include <limits>

namespace simbiont::store {
namespace {

Error corrupt(std::string message) { return error(Errc::corrupt, std::move(message)); }

std::int64_t rows(std::size_t limit) {
  return static_cast<std::int64_t>(std::min<std::size_t>(limit, std::numeric_limits<std::int32_t>::max()));
}

std::int64_t start(const std::optional<Imsi>& after) {
  return after ? column_of(*after) : std::numeric_limits<std::int64_t>::min();
}

// Every row of the query as a T; `take` makes a Result<T> of the row it stands on.
template <class T, class Take>
Result<std::vector<T>> all(Query& query, const Take& take) {
  std::vector<T> out;
  for (;;) {
    auto row = query.next();
    if (!row) return row.error();
    if (!*row) return out;
    Result<T> value = take(query);
    if (!value) return value.error();
    out.push_back(std::move(*value));
  }
}

template <class T, class Take>
Result<std::optional<T>> first(Query& query, const Take& take) {
  auto row = query.next();
  if (!row) return row.error();
  if (!*row) return std::optional<T>();
  Result<T> value = take(query);
  if (!value) return value.error();
  return std::optional<T>(std::move(*value));
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = text.find(';');
    parts.emplace_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return parts;
}

std::optional<binding::Hint> take_hint(Query& row) {
  if (row.is_null()) {
    row.skip(2);
    return std::nullopt;
  }
  const Imei imei = Imei::from_key(row.integer_as<std::uint64_t>());
  return binding::Hint{imei, row.integer()};
}

std::optional<Registration> take_registration(Query& row, const Imsi& imsi) {
  if (row.is_null()) return std::nullopt;
  Registration out{imsi, std::string(row.text()), std::string(row.text()), {}, 0, 0, 0};
  const ByteView plmn = row.octets();
  std::copy_n(plmn.begin(), std::min(plmn.size(), out.visited_plmn.octets.size()),
              out.visited_plmn.octets.begin());
  out.rat_type = row.integer_as<std::uint32_t>();
  out.since = row.integer();
  out.purged_at = row.integer();
  return out;
}

Result<Device> take_device(Query& row) {
  const Imei imei = Imei::from_key(row.integer_as<std::uint64_t>());
  std::string kme(row.text());
  const auto confirmed = row.integer_as<binding::EpochNumber>();
  return Device{imei, std::move(kme), confirmed, static_cast<EquipmentState>(row.integer())};
}

Result<VectorNode> take_vector_node(Query& row) {
  return VectorNode{imsi_of(row.integer()), std::string(row.text()), std::string(row.text()), row.integer(),
                    row.integer()};
}

Result<OwedClr> take_owed_clr(Query& row) {
  return OwedClr{row.integer(),
                 imsi_of(row.integer()),
                 std::string(row.text()),
                 std::string(row.text()),
                 row.integer_as<std::uint32_t>(),
                 row.integer_as<std::uint32_t>(),
                 row.integer()};
}

Result<HistoryEntry> take_history(Query& row) {
  HistoryEntry out{imsi_of(row.integer()), std::string(row.text()), {}, std::string(row.text()), {}};
  out.software_version = row.text();
  out.plmn = row.text();
  out.authorised = row.integer() != 0;
  out.first_at = row.integer();
  out.last_at = row.integer();
  out.count = row.integer_as<std::uint64_t>();
  return out;
}

Result<Event> take_event(Query& row) {
  return Event{row.integer(), row.integer(), std::string(row.text()), std::string(row.text()),
               std::string(row.text())};
}

Result<binding::Association> take_association(Query& row) {
  const Imei imei = Imei::from_key(row.integer_as<std::uint64_t>());
  std::string kme(row.text());
  return binding::Association{imei, std::move(kme), row.integer_as<binding::EpochNumber>()};
}

Result<binding::KeyPair> take_former(Query& row) {
  std::string kme(row.text());
  return binding::KeyPair{std::move(kme), row.integer_as<binding::EpochNumber>()};
}

Result<bool> has_row(Query& query) { return query.next(); }

}  // namespace

std::string subscriber_context(const Imsi& imsi, std::string_view field) {
  return "subscriber|" + imsi.str() + "|" + std::string(field);
}

std::string epoch_context(std::string_view kme, binding::EpochNumber number) {
  return "kme|" + std::string(kme) + "|" + std::to_string(number);
}

Result<Secret> SqliteReads::open(ByteView sealed, const std::string& context,
                                 std::optional<std::size_t> size) {
  std::string row = context;  // as people read it
  std::replace(row.begin(), row.end(), '|', ' ');
  auto secret = sealer_.open(sealed, context);
  if (!secret) return error(secret.error().code, row + ": " + secret.error().message);
  if (size && secret->size() != *size) return corrupt(row + ": a key of the wrong size");
  return secret;
}

Result<Subscriber> SqliteReads::take_subscriber(Query& row) {
  Subscriber out{imsi_of(row.integer()), aka::Algorithm::milenage, {}, {}, {}, 0, {}, {}};
  const auto algorithm = aka::algorithm(row.text());
  if (!algorithm) return corrupt("subscriber " + out.imsi.str() + ": unknown algorithm");
  out.algorithm = *algorithm;
  auto k = open(row.octets(), subscriber_context(out.imsi, "k"));
  if (!k) return k.error();
  auto opc = open(row.octets(), subscriber_context(out.imsi, "opc"));
  if (!opc) return opc.error();
  if (!aka::fits_k(*algorithm, k->size()) || opc->size() != aka::opc_size(*algorithm))
    return corrupt("subscriber " + out.imsi.str() + ": a key of the wrong size");
  out.k = std::move(*k);
  out.opc = std::move(*opc);
  simbiont::store_be(row.integer_as<std::uint64_t>(), out.amf);
  out.seq_high = row.integer_as<std::uint64_t>();
  out.msisdn = row.text();
  out.apns = split(row.text());
  return out;
}

Result<binding::Binding> SqliteReads::take_binding(Query& row, const Imsi& imsi) {
  binding::Binding out;
  if (row.is_null()) {
    row.skip(6);
    return out;
  }
  const auto mode = binding::mode(row.text());
  if (!mode) return corrupt("binding of " + imsi.str() + ": unknown mode");
  out.mode = *mode;
  out.reported = take_hint(row);
  out.evidence = take_hint(row);
  out.left_plain_at = row.integer();

  Query associations(connection_, Sql::associations);
  associations.bind(imsi);
  auto found = all<binding::Association>(associations, take_association);
  if (!found) return found.error();
  out.associations = std::move(*found);

  Query former(connection_, Sql::former);
  former.bind(imsi);
  auto pairs = all<binding::KeyPair>(former, take_former);
  if (!pairs) return pairs.error();
  out.former = std::move(*pairs);
  return out;
}

Result<SubscriberState> SqliteReads::take_state(Query& row) {
  auto subscriber = take_subscriber(row);
  if (!subscriber) return subscriber.error();
  const Imsi imsi = subscriber->imsi;
  auto binding = take_binding(row, imsi);
  if (!binding) return binding.error();
  return SubscriberState{std::move(*subscriber), std::move(*binding), take_registration(row, imsi)};
}

Result<std::optional<SubscriberState>> SqliteReads::subscriber(const Imsi& imsi) {
  Query query(connection_, Sql::subscriber);
  query.bind(imsi);
  return first<SubscriberState>(query, [this](Query& row) { return take_state(row); });
}

Result<std::vector<SubscriberState>> SqliteReads::subscribers(std::optional<Imsi> after, std::size_t limit) {
  Query query(connection_, Sql::subscribers);
  query.bind(start(after)).bind(rows(limit));
  return all<SubscriberState>(query, [this](Query& row) { return take_state(row); });
}

Result<bool> SqliteReads::has_subscriber(const Imsi& imsi) {
  Query query(connection_, Sql::has_subscriber);
  return has_row(query.bind(imsi));
}

Result<std::vector<std::pair<Imsi, binding::Binding>>> SqliteReads::bindings(std::optional<Imsi> after,
                                                                             std::size_t limit) {
  using Pair = std::pair<Imsi, binding::Binding>;
  Query query(connection_, Sql::bindings);
  query.bind(start(after)).bind(rows(limit));
  return all<Pair>(query, [this](Query& row) -> Result<Pair> {
    const Imsi imsi = imsi_of(row.integer());
    auto binding = take_binding(row, imsi);
    if (!binding) return binding.error();
    return Pair(imsi, std::move(*binding));
  });
}

Result<binding::Epoch> SqliteReads::take_epoch(Query& row, const binding::Kme& kme) {
  binding::Epoch out;
  out.number = row.integer_as<binding::EpochNumber>();
  const auto state = binding::epoch_state(row.text());
  if (!state) return corrupt("KME " + kme.id + " epoch " + std::to_string(out.number) + ": unknown state");
  out.state = *state;
  if (row.is_null()) return out;
  auto key = open(row.octets(), epoch_context(kme.id, out.number), binding::key_size(kme.algorithm));
  if (!key) return key.error();
  out.key = std::move(*key);
  return out;
}

Result<binding::Kme> SqliteReads::take_kme(Query& row) {
  binding::Kme out;
  out.id = row.text();
  const auto algorithm = binding::transform_algorithm(row.text());
  if (!algorithm) return corrupt("KME " + out.id + ": unknown algorithm");
  out.algorithm = *algorithm;
  Query query(connection_, Sql::epochs);
  query.bind(out.id);
  auto epochs = all<binding::Epoch>(query, [&](Query& epoch) { return take_epoch(epoch, out); });
  if (!epochs) return epochs.error();
  out.epochs = std::move(*epochs);
  return out;
}

Result<std::optional<binding::Kme>> SqliteReads::kme(std::string_view id) {
  Query query(connection_, Sql::kme);
  query.bind(id);
  return first<binding::Kme>(query, [this](Query& row) { return take_kme(row); });
}

Result<std::vector<binding::Kme>> SqliteReads::kmes(std::string_view after, std::size_t limit) {
  Query query(connection_, Sql::kmes);
  query.bind(after).bind(rows(limit));
  return all<binding::Kme>(query, [this](Query& row) { return take_kme(row); });
}

Result<std::optional<Device>> SqliteReads::device(const Imei& imei) {
  Query query(connection_, Sql::device);
  return first<Device>(query.bind(imei), take_device);
}

Result<std::vector<Device>> SqliteReads::devices(std::optional<Imei> after, std::size_t limit) {
  Query query(connection_, Sql::devices);
  query.bind(after ? static_cast<std::int64_t>(after->key()) : -1).bind(rows(limit));
  return all<Device>(query, take_device);
}

Result<bool> SqliteReads::device_is_bound(const Imei& imei) {
  Query query(connection_, Sql::device_is_bound);
  return has_row(query.bind(imei));
}

Result<std::vector<VectorNode>> SqliteReads::vector_nodes(const Imsi& imsi) {
  Query query(connection_, Sql::vector_nodes);
  return all<VectorNode>(query.bind(imsi), take_vector_node);
}

Result<std::vector<OwedClr>> SqliteReads::owed_clrs(std::int64_t after_id, std::size_t limit) {
  Query query(connection_, Sql::owed_clrs);
  return all<OwedClr>(query.bind(after_id).bind(rows(limit)), take_owed_clr);
}

Result<std::vector<HistoryEntry>> SqliteReads::history(const Imsi& imsi) {
  Query query(connection_, Sql::history);
  return all<HistoryEntry>(query.bind(imsi), take_history);
}

Result<std::vector<Event>> SqliteReads::events(std::int64_t after_id, std::size_t limit) {
  Query query(connection_, Sql::events);
  return all<Event>(query.bind(after_id).bind(rows(limit)), take_event);
}

Result<std::int64_t> SqliteReads::last_event_id() {
  Query query(connection_, Sql::last_event_id);
  auto row = query.next();
  if (!row) return row.error();
  return query.integer();
}

Result<Counts> SqliteReads::counts() {
  Query query(connection_, Sql::counts);
  auto row = query.next();
  if (!row) return row.error();
  const auto count = [&] { return query.integer_as<std::uint64_t>(); };
  return Counts{count(), count(), count(), count(), count()};
}

}  // namespace simbiont::store

#include "store/sqlite_reads.h"

#include <algorithm>
#include <limits>

#include "store/contexts.h"
#include "store/sqlite_rows.h"

namespace simbiont::store {
namespace {

Error corrupt(std::string message) { return error(Errc::corrupt, std::move(message)); }

std::int64_t start(const std::optional<Imsi>& after) {
  return after ? column_of(*after) : std::numeric_limits<std::int64_t>::min();
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

std::optional<Registration> take_registration(Query& row, const Imsi& imsi, ServingNode node) {
  const bool sgsn = node == ServingNode::sgsn;
  if (row.is_null()) {
    row.skip(sgsn ? 10 : 8);
    return std::nullopt;
  }
  Registration out{imsi, std::string(row.text()), std::string(row.text()), {}, 0, 0, 0};
  const ByteView plmn = row.octets();
  std::copy_n(plmn.begin(), std::min(plmn.size(), out.visited_plmn.octets.size()),
              out.visited_plmn.octets.begin());
  out.rat_type = row.integer_as<std::uint32_t>();
  out.since = row.integer();
  out.purged_at = row.integer();
  out.features_1 = row.integer_as<std::uint32_t>();
  out.features_2 = row.integer_as<std::uint32_t>();
  if (!sgsn) return out;
  out.sgsn_number = row.text();
  out.gprs_data = row.integer() != 0;
  return out;
}

Result<VectorNode> take_vector_node(Query& row) {
  return VectorNode{imsi_of(row.integer()), std::string(row.text()), std::string(row.text()),
                    row.integer(),          row.integer(),           row.integer_as<std::uint32_t>()};
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

Result<OwedUpdate> take_owed_update(Query& row) {
  OwedUpdate out;
  out.id = row.integer();
  out.kind = static_cast<UpdateKind>(row.integer());
  out.imsi = imsi_of(row.integer());
  out.host = row.text();
  out.realm = row.text();
  out.node = static_cast<ServingNode>(row.integer());
  out.parts = row.integer_as<std::uint32_t>();
  out.contexts = split_numbers(row.text());
  out.since = row.integer();
  return out;
}

Result<NodeName> take_node_name(Query& row) {
  NodeName out;
  out.host = row.text();
  out.realm = row.text();
  return out;
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
  const auto epoch = row.integer_as<binding::EpochNumber>();
  const bool confirmed = row.integer() != 0;
  const UnixMs until = row.integer();
  const bool warned = row.integer() != 0;
  return binding::Association{imei, std::move(kme), epoch, confirmed, until, warned, row.integer() != 0};
}

Result<binding::KeyPair> take_former(Query& row) {
  std::string kme(row.text());
  return binding::KeyPair{std::move(kme), row.integer_as<binding::EpochNumber>()};
}

constexpr int binding_columns = 21;

std::optional<binding::Trial> take_trial(Query& row) {
  if (row.is_null()) {
    row.skip(5);
    return std::nullopt;
  }
  const Imei imei = Imei::from_key(row.integer_as<std::uint64_t>());
  std::string kme(row.text());
  const auto epoch = row.integer_as<binding::EpochNumber>();
  const UnixMs named_at = row.integer();
  return binding::Trial{imei, std::move(kme), epoch, named_at, row.integer()};
}

// What of a binding stands beside its mode and hints.
Status take_life(Query& row, binding::Binding& out) {
  const auto policy = binding::policy(row.text());
  if (!policy) return corrupt("a binding has an unknown policy");
  out.policy = *policy;
  out.turned = take_hint(row);
  out.suspended_at = row.integer();
  out.violated_at = row.integer();
  out.pool = row.text();
  out.learning.pool = row.text();
  for (const std::string& text : split(row.text())) {
    const auto range = binding::tac_range(text);
    if (!range) return corrupt("a binding has an unreadable TAC range");
    out.learning.tacs.push_back(*range);
  }
  out.learning.rest_until = row.integer();
  out.learning.trial = take_trial(row);
  return {};
}

Result<bool> has_row(Query& query) { return query.next(); }

}  // namespace

std::string subscriber_context(const Imsi& imsi, std::string_view field) {
  return "subscriber|" + imsi.str() + "|" + std::string(field);
}

std::string epoch_context(std::string_view kme, binding::EpochNumber number) {
  return "kme|" + std::string(kme) + "|" + std::to_string(number);
}

std::string supplier_context(std::string_view name) { return "supplier|" + std::string(name) + "|transport"; }

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
  out.apns = split_names(row.text());
  out.contexts = contexts_from_column(row.text(), out.apns.size());
  return out;
}

Result<binding::Binding> SqliteReads::take_binding(Query& row, const Imsi& imsi) {
  binding::Binding out;
  if (row.is_null()) {
    row.skip(binding_columns);
    return out;
  }
  const auto mode = binding::mode(row.text());
  if (!mode) return corrupt("binding of " + imsi.str() + ": unknown mode");
  out.mode = *mode;
  out.reported = take_hint(row);
  out.evidence = take_hint(row);
  const auto evidence_epoch = row.integer_as<binding::EpochNumber>();
  if (out.evidence) out.evidence->epoch = evidence_epoch;
  out.left_plain_at = row.integer();
  if (auto status = take_life(row, out); !status) return status.error();

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
  auto mme = take_registration(row, imsi, ServingNode::mme);
  auto sgsn = take_registration(row, imsi, ServingNode::sgsn);
  return SubscriberState{std::move(*subscriber), std::move(*binding), std::move(mme), std::move(sgsn)};
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
  if (row.is_null()) {
    row.skip(1);
  } else {
    auto key = open(row.octets(), epoch_context(kme.id, out.number), binding::key_size(kme.algorithm));
    if (!key) return key.error();
    out.key = std::move(*key);
  }
  take_times(row, out);
  if (row.is_null()) return out;
  const ByteView token = row.octets();
  if (token.size() <= 3) return corrupt("KME " + kme.id + ": a token's key has no id");
  out.token.emplace();
  std::copy_n(token.begin(), 3, out.token->kcv.begin());
  out.token->id.assign(token.begin() + 3, token.end());
  return out;
}

Result<binding::Kme> SqliteReads::take_kme(Query& row) {
  binding::Kme out;
  out.id = row.text();
  const auto algorithm = binding::transform_algorithm(row.text());
  if (!algorithm) return corrupt("KME " + out.id + ": unknown algorithm");
  out.algorithm = *algorithm;
  const auto use = binding::key_use(row.text());
  if (!use) return corrupt("KME " + out.id + ": unknown use");
  out.use = *use;
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

Result<std::vector<OwedUpdate>> SqliteReads::owed_updates(std::int64_t after_id, std::size_t limit) {
  Query query(connection_, Sql::owed_updates);
  return all<OwedUpdate>(query.bind(after_id).bind(rows(limit)), take_owed_update);
}

Result<std::vector<NodeName>> SqliteReads::serving_nodes() {
  Query query(connection_, Sql::serving_nodes);
  return all<NodeName>(query, take_node_name);
}

Result<std::vector<HistoryEntry>> SqliteReads::history(const Imsi& imsi) {
  Query query(connection_, Sql::history);
  return all<HistoryEntry>(query.bind(imsi), take_history);
}

Result<std::vector<Event>> SqliteReads::events(std::int64_t after_id, std::size_t limit,
                                               const EventQuery& wanted) {
  Query query(connection_, Sql::events);
  query.bind(after_id).bind(wanted.since).bind(wanted.imsi).bind(wanted.kind).bind(rows(limit));
  return all<Event>(query, take_event);
}

Result<std::int64_t> SqliteReads::last_event_id() {
  Query query(connection_, Sql::last_event_id);
  auto row = query.next();
  if (!row) return row.error();
  return query.integer();
}

Result<Supplier> SqliteReads::take_supplier(Query& row) {
  const auto take_octets = [&row] {
    const ByteView octets = row.octets();
    return Bytes(octets.begin(), octets.end());
  };
  Supplier out;
  out.name = row.text();
  out.sims = row.integer() != 0;
  out.verifying_key = take_octets();
  if (row.is_null()) {
    row.skip(1);
  } else {
    auto key = open(row.octets(), supplier_context(out.name), 32);
    if (!key) return key.error();
    out.transport_key = std::move(*key);
  }
  out.encryption_key = take_octets();
  out.kme_prefix = row.text();
  out.scope = row.text();
  return out;
}

Result<std::optional<Supplier>> SqliteReads::supplier(std::string_view name) {
  Query query(connection_, Sql::supplier);
  return first<Supplier>(query.bind(name), [this](Query& row) { return take_supplier(row); });
}

Result<std::vector<Supplier>> SqliteReads::suppliers(std::string_view after, std::size_t limit) {
  Query query(connection_, Sql::suppliers);
  return all<Supplier>(query.bind(after).bind(rows(limit)),
                       [this](Query& row) { return take_supplier(row); });
}

}  // namespace simbiont::store

#include "store/sqlite_changes.h"

#include <functional>

#include "store/check.h"
#include "store/contexts.h"
#include "store/sqlite_reads.h"

namespace simbiont::store {
namespace {

std::string join(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts) {
    if (!text.empty()) text.push_back(';');
    text += part;
  }
  return text;
}

// A broken foreign key says what was missing, in the words of every implementation.
Status or_missing(Status status, const Error& missing) {
  if (!status && status.error().code == Errc::not_found) return missing;
  return status;
}

void bind_hint(Query& query, const std::optional<binding::Hint>& hint) {
  if (hint) {
    query.bind(hint->imei).bind(hint->at);
  } else {
    query.bind_null().bind_null();
  }
}

binding::EpochNumber evidence_epoch(const std::optional<binding::Hint>& evidence) {
  return evidence ? evidence->epoch : 0;
}

std::string join(const std::vector<binding::TacRange>& ranges) {
  std::vector<std::string> texts;
  for (const auto& range : ranges) texts.push_back(binding::text(range));
  return join(texts);
}

// What of a binding stands beside its mode and hints; tacs: of its learning.
void bind_life(Query& query, const binding::Binding& binding, const std::string& tacs) {
  query.bind(binding::name(binding.policy));
  bind_hint(query, binding.turned);
  query.bind(binding.suspended_at).bind(binding.violated_at).bind(binding.pool);
  query.bind(binding.learning.pool).bind(tacs).bind(binding.learning.rest_until);
  if (const auto& trial = binding.learning.trial) {
    query.bind(trial->imei).bind(trial->epoch).bind(trial->named_at).bind(trial->answered_at);
  } else {
    query.bind_null().bind_null().bind_null().bind_null();
  }
}

Status put_association(Query& query, const binding::Association& one) {
  return query.bind(one.imei).bind(one.epoch).bind(one.until).bind(one.warned).bind(one.pooled).run();
}

// SQLite applies a statement whole or not at all, which saves the savepoint.
bool is_one_statement(const Changes& group) {
  if (group.size() != 1) return false;
  const Change& only = group.front();
  return std::holds_alternative<PutRegistration>(only) || std::holds_alternative<SetEvidence>(only) ||
         std::holds_alternative<SetReported>(only) || std::holds_alternative<RaiseSeq>(only) ||
         std::holds_alternative<SettleClr>(only) || std::holds_alternative<SettleUpdate>(only);
}

}  // namespace

std::vector<Status> SqliteChanges::commit(std::span<const Changes> groups) {
  if (groups.empty()) return {};
  if (auto begun = run(Sql::begin_write); !begun) return std::vector<Status>(groups.size(), begun);
  std::vector<Status> statuses;
  statuses.reserve(groups.size());
  Status whole;
  for (const Changes& group : groups) {
    statuses.push_back(apply(group));
    if (!ends_transaction(statuses.back())) continue;
    whole = statuses.back();
    break;
  }
  if (whole) whole = run(Sql::commit);
  if (whole) return statuses;
  if (connection_.in_transaction()) (void)run(Sql::rollback);
  return std::vector<Status>(groups.size(), whole);
}

// The disk is full, or SQLite gave the transaction up: no group of it may count.
bool SqliteChanges::ends_transaction(const Status& status) const {
  if (status) return false;
  const Errc code = status.error().code;
  return code == Errc::io || code == Errc::corrupt || !connection_.in_transaction();
}

Status SqliteChanges::apply(const Changes& group) {
  if (is_one_statement(group)) return apply_all(group);
  if (auto opened = run(Sql::open_group); !opened) return opened;
  Status status = apply_all(group);
  if (ends_transaction(status)) return status;
  if (!status) {
    if (auto undone = run(Sql::undo_group); !undone) return error(Errc::io, undone.error().message);
  }
  if (auto closed = run(Sql::close_group); !closed) return error(Errc::io, closed.error().message);
  return status;
}

Status SqliteChanges::apply_all(const Changes& group) {
  for (const Change& change : group) {
    if (auto status = check(change); !status) return status;
    if (auto status = std::visit(*this, change); !status) return status;
  }
  return {};
}

// As a column. A new subscriber's are 1, 2, ...
Result<std::string> SqliteChanges::contexts_of(const PutSubscriber& c) {
  if (!c.replace) return std::string();
  Query query(connection_, Sql::apns_of);
  auto row = query.bind(c.subscriber.imsi).next();
  if (!row) return row.error();
  if (!*row) return std::string();
  NamedContexts before;
  before.apns = split_names(query.text());
  before.contexts = contexts_from_column(query.text(), before.apns.size());
  return contexts_column(contexts_after(before, c.subscriber.apns));
}

Status SqliteChanges::operator()(const PutSubscriber& c) {
  const Subscriber& s = c.subscriber;
  const auto k = sealer_.seal(s.k, subscriber_context(s.imsi, "k"));
  if (!k) return k.error();
  const auto opc = sealer_.seal(s.opc, subscriber_context(s.imsi, "opc"));
  if (!opc) return opc.error();
  const auto contexts = contexts_of(c);
  if (!contexts) return contexts.error();
  const std::string apns = join(s.apns);
  Query query(connection_, c.replace ? Sql::replace_subscriber : Sql::insert_subscriber);
  query.bind(s.imsi).bind(aka::name(s.algorithm)).bind(ByteView(*k)).bind(ByteView(*opc));
  query.bind(load_be(s.amf)).bind(s.seq_high).bind(s.msisdn).bind(apns).bind(*contexts);
  if (auto status = query.run(); !status) return status;
  if (connection_.changed_rows() == 0) return exists_already("subscriber " + s.imsi.str());
  return {};
}

Status SqliteChanges::operator()(const RemoveSubscriber& c) {
  if (auto status = Query(connection_, Sql::retire_seq).bind(c.imsi).run(); !status) return status;
  Query query(connection_, Sql::remove_subscriber);
  if (auto status = query.bind(c.imsi).run(); !status) return status;
  if (connection_.changed_rows() == 0) return no_subscriber(c.imsi);
  return {};
}

Status SqliteChanges::set_seq(Sql id, const Imsi& imsi, std::uint64_t value) {
  Query query(connection_, id);
  if (auto status = query.bind(imsi).bind(value).run(); !status) return status;
  if (connection_.changed_rows() == 0) return no_subscriber(imsi);
  return {};
}

Status SqliteChanges::operator()(const RaiseSeq& c) { return set_seq(Sql::raise_seq, c.imsi, c.value); }
Status SqliteChanges::operator()(const SetSeq& c) { return set_seq(Sql::set_seq, c.imsi, c.value); }

Status SqliteChanges::operator()(const PutKme& c) {
  {
    Query query(connection_, c.replace ? Sql::replace_kme : Sql::insert_kme);
    query.bind(c.kme.id).bind(binding::name(c.kme.algorithm)).bind(binding::name(c.kme.use));
    if (auto status = query.run(); !status) return status;
  }
  if (connection_.changed_rows() == 0) return exists_already("KME " + c.kme.id);
  if (auto status = Query(connection_, Sql::forget_epochs).bind(c.kme.id).run(); !status) return status;
  for (const auto& epoch : c.kme.epochs) {
    if (auto status = put_epoch(Sql::insert_epoch, c.kme.id, epoch); !status) return status;
  }
  return {};
}

Status SqliteChanges::operator()(const RemoveKme& c) {
  Query query(connection_, Sql::remove_kme);
  if (auto status = query.bind(c.id).run(); !status)
    return or_missing(status, error(Errc::refused, "devices have KME " + c.id));
  if (connection_.changed_rows() == 0) return no_kme(c.id);
  return {};
}

Status SqliteChanges::operator()(const PutDevice& c) {
  const Device& device = c.device;
  if (c.replace) {
    if (auto status = know_first_epoch(device.imei, device.kme); !status) return status;
  }
  {
    Query query(connection_, c.replace ? Sql::replace_device : Sql::insert_device);
    query.bind(device.imei).bind(device.kme).bind(device.first_epoch);
    if (auto status = query.run(); !status) return or_missing(status, no_kme(device.kme));
  }
  if (connection_.changed_rows() == 0) return exists_already("device " + device.imei.str());
  return Query(connection_, Sql::recall_first_epoch).bind(device.imei).run();
}

Status SqliteChanges::operator()(const SetDeviceState& c) {
  Query query(connection_, Sql::set_device_state);
  if (auto status = query.bind(c.imei).bind(static_cast<int>(c.state)).run(); !status) return status;
  if (connection_.changed_rows() == 0) return no_device(c.imei);
  return {};
}

Status SqliteChanges::operator()(const RemoveDevice& c) {
  Query bound(connection_, Sql::device_is_bound);
  auto row = bound.bind(c.imei).next();
  if (!row) return row.error();
  if (*row) return error(Errc::refused, "device " + c.imei.str() + " is bound");
  Query in_pool(connection_, Sql::pool_of_device);
  auto pool = in_pool.bind(c.imei).next();
  if (!pool) return pool.error();
  if (*pool) return pooled(c.imei, in_pool.text());
  const Status known = c.forget ? Query(connection_, Sql::forget_device_epochs).bind(c.imei).run()
                                : know_first_epoch(c.imei, "");
  if (!known) return known;
  if (auto status = Query(connection_, Sql::remove_device).bind(c.imei).run(); !status) return status;
  if (connection_.changed_rows() == 0) return no_device(c.imei);
  return {};
}

Status SqliteChanges::put_associations(const Imsi& imsi,
                                       const std::vector<binding::Association>& associations) {
  if (auto status = Query(connection_, Sql::forget_associations).bind(imsi).run(); !status) return status;
  int position = 0;
  for (const auto& one : associations) {
    Query query(connection_, Sql::insert_association);
    const auto status = put_association(query.bind(imsi).bind(position++), one);
    if (!status) return or_missing(status, no_device(one.imei));
  }
  return {};
}

Status SqliteChanges::put_former(const Imsi& imsi, const std::vector<binding::KeyPair>& former) {
  if (auto status = Query(connection_, Sql::forget_former).bind(imsi).run(); !status) return status;
  int position = 0;
  for (const auto& pair : former) {
    Query query(connection_, Sql::insert_former);
    query.bind(imsi).bind(position++).bind(pair.kme).bind(pair.epoch);
    if (auto status = query.run(); !status) return status;
  }
  return {};
}

// Of the two, the first that is not there.
std::string SqliteChanges::missing_pool(const binding::Binding& binding) {
  Query query(connection_, Sql::pool);
  const auto there = query.bind(binding.pool).next();
  return binding.pool.empty() || (there && *there) ? binding.learning.pool : binding.pool;
}

Status SqliteChanges::operator()(const PutBinding& c) {
  const std::string tacs = join(c.binding.learning.tacs);
  Status put;
  {
    Query query(connection_, Sql::put_binding);
    query.bind(c.imsi).bind(binding::name(c.binding.mode));
    bind_hint(query, c.binding.reported);
    bind_hint(query, c.binding.evidence);
    query.bind(evidence_epoch(c.binding.evidence)).bind(c.binding.left_plain_at);
    bind_life(query, c.binding, tacs);
    put = query.run();
  }
  if (!put) {
    Query subscriber(connection_, Sql::has_subscriber);
    const auto there = subscriber.bind(c.imsi).next();
    return or_missing(put, there && *there ? no_pool(missing_pool(c.binding)) : no_subscriber(c.imsi));
  }
  if (auto status = put_associations(c.imsi, c.binding.associations); !status) return status;
  return put_former(c.imsi, c.binding.former);
}

Status SqliteChanges::put_hint(Sql id, const Imsi& imsi, const binding::Hint& hint) {
  Query query(connection_, id);
  return or_missing(query.bind(imsi).bind(hint.imei).bind(hint.at).run(), no_subscriber(imsi));
}

Status SqliteChanges::operator()(const PutPool& c) {
  const std::string& name = c.pool.name;
  for (const Sql id : {Sql::put_pool, Sql::forget_pool_members}) {
    if (auto status = Query(connection_, id).bind(name).run(); !status) return status;
  }
  for (const Imei& imei : c.pool.imeis) {
    Query query(connection_, Sql::insert_pool_member);
    if (auto status = query.bind(name).bind(imei).run(); !status) return or_missing(status, no_device(imei));
  }
  return {};
}

Status SqliteChanges::operator()(const RemovePool& c) {
  Query query(connection_, Sql::remove_pool);
  if (auto status = query.bind(c.name).run(); !status) return or_missing(status, pool_in_use(c.name));
  if (connection_.changed_rows() == 0) return no_pool(c.name);
  return {};
}

Status SqliteChanges::operator()(const SetReported& c) {
  return put_hint(c.unless_newer ? Sql::set_older_reported : Sql::set_reported, c.imsi, c.hint);
}
Status SqliteChanges::operator()(const SetEvidence& c) {
  Query query(connection_, c.unless_newer ? Sql::set_older_evidence : Sql::set_evidence);
  query.bind(c.imsi).bind(c.hint.imei).bind(c.hint.at).bind(c.hint.epoch);
  return or_missing(query.run(), no_subscriber(c.imsi));
}

Status SqliteChanges::operator()(const PutRegistration& c) {
  const Registration& r = c.registration;
  const bool sgsn = c.node == ServingNode::sgsn;
  Query query(connection_, sgsn ? Sql::put_sgsn_registration : Sql::put_registration);
  query.bind(r.imsi).bind(r.host).bind(r.realm).bind(ByteView(r.visited_plmn.octets));
  query.bind(r.rat_type).bind(r.since).bind(r.purged_at).bind(r.features_1).bind(r.features_2);
  if (sgsn) query.bind(r.sgsn_number).bind(r.gprs_data);
  return or_missing(query.run(), no_subscriber(r.imsi));
}

Status SqliteChanges::operator()(const RemoveRegistration& c) {
  const Sql id = c.node == ServingNode::sgsn ? Sql::remove_sgsn_registration : Sql::remove_registration;
  return Query(connection_, id).bind(c.imsi).bind(c.host).run();
}

Status SqliteChanges::operator()(const PutVectorNode& c) {
  for (const Sql id : {Sql::raise_vector_node, Sql::insert_vector_node}) {
    Query query(connection_, id);
    query.bind(c.node.imsi).bind(c.node.host).bind(c.node.realm).bind(c.node.plain_at).bind(c.node.bound_at);
    query.bind(c.node.kinds);
    if (auto status = query.run(); !status) return or_missing(status, no_subscriber(c.node.imsi));
    if (id == Sql::raise_vector_node && connection_.changed_rows() > 0) return {};
  }
  Query trim(connection_, Sql::trim_vector_nodes);
  trim.bind(c.node.imsi).bind(vector_node_limit).bind(c.plain_dead_before);
  if (auto status = trim.run(); !status) return status;
  Query count(connection_, Sql::too_many_nodes);
  auto row = count.bind(c.node.imsi).bind(vector_node_limit).next();
  if (!row) return row.error();
  if (*row) return too_many_nodes(c.node.imsi);
  return {};
}

Status SqliteChanges::operator()(const OweClr& c) {
  const OwedClr& clr = c.clr;
  Query merge(connection_, Sql::merge_owed_clr);
  merge.bind(clr.imsi).bind(clr.host).bind(clr.cancellation_type).bind(clr.clr_flags & 1U);
  if (auto status = merge.run(); !status) return status;
  Query query(connection_, Sql::insert_owed_clr);
  query.bind(clr.imsi).bind(clr.host).bind(clr.realm).bind(clr.cancellation_type).bind(clr.clr_flags);
  return query.bind(clr.since).run();
}

Status SqliteChanges::operator()(const SettleClr& c) {
  return Query(connection_, Sql::settle_clr).bind(c.id).run();
}

Status SqliteChanges::operator()(const PutSupplier& c) {
  const Supplier& s = c.supplier;
  Bytes sealed;
  if (!s.transport_key.empty()) {
    auto result = sealer_.seal(s.transport_key, supplier_context(s.name));
    if (!result) return result.error();
    sealed = std::move(*result);
  }
  Query query(connection_, Sql::insert_supplier);
  query.bind(s.name).bind(s.sims).bind(ByteView(s.verifying_key));
  if (sealed.empty()) {
    query.bind_null();
  } else {
    query.bind(ByteView(sealed));
  }
  query.bind(ByteView(s.encryption_key)).bind(s.kme_prefix).bind(s.scope);
  if (auto status = query.run(); !status) return status;
  if (connection_.changed_rows() == 0) return exists_already("supplier " + s.name);
  return {};
}

Status SqliteChanges::operator()(const RemoveSupplier& c) {
  if (auto status = Query(connection_, Sql::remove_supplier).bind(c.name).run(); !status) return status;
  if (connection_.changed_rows() == 0) return no_supplier(c.name);
  return {};
}

Status SqliteChanges::operator()(const OweUpdate& c) {
  OwedUpdate update = c.update;
  const auto by_debt = [&](Query& query) -> Query& {
    query.bind(static_cast<int>(update.kind)).bind(update.imsi).bind(update.host);
    return query.bind(static_cast<int>(update.node));
  };
  {
    Query old(connection_, Sql::owed_update);
    auto row = by_debt(old).next();
    if (!row) return row.error();
    if (*row) {
      OwedUpdate owed;
      owed.parts = old.integer_as<std::uint32_t>();
      owed.contexts = split_numbers(old.text());
      join_debts(owed, update);
    }
  }
  Query merge(connection_, Sql::merge_owed_update);
  if (auto status = by_debt(merge).run(); !status) return status;
  const std::string contexts = join_numbers(update.contexts);
  Query query(connection_, Sql::insert_owed_update);
  query.bind(static_cast<int>(update.kind)).bind(update.imsi).bind(update.host).bind(update.realm);
  query.bind(static_cast<int>(update.node)).bind(update.parts).bind(contexts);
  return query.bind(update.since).run();
}

Status SqliteChanges::operator()(const SettleUpdate& c) {
  return Query(connection_, Sql::settle_update).bind(c.id).run();
}

Status SqliteChanges::operator()(const PutHistory& c) {
  const HistoryEntry& e = c.entry;
  for (const Sql id : {Sql::count_history, Sql::insert_history}) {
    Query query(connection_, id);
    query.bind(e.imsi).bind(cut(e.imei)).bind(e.host).bind(cut(e.software_version)).bind(e.plmn);
    query.bind(e.authorised).bind(e.first_at).bind(e.last_at).bind(e.count);
    if (auto status = query.run(); !status) return or_missing(status, no_subscriber(e.imsi));
    if (id == Sql::count_history && connection_.changed_rows() > 0) return {};
  }
  return Query(connection_, Sql::trim_history).bind(e.imsi).bind(history_limit).run();
}

Status SqliteChanges::operator()(const AddEvent& c) {
  Query query(connection_, Sql::insert_event);
  query.bind(c.event.at).bind(c.event.kind).bind(c.event.imsi).bind(cut(c.event.detail));
  if (auto status = query.run(); !status) return status;
  const std::int64_t oldest_gone = connection_.last_id() - static_cast<std::int64_t>(event_limit);
  if (oldest_gone <= 0) return {};
  return Query(connection_, Sql::trim_events).bind(oldest_gone).run();
}

}  // namespace simbiont::store

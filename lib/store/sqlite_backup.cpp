#include "store/sqlite_backup.h"

#include <algorithm>
#include <limits>

#include "store/sqlite_changes.h"
#include "store/sqlite_files.h"
#include "store/sqlite_reads.h"
#include "store/sqlite_schema.h"
#include "store/sqlite_seal.h"

namespace simbiont::store {
namespace {

Status copy_pages(Connection& from, Connection& to) {
  sqlite3_backup* backup = sqlite3_backup_init(to.handle(), "main", from.handle(), "main");
  if (backup == nullptr) return to.last_error();
  // All pages in one step: one read transaction, so one moment of the source.
  (void)sqlite3_backup_step(backup, -1);
  if (sqlite3_backup_finish(backup) != SQLITE_OK) return to.last_error();
  return {};
}

// Fills the file `name` with the content of `from`, as a database of one file.
Status copy_into(const std::string& from, const std::string& name) {
  auto source = Connection::open(from, Connection::Access::read);
  if (!source) return source.error();
  auto target = Connection::open(name, Connection::Access::plain_file);
  if (!target) return target.error();
  if (auto status = copy_pages(**source, **target); !status) return status;
  return (*target)->execute("PRAGMA journal_mode = DELETE");
}

// Nothing that SQLite would run on its own may come in with a backup.
Status check_content(Connection& copy) {
  auto active = copy.number(
      "SELECT count(*) FROM sqlite_schema WHERE type IN ('trigger', 'view') AND sql NOT IN ("
      "'CREATE TRIGGER audit_keeps BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, ''the audit log only "
      "grows''); END', 'CREATE TRIGGER audit_grows BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, ''the "
      "audit log only grows''); END')");
  if (!active) return active.error();
  auto dangling = copy.number("SELECT count(*) FROM pragma_foreign_key_check");
  if (!dangling) return dangling.error();
  auto sound = copy.number("SELECT quick_check = 'ok' FROM pragma_quick_check(1)");
  if (!sound) return sound.error();
  if (*active == 0 && *dangling == 0 && *sound == 1) return {};
  return error(Errc::corrupt, copy.path() + ": the backup is damaged");
}

Result<Bytes> reseal(ByteView sealed, const std::string& context, crypto::Sealer& theirs,
                     crypto::Sealer& own) {
  auto secret = theirs.open(sealed, context);
  if (!secret) return error(secret.error().code, "backup, " + context + ": " + secret.error().message);
  return own.seal(*secret, context);
}

Status reseal_subscribers(Connection& copy, crypto::Sealer& theirs, crypto::Sealer& own) {
  std::int64_t after = std::numeric_limits<std::int64_t>::min();
  for (;;) {
    Query query(copy, Sql::sealed_subscribers);
    auto row = query.bind(after).next();
    if (!row) return row.error();
    if (!*row) return {};
    after = query.integer();
    const Imsi imsi = imsi_of(after);
    auto k = reseal(query.octets(), subscriber_context(imsi, "k"), theirs, own);
    if (!k) return k.error();
    auto opc = reseal(query.octets(), subscriber_context(imsi, "opc"), theirs, own);
    if (!opc) return opc.error();
    Query update(copy, Sql::reseal_subscriber);
    update.bind(imsi).bind(ByteView(*k)).bind(ByteView(*opc));
    if (auto status = update.run(); !status) return status;
  }
}

Status reseal_epochs(Connection& copy, crypto::Sealer& theirs, crypto::Sealer& own) {
  std::string kme;
  binding::EpochNumber number = 0;
  for (;;) {
    const std::string after = kme;
    Query query(copy, Sql::sealed_epochs);
    auto row = query.bind(after).bind(number).next();
    if (!row) return row.error();
    if (!*row) return {};
    kme = query.text();
    number = query.integer_as<binding::EpochNumber>();
    auto key = reseal(query.octets(), epoch_context(kme, number), theirs, own);
    if (!key) return key.error();
    Query update(copy, Sql::reseal_epoch);
    if (auto status = update.bind(kme).bind(number).bind(ByteView(*key)).run(); !status) return status;
  }
}

Status reseal_suppliers(Connection& copy, crypto::Sealer& theirs, crypto::Sealer& own) {
  std::string name;
  for (;;) {
    const std::string after = name;
    Query query(copy, Sql::sealed_suppliers);
    auto row = query.bind(after).next();
    if (!row) return row.error();
    if (!*row) return {};
    name = query.text();
    auto key = reseal(query.octets(), supplier_context(name), theirs, own);
    if (!key) return key.error();
    Query update(copy, Sql::reseal_supplier);
    if (auto status = update.bind(name).bind(ByteView(*key)).run(); !status) return status;
  }
}

// Upgrades the private copy and brings its keys under this store's sealer.
Status prepare_copy(const std::string& name, crypto::Sealer& theirs, crypto::Sealer& own) {
  auto opened = Connection::open(name, Connection::Access::plain_file);
  if (!opened) return opened.error();
  Connection& copy = **opened;
  if (auto status = check_schema(copy, migrations()); !status) return status;
  if (auto status = check_content(copy); !status) return status;
  if (auto status = migrate(copy, migrations()); !status) return status;
  const auto keys = read_data_keys(copy);
  if (!keys) return keys.error();
  theirs.load(*keys);
  if (auto status = copy.execute("BEGIN IMMEDIATE"); !status) return status;
  if (auto status = reseal_subscribers(copy, theirs, own); !status) return status;
  if (auto status = reseal_epochs(copy, theirs, own); !status) return status;
  if (auto status = reseal_suppliers(copy, theirs, own); !status) return status;
  return copy.execute("COMMIT");
}

Status raise_seqs(Connection& connection, std::uint64_t margin) {
  Query raise(connection, Sql::raise_restored_seqs);
  if (auto status = raise.bind(std::min(margin, seq_limit)).bind(seq_limit).run(); !status) return status;
  return Query(connection, Sql::keep_seqs).run();
}

Result<std::vector<std::string>> hosts_owed(Connection& connection, UnixMs dead_before) {
  std::vector<std::string> hosts;
  Query query(connection, Sql::hosts_owed);
  query.bind(dead_before);
  for (;;) {
    auto row = query.next();
    if (!row) return row.error();
    if (!*row) return hosts;
    hosts.emplace_back(query.text());
  }
}

// What the network holds is no less there for the store's going back: the copy learns of it before it takes
// the store's place. The hosts that are owed a CLR for it.
Result<std::vector<std::string>> join_live(Connection& connection, const RestoreTerms& terms) {
  for (const Sql id : {Sql::keep_registrations, Sql::keep_sgsn_registrations, Sql::keep_vector_nodes,
                       Sql::keep_owed_clrs, Sql::keep_owed_updates}) {
    if (auto status = Query(connection, id).run(); !status) return status.error();
  }
  const UnixMs dead_before = vectors_dead_before(terms.now, terms.vector_life_ms);
  auto hosts = hosts_owed(connection, dead_before);
  if (!hosts) return hosts;
  const auto owe = [&](Sql id, const RestoreTerms::Clr& clr) {
    Query query(connection, id);
    return query.bind(dead_before).bind(clr.cancellation_type).bind(clr.clr_flags).bind(terms.now).run();
  };
  if (auto status = owe(Sql::owe_leaving_plain, terms.leaves_plain); !status) return status.error();
  if (auto status = owe(Sql::owe_removed, terms.removed); !status) return status.error();
  for (const Sql id : {Sql::end_registrations, Sql::end_sgsn_registrations, Sql::keep_left_plain}) {
    if (auto status = Query(connection, id).run(); !status) return status.error();
  }
  if (auto status = Query(connection, Sql::leave_plain).bind(terms.now).run(); !status) return status.error();
  Query resets(connection, Sql::owe_resets);
  if (auto status = resets.bind(Imsi::from_key(0)).bind(terms.now).run(); !status) return status.error();
  return hosts;
}

// What the log says of the backup's own log: whether it goes on after it (its entries are taken over), stands
// in it already, or is another's and stays with the backup.
Result<std::string> join_audit(Connection& connection, crypto::Sealer& own) {
  SqliteReads reads(connection, own);
  Query theirs(connection, Sql::restored_audit_head);
  auto row = theirs.next();
  if (!row) return row.error();
  const std::int64_t id = *row ? theirs.integer() : 0;
  const std::string hash = *row ? to_hex(theirs.octets()) : "";
  const auto head = reads.audit_head();
  if (!head) return head.error();
  const auto stands = [&](Sql entries, std::int64_t number, const std::string& wanted) -> Result<bool> {
    if (number == 0) return true;
    Query query(connection, entries);
    auto found = query.bind(number - 1).bind(1).next();
    if (!found) return found.error();
    if (!*found) return false;
    query.skip(13);
    return to_hex(query.octets()) == wanted;
  };
  const auto ours_in_theirs = stands(Sql::restored_audit, head->id, to_hex(head->hash));
  if (!ours_in_theirs) return ours_in_theirs.error();
  const auto theirs_in_ours = stands(Sql::audit_entries, id, hash);
  if (!theirs_in_ours) return theirs_in_ours.error();
  std::string how = *theirs_in_ours ? "in this log" : "another's";
  if (id > head->id && *ours_in_theirs) {
    how = "taken over";
    if (auto status = Query(connection, Sql::take_over_audit).run(); !status) return status.error();
  }
  return R"({"backup_log":{"entries":)" + std::to_string(id) + R"(,"head":")" + hash + R"(","is":")" + how +
         R"("}})";
}

Status append_audit(Connection& connection, crypto::Sealer& own, const RestoreTerms& terms) {
  const auto joined = join_audit(connection, own);
  if (!joined) return joined.error();
  if (!terms.audit) return {};
  AppendAudit append{*terms.audit};
  append.entry.after = *joined;
  return SqliteChanges(connection, own)(append);
}

Result<std::vector<std::string>> move_content(Connection& connection, crypto::Sealer& own,
                                              const RestoreTerms& terms) {
  if (auto status = Query(connection, Sql::begin_write).run(); !status) return status.error();
  Status status = raise_seqs(connection, terms.seq_margin);
  Result<std::vector<std::string>> hosts(std::vector<std::string>{});
  if (status) hosts = join_live(connection, terms);
  if (!hosts) status = hosts.error();
  if (status) status = connection.execute(replace_content());
  if (status) status = append_audit(connection, own, terms);
  if (status) status = Query(connection, Sql::commit).run();
  if (!status && connection.in_transaction()) (void)Query(connection, Sql::rollback).run();
  if (!status) return status.error();
  return hosts;
}

}  // namespace

Status copy_database(const std::string& from, const std::string& to) {
  if (file_exists(to)) return error(Errc::already_exists, to + " exists already");
  auto file = NewFile::create(to, ".new");
  if (!file) return file.error();
  if (auto status = copy_into(from, file->name()); !status) return status;
  return file->publish();
}

Status create_database(const std::string& path) {
  if (file_exists(path)) return error(Errc::already_exists, path + " exists already");
  auto file = NewFile::create(path, ".new");
  if (!file) return file.error();
  {
    auto connection = Connection::open(file->name(), Connection::Access::plain_file);
    if (!connection) return connection.error();
    if (auto status = migrate(**connection, migrations()); !status) return status;
  }
  return file->publish();
}

Result<std::vector<std::string>> restore_database(Connection& connection, const std::string& backup,
                                                  crypto::Sealer& theirs, crypto::Sealer& own,
                                                  const RestoreTerms& terms) {
  if (!file_exists(backup)) return error(Errc::not_found, backup + ": no such file");
  auto file = NewFile::create(connection.path(), ".restore");
  if (!file) return file.error();
  if (auto status = copy_into(backup, file->name()); !status) return status.error();
  if (auto status = prepare_copy(file->name(), theirs, own); !status) return status.error();
  const std::string name = file->name();
  if (auto status = Query(connection, Sql::attach_restored).bind(name).run(); !status) return status.error();
  auto moved = move_content(connection, own, terms);
  const Status detached = connection.execute("DETACH restored");
  if (moved && !detached) return detached.error();
  return moved;
}

}  // namespace simbiont::store

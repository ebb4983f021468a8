#include "store/sqlite_schema.h"

#include <array>

namespace simbiont::store {
namespace {

// An IMSI column holds Imsi::key() with its top bit inverted: the signed order is then the unsigned order of
// the keys.
constexpr const char* version_1 = R"(
CREATE TABLE seal_check (id INTEGER PRIMARY KEY CHECK (id = 1), sealed BLOB NOT NULL) STRICT;
CREATE TABLE subscriber (
  imsi INTEGER PRIMARY KEY,
  algorithm TEXT NOT NULL,
  k BLOB NOT NULL,    -- sealed: subscriber|IMSI|k
  opc BLOB NOT NULL,  -- sealed: subscriber|IMSI|opc
  amf INTEGER NOT NULL,
  seq_high INTEGER NOT NULL,
  msisdn TEXT NOT NULL,
  apns TEXT NOT NULL  -- with ';' between
) STRICT;
CREATE TABLE kme (id TEXT PRIMARY KEY, algorithm TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE kme_epoch (
  kme TEXT NOT NULL REFERENCES kme (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  state TEXT NOT NULL,
  key BLOB,  -- sealed: kme|ID|NUMBER; NULL when it was erased
  PRIMARY KEY (kme, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE device (
  imei INTEGER PRIMARY KEY,
  kme TEXT NOT NULL REFERENCES kme (id),
  confirmed_epoch INTEGER NOT NULL
) STRICT;
CREATE TABLE binding (
  imsi INTEGER PRIMARY KEY REFERENCES subscriber (imsi) ON DELETE CASCADE,
  mode TEXT NOT NULL,
  reported_imei INTEGER,
  reported_at INTEGER,
  evidence_imei INTEGER,
  evidence_at INTEGER,
  left_plain_at INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE association (
  imsi INTEGER NOT NULL REFERENCES subscriber (imsi) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  imei INTEGER NOT NULL REFERENCES device (imei),
  epoch INTEGER NOT NULL,
  PRIMARY KEY (imsi, position)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX association_by_imei ON association (imei, imsi);
CREATE TABLE binding_former (
  imsi INTEGER NOT NULL REFERENCES subscriber (imsi) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  kme TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  PRIMARY KEY (imsi, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE registration (
  imsi INTEGER PRIMARY KEY REFERENCES subscriber (imsi) ON DELETE CASCADE,
  host TEXT NOT NULL,
  realm TEXT NOT NULL,
  plmn BLOB NOT NULL,
  rat_type INTEGER NOT NULL,
  since INTEGER NOT NULL
) STRICT;
CREATE TABLE vector_node (
  imsi INTEGER NOT NULL REFERENCES subscriber (imsi) ON DELETE CASCADE,
  host TEXT NOT NULL,
  realm TEXT NOT NULL,
  plain_at INTEGER NOT NULL,
  bound_at INTEGER NOT NULL,
  PRIMARY KEY (imsi, host)
) STRICT, WITHOUT ROWID;
CREATE TABLE owed_clr (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  imsi INTEGER NOT NULL,
  host TEXT NOT NULL,
  realm TEXT NOT NULL,
  cancellation_type INTEGER NOT NULL,
  clr_flags INTEGER NOT NULL,
  since INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX owed_clr_by_debt ON owed_clr (imsi, host, cancellation_type);
CREATE TABLE history (
  imsi INTEGER NOT NULL REFERENCES subscriber (imsi) ON DELETE CASCADE,
  imei TEXT NOT NULL,
  host TEXT NOT NULL,
  software_version TEXT NOT NULL,
  plmn TEXT NOT NULL,
  authorised INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (imsi, imei, host)
) STRICT, WITHOUT ROWID;
CREATE TABLE event (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  imsi TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;
)";

// The seq_high of removed subscribers: whoever gets the IMSI next goes on above it.
constexpr const char* version_2 =
    "CREATE TABLE retired_seq (imsi INTEGER PRIMARY KEY, seq_high INTEGER NOT NULL) STRICT";

// UE purged in MME, TS 29.272 5.2.1.3.3.
constexpr const char* version_3 = "ALTER TABLE registration ADD COLUMN purged_at INTEGER NOT NULL DEFAULT 0";

constexpr const char* version_4 =
    "ALTER TABLE device ADD COLUMN state INTEGER NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 2)";

constexpr std::array<Migration, 4> all{{{1, version_1}, {2, version_2}, {3, version_3}, {4, version_4}}};

Result<std::int64_t> user_version(Connection& connection) { return connection.number("PRAGMA user_version"); }

Status apply(Connection& connection, const Migration& migration) {
  if (auto status = connection.execute("BEGIN IMMEDIATE"); !status) return status;
  const std::string mark = "PRAGMA application_id = " + std::to_string(application_id) +
                           "; PRAGMA user_version = " + std::to_string(migration.version) + "; COMMIT";
  auto status = connection.execute(migration.sql);
  if (status) status = connection.execute(mark.c_str());
  if (!status && connection.in_transaction()) (void)connection.execute("ROLLBACK");
  return status;
}

}  // namespace

std::span<const Migration> migrations() { return all; }

Status check_schema(Connection& connection, std::span<const Migration> list) {
  auto id = connection.number("PRAGMA application_id");
  if (!id) return id.error();
  if (*id != application_id) return error(Errc::refused, connection.path() + " is not a Simbiont store");
  auto version = user_version(connection);
  if (!version) return version.error();
  if (*version <= list.back().version) return {};
  return error(Errc::refused, connection.path() + " has schema version " + std::to_string(*version) +
                                  ", made by a newer program; this one knows up to " +
                                  std::to_string(list.back().version));
}

Status migrate(Connection& connection, std::span<const Migration> list) {
  auto version = user_version(connection);
  if (!version) return version.error();
  if (*version > 0) {
    if (auto status = check_schema(connection, list); !status) return status;
  }
  for (const Migration& migration : list) {
    if (migration.version <= *version) continue;
    if (auto status = apply(connection, migration); !status) return status;
  }
  return {};
}

}  // namespace simbiont::store

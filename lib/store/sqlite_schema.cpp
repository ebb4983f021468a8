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

// Bulk jobs and the sync. A state and a result are the numbers of JobState and RowResult.
constexpr const char* version_11 = R"(
CREATE TABLE job (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  digest TEXT NOT NULL,
  started_by TEXT NOT NULL,
  dry_run INTEGER NOT NULL,
  repeats INTEGER NOT NULL,
  state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 4),
  reason TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  row_count INTEGER NOT NULL,
  done INTEGER NOT NULL,
  unchanged INTEGER NOT NULL,
  refused INTEGER NOT NULL
) STRICT;
CREATE TABLE job_row (
  job INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  line INTEGER NOT NULL,
  fields TEXT NOT NULL,
  result INTEGER NOT NULL CHECK (result BETWEEN 0 AND 3),
  reason TEXT NOT NULL,
  PRIMARY KEY (job, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE sync_report (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  input TEXT NOT NULL,
  dry_run INTEGER NOT NULL,
  result TEXT NOT NULL,
  reason TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  row_count INTEGER NOT NULL,
  added INTEGER NOT NULL,
  removed INTEGER NOT NULL,
  modes INTEGER NOT NULL,
  unchanged INTEGER NOT NULL,
  missing INTEGER NOT NULL,
  refused INTEGER NOT NULL
) STRICT;
CREATE TABLE sync_item (
  report INTEGER NOT NULL REFERENCES sync_report (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  action TEXT NOT NULL,
  imsi TEXT NOT NULL,
  imei TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (report, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE sync_named (
  imsi INTEGER PRIMARY KEY REFERENCES subscriber (imsi) ON DELETE CASCADE,
  source TEXT NOT NULL,
  suspended INTEGER NOT NULL
) STRICT;
)";

// Suppliers of keys. The transport key is sealed: supplier|NAME|transport; NULL without one.
constexpr const char* version_10 = R"(
CREATE TABLE supplier (
  name TEXT PRIMARY KEY,
  sims INTEGER NOT NULL CHECK (sims BETWEEN 0 AND 1),
  verifying_key BLOB NOT NULL,
  transport_key BLOB,
  encryption_key BLOB NOT NULL,
  kme_prefix TEXT NOT NULL,
  scope TEXT NOT NULL
) STRICT, WITHOUT ROWID;
)";

// Data keys, wrapped under KEKs, and K_MEs that lie in a token. What is sealed says under which data key.
constexpr const char* version_8 = R"(
CREATE TABLE data_key (
  id INTEGER PRIMARY KEY,
  purpose TEXT NOT NULL,
  active INTEGER NOT NULL,
  kek TEXT NOT NULL,      -- the KEK's id
  wrapped BLOB NOT NULL   -- store|data-key|ID|PURPOSE
) STRICT;
CREATE UNIQUE INDEX active_data_key ON data_key (purpose) WHERE active = 1;
ALTER TABLE kme ADD COLUMN use TEXT NOT NULL DEFAULT 'cached';
ALTER TABLE kme_epoch ADD COLUMN token_key BLOB;  -- key check value (3), CKA_ID
)";

// The SGSN's registration beside the MME's; what a node can do; Context-Identifiers that stay; IDR, DSR and
// RSR as debts.
constexpr const char* version_5 = R"(
ALTER TABLE registration ADD COLUMN features_1 INTEGER NOT NULL DEFAULT 0;
ALTER TABLE registration ADD COLUMN features_2 INTEGER NOT NULL DEFAULT 0;
CREATE TABLE sgsn_registration (
  imsi INTEGER PRIMARY KEY REFERENCES subscriber (imsi) ON DELETE CASCADE,
  host TEXT NOT NULL,
  realm TEXT NOT NULL,
  plmn BLOB NOT NULL,
  rat_type INTEGER NOT NULL,
  since INTEGER NOT NULL,
  purged_at INTEGER NOT NULL,
  features_1 INTEGER NOT NULL,
  features_2 INTEGER NOT NULL,
  number TEXT NOT NULL,
  gprs_data INTEGER NOT NULL
) STRICT;
ALTER TABLE subscriber ADD COLUMN contexts TEXT NOT NULL DEFAULT '';
ALTER TABLE vector_node ADD COLUMN kinds INTEGER NOT NULL DEFAULT 1;
DROP INDEX owed_clr_by_debt;
CREATE UNIQUE INDEX owed_clr_by_debt ON owed_clr (imsi, host, cancellation_type, (clr_flags & 1));
CREATE TABLE owed_update (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind INTEGER NOT NULL,  -- 0 IDR, 1 DSR, 2 RSR
  imsi INTEGER NOT NULL,  -- of an RSR: none
  host TEXT NOT NULL,
  realm TEXT NOT NULL,
  node INTEGER NOT NULL,  -- 0 MME, 1 SGSN
  parts INTEGER NOT NULL,
  contexts TEXT NOT NULL,  -- with ';' between
  since INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX owed_update_by_debt ON owed_update (kind, imsi, host, node);
)";

// DESIGN 4. A device's first epoch stands in device.confirmed_epoch, under its first name; rows here are what
// it was asked and has proved since, and the first epoch of a device that went (first = 1).
constexpr const char* version_6 = R"(
ALTER TABLE kme_epoch ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
ALTER TABLE kme_epoch ADD COLUMN cutting INTEGER;
ALTER TABLE binding ADD COLUMN evidence_epoch INTEGER NOT NULL DEFAULT 0;
CREATE TABLE device_epoch (
  imei INTEGER NOT NULL,
  kme TEXT NOT NULL REFERENCES kme (id) ON DELETE CASCADE,
  epoch INTEGER NOT NULL,
  first INTEGER NOT NULL DEFAULT 0,
  proved_at INTEGER NOT NULL DEFAULT 0,
  proved_active INTEGER NOT NULL DEFAULT 0,
  refused INTEGER NOT NULL DEFAULT 0,
  challenge BLOB,
  expires_at INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (imei, kme, epoch)
) STRICT, WITHOUT ROWID;
CREATE INDEX device_by_kme ON device (kme, imei);
CREATE INDEX former_by_epoch ON binding_former (kme, epoch, imsi);
-- Few of many: one a roll-over, and one for a vector's life after it. As in the statement epochs_at_work.
CREATE INDEX epoch_at_work ON kme_epoch (kme, number)
  WHERE state = 'RETIRING' OR cutting IS NOT NULL OR (key IS NOT NULL AND state IN ('RETIRED', 'REVOKED'));
CREATE TABLE receipt (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  imei INTEGER NOT NULL,
  at INTEGER NOT NULL,
  kme TEXT NOT NULL,
  epochs TEXT NOT NULL,  -- with ' ' between
  imsis TEXT NOT NULL
) STRICT;
)";

// The audit log only grows: whoever has SQL but not this program's help is told so, and the chain of hashes
// shows who did not listen. What may wait for a second custodian, and what the store remembers of itself.
constexpr const char* version_9 = R"(
CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  uid INTEGER NOT NULL,
  pid INTEGER NOT NULL,
  user TEXT NOT NULL,
  role TEXT NOT NULL,
  via TEXT NOT NULL,
  second TEXT NOT NULL,
  action TEXT NOT NULL,
  outcome TEXT NOT NULL,
  arguments TEXT NOT NULL,
  before_json TEXT NOT NULL,
  after_json TEXT NOT NULL,
  hash BLOB NOT NULL
) STRICT;
CREATE TRIGGER audit_keeps BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END;
CREATE TRIGGER audit_grows BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END;
CREATE TABLE approval (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  uid INTEGER NOT NULL,
  user TEXT NOT NULL,
  method TEXT NOT NULL,
  path TEXT NOT NULL,
  body TEXT NOT NULL,
  ground TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'pending',
  decided_at INTEGER NOT NULL DEFAULT 0,
  decided_uid INTEGER NOT NULL DEFAULT 0,
  decided_by TEXT NOT NULL DEFAULT '',
  answer TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
)";

// What modes and the life of a binding need: policy, learning, suspension, violation, pools, ends.
constexpr const char* version_7 = R"(
CREATE TABLE pool (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE pool_member (
  pool TEXT NOT NULL REFERENCES pool (name) ON DELETE CASCADE,
  imei INTEGER NOT NULL REFERENCES device (imei),
  PRIMARY KEY (pool, imei)
) STRICT, WITHOUT ROWID;
CREATE INDEX pool_member_by_imei ON pool_member (imei);
ALTER TABLE binding ADD COLUMN policy TEXT NOT NULL DEFAULT 'stay';
ALTER TABLE binding ADD COLUMN turned_imei INTEGER;
ALTER TABLE binding ADD COLUMN turned_at INTEGER;
ALTER TABLE binding ADD COLUMN suspended_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE binding ADD COLUMN violated_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE binding ADD COLUMN pool TEXT REFERENCES pool (name);
ALTER TABLE binding ADD COLUMN learn_pool TEXT REFERENCES pool (name);
ALTER TABLE binding ADD COLUMN learn_tacs TEXT NOT NULL DEFAULT '';  -- with ';' between
ALTER TABLE binding ADD COLUMN rest_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE binding ADD COLUMN trial_imei INTEGER;
ALTER TABLE binding ADD COLUMN trial_epoch INTEGER;
ALTER TABLE binding ADD COLUMN trial_named_at INTEGER;
ALTER TABLE binding ADD COLUMN trial_answered_at INTEGER;
CREATE INDEX binding_by_pool ON binding (pool, imsi) WHERE pool IS NOT NULL;
CREATE INDEX binding_by_learn_pool ON binding (learn_pool, imsi) WHERE learn_pool IS NOT NULL;
CREATE INDEX binding_by_trial ON binding (trial_answered_at, imsi) WHERE trial_answered_at <> 0;
ALTER TABLE association ADD COLUMN until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE association ADD COLUMN warned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE association ADD COLUMN pooled INTEGER NOT NULL DEFAULT 0;
CREATE INDEX association_by_end ON association (until, imsi) WHERE until <> 0;
CREATE INDEX association_by_warning ON association (until, imsi) WHERE until <> 0 AND warned = 0;
)";

constexpr auto all = std::to_array<Migration>({{1, version_1},
                                               {2, version_2},
                                               {3, version_3},
                                               {4, version_4},
                                               {5, version_5},
                                               {6, version_6},
                                               {7, version_7},
                                               {8, version_8},
                                               {9, version_9},
                                               {10, version_10},
                                               {11, version_11}});

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

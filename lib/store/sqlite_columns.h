// Parts that several statements of sqlite_sql.cpp share; for it alone.
#pragma once

// Column lists that several statements share; the readers take columns in this order.
#define BINDING_NAMES                                                                                     \
  "mode, reported_imei, reported_at, evidence_imei, evidence_at, evidence_epoch, left_plain_at, policy, " \
  "turned_imei, turned_at, suspended_at, violated_at, pool, learn_pool, learn_tacs, rest_until, "         \
  "trial_imei, trial_epoch, trial_named_at, trial_answered_at"
#define BINDING_COLUMNS                                                                                    \
  "b.mode, b.reported_imei, b.reported_at, b.evidence_imei, b.evidence_at, b.evidence_epoch, "             \
  "b.left_plain_at, b.policy, b.turned_imei, b.turned_at, b.suspended_at, b.violated_at, b.pool, "         \
  "b.learn_pool, b.learn_tacs, b.rest_until, b.trial_imei, (SELECT d.kme FROM device AS d WHERE d.imei = " \
  "b.trial_imei), b.trial_epoch, b.trial_named_at, b.trial_answered_at"
#define STATE_COLUMNS                                                                                       \
  "SELECT s.imsi, s.algorithm, s.k, s.opc, s.amf, s.seq_high, s.msisdn, s.apns, "                           \
  "s.contexts, " BINDING_COLUMNS                                                                            \
  ", r.host, r.realm, r.plmn, r.rat_type, r.since, r.purged_at, r.features_1, r.features_2, g.host, "       \
  "g.realm, g.plmn, g.rat_type, g.since, g.purged_at, g.features_1, g.features_2, g.number, g.gprs_data "   \
  "FROM subscriber AS s LEFT JOIN binding AS b ON b.imsi = s.imsi LEFT JOIN registration AS r ON r.imsi = " \
  "s.imsi LEFT JOIN sgsn_registration AS g ON g.imsi = s.imsi "
#define REGISTRATION_COLUMNS "imsi, host, realm, plmn, rat_type, since, purged_at, features_1, features_2"
#define REGISTRATION_REPLACED                                                                              \
  " ON CONFLICT (imsi) DO UPDATE SET host = excluded.host, realm = excluded.realm, plmn = excluded.plmn, " \
  "rat_type = excluded.rat_type, since = excluded.since, purged_at = excluded.purged_at, features_1 = "    \
  "excluded.features_1, features_2 = excluded.features_2"
#define SGSN_REPLACED REGISTRATION_REPLACED ", number = excluded.number, gprs_data = excluded.gprs_data"
#define INSERT_SUBSCRIBER                                                                                    \
  "INSERT INTO subscriber (imsi, algorithm, k, opc, amf, seq_high, msisdn, apns, contexts) VALUES (?1, ?2, " \
  "?3, ?4, ?5, max(?6, coalesce((SELECT seq_high FROM retired_seq WHERE imsi = ?1), 0)), ?7, ?8, ?9) ON "    \
  "CONFLICT (imsi) DO "
#define IS_LISTED                                                                                     \
  "(b.mode <> 'off' OR b.suspended_at <> 0 OR EXISTS (SELECT 1 FROM association AS a WHERE a.imsi = " \
  "b.imsi))"
// What main knows of the SEQs of the restored subscriber r; -1: nothing.
#define KNOWN_SEQ                                                                                          \
  "coalesce((SELECT m.seq_high FROM main.subscriber AS m WHERE m.imsi = r.imsi), (SELECT t.seq_high FROM " \
  "main.retired_seq AS t WHERE t.imsi = r.imsi), -1)"
// The next three: of a restore. IMSIs that issue plain vectors in main and none in restored; what nodes of
// them are owed a CLR, after registrations and nodes were joined; what nodes of the subscribers that go or
// become suspended.
#define LEAVING_PLAIN                                                                                 \
  "(SELECT r.imsi FROM restored.binding AS r JOIN main.subscriber AS s ON s.imsi = r.imsi LEFT JOIN " \
  "main.binding AS m ON m.imsi = r.imsi WHERE r.mode = 'enforce' AND coalesce(m.mode, 'off') <> 'enforce')"
// s6a: the MME's part of the host, else the SGSN's.
#define PLAIN_HOLDERS                                                                                        \
  "(SELECT imsi, host, realm, 1 AS s6a FROM restored.registration WHERE imsi IN " LEAVING_PLAIN              \
  " UNION SELECT imsi, host, realm, 0 FROM restored.sgsn_registration WHERE imsi IN " LEAVING_PLAIN          \
  " UNION SELECT imsi, host, realm, 1 FROM restored.vector_node WHERE plain_at <> 0 AND plain_at >= ?1 AND " \
  "(kinds & 1) <> 0 AND imsi IN " LEAVING_PLAIN                                                              \
  " UNION SELECT imsi, host, realm, 0 FROM restored.vector_node WHERE plain_at <> 0 AND plain_at >= ?1 AND " \
  "(kinds & 2) <> 0 AND imsi IN " LEAVING_PLAIN ")"
#define SUSPENDING                                                                                  \
  "(SELECT r.imsi FROM restored.binding AS r LEFT JOIN main.binding AS m ON m.imsi = r.imsi WHERE " \
  "r.suspended_at <> 0 AND coalesce(m.suspended_at, 0) = 0)"
#define GOING "(imsi NOT IN (SELECT imsi FROM restored.subscriber) OR imsi IN " SUSPENDING ")"
#define HOLDING_ANY "max(plain_at, bound_at) <> 0 AND max(plain_at, bound_at) >= ?1"
#define REMOVED_HOLDERS                                                         \
  "(SELECT imsi, host, realm, 1 AS s6a FROM main.registration WHERE " GOING     \
  " UNION SELECT imsi, host, realm, 0 FROM main.sgsn_registration WHERE " GOING \
  " UNION SELECT imsi, host, realm, 1 FROM main.vector_node WHERE " HOLDING_ANY \
  " AND (kinds & 1) <> 0 AND " GOING                                            \
  " UNION SELECT imsi, host, realm, 0 FROM main.vector_node WHERE " HOLDING_ANY \
  " AND (kinds & 2) <> 0 AND " GOING ")"
#define SUPPLIER_COLUMNS "name, sims, verifying_key, transport_key, encryption_key, kme_prefix, scope"
#define JOB_COLUMNS                                                                                         \
  "SELECT id, name, digest, started_by, dry_run, repeats, state, reason, created_at, ended_at, row_count, " \
  "done, unchanged, refused FROM job "
#define OWE_CLR \
  "INSERT INTO restored.owed_clr (imsi, host, realm, cancellation_type, clr_flags, since) SELECT "
#define OWE_ANEW                                                                                    \
  " WHERE true ON CONFLICT (imsi, host, cancellation_type, (clr_flags & 1)) DO UPDATE SET realm = " \
  "excluded.realm, clr_flags = excluded.clr_flags, since = excluded.since"
#define AUDIT_COLUMNS \
  "id, at, uid, pid, user, role, via, second, action, outcome, arguments, before_json, after_json, hash "
// Evidence that does not say its epoch leaves that of the same device.
#define SET_EVIDENCE                                                                                         \
  "INSERT INTO binding (imsi, mode, evidence_imei, evidence_at, evidence_epoch) VALUES (?, 'off', ?, ?, ?) " \
  "ON CONFLICT (imsi) DO UPDATE SET evidence_epoch = CASE WHEN excluded.evidence_epoch = 0 AND "             \
  "evidence_imei = excluded.evidence_imei THEN evidence_epoch ELSE excluded.evidence_epoch END, "            \
  "evidence_imei = excluded.evidence_imei, evidence_at = excluded.evidence_at"
// Whether the device d has confirmed an epoch of its KME: its first one, or one that it has proved.
#define HAS_CONFIRMED(EPOCH)                                                                                 \
  "(d.confirmed_epoch = " EPOCH                                                                              \
  " OR EXISTS (SELECT 1 FROM device_epoch AS e WHERE e.imei = d.imei AND e.kme = d.kme AND e.epoch = " EPOCH \
  " AND e.proved_at <> 0))"
#define OWE_HOLDERS "imsi, host, realm, ?2, (?3 & ~1) | s6a, ?4 FROM "

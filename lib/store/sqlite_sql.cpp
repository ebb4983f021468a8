#include "store/sqlite_sql.h"

#include <array>

#include "store/sqlite_columns.h"

namespace simbiont::store {
namespace {

struct Entry {
  Sql id;
  const char* text;
};

constexpr std::array<Entry, sql_count> table{{
    {Sql::begin_read, "BEGIN"},
    {Sql::begin_write, "BEGIN IMMEDIATE"},
    {Sql::commit, "COMMIT"},
    {Sql::rollback, "ROLLBACK"},
    {Sql::open_group, "SAVEPOINT change_group"},
    {Sql::undo_group, "ROLLBACK TO change_group"},
    {Sql::close_group, "RELEASE change_group"},
    {Sql::insert_subscriber, INSERT_SUBSCRIBER "NOTHING"},
    {Sql::replace_subscriber,
     INSERT_SUBSCRIBER "UPDATE SET algorithm = excluded.algorithm, k = excluded.k, opc = excluded.opc, amf = "
                       "excluded.amf, seq_high = max(seq_high, excluded.seq_high), msisdn = excluded.msisdn, "
                       "apns = excluded.apns, contexts = excluded.contexts"},
    {Sql::retire_seq,
     "INSERT INTO retired_seq (imsi, seq_high) SELECT imsi, seq_high FROM subscriber WHERE imsi = ? ON "
     "CONFLICT (imsi) DO UPDATE SET seq_high = excluded.seq_high"},
    {Sql::remove_subscriber, "DELETE FROM subscriber WHERE imsi = ?"},
    {Sql::raise_seq, "UPDATE subscriber SET seq_high = max(seq_high, ?2) WHERE imsi = ?1"},
    {Sql::set_seq, "UPDATE subscriber SET seq_high = ?2 WHERE imsi = ?1"},
    {Sql::insert_kme, "INSERT INTO kme (id, algorithm, use) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING"},
    {Sql::replace_kme,
     "INSERT INTO kme (id, algorithm, use) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET algorithm = "
     "excluded.algorithm, use = excluded.use"},
    {Sql::remove_kme, "DELETE FROM kme WHERE id = ?"},
    {Sql::forget_epochs, "DELETE FROM kme_epoch WHERE kme = ?"},
    {Sql::insert_epoch,
     "INSERT INTO kme_epoch (kme, number, state, key, since, cutting, token_key) VALUES (?, ?, ?, ?, ?, ?, "
     "?)"},
    {Sql::insert_device,
     "INSERT INTO device (imei, kme, confirmed_epoch) VALUES (?, ?, ?) ON CONFLICT (imei) DO NOTHING"},
    {Sql::replace_device,
     "INSERT INTO device (imei, kme, confirmed_epoch) VALUES (?, ?, ?) ON CONFLICT (imei) DO UPDATE SET "
     "confirmed_epoch = CASE WHEN kme = excluded.kme THEN confirmed_epoch ELSE excluded.confirmed_epoch END, "
     "kme = excluded.kme"},
    {Sql::set_device_state, "UPDATE device SET state = ?2 WHERE imei = ?1"},
    {Sql::remove_device, "DELETE FROM device WHERE imei = ?"},
    {Sql::put_binding,
     "INSERT INTO binding (imsi, " BINDING_NAMES
     ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, ''), nullif(?, ''), ?, ?, ?, ?, ?, ?) ON "
     "CONFLICT (imsi) DO UPDATE SET (" BINDING_NAMES
     ") = (excluded.mode, excluded.reported_imei, excluded.reported_at, excluded.evidence_imei, "
     "excluded.evidence_at, excluded.evidence_epoch, excluded.left_plain_at, excluded.policy, "
     "excluded.turned_imei, excluded.turned_at, excluded.suspended_at, excluded.violated_at, excluded.pool, "
     "excluded.learn_pool, excluded.learn_tacs, excluded.rest_until, excluded.trial_imei, "
     "excluded.trial_epoch, excluded.trial_named_at, excluded.trial_answered_at)"},
    {Sql::forget_associations, "DELETE FROM association WHERE imsi = ?"},
    {Sql::insert_association,
     "INSERT INTO association (imsi, position, imei, epoch, until, warned, pooled) VALUES (?, ?, ?, ?, ?, ?, "
     "?)"},
    {Sql::forget_former, "DELETE FROM binding_former WHERE imsi = ?"},
    {Sql::insert_former, "INSERT INTO binding_former (imsi, position, kme, epoch) VALUES (?, ?, ?, ?)"},
    {Sql::put_pool, "INSERT INTO pool (name) VALUES (?) ON CONFLICT (name) DO NOTHING"},
    {Sql::remove_pool, "DELETE FROM pool WHERE name = ?"},
    {Sql::forget_pool_members, "DELETE FROM pool_member WHERE pool = ?"},
    {Sql::insert_pool_member, "INSERT INTO pool_member (pool, imei) VALUES (?, ?)"},
    {Sql::set_reported,
     "INSERT INTO binding (imsi, mode, reported_imei, reported_at) VALUES (?, 'off', ?, ?) ON CONFLICT "
     "(imsi) DO UPDATE SET reported_imei = excluded.reported_imei, reported_at = excluded.reported_at"},
    {Sql::set_evidence, SET_EVIDENCE},
    {Sql::set_older_reported,
     "INSERT INTO binding (imsi, mode, reported_imei, reported_at) VALUES (?, 'off', ?, ?) ON CONFLICT "
     "(imsi) DO UPDATE SET reported_imei = excluded.reported_imei, reported_at = excluded.reported_at WHERE "
     "coalesce(reported_at <= excluded.reported_at, true)"},
    {Sql::set_older_evidence, SET_EVIDENCE " WHERE coalesce(evidence_at <= excluded.evidence_at, true)"},
    {Sql::put_registration, "INSERT INTO registration (" REGISTRATION_COLUMNS
                            ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)" REGISTRATION_REPLACED},
    {Sql::remove_registration, "DELETE FROM registration WHERE imsi = ? AND host = ?"},
    {Sql::put_sgsn_registration,
     "INSERT INTO sgsn_registration (" REGISTRATION_COLUMNS
     ", number, gprs_data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)" SGSN_REPLACED},
    {Sql::remove_sgsn_registration, "DELETE FROM sgsn_registration WHERE imsi = ? AND host = ?"},
    {Sql::raise_vector_node,
     "UPDATE vector_node SET realm = ?3, plain_at = max(plain_at, ?4), bound_at = max(bound_at, ?5), kinds = "
     "kinds | ?6 WHERE imsi = ?1 AND host = ?2"},
    {Sql::insert_vector_node,
     "INSERT INTO vector_node (imsi, host, realm, plain_at, bound_at, kinds) VALUES (?, ?, ?, ?, ?, ?)"},
    {Sql::trim_vector_nodes,
     "DELETE FROM vector_node WHERE imsi = ?1 AND host IN (SELECT host FROM vector_node WHERE imsi = ?1 AND "
     "(plain_at = 0 OR plain_at < ?3) ORDER BY max(plain_at, bound_at), host DESC LIMIT max(0, (SELECT "
     "count(*) FROM vector_node WHERE imsi = ?1) - ?2))"},
    {Sql::too_many_nodes, "SELECT 1 FROM vector_node WHERE imsi = ?1 LIMIT 1 OFFSET ?2"},
    {Sql::merge_owed_clr,
     "DELETE FROM owed_clr WHERE imsi = ? AND host = ? AND cancellation_type = ? AND (clr_flags & 1) = ?"},
    {Sql::insert_owed_clr,
     "INSERT INTO owed_clr (imsi, host, realm, cancellation_type, clr_flags, since) VALUES (?, ?, ?, ?, ?, "
     "?)"},
    {Sql::settle_clr, "DELETE FROM owed_clr WHERE id = ?"},
    {Sql::owed_update,
     "SELECT parts, contexts FROM owed_update WHERE kind = ? AND imsi = ? AND host = ? AND node = ?"},
    {Sql::merge_owed_update, "DELETE FROM owed_update WHERE kind = ? AND imsi = ? AND host = ? AND node = ?"},
    {Sql::insert_owed_update,
     "INSERT INTO owed_update (kind, imsi, host, realm, node, parts, contexts, since) VALUES (?, ?, ?, ?, ?, "
     "?, ?, ?)"},
    {Sql::settle_update, "DELETE FROM owed_update WHERE id = ?"},
    {Sql::insert_supplier, "INSERT INTO supplier (" SUPPLIER_COLUMNS
                           ") VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING"},
    {Sql::remove_supplier, "DELETE FROM supplier WHERE name = ?"},
    {Sql::count_history,
     "UPDATE history SET software_version = ?4, plmn = ?5, authorised = ?6, first_at = min(first_at, ?7), "
     "last_at = max(last_at, ?8), count = count + ?9 WHERE imsi = ?1 AND imei = ?2 AND host = ?3"},
    {Sql::insert_history,
     "INSERT INTO history (imsi, imei, host, software_version, plmn, authorised, first_at, last_at, count) "
     "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    {Sql::trim_history,
     "DELETE FROM history WHERE imsi = ?1 AND (imei, host) IN (SELECT imei, host FROM history WHERE imsi = "
     "?1 ORDER BY last_at DESC, imei, host LIMIT -1 OFFSET ?2)"},
    {Sql::insert_event, "INSERT INTO event (at, kind, imsi, detail) VALUES (?, ?, ?, ?)"},
    {Sql::trim_events, "DELETE FROM event WHERE id <= ?"},
    {Sql::insert_audit,
     "INSERT INTO audit (" AUDIT_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    {Sql::insert_approval,
     "INSERT INTO approval (at, expires_at, uid, user, method, path, body, ground) VALUES (?, ?, ?, ?, ?, ?, "
     "?, ?)"},
    {Sql::trim_approvals,
     "DELETE FROM approval WHERE state <> 'pending' AND id IN (SELECT id FROM approval ORDER BY id LIMIT "
     "max(0, (SELECT count(*) FROM approval) - ?1))"},
    {Sql::decide_approval,
     "UPDATE approval SET state = ?2, decided_at = ?3, decided_uid = ?4, decided_by = ?5, answer = ?6 WHERE "
     "id = ?1 AND state = 'pending'"},
    {Sql::put_setting,
     "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = "
     "excluded.value"},
    {Sql::put_epoch,
     "INSERT INTO kme_epoch (kme, number, state, key, since, cutting, token_key) VALUES (?, ?, ?, ?, ?, ?, "
     "?) ON CONFLICT (kme, number) DO UPDATE SET state = excluded.state, key = excluded.key, since = "
     "excluded.since, cutting = excluded.cutting, token_key = excluded.token_key"},
    {Sql::set_cutting, "UPDATE kme_epoch SET cutting = ?3 WHERE kme = ?1 AND number = ?2"},
    {Sql::know_first_epoch,
     "INSERT INTO device_epoch (imei, kme, epoch, first) SELECT imei, kme, confirmed_epoch, 1 FROM device "
     "WHERE imei = ?1 AND kme <> ?2 ON CONFLICT (imei, kme, epoch) DO UPDATE SET first = 1"},
    {Sql::recall_first_epoch,
     "UPDATE device SET confirmed_epoch = k.epoch FROM device_epoch AS k WHERE device.imei = ?1 AND k.imei = "
     "?1 AND k.kme = device.kme AND k.first = 1"},
    {Sql::forget_device_epochs, "DELETE FROM device_epoch WHERE imei = ?"},
    {Sql::set_challenge,
     "INSERT INTO device_epoch (imei, kme, epoch, challenge, expires_at) SELECT imei, kme, ?3, ?4, ?5 FROM "
     "device WHERE imei = ?1 AND kme = ?2 ON CONFLICT (imei, kme, epoch) DO UPDATE SET challenge = "
     "excluded.challenge, expires_at = excluded.expires_at"},
    {Sql::confirm_epoch,
     "INSERT INTO device_epoch (imei, kme, epoch, proved_at, proved_active) SELECT imei, kme, ?3, ?4, ?5 "
     "FROM device WHERE imei = ?1 AND kme = ?2 ON CONFLICT (imei, kme, epoch) DO UPDATE SET proved_at = "
     "excluded.proved_at, proved_active = max(proved_active, excluded.proved_active), challenge = NULL, "
     "expires_at = 0"},
    {Sql::refuse_proof,
     "INSERT INTO device_epoch (imei, kme, epoch, refused) SELECT imei, kme, ?3, 1 FROM device WHERE imei = "
     "?1 AND kme = ?2 ON CONFLICT (imei, kme, epoch) DO UPDATE SET refused = refused + 1"},
    {Sql::insert_receipt, "INSERT INTO receipt (imei, at, kme, epochs, imsis) VALUES (?, ?, ?, ?, ?)"},
    {Sql::apns_of, "SELECT apns, contexts FROM subscriber WHERE imsi = ?"},
    {Sql::put_job,
     "INSERT INTO job (id, name, digest, started_by, dry_run, repeats, state, reason, created_at, ended_at, "
     "row_count, done, unchanged, refused) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT "
     "(id) DO UPDATE SET name = excluded.name, digest = excluded.digest, started_by = excluded.started_by, "
     "dry_run = excluded.dry_run, repeats = excluded.repeats, state = excluded.state, reason = "
     "excluded.reason, created_at = excluded.created_at, ended_at = excluded.ended_at, row_count = "
     "excluded.row_count, done = excluded.done, unchanged = excluded.unchanged, refused = excluded.refused"},
    {Sql::insert_job_row,
     "INSERT INTO job_row (job, number, line, fields, result, reason) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT "
     "(job, number) DO NOTHING"},
    {Sql::set_job_row, "UPDATE job_row SET result = ?3, reason = ?4 WHERE job = ?1 AND number = ?2"},
    {Sql::trim_job_rows,
     "DELETE FROM job_row WHERE job = ?1 AND number IN (SELECT number FROM job_row WHERE job = ?1 ORDER BY "
     "number LIMIT ?2)"},
    {Sql::remove_empty_job,
     "DELETE FROM job WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM job_row WHERE job = ?1)"},
    {Sql::put_sync_report,
     "INSERT INTO sync_report (id, source, input, dry_run, result, reason, started_at, ended_at, row_count, "
     "added, removed, modes, unchanged, missing, refused) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
     "?) ON CONFLICT (id) DO UPDATE SET source = excluded.source, input = excluded.input, dry_run = "
     "excluded.dry_run, result = excluded.result, reason = excluded.reason, started_at = "
     "excluded.started_at, ended_at = excluded.ended_at, row_count = excluded.row_count, added = "
     "excluded.added, removed = excluded.removed, modes = excluded.modes, unchanged = excluded.unchanged, "
     "missing = excluded.missing, refused = excluded.refused"},
    {Sql::trim_sync_reports,
     "DELETE FROM sync_report WHERE id IN (SELECT id FROM sync_report ORDER BY id DESC LIMIT -1 OFFSET ?)"},
    {Sql::insert_sync_item,
     "INSERT INTO sync_item (report, number, action, imsi, imei, reason) VALUES (?, ?, ?, ?, ?, ?) ON "
     "CONFLICT (report, number) DO NOTHING"},
    {Sql::put_sync_named,
     "INSERT INTO sync_named (imsi, source, suspended) VALUES (?, ?, ?) ON CONFLICT (imsi) DO UPDATE SET "
     "source = excluded.source, suspended = excluded.suspended"},
    {Sql::remove_sync_named, "DELETE FROM sync_named WHERE imsi = ?"},

    {Sql::subscriber, STATE_COLUMNS "WHERE s.imsi = ?"},
    {Sql::subscribers, STATE_COLUMNS "WHERE s.imsi > ? ORDER BY s.imsi LIMIT ?"},
    {Sql::has_subscriber, "SELECT 1 FROM subscriber WHERE imsi = ?"},
    {Sql::associations, "SELECT a.imei, d.kme, a.epoch, " HAS_CONFIRMED(
                            "a.epoch") ", a.until, a.warned, a.pooled FROM association AS a JOIN device AS d "
                                       "ON d.imei = a.imei WHERE a.imsi = ? ORDER BY a.position"},
    {Sql::former, "SELECT kme, epoch FROM binding_former WHERE imsi = ? ORDER BY position"},
    {Sql::bindings, "SELECT b.imsi, " BINDING_COLUMNS " FROM binding AS b WHERE b.imsi > ? AND " IS_LISTED
                    " ORDER BY b.imsi LIMIT ?"},
    {Sql::kme, "SELECT id, algorithm, use FROM kme WHERE id = ?"},
    {Sql::kmes, "SELECT id, algorithm, use FROM kme WHERE id > ? ORDER BY id LIMIT ?"},
    {Sql::epochs,
     "SELECT number, state, key, since, cutting, token_key FROM kme_epoch WHERE kme = ? ORDER BY number"},
    {Sql::device, "SELECT imei, kme, confirmed_epoch, state FROM device WHERE imei = ?"},
    {Sql::devices,
     "SELECT imei, kme, confirmed_epoch, state FROM device WHERE imei > ? ORDER BY imei LIMIT ?"},
    {Sql::device_is_bound, "SELECT 1 FROM association WHERE imei = ? LIMIT 1"},
    {Sql::pool_of_device, "SELECT pool FROM pool_member WHERE imei = ? LIMIT 1"},
    {Sql::pool, "SELECT name FROM pool WHERE name = ?"},
    {Sql::pools, "SELECT name FROM pool WHERE name > ? ORDER BY name LIMIT ?"},
    {Sql::pool_members, "SELECT imei FROM pool_member WHERE pool = ? ORDER BY imei"},
    {Sql::pool_users,
     "SELECT imsi FROM binding WHERE pool = ?1 AND imsi > ?2 UNION SELECT imsi FROM binding WHERE learn_pool "
     "= ?1 AND imsi > ?2 ORDER BY imsi LIMIT ?3"},
    {Sql::due_bindings,
     "SELECT imsi FROM (SELECT imsi, until AS at FROM association WHERE until <> 0 AND until <= ?1 UNION ALL "
     "SELECT imsi, until FROM association WHERE until <> 0 AND warned = 0 AND until <= ?2 UNION ALL SELECT "
     "imsi, trial_answered_at FROM binding WHERE trial_answered_at <> 0 AND trial_answered_at <= ?3) GROUP "
     "BY imsi ORDER BY min(at) LIMIT ?4"},
    {Sql::vector_nodes,
     "SELECT imsi, host, realm, plain_at, bound_at, kinds FROM vector_node WHERE imsi = ? ORDER BY host"},
    {Sql::owed_clrs,
     "SELECT id, imsi, host, realm, cancellation_type, clr_flags, since FROM owed_clr WHERE id > ? ORDER BY "
     "id LIMIT ?"},
    {Sql::owed_updates,
     "SELECT id, kind, imsi, host, realm, node, parts, contexts, since FROM owed_update WHERE id > ? ORDER "
     "BY id LIMIT ?"},
    {Sql::serving_nodes,
     "SELECT host, min(realm) FROM (SELECT host, realm FROM registration UNION SELECT host, realm FROM "
     "sgsn_registration) GROUP BY host ORDER BY host"},
    {Sql::history,
     "SELECT imsi, imei, host, software_version, plmn, authorised, first_at, last_at, count FROM history "
     "WHERE imsi = ? ORDER BY last_at DESC, imei, host"},
    {Sql::events,
     "SELECT id, at, kind, imsi, detail FROM event WHERE id > ?1 AND at >= ?2 AND (?3 = '' OR imsi = ?3) AND "
     "(?4 = '' OR kind = ?4) ORDER BY id LIMIT ?5"},
    {Sql::last_event_id, "SELECT coalesce(max(id), 0) FROM event"},
    {Sql::supplier, "SELECT " SUPPLIER_COLUMNS " FROM supplier WHERE name = ?"},
    {Sql::suppliers, "SELECT " SUPPLIER_COLUMNS " FROM supplier WHERE name > ? ORDER BY name LIMIT ?"},
    {Sql::counts,
     "SELECT (SELECT count(*) FROM subscriber), (SELECT count(*) FROM device), (SELECT count(*) FROM kme), "
     "(SELECT count(*) FROM binding AS b WHERE b.mode <> 'off' OR EXISTS (SELECT 1 FROM association AS a "
     "WHERE a.imsi = b.imsi)), (SELECT count(*) FROM registration) + (SELECT count(*) FROM "
     "sgsn_registration)"},
    {Sql::state_counts,
     "SELECT (SELECT count(*) FROM binding WHERE suspended_at = 0 AND mode = 'observe'), (SELECT count(*) "
     "FROM binding WHERE suspended_at = 0 AND mode = 'learn'), (SELECT count(*) FROM binding WHERE "
     "suspended_at = 0 AND mode = 'enforce' AND violated_at = 0), (SELECT count(*) FROM binding WHERE "
     "suspended_at = 0 AND mode = 'enforce' AND violated_at <> 0), (SELECT count(*) FROM binding WHERE "
     "suspended_at <> 0)"},
    {Sql::audit_entries, "SELECT " AUDIT_COLUMNS "FROM main.audit WHERE id > ? ORDER BY id LIMIT ?"},
    {Sql::audit_head, "SELECT id, hash FROM main.audit ORDER BY id DESC LIMIT 1"},
    {Sql::approvals,
     "SELECT id, at, expires_at, uid, user, method, path, body, ground, state, decided_at, decided_uid, "
     "decided_by, answer FROM approval WHERE id > ? ORDER BY id LIMIT ?"},
    {Sql::setting, "SELECT value FROM setting WHERE name = ?"},
    {Sql::device_epochs,
     "SELECT e.epoch, e.epoch = d.confirmed_epoch, e.proved_at, e.proved_active, e.refused, e.expires_at, "
     "e.challenge FROM device AS d JOIN device_epoch AS e ON e.imei = d.imei AND e.kme = d.kme WHERE d.imei "
     "= ?1 UNION ALL SELECT d.confirmed_epoch, 1, 0, 0, 0, 0, NULL FROM device AS d WHERE d.imei = ?1 AND "
     "NOT EXISTS (SELECT 1 FROM device_epoch AS e WHERE e.imei = d.imei AND e.kme = d.kme AND e.epoch = "
     "d.confirmed_epoch) ORDER BY 1"},
    {Sql::devices_of,
     "SELECT imei, kme, confirmed_epoch, state FROM device WHERE kme = ? AND imei > ? ORDER BY imei LIMIT ?"},
    {Sql::imsis_of, "SELECT imsi FROM association WHERE imei = ? AND imsi > ? ORDER BY imsi LIMIT ?"},
    {Sql::epoch_users,
     "SELECT a.imsi, d.imei, a.epoch FROM device AS d JOIN association AS a ON a.imei = d.imei WHERE d.kme = "
     "?1 AND a.epoch < ?2 ORDER BY d.imei, a.imsi LIMIT ?3"},
    {Sql::laggards,
     "SELECT d.imei, d.kme, d.confirmed_epoch, d.state FROM device AS d WHERE d.kme = ?1 AND d.imei > ?3 AND "
     "NOT " HAS_CONFIRMED("?2") " ORDER BY d.imei LIMIT ?4"},
    {Sql::epoch_progress, "SELECT count(*), coalesce(sum(" HAS_CONFIRMED(
                              "?2") "), 0), (SELECT count(DISTINCT a.imsi) FROM device AS x JOIN association "
                                    "AS a ON a.imei = x.imei WHERE x.kme = ?1), (SELECT count(DISTINCT "
                                    "a.imsi) FROM device AS x JOIN association AS a ON a.imei = x.imei WHERE "
                                    "x.kme = ?1 AND a.epoch >= ?2) FROM device AS d WHERE d.kme = ?1"},
    {Sql::former_users,
     "SELECT DISTINCT imsi FROM binding_former WHERE kme = ? AND epoch = ? ORDER BY imsi LIMIT ?"},
    {Sql::epochs_at_work,
     "SELECT kme, number, state, since, cutting, key IS NOT NULL FROM kme_epoch WHERE (state = 'RETIRING' OR "
     "cutting IS NOT NULL OR (key IS NOT NULL AND state IN ('RETIRED', 'REVOKED'))) AND (kme, number) > (?, "
     "?) ORDER BY kme, number LIMIT ?"},
    {Sql::receipts, "SELECT id, imei, at, kme, epochs, imsis FROM receipt WHERE id > ? ORDER BY id LIMIT ?"},
    {Sql::job, JOB_COLUMNS "WHERE id = ?"},
    {Sql::jobs, JOB_COLUMNS "WHERE id > ? ORDER BY id LIMIT ?"},
    {Sql::job_rows,
     "SELECT number, line, fields, result, reason FROM job_row WHERE job = ? AND number > ? ORDER BY number "
     "LIMIT ?"},
    {Sql::sync_reports,
     "SELECT id, source, input, dry_run, result, reason, started_at, ended_at, row_count, added, removed, "
     "modes, unchanged, missing, refused FROM sync_report WHERE id > ? ORDER BY id LIMIT ?"},
    {Sql::sync_items,
     "SELECT number, action, imsi, imei, reason FROM sync_item WHERE report = ? AND number > ? ORDER BY "
     "number LIMIT ?"},
    {Sql::sync_named, "SELECT imsi, source, suspended FROM sync_named WHERE imsi > ? ORDER BY imsi LIMIT ?"},
    {Sql::sync_named_of, "SELECT imsi, source, suspended FROM sync_named WHERE imsi = ?"},

    {Sql::seal_check, "SELECT sealed FROM seal_check WHERE id = 1"},
    {Sql::set_seal_check,
     "INSERT INTO seal_check (id, sealed) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET sealed = "
     "excluded.sealed"},
    {Sql::sealed_subscribers, "SELECT imsi, k, opc FROM subscriber WHERE imsi > ? ORDER BY imsi LIMIT 1"},
    {Sql::reseal_subscriber, "UPDATE subscriber SET k = ?2, opc = ?3 WHERE imsi = ?1"},
    {Sql::sealed_epochs,
     "SELECT kme, number, key FROM kme_epoch WHERE (kme, number) > (?, ?) AND key IS NOT NULL ORDER BY kme, "
     "number LIMIT 1"},
    {Sql::reseal_epoch, "UPDATE kme_epoch SET key = ?3 WHERE kme = ?1 AND number = ?2"},
    {Sql::data_keys, "SELECT id, purpose, active, kek, wrapped FROM data_key ORDER BY id"},
    {Sql::insert_data_key, "INSERT INTO data_key (id, purpose, active, kek, wrapped) VALUES (?, ?, ?, ?, ?)"},
    {Sql::retire_data_key, "UPDATE data_key SET active = 0 WHERE purpose = ?"},
    {Sql::rewrap_data_key, "UPDATE data_key SET kek = ?2, wrapped = ?3 WHERE id = ?1"},
    {Sql::drop_data_key, "DELETE FROM data_key WHERE id = ?"},
    {Sql::count_sealed,
     "SELECT mark, sum(n) FROM (SELECT substr(k, 1, 5) AS mark, count(*) AS n FROM subscriber GROUP BY 1 "
     "UNION ALL SELECT substr(opc, 1, 5), count(*) FROM subscriber GROUP BY 1 UNION ALL SELECT substr(key, "
     "1, 5), count(*) FROM kme_epoch WHERE key IS NOT NULL GROUP BY 1 UNION ALL SELECT "
     "substr(transport_key, 1, 5), count(*) FROM supplier WHERE transport_key IS NOT NULL GROUP BY 1 UNION "
     "ALL "
     "SELECT substr(sealed, 1, 5), 1 FROM seal_check) GROUP BY mark"},
    {Sql::foreign_subscribers,
     "SELECT imsi FROM subscriber WHERE imsi > ?1 AND (substr(k, 1, 5) <> ?2 OR substr(opc, 1, 5) <> ?2) "
     "ORDER BY imsi LIMIT ?3"},
    {Sql::foreign_epochs,
     "SELECT kme, number FROM kme_epoch WHERE (kme, number) > (?1, ?2) AND substr(key, 1, 5) <> ?3 ORDER BY "
     "kme, number LIMIT ?4"},
    {Sql::sealed_subscriber, "SELECT k, opc FROM subscriber WHERE imsi = ?"},
    {Sql::sealed_epoch, "SELECT key FROM kme_epoch WHERE kme = ? AND number = ? AND key IS NOT NULL"},
    {Sql::foreign_suppliers,
     "SELECT name FROM supplier WHERE name > ?1 AND substr(transport_key, 1, 5) <> ?2 ORDER BY name LIMIT "
     "?3"},
    {Sql::sealed_supplier, "SELECT transport_key FROM supplier WHERE name = ? AND transport_key IS NOT NULL"},
    {Sql::sealed_suppliers,
     "SELECT name, transport_key FROM supplier WHERE name > ? AND transport_key IS NOT NULL ORDER BY name "
     "LIMIT 1"},
    {Sql::reseal_supplier, "UPDATE supplier SET transport_key = ?2 WHERE name = ?1"},
    {Sql::attach_restored, "ATTACH ? AS restored"},
    {Sql::raise_restored_seqs,
     "UPDATE restored.subscriber AS r SET seq_high = min(?2, CASE WHEN (SELECT sealed FROM main.seal_check) "
     "= (SELECT sealed FROM restored.seal_check) AND " KNOWN_SEQ " >= r.seq_high THEN " KNOWN_SEQ
     " ELSE max(" KNOWN_SEQ ", r.seq_high + ?1) END)"},
    {Sql::keep_seqs,
     "INSERT INTO restored.retired_seq (imsi, seq_high) SELECT imsi, seq_high FROM (SELECT imsi, seq_high "
     "FROM main.retired_seq UNION ALL SELECT imsi, seq_high FROM main.subscriber) WHERE imsi NOT IN (SELECT "
     "imsi FROM restored.subscriber) ON CONFLICT (imsi) DO UPDATE SET seq_high = max(seq_high, "
     "excluded.seq_high)"},
    {Sql::keep_registrations,
     "INSERT INTO restored.registration (" REGISTRATION_COLUMNS ") SELECT " REGISTRATION_COLUMNS
     " FROM main.registration WHERE imsi IN (SELECT imsi FROM restored.subscriber)" REGISTRATION_REPLACED},
    {Sql::keep_sgsn_registrations, "INSERT INTO restored.sgsn_registration (" REGISTRATION_COLUMNS
                                   ", number, gprs_data) SELECT " REGISTRATION_COLUMNS
                                   ", number, gprs_data FROM main.sgsn_registration WHERE imsi IN (SELECT "
                                   "imsi FROM restored.subscriber)" SGSN_REPLACED},
    {Sql::keep_vector_nodes,
     "INSERT INTO restored.vector_node (imsi, host, realm, plain_at, bound_at, kinds) SELECT imsi, host, "
     "realm, plain_at, bound_at, kinds FROM main.vector_node WHERE imsi IN (SELECT imsi FROM "
     "restored.subscriber) ON CONFLICT (imsi, host) DO UPDATE SET realm = excluded.realm, plain_at = "
     "max(plain_at, excluded.plain_at), bound_at = max(bound_at, excluded.bound_at), kinds = kinds | "
     "excluded.kinds"},
    {Sql::keep_owed_clrs,
     OWE_CLR "imsi, host, realm, cancellation_type, clr_flags, since FROM main.owed_clr" OWE_ANEW},
    {Sql::keep_owed_updates,
     "INSERT INTO restored.owed_update (kind, imsi, host, realm, node, parts, contexts, since) SELECT kind, "
     "imsi, host, realm, node, parts, contexts, since FROM main.owed_update WHERE true ON CONFLICT (kind, "
     "imsi, host, node) DO UPDATE SET realm = excluded.realm, parts = parts | excluded.parts, contexts = "
     "CASE WHEN contexts = '' THEN excluded.contexts ELSE contexts END, since = excluded.since"},
    {Sql::hosts_owed,
     "SELECT host FROM " PLAIN_HOLDERS " UNION SELECT host FROM " REMOVED_HOLDERS " ORDER BY host"},
    {Sql::owe_leaving_plain, OWE_CLR OWE_HOLDERS PLAIN_HOLDERS OWE_ANEW},
    {Sql::owe_removed, OWE_CLR OWE_HOLDERS REMOVED_HOLDERS OWE_ANEW},
    {Sql::end_registrations,
     "DELETE FROM restored.registration WHERE imsi IN " LEAVING_PLAIN " OR imsi IN " SUSPENDING},
    {Sql::end_sgsn_registrations,
     "DELETE FROM restored.sgsn_registration WHERE imsi IN " LEAVING_PLAIN " OR imsi IN " SUSPENDING},
    {Sql::keep_left_plain,
     "UPDATE restored.binding AS r SET left_plain_at = max(left_plain_at, coalesce((SELECT m.left_plain_at "
     "FROM main.binding AS m WHERE m.imsi = r.imsi), 0))"},
    {Sql::leave_plain, "UPDATE restored.binding SET left_plain_at = ? WHERE imsi IN " LEAVING_PLAIN},
    {Sql::restored_audit, "SELECT " AUDIT_COLUMNS "FROM restored.audit WHERE id > ? ORDER BY id LIMIT ?"},
    {Sql::restored_audit_head, "SELECT id, hash FROM restored.audit ORDER BY id DESC LIMIT 1"},
    {Sql::take_over_audit,
     "INSERT INTO main.audit (" AUDIT_COLUMNS ") SELECT " AUDIT_COLUMNS
     "FROM restored.audit WHERE id > coalesce((SELECT max(id) FROM main.audit), 0) ORDER BY id"},
    {Sql::owe_resets,
     "INSERT INTO restored.owed_update (kind, imsi, host, realm, node, parts, contexts, since) SELECT 2, ?1, "
     "host, min(realm), 0, 0, '', ?2 FROM (SELECT host, realm FROM restored.registration UNION SELECT host, "
     "realm FROM restored.sgsn_registration) WHERE true GROUP BY host ON CONFLICT (kind, imsi, host, node) "
     "DO UPDATE SET realm = excluded.realm, since = excluded.since"},

}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].id != static_cast<Sql>(i) || table[i].text == nullptr) return false;
  }
  return true;
}
static_assert(in_order());

}  // namespace

const char* text(Sql id) { return table[static_cast<std::size_t>(id)].text; }

}  // namespace simbiont::store

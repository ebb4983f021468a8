// What a restore does with the content of the database, table by table.
#include "store/sqlite_sql.h"

namespace simbiont::store {

const char* replace_content() {
  return R"(
DELETE FROM main.association;
DELETE FROM main.binding_former;
DELETE FROM main.binding;
DELETE FROM main.registration;
DELETE FROM main.sgsn_registration;
DELETE FROM main.vector_node;
DELETE FROM main.history;
DELETE FROM main.subscriber;
DELETE FROM main.retired_seq;
DELETE FROM main.pool;
DELETE FROM main.device;
DELETE FROM main.device_epoch;
DELETE FROM main.receipt;
DELETE FROM main.kme_epoch;
DELETE FROM main.kme;
DELETE FROM main.owed_clr;
DELETE FROM main.owed_update;
DELETE FROM main.event;
DELETE FROM main.supplier;
DELETE FROM main.job_row;
DELETE FROM main.job;
DELETE FROM main.sync_report;
DELETE FROM main.sync_named;
INSERT INTO main.subscriber (imsi, algorithm, k, opc, amf, seq_high, msisdn, apns, contexts) SELECT imsi, algorithm, k, opc, amf, seq_high, msisdn, apns, contexts FROM restored.subscriber;
INSERT INTO main.retired_seq (imsi, seq_high) SELECT imsi, seq_high FROM restored.retired_seq;
INSERT INTO main.kme (id, algorithm, use) SELECT id, algorithm, use FROM restored.kme;
INSERT INTO main.kme_epoch (kme, number, state, key, token_key, since, cutting) SELECT kme, number, state, key, token_key, since, cutting FROM restored.kme_epoch;
INSERT INTO main.device_epoch (imei, kme, epoch, first, proved_at, proved_active, refused) SELECT imei, kme, epoch, first, proved_at, proved_active, refused FROM restored.device_epoch;
INSERT INTO main.receipt (id, imei, at, kme, epochs, imsis) SELECT id, imei, at, kme, epochs, imsis FROM restored.receipt;
INSERT INTO main.device (imei, kme, confirmed_epoch, state) SELECT imei, kme, confirmed_epoch, state FROM restored.device;
INSERT INTO main.pool (name) SELECT name FROM restored.pool;
INSERT INTO main.pool_member (pool, imei) SELECT pool, imei FROM restored.pool_member;
INSERT INTO main.binding (imsi, mode, reported_imei, reported_at, evidence_imei, evidence_at, evidence_epoch, left_plain_at, policy, turned_imei, turned_at, suspended_at, violated_at, pool, learn_pool, learn_tacs, rest_until, trial_imei, trial_epoch, trial_named_at, trial_answered_at) SELECT imsi, mode, reported_imei, reported_at, evidence_imei, evidence_at, evidence_epoch, left_plain_at, policy, turned_imei, turned_at, suspended_at, violated_at, pool, learn_pool, learn_tacs, rest_until, trial_imei, trial_epoch, trial_named_at, trial_answered_at FROM restored.binding;
INSERT INTO main.association (imsi, position, imei, epoch, until, warned, pooled) SELECT imsi, position, imei, epoch, until, warned, pooled FROM restored.association;
INSERT INTO main.binding_former (imsi, position, kme, epoch) SELECT imsi, position, kme, epoch FROM restored.binding_former;
INSERT INTO main.registration (imsi, host, realm, plmn, rat_type, since, purged_at, features_1, features_2) SELECT imsi, host, realm, plmn, rat_type, since, purged_at, features_1, features_2 FROM restored.registration;
INSERT INTO main.sgsn_registration (imsi, host, realm, plmn, rat_type, since, purged_at, features_1, features_2, number, gprs_data) SELECT imsi, host, realm, plmn, rat_type, since, purged_at, features_1, features_2, number, gprs_data FROM restored.sgsn_registration;
INSERT INTO main.vector_node (imsi, host, realm, plain_at, bound_at, kinds) SELECT imsi, host, realm, plain_at, bound_at, kinds FROM restored.vector_node;
INSERT INTO main.history (imsi, imei, host, software_version, plmn, authorised, first_at, last_at, count) SELECT imsi, imei, host, software_version, plmn, authorised, first_at, last_at, count FROM restored.history;
INSERT INTO main.owed_clr (imsi, host, realm, cancellation_type, clr_flags, since) SELECT imsi, host, realm, cancellation_type, clr_flags, since FROM restored.owed_clr ORDER BY id;
INSERT INTO main.owed_update (kind, imsi, host, realm, node, parts, contexts, since) SELECT kind, imsi, host, realm, node, parts, contexts, since FROM restored.owed_update ORDER BY id;
INSERT INTO main.event (id, at, kind, imsi, detail) SELECT id, at, kind, imsi, detail FROM restored.event;
INSERT INTO main.supplier (name, sims, verifying_key, transport_key, encryption_key, kme_prefix, scope) SELECT name, sims, verifying_key, transport_key, encryption_key, kme_prefix, scope FROM restored.supplier;
-- A job goes on after a restore when an operator says so (JobState: running, interrupted).
INSERT INTO main.job (id, name, digest, started_by, dry_run, repeats, state, reason, created_at, ended_at, row_count, done, unchanged, refused) SELECT id, name, digest, started_by, dry_run, repeats, iif(state = 1, 2, state), iif(state = 1, 'the store was restored', reason), created_at, ended_at, row_count, done, unchanged, refused FROM restored.job;
INSERT INTO main.job_row (job, number, line, fields, result, reason) SELECT job, number, line, fields, result, reason FROM restored.job_row;
INSERT INTO main.sync_report (id, source, input, dry_run, result, reason, started_at, ended_at, row_count, added, removed, modes, unchanged, missing, refused) SELECT id, source, input, dry_run, result, reason, started_at, ended_at, row_count, added, removed, modes, unchanged, missing, refused FROM restored.sync_report;
INSERT INTO main.sync_item (report, number, action, imsi, imei, reason) SELECT report, number, action, imsi, imei, reason FROM restored.sync_item;
INSERT INTO main.sync_named (imsi, source, suspended) SELECT imsi, source, suspended FROM restored.sync_named;
)";
}

}  // namespace simbiont::store

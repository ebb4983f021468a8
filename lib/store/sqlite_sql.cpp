#include "store/sqlite_sql.h"

#include <array>

// Column lists that several statements share; the readers take columns in this order.
#define STATE_COLUMNS                                                                                        \
  "SELECT s.imsi, s.algorithm, s.k, s.opc, s.amf, s.seq_high, s.msisdn, s.apns, b.mode, "                    \
  "b.reported_imei, b.reported_at, b.evidence_imei, b.evidence_at, b.left_plain_at, r.host, r.realm, "       \
  "r.plmn, r.rat_type, r.since, r.purged_at FROM subscriber AS s LEFT JOIN binding AS b ON b.imsi = s.imsi " \
  "LEFT JOIN "                                                                                               \
  "registration AS r ON r.imsi = s.imsi "
#define INSERT_SUBSCRIBER                                                                              \
  "INSERT INTO subscriber (imsi, algorithm, k, opc, amf, seq_high, msisdn, apns) VALUES (?1, ?2, ?3, " \
  "?4, ?5, max(?6, coalesce((SELECT seq_high FROM retired_seq WHERE imsi = ?1), 0)), ?7, ?8) ON "      \
  "CONFLICT (imsi) DO "
#define IS_LISTED \
  "(binding.mode <> 'off' OR EXISTS (SELECT 1 FROM association AS a WHERE a.imsi = binding.imsi))"
// What main knows of the SEQs of the restored subscriber r; -1: nothing.
#define KNOWN_SEQ                                                                          \
  "coalesce((SELECT m.seq_high FROM main.subscriber AS m WHERE m.imsi = r.imsi), (SELECT " \
  "t.seq_high FROM main.retired_seq AS t WHERE t.imsi = r.imsi), -1)"
// The next three: of a restore. IMSIs that issue plain vectors in main and none in restored; what nodes of
// them are owed a CLR, after registrations and nodes were joined; what nodes of the subscribers that go.
#define LEAVING_PLAIN                                                                                 \
  "(SELECT r.imsi FROM restored.binding AS r JOIN main.subscriber AS s ON s.imsi = r.imsi LEFT JOIN " \
  "main.binding AS m ON m.imsi = r.imsi WHERE r.mode = 'enforce' AND coalesce(m.mode, 'off') <> 'enforce')"
#define PLAIN_HOLDERS                                                                                 \
  "(SELECT imsi, host, realm FROM restored.registration WHERE imsi IN " LEAVING_PLAIN                 \
  " UNION SELECT imsi, host, realm FROM restored.vector_node WHERE plain_at <> 0 AND plain_at >= ?1 " \
  "AND imsi IN " LEAVING_PLAIN ")"
#define REMOVED_HOLDERS                                                                          \
  "(SELECT imsi, host, realm FROM main.registration WHERE imsi NOT IN (SELECT imsi FROM "        \
  "restored.subscriber) UNION SELECT imsi, host, realm FROM main.vector_node WHERE "             \
  "max(plain_at, bound_at) <> 0 AND max(plain_at, bound_at) >= ?1 AND imsi NOT IN (SELECT imsi " \
  "FROM restored.subscriber))"
#define OWE_CLR \
  "INSERT INTO restored.owed_clr (imsi, host, realm, cancellation_type, clr_flags, since) SELECT "
#define OWE_ANEW                                                                                             \
  " WHERE true ON CONFLICT (imsi, host, cancellation_type) DO UPDATE SET realm = excluded.realm, clr_flags " \
  "= excluded.clr_flags, since = excluded.since"

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
    {Sql::replace_subscriber, INSERT_SUBSCRIBER
     "UPDATE SET algorithm = excluded.algorithm, k = excluded.k, opc = excluded.opc, amf = excluded.amf, "
     "seq_high = max(seq_high, excluded.seq_high), msisdn = excluded.msisdn, apns = excluded.apns"},
    {Sql::retire_seq,
     "INSERT INTO retired_seq (imsi, seq_high) SELECT imsi, seq_high FROM subscriber WHERE imsi = ? ON "
     "CONFLICT (imsi) DO UPDATE SET seq_high = excluded.seq_high"},
    {Sql::remove_subscriber, "DELETE FROM subscriber WHERE imsi = ?"},
    {Sql::raise_seq, "UPDATE subscriber SET seq_high = max(seq_high, ?2) WHERE imsi = ?1"},
    {Sql::set_seq, "UPDATE subscriber SET seq_high = ?2 WHERE imsi = ?1"},
    {Sql::insert_kme, "INSERT INTO kme (id, algorithm) VALUES (?, ?) ON CONFLICT (id) DO NOTHING"},
    {Sql::replace_kme,
     "INSERT INTO kme (id, algorithm) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET algorithm = "
     "excluded.algorithm"},
    {Sql::remove_kme, "DELETE FROM kme WHERE id = ?"},
    {Sql::forget_epochs, "DELETE FROM kme_epoch WHERE kme = ?"},
    {Sql::insert_epoch, "INSERT INTO kme_epoch (kme, number, state, key) VALUES (?, ?, ?, ?)"},
    {Sql::insert_device,
     "INSERT INTO device (imei, kme, confirmed_epoch) VALUES (?, ?, ?) ON CONFLICT (imei) DO NOTHING"},
    {Sql::replace_device,
     "INSERT INTO device (imei, kme, confirmed_epoch) VALUES (?, ?, ?) ON CONFLICT (imei) DO UPDATE SET "
     "kme = excluded.kme, confirmed_epoch = excluded.confirmed_epoch"},
    {Sql::set_device_state, "UPDATE device SET state = ?2 WHERE imei = ?1"},
    {Sql::remove_device, "DELETE FROM device WHERE imei = ?"},
    {Sql::put_binding,
     "INSERT INTO binding (imsi, mode, reported_imei, reported_at, evidence_imei, evidence_at, "
     "left_plain_at) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (imsi) DO UPDATE SET mode = excluded.mode, "
     "reported_imei = excluded.reported_imei, reported_at = excluded.reported_at, evidence_imei = "
     "excluded.evidence_imei, evidence_at = excluded.evidence_at, left_plain_at = excluded.left_plain_at"},
    {Sql::forget_associations, "DELETE FROM association WHERE imsi = ?"},
    {Sql::insert_association, "INSERT INTO association (imsi, position, imei, epoch) VALUES (?, ?, ?, ?)"},
    {Sql::forget_former, "DELETE FROM binding_former WHERE imsi = ?"},
    {Sql::insert_former, "INSERT INTO binding_former (imsi, position, kme, epoch) VALUES (?, ?, ?, ?)"},
    {Sql::set_reported,
     "INSERT INTO binding (imsi, mode, reported_imei, reported_at) VALUES (?, 'off', ?, ?) ON CONFLICT "
     "(imsi) DO UPDATE SET reported_imei = excluded.reported_imei, reported_at = excluded.reported_at"},
    {Sql::set_evidence,
     "INSERT INTO binding (imsi, mode, evidence_imei, evidence_at) VALUES (?, 'off', ?, ?) ON CONFLICT "
     "(imsi) DO UPDATE SET evidence_imei = excluded.evidence_imei, evidence_at = excluded.evidence_at"},
    {Sql::set_older_reported,
     "INSERT INTO binding (imsi, mode, reported_imei, reported_at) VALUES (?, 'off', ?, ?) ON CONFLICT "
     "(imsi) DO UPDATE SET reported_imei = excluded.reported_imei, reported_at = excluded.reported_at WHERE "
     "coalesce(reported_at <= excluded.reported_at, true)"},
    {Sql::set_older_evidence,
     "INSERT INTO binding (imsi, mode, evidence_imei, evidence_at) VALUES (?, 'off', ?, ?) ON CONFLICT "
     "(imsi) DO UPDATE SET evidence_imei = excluded.evidence_imei, evidence_at = excluded.evidence_at WHERE "
     "coalesce(evidence_at <= excluded.evidence_at, true)"},
    {Sql::put_registration,
     "INSERT INTO registration (imsi, host, realm, plmn, rat_type, since, purged_at) VALUES (?, ?, ?, ?, ?, "
     "?, ?) ON CONFLICT (imsi) DO UPDATE SET host = excluded.host, realm = excluded.realm, plmn = "
     "excluded.plmn, rat_type = excluded.rat_type, since = excluded.since, purged_at = excluded.purged_at"},
    {Sql::remove_registration, "DELETE FROM registration WHERE imsi = ? AND host = ?"},
    {Sql::raise_vector_node,
     "UPDATE vector_node SET realm = ?3, plain_at = max(plain_at, ?4), bound_at = max(bound_at, ?5) WHERE "
     "imsi = ?1 AND host = ?2"},
    {Sql::insert_vector_node,
     "INSERT INTO vector_node (imsi, host, realm, plain_at, bound_at) VALUES (?, ?, ?, ?, ?)"},
    {Sql::trim_vector_nodes,
     "DELETE FROM vector_node WHERE imsi = ?1 AND host IN (SELECT host FROM vector_node WHERE imsi = ?1 AND "
     "(plain_at = 0 OR plain_at < ?3) ORDER BY max(plain_at, bound_at), host DESC LIMIT max(0, (SELECT "
     "count(*) FROM vector_node WHERE imsi = ?1) - ?2))"},
    {Sql::too_many_nodes, "SELECT 1 FROM vector_node WHERE imsi = ?1 LIMIT 1 OFFSET ?2"},
    {Sql::merge_owed_clr, "DELETE FROM owed_clr WHERE imsi = ? AND host = ? AND cancellation_type = ?"},
    {Sql::insert_owed_clr,
     "INSERT INTO owed_clr (imsi, host, realm, cancellation_type, clr_flags, since) VALUES (?, ?, ?, ?, ?, "
     "?)"},
    {Sql::settle_clr, "DELETE FROM owed_clr WHERE id = ?"},
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

    {Sql::subscriber, STATE_COLUMNS "WHERE s.imsi = ?"},
    {Sql::subscribers, STATE_COLUMNS "WHERE s.imsi > ? ORDER BY s.imsi LIMIT ?"},
    {Sql::has_subscriber, "SELECT 1 FROM subscriber WHERE imsi = ?"},
    {Sql::associations,
     "SELECT a.imei, d.kme, a.epoch FROM association AS a JOIN device AS d ON d.imei = a.imei WHERE a.imsi "
     "= ? ORDER BY a.position"},
    {Sql::former, "SELECT kme, epoch FROM binding_former WHERE imsi = ? ORDER BY position"},
    {Sql::bindings,
     "SELECT imsi, mode, reported_imei, reported_at, evidence_imei, evidence_at, left_plain_at FROM "
     "binding WHERE imsi > ? AND " IS_LISTED " ORDER BY imsi LIMIT ?"},
    {Sql::kme, "SELECT id, algorithm FROM kme WHERE id = ?"},
    {Sql::kmes, "SELECT id, algorithm FROM kme WHERE id > ? ORDER BY id LIMIT ?"},
    {Sql::epochs, "SELECT number, state, key FROM kme_epoch WHERE kme = ? ORDER BY number"},
    {Sql::device, "SELECT imei, kme, confirmed_epoch, state FROM device WHERE imei = ?"},
    {Sql::devices,
     "SELECT imei, kme, confirmed_epoch, state FROM device WHERE imei > ? ORDER BY imei LIMIT ?"},
    {Sql::device_is_bound, "SELECT 1 FROM association WHERE imei = ? LIMIT 1"},
    {Sql::vector_nodes,
     "SELECT imsi, host, realm, plain_at, bound_at FROM vector_node WHERE imsi = ? ORDER BY host"},
    {Sql::owed_clrs,
     "SELECT id, imsi, host, realm, cancellation_type, clr_flags, since FROM owed_clr WHERE id > ? ORDER "
     "BY id LIMIT ?"},
    {Sql::history,
     "SELECT imsi, imei, host, software_version, plmn, authorised, first_at, last_at, count FROM history "
     "WHERE imsi = ? ORDER BY last_at DESC, imei, host"},
    {Sql::events, "SELECT id, at, kind, imsi, detail FROM event WHERE id > ? ORDER BY id LIMIT ?"},
    {Sql::last_event_id, "SELECT coalesce(max(id), 0) FROM event"},
    {Sql::counts,
     "SELECT (SELECT count(*) FROM subscriber), (SELECT count(*) FROM device), (SELECT count(*) FROM kme), "
     "(SELECT count(*) FROM binding WHERE " IS_LISTED "), (SELECT count(*) FROM registration)"},

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
     "INSERT INTO restored.registration (imsi, host, realm, plmn, rat_type, since, purged_at) SELECT imsi, "
     "host, realm, plmn, rat_type, since, purged_at FROM main.registration WHERE imsi IN (SELECT imsi FROM "
     "restored.subscriber) ON CONFLICT (imsi) DO UPDATE SET host = excluded.host, realm = excluded.realm, "
     "plmn = excluded.plmn, rat_type = excluded.rat_type, since = excluded.since, purged_at = "
     "excluded.purged_at"},
    {Sql::keep_vector_nodes,
     "INSERT INTO restored.vector_node (imsi, host, realm, plain_at, bound_at) SELECT imsi, host, realm, "
     "plain_at, bound_at FROM main.vector_node WHERE imsi IN (SELECT imsi FROM restored.subscriber) ON "
     "CONFLICT (imsi, host) DO UPDATE SET realm = excluded.realm, plain_at = max(plain_at, "
     "excluded.plain_at), bound_at = max(bound_at, excluded.bound_at)"},
    {Sql::keep_owed_clrs,
     OWE_CLR "imsi, host, realm, cancellation_type, clr_flags, since FROM main.owed_clr" OWE_ANEW},
    {Sql::hosts_owed,
     "SELECT host FROM " PLAIN_HOLDERS " UNION SELECT host FROM " REMOVED_HOLDERS " ORDER BY host"},
    {Sql::owe_leaving_plain, OWE_CLR "imsi, host, realm, ?2, ?3, ?4 FROM " PLAIN_HOLDERS OWE_ANEW},
    {Sql::owe_removed, OWE_CLR "imsi, host, realm, ?2, ?3, ?4 FROM " REMOVED_HOLDERS OWE_ANEW},
    {Sql::end_registrations, "DELETE FROM restored.registration WHERE imsi IN " LEAVING_PLAIN},
    {Sql::keep_left_plain,
     "UPDATE restored.binding AS r SET left_plain_at = max(left_plain_at, coalesce((SELECT m.left_plain_at "
     "FROM main.binding AS m WHERE m.imsi = r.imsi), 0))"},
    {Sql::leave_plain, "UPDATE restored.binding SET left_plain_at = ? WHERE imsi IN " LEAVING_PLAIN},
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

const char* replace_content() {
  return R"(
DELETE FROM main.association;
DELETE FROM main.binding_former;
DELETE FROM main.binding;
DELETE FROM main.registration;
DELETE FROM main.vector_node;
DELETE FROM main.history;
DELETE FROM main.subscriber;
DELETE FROM main.retired_seq;
DELETE FROM main.device;
DELETE FROM main.kme_epoch;
DELETE FROM main.kme;
DELETE FROM main.owed_clr;
DELETE FROM main.event;
INSERT INTO main.subscriber (imsi, algorithm, k, opc, amf, seq_high, msisdn, apns)
  SELECT imsi, algorithm, k, opc, amf, seq_high, msisdn, apns FROM restored.subscriber;
INSERT INTO main.retired_seq (imsi, seq_high) SELECT imsi, seq_high FROM restored.retired_seq;
INSERT INTO main.kme (id, algorithm) SELECT id, algorithm FROM restored.kme;
INSERT INTO main.kme_epoch (kme, number, state, key) SELECT kme, number, state, key FROM restored.kme_epoch;
INSERT INTO main.device (imei, kme, confirmed_epoch, state)
  SELECT imei, kme, confirmed_epoch, state FROM restored.device;
INSERT INTO main.binding (imsi, mode, reported_imei, reported_at, evidence_imei, evidence_at, left_plain_at)
  SELECT imsi, mode, reported_imei, reported_at, evidence_imei, evidence_at, left_plain_at
  FROM restored.binding;
INSERT INTO main.association (imsi, position, imei, epoch)
  SELECT imsi, position, imei, epoch FROM restored.association;
INSERT INTO main.binding_former (imsi, position, kme, epoch)
  SELECT imsi, position, kme, epoch FROM restored.binding_former;
INSERT INTO main.registration (imsi, host, realm, plmn, rat_type, since, purged_at)
  SELECT imsi, host, realm, plmn, rat_type, since, purged_at FROM restored.registration;
INSERT INTO main.vector_node (imsi, host, realm, plain_at, bound_at)
  SELECT imsi, host, realm, plain_at, bound_at FROM restored.vector_node;
INSERT INTO main.history (imsi, imei, host, software_version, plmn, authorised, first_at, last_at, count)
  SELECT imsi, imei, host, software_version, plmn, authorised, first_at, last_at, count
  FROM restored.history;
INSERT INTO main.owed_clr (imsi, host, realm, cancellation_type, clr_flags, since)
  SELECT imsi, host, realm, cancellation_type, clr_flags, since FROM restored.owed_clr ORDER BY id;
INSERT INTO main.event (id, at, kind, imsi, detail) SELECT id, at, kind, imsi, detail FROM restored.event;
)";
}

}  // namespace simbiont::store

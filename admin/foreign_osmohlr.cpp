// The database of OsmoHLR, read only. Stop it, or take a copy with `sqlite3 hlr.db .backup`, so that no SQN
// moves.
#include <sqlite3.h>

#include <array>
#include <memory>

#include "admin/foreign.h"

namespace simbiont::admin {
namespace {

// Numbers of the algorithms as libosmocore has them.
constexpr std::array<std::string_view, 8> algorithms{"none",   "comp128v1", "comp128v2", "comp128v3",
                                                     "xor-3g", "milenage",  "xor-2g",    "tuak"};
constexpr int xor_3g = 4, milenage = 5, tuak = 7;

constexpr const char* query =
    "SELECT s.id, s.imsi, s.msisdn, s.nam_ps, s.imei, g.algo_id_2g, a.algo_id_3g, a.k, a.op, a.opc, a.sqn, "
    "a.ind_bitlen, (SELECT group_concat(apn, ';') FROM subscriber_apn WHERE subscriber_id = s.id), "
    "(SELECT count(*) FROM subscriber_multi_msisdn WHERE subscriber_id = s.id), s.nam_cs "
    "FROM subscriber s LEFT JOIN auc_3g a ON a.subscriber_id = s.id "
    "LEFT JOIN auc_2g g ON g.subscriber_id = s.id ORDER BY s.id";
enum : int {
  id,
  imsi,
  msisdn,
  nam_ps,
  imei,
  alg_2g,
  alg_3g,
  k,
  op,
  opc,
  sqn,
  ind_bitlen,
  apns,
  msisdns,
  nam_cs
};

struct Close {
  void operator()(sqlite3* db) const { (void)sqlite3_close(db); }
  void operator()(sqlite3_stmt* statement) const { (void)sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, Close>;
using Statement = std::unique_ptr<sqlite3_stmt, Close>;

struct Row {
  sqlite3_stmt* statement;

  bool null(int column) const { return sqlite3_column_type(statement, column) == SQLITE_NULL; }
  std::string_view text(int column) const {
    const auto* octets = sqlite3_column_text(statement, column);
    if (octets == nullptr) return {};
    return {reinterpret_cast<const char*>(octets),
            static_cast<std::size_t>(sqlite3_column_bytes(statement, column))};
  }
  std::int64_t number(int column) const { return sqlite3_column_int64(statement, column); }
};

std::string algorithm(std::int64_t number) {
  if (number < 0 || number >= static_cast<std::int64_t>(algorithms.size())) return std::to_string(number);
  return std::string(algorithms[static_cast<std::size_t>(number)]);
}

// Why the subscriber cannot come at all; empty when it can.
std::string hindrance(const Row& row) {
  if (row.number(nam_ps) == 0) return "packet service is barred there, and barring is not kept";
  const bool has_2g = !row.null(alg_2g) && row.number(alg_2g) != 0;
  if (row.null(alg_3g) || row.number(alg_3g) == 0)
    return has_2g ? "it has 2G keys only (" + algorithm(row.number(alg_2g)) + ")" : "it has no keys";
  const std::int64_t alg = row.number(alg_3g);
  if (alg != milenage && alg != tuak && alg != xor_3g)
    return "its algorithm " + algorithm(row.number(alg_3g)) + " is not taken over";
  return {};
}

void take(const Row& row, Foreign& out) {
  const std::string_view who = row.text(imsi);
  const auto place = static_cast<std::uint64_t>(row.number(id));
  if (const std::string why = hindrance(row); !why.empty()) return out.leave(who, "subscriber", why);
  if (row.null(sqn) || sqlite3_column_type(row.statement, sqn) != SQLITE_INTEGER || row.number(sqn) < 0)
    return out.complain(place, "sqn is not a number");
  if (!row.null(alg_2g) && row.number(alg_2g) != 0)
    out.leave(who, "auc_2g", "a 2G key (" + algorithm(row.number(alg_2g)) + ") is not kept");
  if (row.number(ind_bitlen) != 5) out.leave(who, "ind_bitlen", "IND has 5 bits here, and it has not there");
  if (row.number(nam_cs) == 0)
    out.leave(who, "nam_cs", "the subscription profile is that of the configuration");
  if (!row.text(imei).empty())
    out.leave(who, "imei", "the network reports the device anew; bind says which is right");
  if (row.number(msisdns) > 0) out.leave(who, "subscriber_multi_msisdn", "only the MSISDN itself is kept");
  const std::int64_t alg = row.number(alg_3g);
  const bool has_opc = !row.text(opc).empty();
  if (alg == xor_3g) {  // the columns mean nothing there
    return out.add(place,
                   {who, row.text(k), "", "", "", "xor", row.text(sqn), row.text(msisdn), row.text(apns)});
  }
  if (has_opc && !row.text(op).empty()) out.leave(who, "op", "OPc is there: OP is not needed");
  out.add(place, {who, row.text(k), has_opc ? std::string_view{} : row.text(op), row.text(opc), "",
                  alg == tuak ? "tuak" : "", row.text(sqn), row.text(msisdn), row.text(apns)});
}

// A file of somebody else's: no view, trigger or function of its own does anything.
Result<Database> open(const std::string& path) {
  sqlite3* raw = nullptr;
  const int opened =
      sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOFOLLOW, nullptr);
  Database db(raw);
  if (opened != SQLITE_OK) return error(Errc::io, "cannot read " + path);
  (void)sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  (void)sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  (void)sqlite3_db_config(raw, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  (void)sqlite3_limit(raw, SQLITE_LIMIT_LENGTH, 1 << 20);
  (void)sqlite3_busy_timeout(raw, 2000);
  return db;
}

}  // namespace

Status read_osmohlr(const std::string& path, Foreign& out) {
  const auto db = open(path);
  if (!db) return db.error();
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(db->get(), query, -1, &raw, nullptr) != SQLITE_OK)
    return error(Errc::invalid_argument,
                 path + " is not a database of OsmoHLR that is known here: " + sqlite3_errmsg(db->get()));
  const Statement statement(raw);
  int step = sqlite3_step(raw);
  for (; step == SQLITE_ROW; step = sqlite3_step(raw)) {
    take(Row{raw}, out);
    if (out.places.size() + out.bad.size() > max_foreign_rows)
      return error(Errc::invalid_argument, path + " has too many subscribers");
  }
  if (step != SQLITE_DONE)
    return error(Errc::io, path + " cannot be read to its end: " + std::string(sqlite3_errmsg(db->get())));
  return {};
}

}  // namespace simbiont::admin

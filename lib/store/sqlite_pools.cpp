// Pools, what is due, and counts in SQLite: what SqliteReads has for them.
#include <limits>

#include "store/sqlite_reads.h"
#include "store/sqlite_rows.h"

namespace simbiont::store {
namespace {

std::int64_t start(const std::optional<Imsi>& after) {
  return after ? column_of(*after) : std::numeric_limits<std::int64_t>::min();
}
Result<Imsi> take_imsi(Query& row) { return imsi_of(row.integer()); }

}  // namespace

Result<Pool> SqliteReads::take_pool(Query& row) {
  Pool out{std::string(row.text()), {}};
  Query query(connection_, Sql::pool_members);
  query.bind(out.name);
  auto imeis = all<Imei>(query, [](Query& member) -> Result<Imei> {
    return Imei::from_key(member.integer_as<std::uint64_t>());
  });
  if (!imeis) return imeis.error();
  out.imeis = std::move(*imeis);
  return out;
}

Result<std::optional<Pool>> SqliteReads::pool(std::string_view name) {
  Query query(connection_, Sql::pool);
  query.bind(name);
  return first<Pool>(query, [this](Query& row) { return take_pool(row); });
}

Result<std::vector<Pool>> SqliteReads::pools(std::string_view after, std::size_t limit) {
  Query query(connection_, Sql::pools);
  query.bind(after).bind(rows(limit));
  return all<Pool>(query, [this](Query& row) { return take_pool(row); });
}

Result<std::vector<Imsi>> SqliteReads::pool_users(std::string_view name, std::optional<Imsi> after,
                                                  std::size_t limit) {
  Query query(connection_, Sql::pool_users);
  query.bind(name).bind(start(after)).bind(rows(limit));
  return all<Imsi>(query, take_imsi);
}

Result<std::vector<Imsi>> SqliteReads::due_bindings(const DueBefore& before, std::size_t limit) {
  Query query(connection_, Sql::due_bindings);
  query.bind(before.ends).bind(before.warns).bind(before.answered).bind(rows(limit));
  return all<Imsi>(query, take_imsi);
}

Result<Counts> SqliteReads::counts() {
  auto counts = basic_counts();
  if (!counts) return counts;
  Query query(connection_, Sql::state_counts);
  auto row = query.next();
  if (!row) return row.error();
  std::uint64_t rest = counts->subscribers;
  for (std::size_t i = 1; i < counts->states.size(); ++i)
    rest -= counts->states[i] = query.integer_as<std::uint64_t>();
  counts->states[static_cast<std::size_t>(binding::State::off)] = rest;
  return counts;
}

Result<Counts> SqliteReads::basic_counts() {
  Query query(connection_, Sql::counts);
  auto row = query.next();
  if (!row) return row.error();
  const auto count = [&] { return query.integer_as<std::uint64_t>(); };
  return Counts{count(), count(), count(), count(), count(), {}};
}

}  // namespace simbiont::store

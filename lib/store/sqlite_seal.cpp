#include "store/sqlite_seal.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "store/sqlite_reads.h"

namespace simbiont::store {
namespace {

constexpr const char* seal_check_context = "store|check";
constexpr std::int64_t first_version_with_data_keys = 8;

using crypto::Purpose;
using crypto::WrappedKey;

// Runs `work` as one transaction.
template <class Work>
Status in_transaction(Connection& connection, const Work& work) {
  if (auto begun = Query(connection, Sql::begin_write).run(); !begun) return begun;
  Status status = work();
  if (status) status = Query(connection, Sql::commit).run();
  if (!status && connection.in_transaction()) (void)Query(connection, Sql::rollback).run();
  return status;
}

bool has_mark(ByteView sealed, ByteView mark) {
  return sealed.size() >= mark.size() && std::equal(mark.begin(), mark.end(), sealed.begin());
}

Result<Bytes> anew(ByteView sealed, const std::string& context, crypto::Sealer& sealer) {
  auto secret = sealer.open(sealed, context);
  if (!secret) return error(secret.error().code, context + ": " + secret.error().message);
  return sealer.seal(*secret, context);
}

struct EpochName {
  std::string kme;
  std::uint64_t number;
};

// Keys of the records behind the cursor that bear another mark.
Result<std::vector<std::int64_t>> find_subscribers(Connection& reader, const ResealCursor& cursor,
                                                   ByteView mark, std::size_t limit) {
  std::vector<std::int64_t> found;
  Query query(reader, Sql::foreign_subscribers);
  query.bind(cursor.imsi).bind(mark).bind(limit);
  for (;;) {
    auto row = query.next();
    if (!row) return row.error();
    if (!*row) return found;
    found.push_back(query.integer());
  }
}

Result<std::vector<EpochName>> find_epochs(Connection& reader, const ResealCursor& cursor, ByteView mark,
                                           std::size_t limit) {
  std::vector<EpochName> found;
  Query query(reader, Sql::foreign_epochs);
  query.bind(cursor.kme).bind(cursor.number).bind(mark).bind(limit);
  for (;;) {
    auto row = query.next();
    if (!row) return row.error();
    if (!*row) return found;
    std::string kme(query.text());
    found.push_back({std::move(kme), query.integer_as<std::uint64_t>()});
  }
}

// The record may have gone, or been sealed anew, since it was found.
Status reseal_subscriber(Connection& writer, std::int64_t key, crypto::Sealer& sealer) {
  Query query(writer, Sql::sealed_subscriber);
  auto row = query.bind(key).next();
  if (!row) return row.error();
  if (!*row) return {};
  const Imsi imsi = imsi_of(key);
  const auto k = anew(query.octets(), subscriber_context(imsi, "k"), sealer);
  if (!k) return k.error();
  const auto opc = anew(query.octets(), subscriber_context(imsi, "opc"), sealer);
  if (!opc) return opc.error();
  return Query(writer, Sql::reseal_subscriber).bind(imsi).bind(ByteView(*k)).bind(ByteView(*opc)).run();
}

Status reseal_epoch(Connection& writer, const EpochName& name, crypto::Sealer& sealer) {
  Query query(writer, Sql::sealed_epoch);
  auto row = query.bind(name.kme).bind(name.number).next();
  if (!row) return row.error();
  if (!*row) return {};
  const auto key = anew(query.octets(), epoch_context(name.kme, name.number), sealer);
  if (!key) return key.error();
  return Query(writer, Sql::reseal_epoch).bind(name.kme).bind(name.number).bind(ByteView(*key)).run();
}

Result<std::size_t> reseal_subscribers(Connection& writer, std::mutex& writer_mutex, Connection& reader,
                                       crypto::Sealer& sealer, ResealCursor& cursor, std::size_t limit) {
  const Bytes mark = sealer.mark(Purpose::subscriber);
  const auto found = find_subscribers(reader, cursor, mark, limit);
  if (!found) return found.error();
  const std::lock_guard lock(writer_mutex);
  const Status done = in_transaction(writer, [&]() -> Status {
    for (const std::int64_t key : *found)
      if (auto status = reseal_subscriber(writer, key, sealer); !status) return status;
    return {};
  });
  if (!done) return done.error();
  if (!found->empty()) cursor.imsi = found->back();
  return found->size();
}

Result<std::size_t> reseal_epochs(Connection& writer, std::mutex& writer_mutex, Connection& reader,
                                  crypto::Sealer& sealer, ResealCursor& cursor, std::size_t limit) {
  const Bytes mark = sealer.mark(Purpose::device);
  const auto found = find_epochs(reader, cursor, mark, limit);
  if (!found) return found.error();
  const std::lock_guard lock(writer_mutex);
  const Status done = in_transaction(writer, [&]() -> Status {
    for (const EpochName& name : *found)
      if (auto status = reseal_epoch(writer, name, sealer); !status) return status;
    return {};
  });
  if (!done) return done.error();
  if (!found->empty()) {
    cursor.kme = found->back().kme;
    cursor.number = found->back().number;
  }
  return found->size();
}

Status reseal_supplier(Connection& writer, const std::string& name, crypto::Sealer& sealer) {
  Query query(writer, Sql::sealed_supplier);
  auto row = query.bind(name).next();
  if (!row) return row.error();
  if (!*row) return {};
  const auto key = anew(query.octets(), supplier_context(name), sealer);
  if (!key) return key.error();
  return Query(writer, Sql::reseal_supplier).bind(name).bind(ByteView(*key)).run();
}

Result<std::size_t> reseal_suppliers(Connection& writer, std::mutex& writer_mutex, Connection& reader,
                                     crypto::Sealer& sealer, ResealCursor& cursor, std::size_t limit) {
  const Bytes mark = sealer.mark(Purpose::device);
  std::vector<std::string> found;
  {
    Query query(reader, Sql::foreign_suppliers);
    query.bind(cursor.supplier).bind(ByteView(mark)).bind(limit);
    for (;;) {
      auto row = query.next();
      if (!row) return row.error();
      if (!*row) break;
      found.emplace_back(query.text());
    }
  }
  const std::lock_guard lock(writer_mutex);
  const Status done = in_transaction(writer, [&]() -> Status {
    for (const std::string& name : found)
      if (auto status = reseal_supplier(writer, name, sealer); !status) return status;
    return {};
  });
  if (!done) return done.error();
  if (!found.empty()) cursor.supplier = found.back();
  return found.size();
}

Status insert(Connection& connection, const WrappedKey& key) {
  const std::string_view purpose = crypto::name(key.purpose);
  if (key.active)
    if (auto retired = Query(connection, Sql::retire_data_key).bind(purpose).run(); !retired) return retired;
  Query query(connection, Sql::insert_data_key);
  query.bind(key.id).bind(purpose).bind(key.active ? 1 : 0).bind(key.kek).bind(ByteView(key.wrapped));
  return query.run();
}

}  // namespace

ResealCursor::ResealCursor() : imsi(std::numeric_limits<std::int64_t>::min()) {}

Result<std::vector<WrappedKey>> read_data_keys(Connection& connection) {
  std::vector<WrappedKey> keys;
  const auto version = connection.number("PRAGMA user_version");
  if (!version) return version.error();
  if (*version < first_version_with_data_keys) return keys;
  Query query(connection, Sql::data_keys);
  for (;;) {
    auto row = query.next();
    if (!row) return row.error();
    if (!*row) return keys;
    WrappedKey key;
    key.id = query.integer_as<std::uint32_t>();
    key.purpose = query.text() == crypto::name(Purpose::subscriber) ? Purpose::subscriber : Purpose::device;
    key.active = query.integer() != 0;
    key.kek = query.text();
    const ByteView wrapped = query.octets();
    key.wrapped.assign(wrapped.begin(), wrapped.end());
    keys.push_back(std::move(key));
  }
}

Status check_seal(Connection& connection, crypto::Sealer& sealer) {
  Query query(connection, Sql::seal_check);
  auto row = query.next();
  if (!row) return row.error();
  if (!*row) return {};
  const auto opened = sealer.open(query.octets(), seal_check_context);
  if (opened || opened.error().code == Errc::unavailable) return {};
  return error(Errc::unavailable, "the key is not the one that " + connection.path() + " is sealed with");
}

Status ensure_seal(Connection& connection, crypto::Sealer& sealer) {
  {
    Query query(connection, Sql::seal_check);
    auto row = query.next();
    if (!row) return row.error();
    const Bytes mark = sealer.mark(Purpose::subscriber);
    if (*row && (mark.empty() || has_mark(query.octets(), mark))) return {};
    if (*row && !sealer.open(query.octets(), seal_check_context)) return {};
  }
  const auto sealed = sealer.seal(Secret(as_bytes("simbiont")), seal_check_context);
  if (!sealed) return sealed.error().code == Errc::unavailable ? Status() : Status(sealed.error());
  return Query(connection, Sql::set_seal_check).bind(ByteView(*sealed)).run();
}

Status add_data_keys(Connection& connection, std::span<const WrappedKey> keys) {
  return in_transaction(connection, [&]() -> Status {
    for (const WrappedKey& key : keys)
      if (auto status = insert(connection, key); !status) return status;
    return {};
  });
}

Status replace_data_key(Connection& connection, const WrappedKey& key) {
  Query query(connection, Sql::rewrap_data_key);
  return query.bind(key.id).bind(key.kek).bind(ByteView(key.wrapped)).run();
}

Result<std::map<std::uint32_t, std::uint64_t>> count_sealed(Connection& connection) {
  std::map<std::uint32_t, std::uint64_t> counts;
  Query query(connection, Sql::count_sealed);
  for (;;) {
    auto row = query.next();
    if (!row) return row.error();
    if (!*row) return counts;
    const ByteView mark = query.octets();
    const std::uint32_t id =
        mark.size() == 5 && mark[0] == 2 ? static_cast<std::uint32_t>(load_be(mark.subspan(1))) : 0;
    counts[id] += query.integer_as<std::uint64_t>();
  }
}

Result<std::vector<WrappedKey>> drop_data_keys(Connection& connection, crypto::Sealer& sealer) {
  std::vector<WrappedKey> dropped;
  const Status done = in_transaction(connection, [&]() -> Status {
    if (auto sealed = ensure_seal(connection, sealer); !sealed) return sealed;
    const auto counts = count_sealed(connection);
    if (!counts) return counts.error();
    const auto keys = read_data_keys(connection);
    if (!keys) return keys.error();
    for (const WrappedKey& key : *keys) {
      if (key.active || counts->contains(key.id)) continue;
      if (auto gone = Query(connection, Sql::drop_data_key).bind(key.id).run(); !gone) return gone;
      dropped.push_back(key);
    }
    return {};
  });
  if (!done) return done.error();
  return dropped;
}

Result<std::size_t> reseal(Connection& writer, std::mutex& writer_mutex, Connection& reader,
                           crypto::Sealer& sealer, ResealCursor& cursor, std::size_t limit) {
  if (sealer.mark(Purpose::subscriber).empty() || sealer.mark(Purpose::device).empty())
    return error(Errc::unavailable, "there is no data key to seal with");
  if (!cursor.subscribers_done) {
    auto done = reseal_subscribers(writer, writer_mutex, reader, sealer, cursor, limit);
    if (!done || *done > 0) return done;
    cursor.subscribers_done = true;
  }
  if (!cursor.epochs_done) {
    auto done = reseal_epochs(writer, writer_mutex, reader, sealer, cursor, limit);
    if (!done || *done > 0) return done;
    cursor.epochs_done = true;
  }
  auto done = reseal_suppliers(writer, writer_mutex, reader, sealer, cursor, limit);
  if (done && *done == 0) cursor = ResealCursor();
  return done;
}

}  // namespace simbiont::store

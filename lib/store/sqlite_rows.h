// How the reads take rows.
#pragma once

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "store/sqlite_connection.h"
#include "store/store.h"

namespace simbiont::store {

inline std::int64_t rows(std::size_t limit) {
  return static_cast<std::int64_t>(std::min<std::size_t>(limit, std::numeric_limits<std::int32_t>::max()));
}

// Every row of the query as a T; `take` makes a Result<T> of the row it stands on.
template <class T, class Take>
Result<std::vector<T>> all(Query& query, const Take& take) {
  std::vector<T> out;
  for (;;) {
    auto row = query.next();
    if (!row) return row.error();
    if (!*row) return out;
    Result<T> value = take(query);
    if (!value) return value.error();
    out.push_back(std::move(*value));
  }
}

template <class T, class Take>
Result<std::optional<T>> first(Query& query, const Take& take) {
  auto row = query.next();
  if (!row) return row.error();
  if (!*row) return std::optional<T>();
  Result<T> value = take(query);
  if (!value) return value.error();
  return std::optional<T>(std::move(*value));
}

inline Result<Device> take_device(Query& row) {
  const Imei imei = Imei::from_key(row.integer_as<std::uint64_t>());
  std::string kme(row.text());
  const auto first = row.integer_as<binding::EpochNumber>();
  return Device{imei, std::move(kme), first, static_cast<EquipmentState>(row.integer())};
}

// Columns since and cutting.
inline void take_times(Query& row, binding::Epoch& out) {
  out.since = row.integer();
  if (row.is_null()) {
    row.skip(1);
  } else {
    out.cutting = row.integer_as<std::uint64_t>();
  }
}

}  // namespace simbiont::store

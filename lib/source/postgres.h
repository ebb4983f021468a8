// The operator's own database of pairs: one query, in a read-only transaction, over a connection of its own.
#pragma once

#include <atomic>
#include <string>

#include "base/result.h"
#include "source/pairs.h"

namespace simbiont::source {

struct PostgresOptions {
  std::string connection;  // as libpq takes it, without a password
  std::string query;       // one SELECT with the columns imsi, imei and, if it likes, mode
  std::int64_t connect_timeout_ms = 10'000;
  std::int64_t statement_timeout_ms = 60'000;
  std::size_t rows = 1'000'000;
};

// invalid_argument: it is no connection string, or holds a password: that belongs into a passfile or a
// service file.
Status check_connection(const std::string& connection);

// unavailable: nobody answers there, in time; refused: the server said no, the columns are others, there are
// too many rows, or another host than this one is reached without its certificate being verified. stop: gives
// up within a quarter of a second once it is true.
Result<PairList> read_postgres(const PostgresOptions& options, const std::atomic<bool>& stop);

}  // namespace simbiont::source

#include "source/postgres.h"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>

namespace simbiont::source {
namespace {

using Clock = std::chrono::steady_clock;
using ConnectionPtr = std::unique_ptr<PGconn, decltype(&PQfinish)>;
using ResultPtr = std::unique_ptr<PGresult, decltype(&PQclear)>;
using OptionsPtr = std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)>;

constexpr std::int64_t slice_ms = 200;              // how soon a stop is noticed
constexpr std::int64_t network_margin_ms = 10'000;  // beyond the server's own time-out
constexpr int value_limit = 32;                     // octets of a value, cut by the server

// One line of what libpq or the server says.
std::string first_line(const char* text) {
  constexpr std::size_t most = 200;
  std::string line(text == nullptr ? "" : text);
  line.resize(std::min(line.find('\n'), std::min(line.size(), most)));
  return line;
}

bool set(const PQconninfoOption& option) { return option.val != nullptr && *option.val != '\0'; }

std::string option(PGconn* connection, std::string_view keyword) {
  const OptionsPtr options(PQconninfo(connection), PQconninfoFree);
  for (const PQconninfoOption* each = options.get(); each != nullptr && each->keyword != nullptr; ++each)
    if (keyword == each->keyword && set(*each)) return each->val;
  return {};
}

// Who could change the list on its way could give a SIM another device.
bool is_protected(PGconn* connection) {
  const std::string host = PQhost(connection) == nullptr ? "" : PQhost(connection);
  if (host.empty() || host.front() == '/' || host.front() == '@') return true;
  for (const std::string_view local : {"localhost", "127.0.0.1", "::1"})
    if (host == local) return true;
  const std::string mode = option(connection, "sslmode");
  return PQsslInUse(connection) == 1 && (mode == "verify-full" || mode == "verify-ca");
}

class Reader {
 public:
  Reader(const PostgresOptions& options, const std::atomic<bool>& stop) : options_(options), stop_(stop) {}

  Result<PairList> read() {
    if (auto connected = connect(); !connected) return connected.error();
    const std::string begin =
        "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = " +
        std::to_string(options_.statement_timeout_ms);
    if (PQsendQuery(connection_.get(), begin.c_str()) != 1) return failed();
    if (auto begun = drain(); !begun) return begun.error();
    const auto query = wrapped_query();
    if (!query) return query.error();
    // The extended protocol takes one statement alone.
    if (PQsendQueryParams(connection_.get(), query->c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0) != 1)
      return failed();
    (void)PQsetSingleRowMode(connection_.get());
    return take_rows();
  }

 private:
  Error failed() const { return error(Errc::unavailable, first_line(PQerrorMessage(connection_.get()))); }

  Status wait(short events, Clock::time_point deadline) const {
    for (;;) {
      if (stop_) return error(Errc::unavailable, "stopped");
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
      if (left <= 0) return error(Errc::unavailable, "the database does not answer in time");
      pollfd socket{PQsocket(connection_.get()), events, 0};
      const int ready = poll(&socket, 1, static_cast<int>(std::min<std::int64_t>(left, slice_ms)));
      if (ready > 0) return {};
    }
  }

  Status connect() {
    const std::array<const char*, 5> keywords{"dbname", "fallback_application_name", "client_encoding",
                                              "options", nullptr};
    const std::array<const char*, 5> values{options_.connection.c_str(), "simbiont", "UTF8",
                                            "-c default_transaction_read_only=on", nullptr};
    connection_.reset(PQconnectStartParams(keywords.data(), values.data(), 1));
    if (connection_ == nullptr) return error(Errc::unavailable, "no memory for a connection");
    const auto deadline = Clock::now() + std::chrono::milliseconds(options_.connect_timeout_ms);
    if (PQstatus(connection_.get()) == CONNECTION_BAD) return failed();
    for (auto state = PGRES_POLLING_WRITING; state != PGRES_POLLING_OK;
         state = PQconnectPoll(connection_.get())) {
      if (state == PGRES_POLLING_FAILED) return failed();
      if (auto ready = wait(state == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline); !ready)
        return ready;
    }
    if (!is_protected(connection_.get()))
      return error(Errc::refused, "another host than this one wants sslmode=verify-full or verify-ca");
    (void)PQsetnonblocking(connection_.get(), 1);
    PQsetNoticeProcessor(
        connection_.get(), [](void*, const char*) {}, nullptr);
    return {};
  }

  // The next result of what was sent; nullptr after the last.
  Result<ResultPtr> next() {
    const auto deadline =
        Clock::now() + std::chrono::milliseconds(options_.statement_timeout_ms + network_margin_ms);
    for (;;) {
      const int unsent = PQflush(connection_.get());
      if (unsent < 0) return failed();
      if (unsent == 0 && PQisBusy(connection_.get()) == 0)
        return ResultPtr(PQgetResult(connection_.get()), PQclear);
      if (auto ready = wait(unsent > 0 ? POLLIN | POLLOUT : POLLIN, deadline); !ready) return ready.error();
      if (PQconsumeInput(connection_.get()) != 1) return failed();
    }
  }

  Status judge(const PGresult* result) const {
    const auto status = PQresultStatus(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_SINGLE_TUPLE) return {};
    return error(Errc::refused, first_line(PQresultErrorMessage(result)));
  }

  // Results without rows.
  Status drain() {
    Status all;
    for (;;) {
      const auto result = next();
      if (!result) return result.error();
      if (*result == nullptr) return all;
      if (auto good = judge(result->get()); !good && all.ok()) all = good;
    }
  }

  // The query as the server is asked it: values cut, rows counted, columns known.
  Result<std::string> wrapped_query() {
    std::string query = options_.query;
    while (!query.empty() && std::string_view(" \t\r\n;").find(query.back()) != std::string_view::npos)
      query.pop_back();
    if (PQsendPrepare(connection_.get(), "", query.c_str(), 0, nullptr) != 1) return failed();
    if (auto prepared = drain(); !prepared) return prepared.error();
    if (PQsendDescribePrepared(connection_.get(), "") != 1) return failed();
    const auto described = next();
    if (!described) return described.error();
    if (auto good = judge(described->get()); !good) return good.error();
    bool imsi = false, imei = false;
    for (int i = 0; i < PQnfields(described->get()); ++i) {
      const std::string_view name = PQfname(described->get(), i);
      imsi = imsi || name == "imsi";
      imei = imei || name == "imei";
      has_mode_ = has_mode_ || name == "mode";
      if (name != "imsi" && name != "imei" && name != "mode")
        return error(Errc::refused, "the query has another column than imsi, imei and mode");
    }
    if (!imsi || !imei) return error(Errc::refused, "the query lacks the column imsi or imei");
    if (auto rest = drain(); !rest) return rest.error();
    const auto cut = [](const std::string& column) {
      return "left(pairs." + column + "::text, " + std::to_string(value_limit) + ")";
    };
    return "SELECT " + cut("imsi") + ", " + cut("imei") + ", " + (has_mode_ ? cut("mode") : "NULL") +
           " FROM (" + query + "\n) AS pairs LIMIT " + std::to_string(options_.rows + 1);
  }

  static std::string_view value(const PGresult* result, int row, int column) {
    return {PQgetvalue(result, row, column), static_cast<std::size_t>(PQgetlength(result, row, column))};
  }

  Result<PairList> take_rows() {
    PairList list;
    bool whole = false;
    for (;;) {
      const auto result = next();
      if (!result) return result.error();
      if (*result == nullptr) break;
      if (auto good = judge(result->get()); !good) return good.error();
      whole = whole || PQresultStatus(result->get()) == PGRES_TUPLES_OK;
      for (int i = 0; i < PQntuples(result->get()); ++i) {
        if (list.rows() == options_.rows)
          return error(Errc::refused, "the query has more than " + std::to_string(options_.rows) + " rows");
        list.add(list.rows() + 1, value(result->get(), i, 0), value(result->get(), i, 1),
                 value(result->get(), i, 2));
      }
    }
    if (!whole) return error(Errc::unavailable, "the database broke off");
    return list;
  }

  const PostgresOptions& options_;
  const std::atomic<bool>& stop_;
  ConnectionPtr connection_{nullptr, PQfinish};
  bool has_mode_ = false;
};

}  // namespace

Status check_connection(const std::string& connection) {
  char* complaint = nullptr;
  const OptionsPtr options(PQconninfoParse(connection.c_str(), &complaint), PQconninfoFree);
  // libpq's complaint may repeat a part of the string.
  if (complaint != nullptr) PQfreemem(complaint);
  if (options == nullptr) return error(Errc::invalid_argument, "is not a connection string of PostgreSQL");
  for (const PQconninfoOption* each = options.get(); each->keyword != nullptr; ++each) {
    const std::string_view keyword = each->keyword;
    if ((keyword == "password" || keyword == "sslpassword") && set(*each))
      return error(Errc::invalid_argument, "holds a password: use a passfile (passfile=) or a service file");
  }
  return {};
}

Result<PairList> read_postgres(const PostgresOptions& options, const std::atomic<bool>& stop) {
  return Reader(options, stop).read();
}

}  // namespace simbiont::source

// The admin API: HTTP + JSON below /v1, whoever carries it: the admin socket of a running HSS, or the
// operator's tool in its own process when none runs. JSON fields are named like the CSV columns. No answer
// holds a key.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "hss/live.h"

namespace simbiont::admin {

struct Request {
  std::string method;  // GET, POST, PATCH, PUT, DELETE
  std::string path;    // without the query
  std::map<std::string, std::string> query;
  std::string body;
};

struct Response {
  int status = 200;
  std::string body;  // JSON; {"error": {"code", "message"}} unless status is 200
};

struct Options {
  // How long a vector may wait in a serving node before it is used or thrown away.
  std::int64_t vector_life_ms = 24LL * 3600 * 1000;
  // An import that hears nothing for so long is given up; in its write pass, which no person pauses, sooner.
  std::int64_t import_idle_ms = 60'000;
  std::int64_t write_idle_ms = 10'000;
};

inline constexpr std::size_t max_json_body = 64UL * 1024;
inline constexpr std::size_t max_chunk = 1024UL * 1024;  // of an import

class ImportDesk;

class Api {
 public:
  explicit Api(hss::Live& live, Options options = {});
  ~Api();

  // Thread-safe; changes run one after the other. The request's body is erased: it may hold keys.
  Response handle(Request& request);
  // Every second or so: an import that was given up is taken back. Not for a read that waits.
  void on_time();
  // Takes back the import under way; before the Live goes.
  void end_import();

 private:
  Response dispatch(Request& request);

  hss::Live& live_;
  const Options options_;
  std::mutex changing_;
  std::unique_ptr<ImportDesk> imports_;
};

}  // namespace simbiont::admin

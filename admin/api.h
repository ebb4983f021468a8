// The admin API: HTTP + JSON below /v1, whoever carries it: the admin socket of a running HSS, or the
// operator's tool in its own process when none runs. JSON fields are named like the CSV columns. No answer
// holds a key.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "admin/caller.h"
#include "hss/live.h"
#include "hss/role_rules.h"
#include "hss/sync_config.h"

namespace simbiont::admin {

struct Request {
  std::string method;  // GET, POST, PATCH, PUT, DELETE
  std::string path;    // without the query
  std::map<std::string, std::string> query;
  std::string body;
};

struct Response {
  int status = 200;  // 202: it waits for a second custodian, {"approval": {...}}
  std::string body;  // JSON; {"error": {"code", "message"}} unless status is 200
};

struct Options {
  // How long a vector may wait in a serving node before it is used or thrown away.
  std::int64_t vector_life_ms = 24LL * 3600 * 1000;
  // How long a device may take to answer a challenge.
  std::int64_t challenge_life_ms = 7 * 24LL * 3600 * 1000;
  // Vectors that nodes hold die by CLR when an IMSI moves to another epoch; those of a SIM always do.
  bool clr_on_move = false;
  // An import that hears nothing for so long is given up; in its write pass, which no person pauses, sooner.
  std::int64_t import_idle_ms = 60'000;
  std::int64_t write_idle_ms = 10'000;
  // How long a request waits for a second custodian.
  std::int64_t approval_life_ms = 24LL * 3600 * 1000;
  hss::RoleRules roles;      // at the socket
  std::string socket_group;  // who besides the owner may open the socket; empty: nobody
  hss::SyncConfig sync;
};

inline constexpr std::size_t max_json_body = 64UL * 1024;
inline constexpr std::size_t max_chunk = 1024UL * 1024;  // of an import

class Batch;
class ImportDesk;
class RefusalNotes;
class JobDesk;
class SyncDesk;
class Rollover;
class ApprovalDesk;
class AuditedLive;
class RoleMap;
struct Call;
struct Route;

class Api {
 public:
  explicit Api(hss::Live& live, Options options = {});
  ~Api();

  // Thread-safe; changes run one after the other. 403 when the caller lacks the route's role. The request's
  // body is erased: it may hold keys.
  Response handle(Request& request, const Caller& caller);
  // Of a running HSS, before the first request: the store learns whether two custodians are wanted.
  Status begin();
  RoleMap& roles();
  // Every second or so: an import that was given up is taken back, roll-overs go on. Not for a read that
  // waits.
  void on_time();
  // A group of rows of the job that runs, between other changes; false: there is nothing to do.
  bool work();
  // Until there may be work, or so long.
  void wait_for_work(std::chrono::milliseconds longest);
  void wake();
  // Runs the sync that is due, if any.
  void sync();
  // No more of it, and an end to the one that runs.
  void stop_sync();
  // Takes back the import under way; before the Live goes.
  void end_import();

 private:
  Response dispatch(Request& request, const Caller& caller);
  Response perform(const Route& route, Call& call, const Request& request);
  Response forbid(const Caller& caller, Role needed, const Request& request, std::string_view pattern);
  Status transact_between(Batch& batch, const hss::Live::Decide& decide);

  hss::Live& live_;
  const Options options_;
  std::mutex changing_;
  std::atomic<int> waiting_ = 0;  // requests that want to change something: they come before the next group
  std::condition_variable turn_;
  std::mutex resting_;
  std::condition_variable woken_;
  bool wake_ = false;
  std::unique_ptr<JobDesk> jobs_;
  std::unique_ptr<SyncDesk> sync_;
  std::unique_ptr<ImportDesk> imports_;
  std::unique_ptr<RefusalNotes> refusals_;
  std::unique_ptr<ApprovalDesk> approvals_;
  std::unique_ptr<AuditedLive> own_live_;  // of what the HSS does by itself
  std::unique_ptr<Rollover> rollover_;
};

}  // namespace simbiont::admin

#include "admin/server.h"

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>

#include "admin/json.h"
#include "admin/peer_server.h"
#include "admin/workers.h"

namespace simbiont::admin {
namespace {

// A client is on this machine: it says at once what it wants.
constexpr time_t first_octet_timeout_s = 2, io_timeout_s = 5;

void serve(Api& api, const httplib::Request& in, httplib::Response& out) {
  Request request{in.method, in.path, {}, in.body};
  for (const auto& [name, value] : in.params) request.query.emplace(name, value);
  const auto peer = PeerServer::peer_of(in);
  const Response response = api.handle(request, peer ? api.roles().caller(peer->uid, peer->pid) : Caller{});
  out.status = response.status;
  out.set_content(response.body, "application/json");
}

// Answers what has no body before the library waits for one: without a Content-Length it would read until the
// client goes away (RFC 9112 6.3: there is none).
httplib::Server::HandlerResponse serve_without_body(Api& api, const httplib::Request& in,
                                                    httplib::Response& out) {
  using Outcome = httplib::Server::HandlerResponse;
  if (in.has_header("Transfer-Encoding")) {
    out.status = 411;
    return Outcome::Handled;
  }
  // A body a little too large is read away, so that its sender gets to the answer.
  if (in.get_header_value<std::uint64_t>("Content-Length") > 4 * max_chunk) {
    out.status = 413;
    return Outcome::Handled;
  }
  const bool body =
      in.method == "POST" || in.method == "PUT" || in.method == "PATCH" || in.method == "DELETE";
  if (body && in.has_header("Content-Length")) return Outcome::Unhandled;
  serve(api, in, out);
  return Outcome::Handled;
}

std::string_view meaning(int status) {
  switch (status) {
    case 411:
      return "the length of the body is wanted: Content-Length";
    case 413:
      return "the request is too large";
    case 414:
      return "the path is too long";
    default:
      return status < 500 ? "the request is not understood" : "the request failed";
  }
}

// The library's own refusals in the form of all the others.
void explain(const httplib::Request&, httplib::Response& out) {
  if (!out.body.empty()) return;
  const Json error{{"code", out.status < 500 ? "invalid_argument" : "io"}, {"message", meaning(out.status)}};
  out.set_content(dump(Json{{"error", error}}), "application/json");
}

void set_limits(httplib::Server& http) {
  http.set_payload_max_length(max_chunk);
  http.set_read_timeout(io_timeout_s);
  http.set_write_timeout(io_timeout_s);
  http.set_keep_alive_max_count(1);  // a connection that waits for its next request would hold a thread
  http.set_keep_alive_timeout(first_octet_timeout_s);
  http.set_tcp_nodelay(false);
  http.new_task_queue = [] { return new Workers; };
}

// The mode of a socket is what umask leaves at bind: whoever could open it for a moment would keep it open.
class PrivateMask {
 public:
  PrivateMask() : old_(umask(0177)) {}
  PrivateMask(const PrivateMask&) = delete;
  PrivateMask& operator=(const PrivateMask&) = delete;
  ~PrivateMask() { (void)umask(old_); }

 private:
  mode_t old_;
};

}  // namespace

Server::Server(hss::Live& live, std::string path, Options options)
    : api_(live, options), path_(std::move(path)), group_(options.socket_group) {}
Server::~Server() { stop(); }

Status Server::start() {
  if (path_.size() >= sizeof(sockaddr_un::sun_path)) {
    return error(Errc::invalid_argument, "the admin socket's path is longer than " +
                                             std::to_string(sizeof(sockaddr_un::sun_path) - 1) +
                                             " octets: " + path_);
  }
  if (Status begun = api_.begin(); !begun) return begun;
  (void)unlink(path_.c_str());
  http_ = std::make_unique<PeerServer>();
  http_->set_address_family(AF_UNIX);
  set_limits(*http_);
  const auto handler = [this](const httplib::Request& in, httplib::Response& out) { serve(api_, in, out); };
  http_->Post(".*", handler).Put(".*", handler).Patch(".*", handler).Delete(".*", handler);
  http_->set_pre_routing_handler([this](const httplib::Request& in, httplib::Response& out) {
    return serve_without_body(api_, in, out);
  });
  http_->set_error_handler(explain);
  {
    const PrivateMask mask;
    if (!http_->bind_to_port(path_, 1)) {
      http_.reset();
      return error(Errc::io, "cannot listen on the admin socket " + path_);
    }
  }
  if (Status opened = open_to_group(); !opened) {
    http_.reset();
    return opened;
  }
  thread_ = std::thread([this] { (void)http_->listen_after_bind(); });
  timer_ = std::thread([this] { keep_time(); });
  worker_ = std::thread([this] { work(); });
  syncer_ = std::thread([this] { sync(); });
  // stop() reaches only a server that runs.
  for (int i = 0; i < 5000 && !http_->is_running(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return {};
}

Status Server::open_to_group() const {
  if (group_.empty()) return {};
  const auto gid = system_accounts().gid_of(group_);
  if (!gid) return error(Errc::invalid_argument, "admin.socket_group: there is no group " + group_);
  if (chown(path_.c_str(), static_cast<uid_t>(-1), *gid) == 0 && chmod(path_.c_str(), 0660) == 0) return {};
  return error(Errc::io,
               "cannot give the admin socket to group " + group_ + ": the HSS's user must be a member of it");
}

void Server::keep_time() {
  std::unique_lock lock(mutex_);
  while (!stopped_.wait_for(lock, std::chrono::seconds(1), [this] { return stopping_; })) {
    lock.unlock();
    api_.on_time();
    lock.lock();
  }
}

// Jobs. What is not done when the server stops goes on when it starts again.
void Server::work() {
  const auto stopping = [this] {
    const std::lock_guard lock(mutex_);
    return stopping_;
  };
  while (!stopping()) {
    if (!api_.work()) api_.wait_for_work(std::chrono::seconds(1));
  }
}

void Server::sync() {
  std::unique_lock lock(mutex_);
  while (!stopped_.wait_for(lock, std::chrono::seconds(1), [this] { return stopping_; })) {
    lock.unlock();
    api_.sync();
    lock.lock();
  }
}

void Server::stop() {
  if (!thread_.joinable()) return;
  api_.stop_sync();
  http_->stop();
  thread_.join();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_all();
  api_.wake();
  timer_.join();
  worker_.join();
  syncer_.join();
  api_.end_import();
  http_.reset();
  (void)unlink(path_.c_str());
}

}  // namespace simbiont::admin

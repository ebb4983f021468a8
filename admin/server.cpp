#include "admin/server.h"

#include <httplib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>

#include "admin/json.h"

namespace simbiont::admin {
namespace {

constexpr std::size_t worker_threads = 8;
constexpr time_t io_timeout_s = 10;

void serve(Api& api, const httplib::Request& in, httplib::Response& out) {
  Request request{in.method, in.path, {}, in.body};
  for (const auto& [name, value] : in.params) request.query.emplace(name, value);
  const Response response = api.handle(request);
  out.status = response.status;
  out.set_content(response.body, "application/json");
}

void set_limits(httplib::Server& http) {
  http.set_payload_max_length(max_chunk);
  http.set_read_timeout(io_timeout_s);
  http.set_write_timeout(io_timeout_s);
  http.set_keep_alive_max_count(1'000'000);
  http.set_tcp_nodelay(false);
  http.new_task_queue = [] { return new httplib::ThreadPool(worker_threads); };
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
    : api_(live, options), path_(std::move(path)) {}
Server::~Server() { stop(); }

Status Server::start() {
  if (path_.size() >= sizeof(sockaddr_un::sun_path)) {
    return error(Errc::invalid_argument, "the admin socket's path is longer than " +
                                             std::to_string(sizeof(sockaddr_un::sun_path) - 1) +
                                             " octets: " + path_);
  }
  (void)unlink(path_.c_str());
  http_ = std::make_unique<httplib::Server>();
  http_->set_address_family(AF_UNIX);
  set_limits(*http_);
  const auto handler = [this](const httplib::Request& in, httplib::Response& out) { serve(api_, in, out); };
  http_->Get(".*", handler).Post(".*", handler).Put(".*", handler).Patch(".*", handler).Delete(".*", handler);
  {
    const PrivateMask mask;
    if (!http_->bind_to_port(path_, 1)) {
      http_.reset();
      return error(Errc::io, "cannot listen on the admin socket " + path_);
    }
  }
  thread_ = std::thread([this] { (void)http_->listen_after_bind(); });
  // stop() reaches only a server that runs.
  for (int i = 0; i < 5000 && !http_->is_running(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return {};
}

void Server::stop() {
  if (!thread_.joinable()) return;
  http_->stop();
  thread_.join();
  http_.reset();
  (void)unlink(path_.c_str());
}

}  // namespace simbiont::admin

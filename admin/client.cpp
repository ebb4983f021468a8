#include <httplib.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "admin/channel.h"
#include "admin/json.h"

namespace simbiont::admin {
namespace {

// A chunk of an import takes a second or so; a backup of a large store minutes.
constexpr time_t answer_timeout_s = 600;
constexpr int connect_attempts = 100;
constexpr int connect_pause_ms = 20;

bool somebody_listens(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return false;
  path.copy(address.sun_path, path.size());
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return false;
  const bool connected = connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  (void)close(probe);
  return connected;
}

class Socket final : public Channel {
 public:
  explicit Socket(const std::string& path) : path_(path), http_(path, 1) {
    http_.set_address_family(AF_UNIX);
    http_.set_keep_alive(false);  // between two requests it would hold a thread of the server
    http_.set_connection_timeout(5);
    http_.set_read_timeout(answer_timeout_s);
    http_.set_write_timeout(answer_timeout_s);
    http_.set_default_headers({{"Host", "localhost"}});
  }

  Result<Response> call(Request request) override {
    httplib::Request out;
    out.method = request.method;
    out.path = request.path;
    if (!request.query.empty()) {
      out.path += '?' + httplib::detail::params_to_query_str({request.query.begin(), request.query.end()});
    }
    out.body = std::move(request.body);
    if (!out.body.empty() || out.method != "GET") out.set_header("Content-Type", "application/json");
    auto result = http_.send(out);
    // The library's listen queue is short, and a unix socket refuses at once when it is full; nothing was
    // sent then.
    for (int i = 0; i < connect_attempts && result.error() == httplib::Error::Connection; ++i) {
      (void)poll(nullptr, 0, connect_pause_ms);
      result = http_.send(out);
    }
    erase(out.body);
    if (result) return Response{result->status, result->body};
    return error(Errc::unavailable,
                 "no answer from the HSS at " + path_ + ": " + httplib::to_string(result.error()));
  }
  bool remote() const override { return true; }

 private:
  const std::string path_;
  httplib::Client http_;
};

}  // namespace

std::unique_ptr<Channel> connect_socket(const std::string& path) {
  if (!somebody_listens(path)) return nullptr;
  return std::make_unique<Socket>(path);
}

}  // namespace simbiont::admin

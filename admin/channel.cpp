#include "admin/channel.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "hss/config.h"
#include "hss/live_offline.h"
#include "hss/live_store.h"

namespace simbiont::admin {
namespace {

class InProcess final : public Channel {
 public:
  explicit InProcess(std::unique_ptr<hss::Live> live, Options options)
      : live_(std::move(live)), api_(*live_, options) {}
  Result<Response> call(Request request) override { return api_.handle(request, offline_caller()); }
  bool remote() const override { return false; }

 private:
  std::unique_ptr<hss::Live> live_;
  Api api_;
};

// A socket that this user may not open is no sign that no HSS runs.
Status socket_is_ours(const std::string& path) {
  if (access(path.c_str(), R_OK | W_OK) == 0 || (errno != EACCES && errno != EPERM)) return {};
  return error(Errc::refused, "this user may not open the admin socket " + path +
                                  ": see socket_group and [roles] in the HSS's configuration");
}

}  // namespace

Options options_of(const hss::Config& config) {
  constexpr std::int64_t hour_ms = 3'600'000;
  Options options;
  options.vector_life_ms = static_cast<std::int64_t>(config.vector_life_h) * hour_ms;
  options.challenge_life_ms = static_cast<std::int64_t>(config.challenge_life_h) * hour_ms;
  options.clr_on_move = config.clr_on_move;
  options.roles = config.roles;
  options.socket_group = config.socket_group;
  options.sync = config.sync;
  return options;
}

Result<StoreFiles> store_files(const std::string& config_file, const std::string& db) {
  hss::Config config;
  if (!config_file.empty()) {
    auto loaded = hss::load_config(config_file);
    if (!loaded) return loaded.error();
    config = *std::move(loaded);
  }
  if (!db.empty()) config.db = db;
  const hss::Paths paths = config.paths();
  return StoreFiles{paths.db, paths.key, paths.lock, paths.socket, paths.custody, options_of(config)};
}

Status create_store(const StoreFiles& files) {
  return hss::create_store({files.db, files.key, files.lock, files.sock, files.custody});
}

Result<std::unique_ptr<Channel>> open_channel(const StoreFiles& files) {
  constexpr int attempts = 40, pause_ms = 50;
  for (int i = 0;; ++i) {
    if (auto socket = connect_socket(files.sock)) return socket;
    if (Status open = socket_is_ours(files.sock); !open) return open.error();
    auto live = hss::open_offline({files.db, files.key, files.lock, files.sock, files.custody});
    if (live) return std::unique_ptr<Channel>(std::make_unique<InProcess>(*std::move(live), files.options));
    // An HSS that just starts has the lock before the socket, and another command has it for a moment.
    if (live.error().code != Errc::unavailable || i == attempts) return live.error();
    (void)poll(nullptr, 0, pause_ms);
  }
}

}  // namespace simbiont::admin

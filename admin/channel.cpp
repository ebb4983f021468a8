#include "admin/channel.h"

#include <poll.h>
#include <unistd.h>

#include "hss/config.h"
#include "hss/live_offline.h"

namespace simbiont::admin {
namespace {

class InProcess final : public Channel {
 public:
  explicit InProcess(std::unique_ptr<hss::Live> live, Options options)
      : live_(std::move(live)), api_(*live_, options) {}
  Result<Response> call(Request request) override { return api_.handle(request); }
  bool remote() const override { return false; }

 private:
  std::unique_ptr<hss::Live> live_;
  Api api_;
};

bool exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

}  // namespace

Result<StoreFiles> store_files(const std::string& config_file, const std::string& db) {
  hss::Config config;
  if (!config_file.empty()) {
    auto loaded = hss::load_config(config_file);
    if (!loaded) return loaded.error();
    config = *std::move(loaded);
  }
  if (!db.empty()) config.db = db;
  const hss::Paths paths = config.paths();
  Options options;
  options.vector_life_ms = static_cast<std::int64_t>(config.vector_life_h) * 3'600'000;
  return StoreFiles{paths.db, paths.key, paths.lock, paths.socket, options};
}

Status create_store(const StoreFiles& files) {
  for (const auto& path : {files.db, files.key}) {
    if (exists(path)) return error(Errc::already_exists, path + " exists already: nothing was created");
  }
  if (auto created = crypto::create_key_file(files.key); !created) return created;
  auto created = store::create_sqlite_store(files.db);
  if (!created) (void)unlink(files.key.c_str());
  return created;
}

Result<std::unique_ptr<Channel>> open_channel(const StoreFiles& files) {
  constexpr int attempts = 40, pause_ms = 50;
  for (int i = 0;; ++i) {
    if (auto socket = connect_socket(files.sock)) return socket;
    auto live = hss::open_offline({files.db, files.key, files.lock, files.sock});
    if (live) return std::unique_ptr<Channel>(std::make_unique<InProcess>(*std::move(live), files.options));
    // An HSS that just starts has the lock before the socket, and another command has it for a moment.
    if (live.error().code != Errc::unavailable || i == attempts) return live.error();
    (void)poll(nullptr, 0, pause_ms);
  }
}

}  // namespace simbiont::admin

// Keys lie in the sealed state file, and in locked memory while the store is open.
#include <map>

#include "me/stores/key_store.h"
#include "me/stores/locked_key.h"

namespace simbiont::me {
namespace {

class FileStore final : public KeyStore {
 public:
  explicit FileStore(StateFile file) : KeyStore(std::move(file)) {}

  Status start() {
    if (Status opened = open("file"); !opened) return opened;
    for (const KeyRecord& key : state().keys) {
      if (Status held = hold(key.handle, key.blob); !held) return held;
    }
    return {};
  }

  Status block(std::uint32_t handle, int direction, const std::uint8_t* in, std::uint8_t* out) override {
    const auto at = keys_.find(handle);
    if (at == keys_.end()) return error(Errc::not_found, "no such key");
    at->second->block(direction, in, out);
    return {};
  }
  std::string protection(std::uint32_t) const override { return "sealed file, locked memory"; }

 protected:
  Result<Bytes> protect(std::uint32_t handle, ByteView key) override {
    if (Status held = hold(handle, key); !held) return held.error();
    return Bytes(key.begin(), key.end());
  }
  Status forget(std::uint32_t handle, const Bytes&) override {
    keys_.erase(handle);
    return {};
  }

 private:
  Status hold(std::uint32_t handle, ByteView key) {
    if (key.size() != 16 && key.size() != 32) return error(Errc::corrupt, "a stored key of another size");
    Result<std::unique_ptr<LockedKey>> locked = LockedKey::make(key);
    if (!locked) return locked.error();
    keys_[handle] = std::move(*locked);
    return {};
  }

  std::map<std::uint32_t, std::unique_ptr<LockedKey>> keys_;
};

}  // namespace

OpenedStore open_file_store(const std::string& path) {
  Result<StateFile> file = StateFile::open(path, "file");
  if (!file) return file.error();
  auto store = std::make_unique<FileStore>(std::move(*file));
  if (const Status started = store->start(); !started) return started.error();
  return std::unique_ptr<KeyStore>(std::move(store));
}

}  // namespace simbiont::me

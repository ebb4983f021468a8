#include "me/stores/key_store.h"

#include <algorithm>
#include <utility>

namespace simbiont::me {
namespace {

KeyStore& store(void* user) { return *static_cast<KeyStore*>(user); }

}  // namespace

simbiont_me_keys KeyStore::callbacks() {
  simbiont_me_keys keys{};
  keys.user = this;
  keys.block = [](void* user, std::uint32_t key, int direction, const std::uint8_t in[16],
                  std::uint8_t out[16]) {
    return store(user).report(store(user).block(key, direction, in, out));
  };
  keys.import_key = [](void* user, const std::uint8_t* key, std::size_t size, std::uint32_t* handle) {
    const Result<std::uint32_t> imported = store(user).import_key({key, size});
    if (imported) *handle = *imported;
    return store(user).report(imported ? Status{} : Status(imported.error()));
  };
  keys.erase_key = [](void* user, std::uint32_t key) {
    return store(user).report(store(user).erase_key(key));
  };
  keys.save = [](void* user, const simbiont_me_slot* slots, std::size_t count) {
    return store(user).report(store(user).save({slots, slots + count}));
  };
  return keys;
}

int KeyStore::report(const Status& status) {
  if (!status) last_error_ = status.error().message;
  return status ? 0 : -1;
}

Status KeyStore::open(std::string_view kind) {
  Result<State> read = file_.read();
  if (!read) return read.error();
  if (read->kind != kind)
    return error(Errc::refused, "a store of kind " + read->kind + ", not " + std::string(kind));
  state_ = std::move(*read);
  const std::vector<KeyRecord> before = state_.keys;
  for (const KeyRecord& key : before) {
    if (is_used(key.handle)) continue;
    if (Status erased = erase_key(key.handle); !erased) return erased;
  }
  return {};
}

bool KeyStore::is_used(std::uint32_t handle) const {
  return handle == state_.transport ||
         std::any_of(state_.slots.begin(), state_.slots.end(),
                     [&](const auto& slot) { return slot.key == handle || slot.confirm_key == handle; });
}

const Bytes* KeyStore::find(std::uint32_t handle) const {
  for (const KeyRecord& key : state_.keys) {
    if (key.handle == handle) return &key.blob;
  }
  return nullptr;
}

Status KeyStore::write() { return file_.write(state_); }

Result<std::uint32_t> KeyStore::import_key(ByteView key) {
  if (key.size() != 16 && key.size() != 32) return error(Errc::invalid_argument, "a key has 16 or 32 octets");
  const std::uint32_t handle = state_.next_handle;
  Result<Bytes> blob = protect(handle, key);
  if (!blob) return blob.error();
  state_.keys.emplace_back(handle, std::move(*blob));
  ++state_.next_handle;
  return handle;
}

Status KeyStore::erase_key(std::uint32_t handle) {
  const auto at = std::find_if(state_.keys.begin(), state_.keys.end(),
                               [&](const KeyRecord& key) { return key.handle == handle; });
  if (at == state_.keys.end()) return error(Errc::not_found, "no such key");
  if (Status forgotten = forget(handle, at->blob); !forgotten) return forgotten;
  state_.keys.erase(at);
  return write();
}

Status KeyStore::save(std::vector<simbiont_me_slot> slots) {
  std::swap(state_.slots, slots);
  Status written = write();
  if (!written) std::swap(state_.slots, slots);
  return written;
}

Status KeyStore::set_transport_key(ByteView key) {
  const Result<std::uint32_t> imported = import_key(key);
  if (!imported) return imported.error();
  const std::uint32_t former = std::exchange(state_.transport, *imported);
  if (Status written = write(); !written) {
    state_.transport = former;
    (void)erase_key(*imported);
    return written;
  }
  return former == 0 ? Status{} : erase_key(former);
}

}  // namespace simbiont::me

// The slots and the records of keys, in one file under AES-256-GCM; its key lies beside it, for its owner
// alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"
#include "me/simbiont_me.h"

namespace simbiont::me {

struct KeyRecord {
  std::uint32_t handle = 0;
  Bytes blob;  // the store's own; zeroised when it goes

  KeyRecord() = default;
  KeyRecord(std::uint32_t h, Bytes b) : handle(h), blob(std::move(b)) {}
  KeyRecord(const KeyRecord&) = default;
  KeyRecord& operator=(const KeyRecord&) = default;
  KeyRecord(KeyRecord&&) = default;
  KeyRecord& operator=(KeyRecord&&) = default;
  ~KeyRecord() { zeroise(blob); }
};

struct State {
  std::string kind;  // "file", "pkcs11", "tpm"
  ByteArray<8> id{};
  std::uint32_t next_handle = 1;
  std::uint32_t transport = 0;
  std::vector<simbiont_me_slot> slots;
  std::vector<KeyRecord> keys;
};

class StateFile {
 public:
  // Makes path and path.key (0600) when neither is there. refused when others may read the key, unavailable
  // when another process has the store open.
  static Result<StateFile> open(const std::string& path, const std::string& kind);

  StateFile(StateFile&& other) noexcept;
  StateFile& operator=(StateFile&&) = delete;
  StateFile(const StateFile&) = delete;
  StateFile& operator=(const StateFile&) = delete;
  ~StateFile();

  // corrupt when a bit of it is wrong or it is under another key.
  Result<State> read() const;
  // Durable when it returns; a crash leaves the old one or the new one.
  Status write(const State& state) const;

 private:
  StateFile(std::string path, Secret key, int lock)
      : path_(std::move(path)), key_(std::move(key)), lock_(lock) {}

  std::string path_;
  Secret key_;
  int lock_;  // the key file's descriptor; locked
};

}  // namespace simbiont::me

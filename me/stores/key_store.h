// Where a host keeps the keys of the device library: in a sealed file, a TPM 2.0, or a PKCS#11 token. The
// slots lie in the same sealed file for all three, and a change of slots and keys is one atomic write.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"
#include "me/simbiont_me.h"
#include "me/stores/state_file.h"

namespace simbiont::me {

class KeyStore {
 public:
  virtual ~KeyStore() = default;
  KeyStore(const KeyStore&) = delete;
  KeyStore& operator=(const KeyStore&) = delete;

  // For simbiont_me_config; the store must outlive the context.
  simbiont_me_keys callbacks();
  // What simbiont_me_load takes.
  const std::vector<simbiont_me_slot>& slots() const { return state_.slots; }
  std::uint32_t transport_key() const { return state_.transport; }  // 0: none

  // 16 or 32 octets. Durable with the next save() or set_transport_key().
  Result<std::uint32_t> import_key(ByteView key);
  Status erase_key(std::uint32_t handle);
  Status save(std::vector<simbiont_me_slot> slots);
  // Takes the place of the one before, durably.
  Status set_transport_key(ByteView key);

  // One AES block. not_found for a handle that is none, unavailable when the device refuses.
  virtual Status block(std::uint32_t handle, int direction, const std::uint8_t* in, std::uint8_t* out) = 0;
  // How a key is held, for a person: "AES in the TPM, never readable".
  virtual std::string protection(std::uint32_t handle) const = 0;

  // Why the last callback failed; the C ABI has no room for it.
  const std::string& last_error() const { return last_error_; }

 protected:
  explicit KeyStore(StateFile file) : file_(std::move(file)) {}
  // What the state file says; a store of another kind is refused. Keys that nothing refers to are erased.
  Status open(std::string_view kind);

  // Makes a key the device's own: what find() needs to use it later.
  virtual Result<Bytes> protect(std::uint32_t handle, ByteView key) = 0;
  virtual Status forget(std::uint32_t handle, const Bytes& blob) = 0;

  const State& state() const { return state_; }
  const Bytes* find(std::uint32_t handle) const;

 private:
  Status write();
  bool is_used(std::uint32_t handle) const;
  int report(const Status& status);

  StateFile file_;
  State state_;
  std::string last_error_;
};

using OpenedStore = Result<std::unique_ptr<KeyStore>>;

// path and path.key are made when neither exists. A second process is refused (unavailable).
OpenedStore open_file_store(const std::string& path);

struct Pkcs11Options {
  std::string module;  // a file, or a name that p11-kit knows
  std::string token;   // label
  Secret pin;
};
// Keys are non-extractable AES objects of the token.
OpenedStore open_pkcs11_store(const std::string& path, const Pkcs11Options& options);

struct TpmOptions {
  std::string tcti;                // as tpm2-tss names it: "device:/dev/tpmrm0"; empty: its default
  std::vector<unsigned> pcrs{7};   // for keys that have to be sealed
  bool use_cipher_objects = true;  // false: seal even where the TPM could compute AES itself
};
// Keys are fixedTPM AES objects where the TPM has EncryptDecrypt2, otherwise sealed to PCRs and used in
// locked memory.
OpenedStore open_tpm_store(const std::string& path, const TpmOptions& options);

}  // namespace simbiont::me

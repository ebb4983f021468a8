// Keys in a TPM 2.0. A record's first octet says how: 'C', an AES object that the TPM computes with; 'S',
// octets sealed to PCRs, unsealed once into locked memory.
#include <algorithm>
#include <map>

#include "me/aes.h"
#include "me/stores/key_store.h"
#include "me/stores/locked_key.h"
#include "me/stores/tpm.h"

namespace simbiont::me {
namespace {

constexpr std::uint8_t cipher_mark = 'C', sealed_mark = 'S';

Bytes marked(std::uint8_t mark, const Bytes& blob) {
  Bytes out(blob.size() + 1);
  out[0] = mark;
  std::copy(blob.begin(), blob.end(), out.begin() + 1);
  return out;
}

class TpmStore final : public KeyStore {
 public:
  TpmStore(StateFile file, std::unique_ptr<Tpm> tpm, bool use_cipher_objects)
      : KeyStore(std::move(file)),
        tpm_(std::move(tpm)),
        use_cipher_objects_(use_cipher_objects && tpm_->has_encrypt_decrypt()) {}
  ~TpmStore() override { unload(); }

  Status start() { return open("tpm"); }

  Status block(std::uint32_t handle, int direction, const std::uint8_t* in, std::uint8_t* out) override {
    const Bytes* blob = find(handle);
    if (blob == nullptr || blob->empty()) return error(Errc::not_found, "no such key");
    if (blob->front() == sealed_mark) return block_unsealed(handle, *blob, direction, in, out);
    if (Status loaded = load(handle, *blob); !loaded) return loaded;
    return tpm_->encrypt_decrypt(loaded_, direction == SIMBIONT_ME_DECRYPT, in, out);
  }
  std::string protection(std::uint32_t handle) const override {
    const Bytes* blob = find(handle);
    const bool sealed = blob != nullptr && !blob->empty() && blob->front() == sealed_mark;
    return sealed ? "sealed by the TPM to its PCRs, locked memory" : "AES in the TPM, fixed to it";
  }

 protected:
  Result<Bytes> protect(std::uint32_t, ByteView key) override {
    if (use_cipher_objects_) {
      Result<Bytes> cipher = create_working_cipher(key);
      if (cipher) return marked(cipher_mark, *cipher);
    }
    const Result<Bytes> sealed = tpm_->create_sealed(key);
    if (!sealed) return sealed.error();
    return marked(sealed_mark, *sealed);
  }
  Status forget(std::uint32_t handle, const Bytes&) override {
    if (loaded_handle_ == handle) unload();
    unsealed_.erase(handle);
    return {};
  }

 private:
  // That the TPM has the command does not say that it has this key size and ECB: it must compute one block
  // right.
  Result<Bytes> create_working_cipher(ByteView key) {
    Result<Bytes> blob = tpm_->create_cipher(key);
    if (!blob) return blob;
    unload();
    const Result<ESYS_TR> object = tpm_->load(*blob);
    if (!object) return object.error();
    const Block zeros{};
    Block expected{};
    Block computed{};
    aes_block(key.data(), key.size(), SIMBIONT_ME_DECRYPT, zeros.data(), expected.data());
    const Status done = tpm_->encrypt_decrypt(*object, true, zeros.data(), computed.data());
    tpm_->flush(*object);
    if (!done) return done.error();
    if (computed != expected) return error(Errc::unavailable, "TPM: another AES");
    return blob;
  }

  // A TPM holds few objects at a time; of ours it holds the storage key and the key used last.
  Status load(std::uint32_t handle, const Bytes& blob) {
    if (loaded_handle_ == handle) return {};
    unload();
    const Result<ESYS_TR> object = tpm_->load(ByteView(blob).subspan(1));
    if (!object) return object.error();
    loaded_ = *object;
    loaded_handle_ = handle;
    return {};
  }
  void unload() {
    if (loaded_handle_ != 0) tpm_->flush(loaded_);
    loaded_handle_ = 0;
  }

  Status block_unsealed(std::uint32_t handle, const Bytes& blob, int direction, const std::uint8_t* in,
                        std::uint8_t* out) {
    if (unsealed_.find(handle) == unsealed_.end()) {
      if (Status opened = unseal(handle, blob); !opened) return opened;
    }
    unsealed_.at(handle)->block(direction, in, out);
    return {};
  }
  Status unseal(std::uint32_t handle, const Bytes& blob) {
    unload();
    const Result<ESYS_TR> object = tpm_->load(ByteView(blob).subspan(1));
    if (!object) return object.error();
    Result<Bytes> key = tpm_->unseal(*object);
    tpm_->flush(*object);
    if (!key) return key.error();
    const bool good = key->size() == 16 || key->size() == 32;
    Result<std::unique_ptr<LockedKey>> locked =
        good ? LockedKey::make(*key)
             : Result<std::unique_ptr<LockedKey>>(error(Errc::corrupt, "a sealed key of another size"));
    zeroise(*key);
    if (!locked) return locked.error();
    unsealed_[handle] = std::move(*locked);
    return {};
  }

  std::unique_ptr<Tpm> tpm_;
  bool use_cipher_objects_;
  ESYS_TR loaded_ = ESYS_TR_NONE;
  std::uint32_t loaded_handle_ = 0;  // 0: none
  std::map<std::uint32_t, std::unique_ptr<LockedKey>> unsealed_;
};

}  // namespace

OpenedStore open_tpm_store(const std::string& path, const TpmOptions& options) {
  Result<std::unique_ptr<Tpm>> tpm = Tpm::open(options.tcti, options.pcrs);
  if (!tpm) return tpm.error();
  Result<StateFile> file = StateFile::open(path, "tpm");
  if (!file) return file.error();
  auto store = std::make_unique<TpmStore>(std::move(*file), std::move(*tpm), options.use_cipher_objects);
  if (const Status started = store->start(); !started) return started.error();
  return std::unique_ptr<KeyStore>(std::move(store));
}

}  // namespace simbiont::me

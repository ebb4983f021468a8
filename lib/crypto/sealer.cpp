#include "crypto/sealer.h"

#include <nettle/gcm.h>

#include <algorithm>
#include <cassert>

#include "crypto/random.h"

namespace simbiont::crypto {
namespace {

constexpr std::uint8_t version = 1;
constexpr std::size_t nonce_size = GCM_IV_SIZE;
constexpr std::size_t tag_size = GCM_DIGEST_SIZE;
constexpr std::size_t overhead = 1 + nonce_size + tag_size;

template <class Context>
void wipe(Context& context) {
  zeroise({reinterpret_cast<std::uint8_t*>(&context), sizeof context});
}

void block_cipher(const void* context, std::size_t length, std::uint8_t* out, const std::uint8_t* in) {
  aes256_encrypt(static_cast<const aes256_ctx*>(context), length, out, in);
}

void random_nonce(std::span<std::uint8_t> out) {
  thread_local SystemRandom random;
  random.fill(out);
}

// The key's tables are made once and only read; every operation has its own state, so threads need no lock.
class KeySealer final : public Sealer {
 public:
  explicit KeySealer(const Secret& kek) {
    assert(kek.size() == AES256_KEY_SIZE);
    aes256_set_encrypt_key(&aes_, kek.reveal().data());
    gcm_set_key(&key_, &aes_, block_cipher);
  }
  KeySealer(const KeySealer&) = delete;
  KeySealer& operator=(const KeySealer&) = delete;
  ~KeySealer() override {
    wipe(aes_);
    wipe(key_);
  }

  Result<Bytes> seal(const Secret& secret, std::string_view context) override {
    const ByteView plain = secret.reveal();
    Bytes sealed(overhead + plain.size());
    sealed[0] = version;
    const auto nonce = std::span(sealed).subspan(1, nonce_size);
    random_nonce(nonce);
    gcm_ctx state = begin(nonce, context);
    gcm_encrypt(&state, &key_, &aes_, block_cipher, plain.size(), sealed.data() + 1 + nonce_size,
                plain.data());
    gcm_digest(&state, &key_, &aes_, block_cipher, tag_size, sealed.data() + sealed.size() - tag_size);
    wipe(state);
    return sealed;
  }

  Result<Secret> open(ByteView sealed, std::string_view context) override {
    if (sealed.size() < overhead || sealed.size() > overhead + Secret::max_size || sealed[0] != version) {
      return error(Errc::corrupt, "sealed octets have an unknown form");
    }
    const ByteView ciphertext = sealed.subspan(1 + nonce_size, sealed.size() - overhead);
    ByteArray<Secret::max_size> plain{};
    ByteArray<tag_size> tag{};
    gcm_ctx state = begin(sealed.subspan(1, nonce_size), context);
    gcm_decrypt(&state, &key_, &aes_, block_cipher, ciphertext.size(), plain.data(), ciphertext.data());
    gcm_digest(&state, &key_, &aes_, block_cipher, tag.size(), tag.data());
    wipe(state);
    const bool genuine = equal_constant_time(tag, sealed.last(tag_size));
    Secret secret = genuine ? Secret(ByteView(plain).first(ciphertext.size())) : Secret();
    zeroise(plain);
    if (!genuine)
      return error(Errc::corrupt, "sealed octets were changed, moved or sealed under another key");
    return secret;
  }

 private:
  // Additional data: the version octet, then the context. Nettle wants whole blocks in all calls but the
  // last.
  gcm_ctx begin(ByteView nonce, std::string_view context) const {
    Bytes additional(1 + context.size(), version);
    std::copy(context.begin(), context.end(), additional.begin() + 1);
    gcm_ctx state;
    gcm_set_iv(&state, &key_, nonce.size(), nonce.data());
    gcm_update(&state, &key_, additional.size(), additional.data());
    return state;
  }

  aes256_ctx aes_{};
  gcm_key key_{};
};

}  // namespace

std::unique_ptr<Sealer> make_key_sealer(const Secret& kek) { return std::make_unique<KeySealer>(kek); }

}  // namespace simbiont::crypto

#include "crypto/gcm.h"

#include <algorithm>
#include <cassert>

#include "crypto/random.h"

namespace simbiont::crypto {
namespace {

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

}  // namespace

GcmKey::GcmKey(const Secret& key) {
  assert(key.size() == AES256_KEY_SIZE);
  aes256_set_encrypt_key(&aes_, key.reveal().data());
  gcm_set_key(&key_, &aes_, block_cipher);
}

GcmKey::~GcmKey() {
  wipe(aes_);
  wipe(key_);
}

Bytes GcmKey::seal(ByteView header, std::string_view context, ByteView plain) const {
  Bytes sealed(header.size() + nonce_size + plain.size() + tag_size);
  std::copy(header.begin(), header.end(), sealed.begin());
  const auto nonce = std::span(sealed).subspan(header.size(), nonce_size);
  random_nonce(nonce);
  gcm_ctx state = begin(nonce, header, context);
  gcm_encrypt(&state, &key_, &aes_, block_cipher, plain.size(), sealed.data() + header.size() + nonce_size,
              plain.data());
  gcm_digest(&state, &key_, &aes_, block_cipher, tag_size, sealed.data() + sealed.size() - tag_size);
  wipe(state);
  return sealed;
}

Result<Secret> GcmKey::open(std::size_t header_size, ByteView sealed, std::string_view context) const {
  const std::size_t overhead = header_size + nonce_size + tag_size;
  if (sealed.size() < overhead || sealed.size() > overhead + Secret::max_size)
    return error(Errc::corrupt, "sealed octets have an unknown form");
  const ByteView ciphertext = sealed.subspan(header_size + nonce_size, sealed.size() - overhead);
  ByteArray<Secret::max_size> plain{};
  ByteArray<tag_size> tag{};
  gcm_ctx state = begin(sealed.subspan(header_size, nonce_size), sealed.first(header_size), context);
  gcm_decrypt(&state, &key_, &aes_, block_cipher, ciphertext.size(), plain.data(), ciphertext.data());
  gcm_digest(&state, &key_, &aes_, block_cipher, tag.size(), tag.data());
  wipe(state);
  const bool genuine = equal_constant_time(tag, sealed.last(tag_size));
  Secret secret = genuine ? Secret(ByteView(plain).first(ciphertext.size())) : Secret();
  zeroise(plain);
  if (!genuine) return error(Errc::corrupt, "sealed octets were changed, moved or sealed under another key");
  return secret;
}

// Additional data: the header, then the context. Nettle wants whole blocks in all calls but the last.
gcm_ctx GcmKey::begin(ByteView nonce, ByteView header, std::string_view context) const {
  Bytes additional(header.begin(), header.end());
  additional.insert(additional.end(), context.begin(), context.end());
  gcm_ctx state;
  gcm_set_iv(&state, &key_, nonce.size(), nonce.data());
  gcm_update(&state, &key_, additional.size(), additional.data());
  return state;
}

}  // namespace simbiont::crypto

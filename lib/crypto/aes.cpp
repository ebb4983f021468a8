#include "crypto/aes.h"

#include <nettle/aes.h>

#include <cassert>

#include "crypto/cpu.h"
#include "crypto/native.h"

namespace simbiont::crypto {
namespace {

// The schedule's octets are the storage of one of nettle's contexts (plain C structs, created implicitly).
template <class Context>
Context* context(std::uint8_t* storage) {
  return reinterpret_cast<Context*>(storage);
}
template <class Context>
const Context* context(const std::uint8_t* storage) {
  return reinterpret_cast<const Context*>(storage);
}

}  // namespace

Aes::Aes(const Secret& key) : is_256_(key.size() == AES256_KEY_SIZE), native_(cpu_has_aes()) {
  static_assert(sizeof(aes128_ctx) <= schedule_size && sizeof(aes256_ctx) <= schedule_size);
  static_assert(alignof(aes128_ctx) <= 16 && alignof(aes256_ctx) <= 16);
  assert(key.size() == AES128_KEY_SIZE || key.size() == AES256_KEY_SIZE);
  const std::uint8_t* octets = key.reveal().data();
  if (expand_natively(octets)) return;
  if (is_256_) {
    aes256_set_encrypt_key(context<aes256_ctx>(schedule_.data()), octets);
  } else {
    aes128_set_encrypt_key(context<aes128_ctx>(schedule_.data()), octets);
  }
}

bool Aes::expand_natively(const std::uint8_t* key) {
  if constexpr (native::built) {
    if (native_) (is_256_ ? native::expand_aes256 : native::expand_aes128)(key, schedule_.data());
  }
  return native_;
}

Aes::~Aes() { zeroise(schedule_); }

Block Aes::encrypt(const Block& in) const {
  Block out;
  encrypt(in.data(), out.data(), 1);
  return out;
}

void Aes::encrypt(const std::uint8_t* in, std::uint8_t* out, std::size_t count) const {
  const std::uint8_t* schedule = schedule_.data();
  if constexpr (native::built) {
    if (native_) return (is_256_ ? native::encrypt_aes256 : native::encrypt_aes128)(schedule, in, out, count);
  }
  if (is_256_) {
    aes256_encrypt(context<aes256_ctx>(schedule), count * AES_BLOCK_SIZE, out, in);
  } else {
    aes128_encrypt(context<aes128_ctx>(schedule), count * AES_BLOCK_SIZE, out, in);
  }
}

}  // namespace simbiont::crypto

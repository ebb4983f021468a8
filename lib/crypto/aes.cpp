#include "crypto/aes.h"

#include <nettle/aes.h>

#include <cassert>

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

Aes::Aes(const Secret& key) : is_256_(key.size() == AES256_KEY_SIZE) {
  static_assert(sizeof(aes128_ctx) <= schedule_size && sizeof(aes256_ctx) <= schedule_size);
  static_assert(alignof(aes128_ctx) <= 16 && alignof(aes256_ctx) <= 16);
  assert(key.size() == AES128_KEY_SIZE || key.size() == AES256_KEY_SIZE);
  if (is_256_) {
    aes256_set_encrypt_key(context<aes256_ctx>(schedule_.data()), key.reveal().data());
  } else {
    aes128_set_encrypt_key(context<aes128_ctx>(schedule_.data()), key.reveal().data());
  }
}

Aes::~Aes() { zeroise(schedule_); }

Block Aes::encrypt(const Block& in) const {
  Block out;
  if (is_256_) {
    aes256_encrypt(context<aes256_ctx>(schedule_.data()), out.size(), out.data(), in.data());
  } else {
    aes128_encrypt(context<aes128_ctx>(schedule_.data()), out.size(), out.data(), in.data());
  }
  return out;
}

}  // namespace simbiont::crypto

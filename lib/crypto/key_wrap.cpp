#include "crypto/key_wrap.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <array>
#include <memory>
#include <utility>

namespace simbiont::crypto {
namespace {

constexpr std::array<std::pair<KeyWrap, std::string_view>, 2> names{
    {{KeyWrap::kw, "aes-kw"}, {KeyWrap::kwp, "aes-kwp"}}};

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

const EVP_CIPHER* cipher(KeyWrap wrap, std::size_t kek_size) {
  const bool padded = wrap == KeyWrap::kwp;
  switch (kek_size) {
    case 16:
      return padded ? EVP_aes_128_wrap_pad() : EVP_aes_128_wrap();
    case 24:
      return padded ? EVP_aes_192_wrap_pad() : EVP_aes_192_wrap();
    case 32:
      return padded ? EVP_aes_256_wrap_pad() : EVP_aes_256_wrap();
    default:
      return nullptr;
  }
}

enum class Way : std::uint8_t { unwrap, wrap };

// The number of octets written to out, which has room for a block more than `in`; -1 when OpenSSL refuses.
int run(const Secret& kek, KeyWrap wrap, Way way, ByteView in, std::span<std::uint8_t> out) {
  const Context context(EVP_CIPHER_CTX_new());
  if (!context) return -1;
  EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  int size = 0, rest = 0;
  const bool done =
      EVP_CipherInit_ex(context.get(), cipher(wrap, kek.size()), nullptr, kek.reveal().data(), nullptr,
                        way == Way::wrap ? 1 : 0) == 1 &&
      EVP_CipherUpdate(context.get(), out.data(), &size, in.data(), static_cast<int>(in.size())) == 1 &&
      EVP_CipherFinal_ex(context.get(), out.data() + size, &rest) == 1;
  ERR_clear_error();
  return done ? size + rest : -1;
}

bool is_key_size(std::size_t size) { return size == 16 || size == 24 || size == 32; }

}  // namespace

std::string_view name(KeyWrap wrap) {
  for (const auto& [value, text] : names) {
    if (value == wrap) return text;
  }
  return "?";
}

std::optional<KeyWrap> key_wrap(std::string_view text) {
  for (const auto& [value, known] : names) {
    if (known == text) return value;
  }
  return std::nullopt;
}

Result<Bytes> wrap_key(const Secret& kek, KeyWrap wrap, const Secret& key) {
  const bool fits = wrap == KeyWrap::kwp ? !key.empty() : is_key_size(key.size());
  if (!fits || !is_key_size(kek.size()))
    return error(Errc::invalid_argument, "a key of this size is not wrapped");
  ByteArray<max_wrapped + 16> out{};
  const int size = run(kek, wrap, Way::wrap, key.reveal(), out);
  if (size < 0) return error(Errc::io, "the key could not be wrapped");
  return Bytes(out.begin(), out.begin() + size);
}

Result<Secret> unwrap_key(const Secret& kek, KeyWrap wrap, ByteView wrapped) {
  // kwp's shortest is the 16 octets of a key of 1 to 8, kw's that of a key of 16.
  const std::size_t least = wrap == KeyWrap::kwp ? 16 : 24;
  if (wrapped.size() < least || wrapped.size() > max_wrapped || wrapped.size() % 8 != 0 ||
      !is_key_size(kek.size()))
    return error(Errc::invalid_argument, "the number of octets is no wrapped key's");
  ByteArray<max_wrapped + 16> out{};
  const int size = run(kek, wrap, Way::unwrap, wrapped, out);
  const bool whole = size > 0 && static_cast<std::size_t>(size) <= Secret::max_size;
  Secret key = whole ? Secret(ByteView(out).first(static_cast<std::size_t>(size))) : Secret();
  zeroise(out);
  if (!whole) return error(Errc::corrupt, "it was not wrapped under the transport key, or was changed");
  return key;
}

}  // namespace simbiont::crypto

#include "admin/wrapped_key.h"

#include <algorithm>
#include <string>

#include "binding/kme.h"
#include "crypto/key_wrap.h"

namespace simbiont::admin {
namespace {

bool is_one_octet_repeated(ByteView key) {
  return std::all_of(key.begin(), key.end(), [&](std::uint8_t octet) { return octet == key.front(); });
}

}  // namespace

Result<Secret> open_wrapped(const Secret& transport_key, const WrappedText& text) {
  const std::string column(text.column);
  const auto wrap = text.wrap.empty() ? crypto::KeyWrap::kw : crypto::key_wrap(text.wrap);
  if (!wrap) return error(Errc::invalid_argument, "wrap is not aes-kw or aes-kwp");
  if (text.wrapped.size() > 2 * crypto::max_wrapped)
    return error(Errc::invalid_argument, column + " is longer than a wrapped key");
  const auto octets = from_hex(text.wrapped);
  if (!octets) return error(Errc::invalid_argument, column + " is not hexadecimal digits");
  ByteArray<3> kcv{};
  if (!from_hex(text.kcv, kcv))
    return error(Errc::invalid_argument, "the key check value is not 6 hexadecimal digits");
  auto key = crypto::unwrap_key(transport_key, *wrap, *octets);
  if (!key) return error(Errc::refused, column + ": " + key.error().message);
  if (key->size() != 16 && key->size() != 32)
    return error(Errc::refused, column + " holds a key of another size");
  if (!equal_constant_time(binding::key_check_value(*key), kcv))
    return error(Errc::refused, column + " holds a key with another check value");
  if (is_one_octet_repeated(key->reveal())) return error(Errc::refused, column + " holds no random key");
  return key;
}

}  // namespace simbiont::admin

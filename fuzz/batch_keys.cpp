// The single values that a supplier hands over: a wrapped key with its check value, a signature file, a
// public key, ranges.
#include <cstdlib>

#include "admin/supplier_scope.h"
#include "admin/wrapped_key.h"
#include "binding/kme.h"
#include "crypto/key_wrap.h"
#include "crypto/public_key.h"

namespace {

using namespace simbiont;

void must(bool holds) {
  if (!holds) std::abort();
}

Secret transport_key() {
  Bytes octets(32);
  for (std::size_t i = 0; i < octets.size(); ++i) octets[i] = static_cast<std::uint8_t>(0xA0 + i);
  return Secret(octets);
}

// "WRAP,WRAPPED,KCV"
void wrapped(std::string_view text) {
  std::array<std::string_view, 3> part{};
  for (std::string_view& one : part) {
    const std::size_t comma = text.find(',');
    one = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  const auto key = admin::open_wrapped(transport_key(), {"wrapped_key", part[0], part[1], part[2]});
  if (!key) return;
  must(key->size() == 16 || key->size() == 32);
  const auto again = crypto::wrap_key(
      transport_key(), part[0] == "aes-kwp" ? crypto::KeyWrap::kwp : crypto::KeyWrap::kw, *key);
  must(again && *again == *from_hex(part[1]));
}

void signature(std::string_view text) {
  const auto octets = crypto::parse_signature(text);
  must(!octets || (!octets->empty() && octets->size() <= crypto::max_signature));
}

void public_key(std::string_view text) {
  if (const auto key = crypto::parse_verifying_key(text)) {
    must(crypto::key_kind(*key) == "Ed25519" || crypto::key_kind(*key) == "ECDSA P-256");
    must(!crypto::verify_signature(*key, as_bytes("message"), Bytes(64)));
  }
  if (const auto key = crypto::parse_encryption_key(text))
    must(crypto::encrypt_to(*key, transport_key()).ok());
}

// What is shown is read back to the same.
void scope(std::string_view text) {
  if (const auto tacs = admin::Scope::tacs(text)) must(admin::Scope::tacs(tacs->str())->str() == tacs->str());
  if (const auto imsis = admin::Scope::imsis(text))
    must(admin::Scope::imsis(imsis->str())->str() == imsis->str());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text = as_text({data + 1, size - 1});
  switch (data[0] % 4) {
    case 0:
      wrapped(text);
      break;
    case 1:
      signature(text);
      break;
    case 2:
      public_key(text);
      break;
    default:
      scope(text);
  }
  return 0;
}

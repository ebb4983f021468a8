// A key as a batch carries it: wrapped under the supplier's transport key, in hexadecimal, with its check
// value.
#pragma once

#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace simbiont::admin {

struct WrappedText {
  std::string_view column;  // for the reasons
  std::string_view wrap;    // "aes-kw" (when empty), "aes-kwp"
  std::string_view wrapped;
  std::string_view kcv;  // 6 hexadecimal digits
};

// invalid_argument: malformed; refused: not wrapped under this key, another check value, or a key that is one
// octet repeated. The Error repeats nothing of the text.
Result<Secret> open_wrapped(const Secret& transport_key, const WrappedText& text);

}  // namespace simbiont::admin

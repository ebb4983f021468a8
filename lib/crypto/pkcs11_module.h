// A PKCS#11 module from load to finalize, and the small things that every caller of one needs.
#pragma once

#include <p11-kit/pkcs11.h>

#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace simbiont::crypto {

using Template = std::vector<CK_ATTRIBUTE>;

template <class T>
CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, T& value) {
  static_assert(std::is_integral_v<T>);
  return {type, &value, sizeof value};
}
inline CK_ATTRIBUTE octets(CK_ATTRIBUTE_TYPE type, ByteView value) {
  return {type, const_cast<std::uint8_t*>(value.data()), value.size()};
}

Error token_error(const char* what, CK_RV rv);
// Whether the code says that the token, or the session with it, is gone.
bool says_gone(CK_RV rv);

class Pkcs11Module {
 public:
  static Result<std::unique_ptr<Pkcs11Module>> load(const std::string& name);
  Pkcs11Module(const Pkcs11Module&) = delete;
  Pkcs11Module& operator=(const Pkcs11Module&) = delete;
  ~Pkcs11Module();

  CK_FUNCTION_LIST* operator->() const { return functions_; }
  // not_found when no token has the label (empty: nor the slot that number).
  Result<CK_SLOT_ID> find(const std::string& label, const std::uint64_t* slot) const;

 private:
  explicit Pkcs11Module(CK_FUNCTION_LIST* functions) : functions_(functions) {}
  CK_FUNCTION_LIST* functions_;
};

}  // namespace simbiont::crypto

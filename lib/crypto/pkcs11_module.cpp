#include "crypto/pkcs11_module.h"

#include <p11-kit/p11-kit.h>

#include <algorithm>
#include <array>

namespace simbiont::crypto {
namespace {

// The token's label is padded with blanks.
bool has_label(const CK_TOKEN_INFO& info, const std::string& label) {
  std::string padded = label;
  padded.resize(sizeof info.label, ' ');
  return label.size() <= sizeof info.label && std::equal(padded.begin(), padded.end(), info.label);
}

}  // namespace

Error token_error(const char* what, CK_RV rv) {
  return error(Errc::unavailable, std::string("token: ") + what + ": " + p11_kit_strerror(rv));
}

bool says_gone(CK_RV rv) {
  constexpr std::array<CK_RV, 11> codes{
      CKR_DEVICE_ERROR,         CKR_DEVICE_REMOVED,           CKR_DEVICE_MEMORY,  CKR_TOKEN_NOT_PRESENT,
      CKR_TOKEN_NOT_RECOGNIZED, CKR_SESSION_HANDLE_INVALID,   CKR_SESSION_CLOSED, CKR_USER_NOT_LOGGED_IN,
      CKR_SLOT_ID_INVALID,      CKR_CRYPTOKI_NOT_INITIALIZED, CKR_GENERAL_ERROR};
  return std::find(codes.begin(), codes.end(), rv) != codes.end();
}

Result<std::unique_ptr<Pkcs11Module>> Pkcs11Module::load(const std::string& name) {
  CK_FUNCTION_LIST* functions = p11_kit_module_load(name.c_str(), 0);
  if (functions == nullptr) return error(Errc::unavailable, "no PKCS#11 module " + name);
  const CK_RV rv = p11_kit_module_initialize(functions);
  if (rv != CKR_OK) {
    p11_kit_module_release(functions);
    return token_error("the module does not start", rv);
  }
  return std::unique_ptr<Pkcs11Module>(new Pkcs11Module(functions));
}

Pkcs11Module::~Pkcs11Module() {
  p11_kit_module_finalize(functions_);
  p11_kit_module_release(functions_);
}

Result<CK_SLOT_ID> Pkcs11Module::find(const std::string& label, const std::uint64_t* slot) const {
  std::array<CK_SLOT_ID, 64> slots{};
  CK_ULONG count = slots.size();
  const CK_RV rv = functions_->C_GetSlotList(CK_TRUE, slots.data(), &count);
  if (rv != CKR_OK) return token_error("no slots", rv);
  for (const CK_SLOT_ID each : std::span(slots).first(std::min<std::size_t>(count, slots.size()))) {
    CK_TOKEN_INFO info{};
    if (functions_->C_GetTokenInfo(each, &info) != CKR_OK || (info.flags & CKF_TOKEN_INITIALIZED) == 0)
      continue;
    if (label.empty() ? slot != nullptr && each == *slot : has_label(info, label)) return each;
  }
  return error(Errc::not_found, label.empty() ? "no token in that slot" : "no token " + label);
}

}  // namespace simbiont::crypto

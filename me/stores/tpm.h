// The few commands of a TPM 2.0 that a key store needs, over tpm2-tss. Every command's parameters are
// encrypted on the bus under a session that is salted by the storage key.
#pragma once

#include <tss2/tss2_esys.h>

#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace simbiont::me {

class Tpm {
 public:
  // Makes the storage key (the same one each time, from the owner's seed) and the session.
  static Result<std::unique_ptr<Tpm>> open(const std::string& tcti, std::vector<unsigned> pcrs);
  ~Tpm();
  Tpm(const Tpm&) = delete;
  Tpm& operator=(const Tpm&) = delete;

  bool has_encrypt_decrypt() const { return has_encrypt_decrypt_; }

  // TPM2B_PUBLIC || TPM2B_PRIVATE; of use in this TPM only.
  Result<Bytes> create_cipher(ByteView key);
  Result<Bytes> create_sealed(ByteView data);
  Result<ESYS_TR> load(ByteView blob);
  void flush(ESYS_TR object);
  Status encrypt_decrypt(ESYS_TR key, bool decrypt, const std::uint8_t* in, std::uint8_t* out);
  // Refused by the TPM when the PCRs are not what they were.
  Result<Bytes> unseal(ESYS_TR object);

 private:
  explicit Tpm(std::vector<unsigned> pcrs) : pcrs_(std::move(pcrs)) {}
  Status start(const std::string& tcti);
  Status make_primary();
  Status find_commands();
  Result<ESYS_TR> session(TPM2_SE type);
  Result<Bytes> create(const TPM2B_PUBLIC& shape, ByteView data);
  Result<TPM2B_DIGEST> pcr_policy();
  TPML_PCR_SELECTION selection() const;

  std::vector<unsigned> pcrs_;
  TSS2_TCTI_CONTEXT* tcti_ = nullptr;
  ESYS_CONTEXT* esys_ = nullptr;
  ESYS_TR primary_ = ESYS_TR_NONE;
  ESYS_TR session_ = ESYS_TR_NONE;
  bool has_encrypt_decrypt_ = false;
};

}  // namespace simbiont::me

#include "me/stores/tpm.h"

#include <tss2/tss2_mu.h>
#include <tss2/tss2_tctildr.h>

#include <algorithm>

#include "base/secret.h"

namespace simbiont::me {
namespace {

constexpr TPMT_SYM_DEF session_cipher{TPM2_ALG_AES, {.aes = 128}, {.aes = TPM2_ALG_CFB}};

Error refused(const char* what, TSS2_RC rc) {
  ByteArray<4> code{};
  store_be(rc, code);
  return error(Errc::unavailable, std::string("TPM: ") + what + " (" + to_hex(code) + ")");
}

// What Esys allocates.
template <class T>
struct Freed {
  T* pointer = nullptr;
  Freed() = default;
  Freed(const Freed&) = delete;
  Freed& operator=(const Freed&) = delete;
  ~Freed() { Esys_Free(pointer); }
};

// A restricted decryption key on P-256: the parent of all others.
TPM2B_PUBLIC storage_shape() {
  TPM2B_PUBLIC shape{};
  TPMT_PUBLIC& area = shape.publicArea;
  area.type = TPM2_ALG_ECC;
  area.nameAlg = TPM2_ALG_SHA256;
  area.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
                          TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED |
                          TPMA_OBJECT_DECRYPT;
  TPMS_ECC_PARMS& ecc = area.parameters.eccDetail;
  ecc.symmetric.algorithm = TPM2_ALG_AES;
  ecc.symmetric.keyBits.aes = 128;
  ecc.symmetric.mode.aes = TPM2_ALG_CFB;
  ecc.scheme.scheme = TPM2_ALG_NULL;
  ecc.curveID = TPM2_ECC_NIST_P256;
  ecc.kdf.scheme = TPM2_ALG_NULL;
  return shape;
}

TPM2B_PUBLIC cipher_shape(std::size_t key_size) {
  TPM2B_PUBLIC shape{};
  TPMT_PUBLIC& area = shape.publicArea;
  area.type = TPM2_ALG_SYMCIPHER;
  area.nameAlg = TPM2_ALG_SHA256;
  area.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_USERWITHAUTH |
                          TPMA_OBJECT_NODA | TPMA_OBJECT_DECRYPT | TPMA_OBJECT_SIGN_ENCRYPT;
  TPMT_SYM_DEF_OBJECT& sym = area.parameters.symDetail.sym;
  sym.algorithm = TPM2_ALG_AES;
  sym.keyBits.aes = static_cast<TPMI_AES_KEY_BITS>(8 * key_size);
  sym.mode.aes = TPM2_ALG_ECB;
  return shape;
}

// Data that only the policy opens.
TPM2B_PUBLIC sealed_shape(const TPM2B_DIGEST& policy) {
  TPM2B_PUBLIC shape{};
  TPMT_PUBLIC& area = shape.publicArea;
  area.type = TPM2_ALG_KEYEDHASH;
  area.nameAlg = TPM2_ALG_SHA256;
  area.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_NODA;
  area.authPolicy = policy;
  area.parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL;
  return shape;
}

}  // namespace

Result<std::unique_ptr<Tpm>> Tpm::open(const std::string& tcti, std::vector<unsigned> pcrs) {
  for (const unsigned pcr : pcrs) {
    if (pcr > 23) return error(Errc::invalid_argument, "a TPM has PCRs 0 to 23");
  }
  std::unique_ptr<Tpm> tpm(new Tpm(std::move(pcrs)));
  if (const Status started = tpm->start(tcti); !started) return started.error();
  return tpm;
}

Tpm::~Tpm() {
  if (session_ != ESYS_TR_NONE) Esys_FlushContext(esys_, session_);
  if (primary_ != ESYS_TR_NONE) Esys_FlushContext(esys_, primary_);
  if (esys_ != nullptr) Esys_Finalize(&esys_);
  if (tcti_ != nullptr) Tss2_TctiLdr_Finalize(&tcti_);
}

Status Tpm::start(const std::string& tcti) {
  TSS2_RC rc = Tss2_TctiLdr_Initialize(tcti.empty() ? nullptr : tcti.c_str(), &tcti_);
  if (rc != TSS2_RC_SUCCESS) return refused("it cannot be reached", rc);
  rc = Esys_Initialize(&esys_, tcti_, nullptr);
  if (rc != TSS2_RC_SUCCESS) return refused("it cannot be used", rc);
  if (Status made = make_primary(); !made) return made;
  const Result<ESYS_TR> opened = session(TPM2_SE_HMAC);
  if (!opened) return opened.error();
  session_ = *opened;
  return find_commands();
}

Status Tpm::make_primary() {
  const TPM2B_SENSITIVE_CREATE nothing{};
  const TPM2B_PUBLIC shape = storage_shape();
  const TPM2B_DATA outside{};
  const TPML_PCR_SELECTION none{};
  const TSS2_RC rc =
      Esys_CreatePrimary(esys_, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &nothing,
                         &shape, &outside, &none, &primary_, nullptr, nullptr, nullptr, nullptr);
  return rc == TSS2_RC_SUCCESS ? Status{} : refused("no storage key", rc);
}

Status Tpm::find_commands() {
  TPMI_YES_NO more = TPM2_NO;
  Freed<TPMS_CAPABILITY_DATA> data;
  const TSS2_RC rc = Esys_GetCapability(esys_, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, TPM2_CAP_COMMANDS,
                                        TPM2_CC_EncryptDecrypt2, 1, &more, &data.pointer);
  if (rc != TSS2_RC_SUCCESS) return refused("its commands are not told", rc);
  const TPML_CCA& commands = data.pointer->data.command;
  has_encrypt_decrypt_ = commands.count == 1 && (commands.commandAttributes[0] & TPMA_CC_COMMANDINDEX_MASK) ==
                                                    (TPM2_CC_EncryptDecrypt2 & TPMA_CC_COMMANDINDEX_MASK);
  return {};
}

Result<ESYS_TR> Tpm::session(TPM2_SE type) {
  ESYS_TR out = ESYS_TR_NONE;
  TSS2_RC rc = Esys_StartAuthSession(esys_, primary_, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                     nullptr, type, &session_cipher, TPM2_ALG_SHA256, &out);
  if (rc != TSS2_RC_SUCCESS) return refused("no session", rc);
  const TPMA_SESSION both = TPMA_SESSION_DECRYPT | TPMA_SESSION_ENCRYPT | TPMA_SESSION_CONTINUESESSION;
  rc = Esys_TRSess_SetAttributes(esys_, out, both, 0xff);
  if (rc == TSS2_RC_SUCCESS) return out;
  Esys_FlushContext(esys_, out);
  return refused("no session", rc);
}

Result<Bytes> Tpm::create(const TPM2B_PUBLIC& shape, ByteView data) {
  TPM2B_SENSITIVE_CREATE sensitive{};
  sensitive.sensitive.data.size = static_cast<UINT16>(data.size());
  std::copy(data.begin(), data.end(), sensitive.sensitive.data.buffer);
  const TPM2B_DATA outside{};
  const TPML_PCR_SELECTION none{};
  Freed<TPM2B_PRIVATE> made_private;
  Freed<TPM2B_PUBLIC> made_public;
  TSS2_RC rc =
      Esys_Create(esys_, primary_, session_, ESYS_TR_NONE, ESYS_TR_NONE, &sensitive, &shape, &outside, &none,
                  &made_private.pointer, &made_public.pointer, nullptr, nullptr, nullptr);
  zeroise({sensitive.sensitive.data.buffer, sizeof sensitive.sensitive.data.buffer});
  if (rc != TSS2_RC_SUCCESS) return refused("a key is not taken", rc);
  Bytes blob(sizeof(TPM2B_PUBLIC) + sizeof(TPM2B_PRIVATE));
  std::size_t size = 0;
  rc = Tss2_MU_TPM2B_PUBLIC_Marshal(made_public.pointer, blob.data(), blob.size(), &size);
  if (rc == TSS2_RC_SUCCESS)
    rc = Tss2_MU_TPM2B_PRIVATE_Marshal(made_private.pointer, blob.data(), blob.size(), &size);
  if (rc != TSS2_RC_SUCCESS) return refused("a key is of another form", rc);
  blob.resize(size);
  return blob;
}

Result<Bytes> Tpm::create_cipher(ByteView key) { return create(cipher_shape(key.size()), key); }

Result<Bytes> Tpm::create_sealed(ByteView data) {
  const Result<TPM2B_DIGEST> policy = pcr_policy();
  if (!policy) return policy.error();
  return create(sealed_shape(*policy), data);
}

TPML_PCR_SELECTION Tpm::selection() const {
  TPML_PCR_SELECTION out{};
  out.count = 1;
  out.pcrSelections[0].hash = TPM2_ALG_SHA256;
  out.pcrSelections[0].sizeofSelect = 3;
  for (const unsigned pcr : pcrs_) {
    BYTE& octet = out.pcrSelections[0].pcrSelect[pcr / 8];
    octet = static_cast<BYTE>(octet | 1U << pcr % 8);
  }
  return out;
}

// The digest of "these PCRs as they stand now", from a trial session.
Result<TPM2B_DIGEST> Tpm::pcr_policy() {
  const Result<ESYS_TR> trial = session(TPM2_SE_TRIAL);
  if (!trial) return trial.error();
  const TPML_PCR_SELECTION pcrs = selection();
  const TPM2B_DIGEST as_they_are{};
  TSS2_RC rc = Esys_PolicyPCR(esys_, *trial, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &as_they_are, &pcrs);
  Freed<TPM2B_DIGEST> digest;
  if (rc == TSS2_RC_SUCCESS)
    rc = Esys_PolicyGetDigest(esys_, *trial, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &digest.pointer);
  Esys_FlushContext(esys_, *trial);
  if (rc != TSS2_RC_SUCCESS) return refused("no policy", rc);
  return *digest.pointer;
}

Result<ESYS_TR> Tpm::load(ByteView blob) {
  TPM2B_PUBLIC public_part{};
  TPM2B_PRIVATE private_part{};
  std::size_t at = 0;
  TSS2_RC rc = Tss2_MU_TPM2B_PUBLIC_Unmarshal(blob.data(), blob.size(), &at, &public_part);
  if (rc == TSS2_RC_SUCCESS)
    rc = Tss2_MU_TPM2B_PRIVATE_Unmarshal(blob.data(), blob.size(), &at, &private_part);
  if (rc != TSS2_RC_SUCCESS) return refused("a stored key is of another form", rc);
  ESYS_TR out = ESYS_TR_NONE;
  rc = Esys_Load(esys_, primary_, session_, ESYS_TR_NONE, ESYS_TR_NONE, &private_part, &public_part, &out);
  if (rc != TSS2_RC_SUCCESS) return refused("a key is not its own", rc);
  return out;
}

void Tpm::flush(ESYS_TR object) { Esys_FlushContext(esys_, object); }

Status Tpm::encrypt_decrypt(ESYS_TR key, bool decrypt, const std::uint8_t* in, std::uint8_t* out) {
  TPM2B_MAX_BUFFER input{};
  input.size = 16;
  std::copy_n(in, 16, input.buffer);
  const TPM2B_IV no_iv{};
  Freed<TPM2B_MAX_BUFFER> output;
  Freed<TPM2B_IV> next_iv;
  const TSS2_RC rc = Esys_EncryptDecrypt2(esys_, key, session_, ESYS_TR_NONE, ESYS_TR_NONE, &input,
                                          decrypt ? TPM2_YES : TPM2_NO, TPM2_ALG_ECB, &no_iv, &output.pointer,
                                          &next_iv.pointer);
  zeroise({input.buffer, 16});
  if (rc != TSS2_RC_SUCCESS) return refused("no AES", rc);
  if (output.pointer->size != 16) return error(Errc::unavailable, "TPM: no AES block");
  std::copy_n(output.pointer->buffer, 16, out);
  zeroise({output.pointer->buffer, 16});
  return {};
}

Result<Bytes> Tpm::unseal(ESYS_TR object) {
  const Result<ESYS_TR> policy = session(TPM2_SE_POLICY);
  if (!policy) return policy.error();
  const TPML_PCR_SELECTION pcrs = selection();
  const TPM2B_DIGEST as_they_are{};
  TSS2_RC rc = Esys_PolicyPCR(esys_, *policy, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &as_they_are, &pcrs);
  Freed<TPM2B_SENSITIVE_DATA> data;
  if (rc == TSS2_RC_SUCCESS)
    rc = Esys_Unseal(esys_, object, *policy, ESYS_TR_NONE, ESYS_TR_NONE, &data.pointer);
  Esys_FlushContext(esys_, *policy);
  if (rc != TSS2_RC_SUCCESS) return refused("a sealed key stays shut: the PCRs have changed", rc);
  Bytes out(data.pointer->buffer, data.pointer->buffer + data.pointer->size);
  zeroise({data.pointer->buffer, sizeof data.pointer->buffer});
  return out;
}

}  // namespace simbiont::me

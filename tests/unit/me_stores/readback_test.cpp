// What a device that keeps keys must refuse, asked past the store.
#include <p11-kit/p11-kit.h>
#include <p11-kit/pkcs11.h>
#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_tctildr.h>

#include <algorithm>

#include "me/stores/tpm.h"
#include "swtpm_backend.h"

namespace simbiont::test {
namespace {

const Bytes key{0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7,
                0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf};

// Its key in a store that is closed again; the record's octets.
Bytes stored_key(Backend& backend, const std::string& path, const char* kind, std::string& protection) {
  {
    auto store = backend.open(path);
    EXPECT_TRUE(store.ok()) << store.error().message;
    EXPECT_TRUE((*store)->set_transport_key(key).ok());
    protection = (*store)->protection((*store)->transport_key());
  }
  const auto file = me::StateFile::open(path, kind);
  EXPECT_TRUE(file.ok());
  const auto state = file->read();
  EXPECT_TRUE(state.ok());
  EXPECT_EQ(state->keys.size(), 1U);
  return state->keys.at(0).blob;
}

bool holds(const Bytes& blob, const Bytes& octets) {
  return std::search(blob.begin(), blob.end(), octets.begin(), octets.end()) != blob.end();
}

TEST(Tpm, a_cipher_key_is_fixed_to_its_tpm_and_never_comes_out) {
  if (!SwTpm::is_installed()) GTEST_SKIP() << "swtpm is not installed";
  const TempDir directory;
  SwTpm device(directory.file(""), true);
  std::string protection;
  const Bytes blob = stored_key(device, directory.file("slots"), "tpm", protection);
  EXPECT_EQ(protection, "AES in the TPM, fixed to it");
  EXPECT_FALSE(holds(blob, key));

  TPM2B_PUBLIC shape{};
  std::size_t at = 1;
  ASSERT_EQ(Tss2_MU_TPM2B_PUBLIC_Unmarshal(blob.data(), blob.size(), &at, &shape), TSS2_RC_SUCCESS);
  EXPECT_EQ(shape.publicArea.type, TPM2_ALG_SYMCIPHER);
  const TPMA_OBJECT fixed = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT;
  EXPECT_EQ(shape.publicArea.objectAttributes & fixed, fixed);

  auto tpm = me::Tpm::open(device.tcti(), {7});
  ASSERT_TRUE(tpm.ok());
  EXPECT_TRUE((*tpm)->has_encrypt_decrypt());
  const auto object = (*tpm)->load(ByteView(blob).subspan(1));
  ASSERT_TRUE(object.ok());
  EXPECT_FALSE((*tpm)->unseal(*object).ok());
}

TEST(Tpm, another_tpm_does_not_load_the_key) {
  if (!SwTpm::is_installed()) GTEST_SKIP() << "swtpm is not installed";
  for (const bool cipher_objects : {true, false}) {
    const TempDir directory;
    const TempDir other_directory;
    SwTpm device(directory.file(""), cipher_objects);
    SwTpm other(other_directory.file(""), cipher_objects);
    std::string protection;
    const Bytes blob = stored_key(device, directory.file("slots"), "tpm", protection);
    auto tpm = me::Tpm::open(other.tcti(), {7});
    ASSERT_TRUE(tpm.ok());
    EXPECT_FALSE((*tpm)->load(ByteView(blob).subspan(1)).ok());
  }
}

void extend_pcr(const std::string& tcti_name, unsigned pcr) {
  TSS2_TCTI_CONTEXT* tcti = nullptr;
  ESYS_CONTEXT* esys = nullptr;
  ASSERT_EQ(Tss2_TctiLdr_Initialize(tcti_name.c_str(), &tcti), TSS2_RC_SUCCESS);
  ASSERT_EQ(Esys_Initialize(&esys, tcti, nullptr), TSS2_RC_SUCCESS);
  TPML_DIGEST_VALUES digests{};
  digests.count = 1;
  digests.digests[0].hashAlg = TPM2_ALG_SHA256;
  digests.digests[0].digest.sha256[0] = 1;
  EXPECT_EQ(Esys_PCR_Extend(esys, ESYS_TR_PCR0 + pcr, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &digests),
            TSS2_RC_SUCCESS);
  Esys_Finalize(&esys);
  Tss2_TctiLdr_Finalize(&tcti);
}

TEST(Tpm, a_sealed_key_stays_shut_when_a_pcr_has_changed) {
  if (!SwTpm::is_installed()) GTEST_SKIP() << "swtpm is not installed";
  const TempDir directory;
  SwTpm device(directory.file(""), false);
  std::string protection;
  const Bytes blob = stored_key(device, directory.file("slots"), "tpm", protection);
  EXPECT_EQ(protection, "sealed by the TPM to its PCRs, locked memory");
  EXPECT_FALSE(holds(blob, key));
  const auto block = [&] {
    auto store = device.open(directory.file("slots"));
    EXPECT_TRUE(store.ok());
    Block out{};
    return (*store)->block((*store)->transport_key(), SIMBIONT_ME_DECRYPT, out.data(), out.data());
  };
  EXPECT_TRUE(block().ok());
  extend_pcr(device.tcti(), 16);
  EXPECT_EQ(block().error().code, Errc::unavailable);
}

TEST(Pkcs11, the_token_refuses_to_tell_a_key) {
  const TempDir directory;
  std::string missing;
  const auto device = softhsm_backend().make(directory.file(""), missing);
  if (device == nullptr) GTEST_SKIP() << missing;
  std::string protection;
  stored_key(*device, directory.file("slots"), "pkcs11", protection);
  EXPECT_EQ(protection, "AES in the PKCS#11 token, not extractable");

  CK_FUNCTION_LIST* module = p11_kit_module_load("/usr/lib/softhsm/libsofthsm2.so", 0);
  ASSERT_NE(module, nullptr);
  ASSERT_EQ(p11_kit_module_initialize(module), CKR_OK);
  std::array<CK_SLOT_ID, 8> slots{};
  CK_ULONG count = slots.size();
  ASSERT_EQ(module->C_GetSlotList(CK_TRUE, slots.data(), &count), CKR_OK);
  CK_SESSION_HANDLE session = 0;
  ASSERT_EQ(module->C_OpenSession(slots[0], CKF_SERIAL_SESSION, nullptr, nullptr, &session), CKR_OK);
  std::string pin = "87654321";
  ASSERT_EQ(module->C_Login(session, CKU_USER, reinterpret_cast<CK_UTF8CHAR*>(pin.data()), pin.size()),
            CKR_OK);
  ASSERT_EQ(module->C_FindObjectsInit(session, nullptr, 0), CKR_OK);
  CK_OBJECT_HANDLE object = 0;
  ASSERT_EQ(module->C_FindObjects(session, &object, 1, &count), CKR_OK);
  ASSERT_EQ(count, 1U);
  Block value{};
  CK_ATTRIBUTE asked{CKA_VALUE, value.data(), value.size()};
  EXPECT_EQ(module->C_GetAttributeValue(session, object, &asked, 1), CKR_ATTRIBUTE_SENSITIVE);
  EXPECT_EQ(value, Block{});
  p11_kit_module_finalize(module);
  p11_kit_module_release(module);
}

}  // namespace
}  // namespace simbiont::test

// Keys are AES objects of a PKCS#11 token: sensitive, not extractable. The state file knows them by CKA_ID.
#include <openssl/rand.h>
#include <p11-kit/p11-kit.h>
#include <p11-kit/pkcs11.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "me/stores/key_store.h"

namespace simbiont::me {
namespace {

constexpr std::size_t id_size = 16;
using Template = std::vector<CK_ATTRIBUTE>;

Error refused(const char* what, CK_RV rv) {
  return error(Errc::unavailable, std::string("token: ") + what + ": " + p11_kit_strerror(rv));
}

template <class T>
CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, T& value) {
  return {type, &value, sizeof value};
}
CK_ATTRIBUTE octets(CK_ATTRIBUTE_TYPE type, ByteView value) {
  return {type, const_cast<std::uint8_t*>(value.data()), value.size()};
}

// A module from load to finalize.
class Module {
 public:
  static Result<std::unique_ptr<Module>> load(const std::string& name) {
    CK_FUNCTION_LIST* functions = p11_kit_module_load(name.c_str(), 0);
    if (functions == nullptr) return error(Errc::unavailable, "no PKCS#11 module " + name);
    const CK_RV rv = p11_kit_module_initialize(functions);
    if (rv != CKR_OK) {
      p11_kit_module_release(functions);
      return refused("the module does not start", rv);
    }
    return std::unique_ptr<Module>(new Module(functions));
  }
  ~Module() {
    p11_kit_module_finalize(functions_);
    p11_kit_module_release(functions_);
  }
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;
  CK_FUNCTION_LIST* operator->() const { return functions_; }

 private:
  explicit Module(CK_FUNCTION_LIST* functions) : functions_(functions) {}
  CK_FUNCTION_LIST* functions_;
};

// The token's label is padded with blanks.
bool has_label(const CK_TOKEN_INFO& info, const std::string& label) {
  std::string padded = label;
  padded.resize(sizeof info.label, ' ');
  return label.size() <= sizeof info.label && std::equal(padded.begin(), padded.end(), info.label);
}

class Pkcs11Store final : public KeyStore {
 public:
  Pkcs11Store(StateFile file, std::unique_ptr<Module> module, Pkcs11Options options)
      : KeyStore(std::move(file)), module_(std::move(module)), options_(std::move(options)) {}
  ~Pkcs11Store() override { close_session(); }

  Status start() {
    if (Status logged_in = open_session(); !logged_in) return logged_in;
    if (Status opened = open("pkcs11"); !opened) return opened;
    label_ = "simbiont-me " + to_hex(state().id);
    return erase_orphans();
  }

  // A token that was away, or whose session is gone, gets a second chance.
  Status block(std::uint32_t handle, int direction, const std::uint8_t* in, std::uint8_t* out) override {
    const Bytes* id = find(handle);
    if (id == nullptr) return error(Errc::not_found, "no such key");
    if (Status done = block_once(*id, direction, in, out); done) return done;
    close_session();
    if (Status again = open_session(); !again) return again;
    return block_once(*id, direction, in, out);
  }
  std::string protection(std::uint32_t) const override { return "AES in the PKCS#11 token, not extractable"; }

 protected:
  Result<Bytes> protect(std::uint32_t, ByteView key) override {
    Bytes id(id_size);
    if (RAND_bytes(id.data(), static_cast<int>(id.size())) != 1)
      return error(Errc::unavailable, "no random numbers");
    CK_OBJECT_CLASS secret = CKO_SECRET_KEY;
    CK_KEY_TYPE aes = CKK_AES;
    CK_BBOOL yes = CK_TRUE;
    CK_BBOOL no = CK_FALSE;
    Template wanted{attribute(CKA_CLASS, secret),
                    attribute(CKA_KEY_TYPE, aes),
                    attribute(CKA_TOKEN, yes),
                    attribute(CKA_PRIVATE, yes),
                    attribute(CKA_SENSITIVE, yes),
                    attribute(CKA_EXTRACTABLE, no),
                    attribute(CKA_MODIFIABLE, no),
                    attribute(CKA_ENCRYPT, yes),
                    attribute(CKA_DECRYPT, yes),
                    attribute(CKA_WRAP, no),
                    attribute(CKA_UNWRAP, no),
                    octets(CKA_LABEL, as_bytes(label_)),
                    octets(CKA_ID, id),
                    octets(CKA_VALUE, key)};
    CK_OBJECT_HANDLE object = 0;
    const CK_RV rv = (*module_)->C_CreateObject(session_, wanted.data(), wanted.size(), &object);
    if (rv != CKR_OK) return refused("a key is not taken", rv);
    return id;
  }

  Status forget(std::uint32_t, const Bytes& id) override {
    Result<std::vector<CK_OBJECT_HANDLE>> objects = objects_with({octets(CKA_ID, id)});
    if (!objects) return objects.error();
    for (const CK_OBJECT_HANDLE object : *objects) {
      const CK_RV rv = (*module_)->C_DestroyObject(session_, object);
      if (rv != CKR_OK) return refused("a key is not erased", rv);
    }
    return {};
  }

 private:
  Result<CK_SLOT_ID> find_token() {
    std::array<CK_SLOT_ID, 64> slots{};
    CK_ULONG count = slots.size();
    const CK_RV rv = (*module_)->C_GetSlotList(CK_TRUE, slots.data(), &count);
    if (rv != CKR_OK) return refused("no slots", rv);
    for (CK_ULONG i = 0; i < count; ++i) {
      CK_TOKEN_INFO info{};
      if ((*module_)->C_GetTokenInfo(slots.at(i), &info) == CKR_OK && has_label(info, options_.token))
        return slots.at(i);
    }
    return error(Errc::not_found, "no token " + options_.token);
  }

  Status open_session() {
    const Result<CK_SLOT_ID> slot = find_token();
    if (!slot) return slot.error();
    CK_RV rv =
        (*module_)->C_OpenSession(*slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session_);
    if (rv != CKR_OK) return refused("no session", rv);
    is_open_ = true;
    const ByteView pin = options_.pin.reveal();
    rv = (*module_)->C_Login(session_, CKU_USER, const_cast<std::uint8_t*>(pin.data()), pin.size());
    if (rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN) return {};
    close_session();
    return refused("no login", rv);
  }
  void close_session() {
    if (is_open_) (*module_)->C_CloseSession(session_);
    is_open_ = false;
  }

  Result<std::vector<CK_OBJECT_HANDLE>> objects_with(Template wanted) {
    CK_RV rv = (*module_)->C_FindObjectsInit(session_, wanted.data(), wanted.size());
    if (rv != CKR_OK) return refused("keys are not found", rv);
    std::vector<CK_OBJECT_HANDLE> out;
    std::array<CK_OBJECT_HANDLE, 32> part{};
    CK_ULONG count = 0;
    do {
      rv = (*module_)->C_FindObjects(session_, part.data(), part.size(), &count);
      if (rv == CKR_OK) out.insert(out.end(), part.begin(), part.begin() + static_cast<long>(count));
    } while (rv == CKR_OK && count == part.size());
    (*module_)->C_FindObjectsFinal(session_);
    if (rv != CKR_OK) return refused("keys are not found", rv);
    return out;
  }

  Status block_once(const Bytes& id, int direction, const std::uint8_t* in, std::uint8_t* out) {
    const Result<std::vector<CK_OBJECT_HANDLE>> objects = objects_with({octets(CKA_ID, id)});
    if (!objects) return objects.error();
    if (objects->size() != 1) return error(Errc::not_found, "the token has lost a key");
    CK_MECHANISM ecb{CKM_AES_ECB, nullptr, 0};
    Block input{};
    std::copy_n(in, input.size(), input.begin());
    CK_ULONG size = 16;
    const bool encrypt = direction == SIMBIONT_ME_ENCRYPT;
    CK_RV rv = encrypt ? (*module_)->C_EncryptInit(session_, &ecb, objects->front())
                       : (*module_)->C_DecryptInit(session_, &ecb, objects->front());
    if (rv == CKR_OK)
      rv = encrypt ? (*module_)->C_Encrypt(session_, input.data(), input.size(), out, &size)
                   : (*module_)->C_Decrypt(session_, input.data(), input.size(), out, &size);
    zeroise(input);
    if (rv == CKR_OK && size == 16) return {};
    return refused("no AES", rv);
  }

  // What a crash between the token and the state file left.
  Status erase_orphans() {
    Result<std::vector<CK_OBJECT_HANDLE>> objects = objects_with({octets(CKA_LABEL, as_bytes(label_))});
    if (!objects) return objects.error();
    for (const CK_OBJECT_HANDLE object : *objects) {
      Bytes id(id_size);
      CK_ATTRIBUTE asked = octets(CKA_ID, id);
      const bool known = (*module_)->C_GetAttributeValue(session_, object, &asked, 1) == CKR_OK &&
                         std::any_of(state().keys.begin(), state().keys.end(),
                                     [&](const KeyRecord& key) { return key.blob == id; });
      if (!known) (*module_)->C_DestroyObject(session_, object);
    }
    return {};
  }

  std::unique_ptr<Module> module_;
  Pkcs11Options options_;
  std::string label_;
  CK_SESSION_HANDLE session_ = 0;
  bool is_open_ = false;
};

}  // namespace

OpenedStore open_pkcs11_store(const std::string& path, const Pkcs11Options& options) {
  Result<std::unique_ptr<Module>> module = Module::load(options.module);
  if (!module) return module.error();
  Result<StateFile> file = StateFile::open(path, "pkcs11");
  if (!file) return file.error();
  auto store = std::make_unique<Pkcs11Store>(std::move(*file), std::move(*module), options);
  if (const Status started = store->start(); !started) return started.error();
  return std::unique_ptr<KeyStore>(std::move(store));
}

}  // namespace simbiont::me

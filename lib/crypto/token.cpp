#include "crypto/token.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "crypto/pin_source.h"
#include "crypto/pkcs11_module.h"
#include "crypto/random.h"

namespace simbiont::crypto {
namespace {

constexpr std::size_t id_size = 16, nonce_size = 12, tag_size = 16;
constexpr std::size_t max_known_objects = 65536;

Error gone() { return error(Errc::unavailable, "token: it cannot be had now"); }

void random_octets(std::span<std::uint8_t> out) {
  SystemRandom random;
  random.fill(out);
}

class Pkcs11Token final : public Token {
 public:
  explicit Pkcs11Token(TokenOptions options) : options_(std::move(options)) {}
  ~Pkcs11Token() override { drop(); }

  Status connect() override {
    const std::unique_lock life(life_);
    drop();
    auto module = Pkcs11Module::load(options_.module);
    if (!module) return module.error();
    module_ = *std::move(module);
    Status done = log_in();
    if (!done) drop();
    connected_ = done.ok();
    return done;
  }
  bool connected() const override { return connected_; }

  Status probe(ByteView id) override {
    Block block{};
    Status done = encrypt(id, block, block);
    if (!done) connected_ = false;
    return done;
  }

  Result<Bytes> generate(std::size_t key_size, std::string_view label) override {
    return make(label, true, [&](Session& session, Template& wanted, CK_OBJECT_HANDLE& object) {
      CK_ULONG length = key_size;
      wanted.push_back(attribute(CKA_VALUE_LEN, length));
      CK_MECHANISM mechanism{CKM_AES_KEY_GEN, nullptr, 0};
      return (*module_)->C_GenerateKey(session.get(), &mechanism, wanted.data(), wanted.size(), &object);
    });
  }
  Result<Bytes> import(const Secret& key, std::string_view label) override {
    return make(label, false, [&](Session& session, Template& wanted, CK_OBJECT_HANDLE& object) {
      wanted.push_back(octets(CKA_VALUE, key.reveal()));
      return (*module_)->C_CreateObject(session.get(), wanted.data(), wanted.size(), &object);
    });
  }

  Status destroy(ByteView id) override {
    const std::shared_lock life(life_);
    Session session(*this);
    if (!session) return gone();
    return destroy_by(session, id);
  }

  Status encrypt(ByteView id, ByteView in, std::span<std::uint8_t> out) override {
    CK_MECHANISM ecb{CKM_AES_ECB, nullptr, 0};
    return crypt(id, ecb, true, in, out);
  }
  Status decrypt(ByteView id, ByteView in, std::span<std::uint8_t> out) override {
    CK_MECHANISM ecb{CKM_AES_ECB, nullptr, 0};
    return crypt(id, ecb, false, in, out);
  }

  Result<Bytes> gcm_seal(ByteView id, const Secret& plain, std::string_view context) override {
    Bytes sealed(nonce_size + plain.size() + tag_size);
    random_octets(std::span(sealed).first(nonce_size));
    CK_GCM_PARAMS parameters = gcm(ByteView(sealed).first(nonce_size), context);
    CK_MECHANISM mechanism{CKM_AES_GCM, &parameters, sizeof parameters};
    if (Status done = crypt(id, mechanism, true, plain.reveal(), std::span(sealed).subspan(nonce_size));
        !done)
      return done.error();
    return sealed;
  }

  Result<Secret> gcm_open(ByteView id, ByteView sealed, std::string_view context) override {
    constexpr std::size_t overhead = nonce_size + tag_size;
    if (sealed.size() < overhead || sealed.size() > overhead + Secret::max_size)
      return error(Errc::corrupt, "a wrapped key has an unknown form");
    CK_GCM_PARAMS parameters = gcm(sealed.first(nonce_size), context);
    CK_MECHANISM mechanism{CKM_AES_GCM, &parameters, sizeof parameters};
    ByteArray<Secret::max_size> plain{};
    const std::size_t size = sealed.size() - overhead;
    Status done = crypt(id, mechanism, false, sealed.subspan(nonce_size), std::span(plain).first(size));
    Secret secret = done ? Secret(ByteView(plain).first(size)) : Secret();
    zeroise(plain);
    if (!done) return done.error();
    return secret;
  }

 private:
  // A session of the free ones, or a new one; none when the token is gone. One whose operation failed is not
  // used again.
  class Session {
   public:
    explicit Session(Pkcs11Token& token) : token_(token) {
      if (!token.connected_) return;
      {
        const std::lock_guard lock(token.mutex_);
        if (!token.free_.empty()) {
          handle_ = token.free_.back();
          token.free_.pop_back();
          there_ = true;
          return;
        }
      }
      there_ = token.open_session(handle_) == CKR_OK;
      if (!there_) token.connected_ = false;
    }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session() {
      if (!there_) return;
      if (spoilt) {
        (*token_.module_)->C_CloseSession(handle_);
        return;
      }
      const std::lock_guard lock(token_.mutex_);
      token_.free_.push_back(handle_);
    }
    explicit operator bool() const { return there_; }
    CK_SESSION_HANDLE get() const { return handle_; }
    bool spoilt = false;

   private:
    Pkcs11Token& token_;
    CK_SESSION_HANDLE handle_ = 0;
    bool there_ = false;
  };

  Error failed(const char* what, CK_RV rv) {
    if (says_gone(rv)) connected_ = false;
    return token_error(what, rv);
  }

  void drop() {
    connected_ = false;
    free_.clear();
    objects_.clear();
    module_.reset();
  }

  CK_RV open_session(CK_SESSION_HANDLE& session) {
    return (*module_)->C_OpenSession(slot_, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session);
  }

  Status log_in() {
    const auto slot = module_->find(options_.label, options_.slot ? &*options_.slot : nullptr);
    if (!slot) return slot.error();
    slot_ = *slot;
    CK_TOKEN_INFO info{};
    CK_RV rv = (*module_)->C_GetTokenInfo(slot_, &info);
    if (rv != CKR_OK) return token_error("no information", rv);
    if ((info.flags & CKF_USER_PIN_LOCKED) != 0)
      return error(Errc::unavailable, "token: its PIN is locked; the security officer must unlock it");
    const auto pin = read_pin_source(options_.pin);
    if (!pin) return pin.error();
    if (rejected_ && *pin == *rejected_)
      return error(Errc::unavailable,
                   "token: it refused this PIN and is not asked again until [pkcs11] pin gives another one");
    if ((info.flags & CKF_USER_PIN_FINAL_TRY) != 0)
      return error(Errc::unavailable,
                   "token: one try is left before its PIN locks, and it is not used up here");
    CK_SESSION_HANDLE session = 0;
    if (rv = open_session(session); rv != CKR_OK) return token_error("no session", rv);
    // This one stays open and unused: with the last session a login ends.
    rv = (*module_)->C_Login(session, CKU_USER, const_cast<std::uint8_t*>(pin->reveal().data()), pin->size());
    if (rv == CKR_PIN_INCORRECT || rv == CKR_PIN_LEN_RANGE || rv == CKR_PIN_INVALID) rejected_ = *pin;
    if (rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN) {
      rejected_.reset();
      return {};
    }
    return token_error("no login", rv);
  }

  static CK_GCM_PARAMS gcm(ByteView nonce, std::string_view context) {
    CK_GCM_PARAMS parameters{};
    parameters.iv_ptr = const_cast<std::uint8_t*>(nonce.data());
    parameters.iv_len = nonce.size();
    parameters.iv_bits = 8 * nonce.size();
    parameters.aad_ptr = const_cast<std::uint8_t*>(as_bytes(context).data());
    parameters.aad_len = context.size();
    parameters.tag_bits = 8 * tag_size;
    return parameters;
  }

  // `create` makes the object of the attributes that every key here has.
  template <class Create>
  Result<Bytes> make(std::string_view label, bool generated, const Create& create) {
    const std::shared_lock life(life_);
    Session session(*this);
    if (!session) return gone();
    Bytes id(id_size);
    random_octets(id);
    CK_OBJECT_CLASS secret = CKO_SECRET_KEY;
    CK_KEY_TYPE aes = CKK_AES;
    CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
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
                    octets(CKA_LABEL, as_bytes(label)),
                    octets(CKA_ID, id)};
    CK_OBJECT_HANDLE object = 0;
    const CK_RV rv = create(session, wanted, object);
    if (rv != CKR_OK) return failed("a key is not made", rv);
    if (Status safe = judge(session, id, generated); !safe) {
      (void)destroy_by(session, id);
      return safe.error();
    }
    return id;
  }

  // Whether the token did what it was asked: it never shows the key, nor ever did one that it made itself.
  Status judge(Session& session, ByteView id, bool generated) {
    CK_OBJECT_HANDLE object = 0;
    if (Status found = find_object(session, id, object); !found) return found;
    CK_BBOOL local = CK_FALSE, sensitive = CK_FALSE, always = CK_FALSE, extractable = CK_TRUE,
             never = CK_FALSE;
    Template asked{attribute(CKA_LOCAL, local), attribute(CKA_SENSITIVE, sensitive),
                   attribute(CKA_ALWAYS_SENSITIVE, always), attribute(CKA_EXTRACTABLE, extractable),
                   attribute(CKA_NEVER_EXTRACTABLE, never)};
    const CK_RV rv = (*module_)->C_GetAttributeValue(session.get(), object, asked.data(), asked.size());
    if (rv != CKR_OK) return failed("a key cannot be looked at", rv);
    const bool inside = local && always && never;
    if (sensitive && !extractable && (inside || !generated)) return {};
    return error(Errc::refused, "the token made a key that could leave it");
  }

  Status find_object(Session& session, ByteView id, CK_OBJECT_HANDLE& object) {
    CK_OBJECT_CLASS secret = CKO_SECRET_KEY;
    Template wanted{attribute(CKA_CLASS, secret), octets(CKA_ID, id)};
    std::array<CK_OBJECT_HANDLE, 2> found{};
    CK_ULONG count = 0;
    CK_RV rv = (*module_)->C_FindObjectsInit(session.get(), wanted.data(), wanted.size());
    if (rv == CKR_OK) {
      rv = (*module_)->C_FindObjects(session.get(), found.data(), found.size(), &count);
      (*module_)->C_FindObjectsFinal(session.get());
    }
    session.spoilt = session.spoilt || rv != CKR_OK;
    if (rv != CKR_OK) return failed("keys are not found", rv);
    if (count != 1)
      return error(
          Errc::not_found,
          std::string(count == 0 ? "the token has no key " : "the token has several keys ") + to_hex(id));
    object = found.front();
    return {};
  }

  Status object_of(Session& session, ByteView id, CK_OBJECT_HANDLE& object) {
    const std::string name(as_text(id));
    {
      const std::lock_guard lock(mutex_);
      if (const auto known = objects_.find(name); known != objects_.end()) {
        object = known->second;
        return {};
      }
    }
    if (Status found = find_object(session, id, object); !found) return found;
    const std::lock_guard lock(mutex_);
    if (objects_.size() >= max_known_objects) objects_.clear();
    objects_[name] = object;
    return {};
  }

  void forget_object(ByteView id) {
    const std::lock_guard lock(mutex_);
    objects_.erase(std::string(as_text(id)));
  }

  Status destroy_by(Session& session, ByteView id) {
    CK_OBJECT_HANDLE object = 0;
    forget_object(id);
    if (Status found = find_object(session, id, object); !found) return found;
    const CK_RV rv = (*module_)->C_DestroyObject(session.get(), object);
    return rv == CKR_OK ? Status() : Status(failed("a key is not erased", rv));
  }

  // out has the size of what comes out.
  Status crypt(ByteView id, CK_MECHANISM& mechanism, bool encrypting, ByteView in,
               std::span<std::uint8_t> out) {
    const std::shared_lock life(life_);
    Session session(*this);
    if (!session) return gone();
    CK_RV rv = CKR_OK;
    for (int attempt = 0; attempt < 2; ++attempt) {
      CK_OBJECT_HANDLE object = 0;
      if (Status found = object_of(session, id, object); !found) return found;
      rv = crypt_once(session, object, mechanism, encrypting, in, out);
      if (rv != CKR_KEY_HANDLE_INVALID && rv != CKR_OBJECT_HANDLE_INVALID) break;
      forget_object(id);
    }
    if (rv == CKR_OK) return {};
    session.spoilt = true;
    // A wrong tag is a general error to some tokens: it does not say that they are gone.
    const bool opening = mechanism.mechanism == CKM_AES_GCM && !encrypting;
    if (opening &&
        (rv == CKR_ENCRYPTED_DATA_INVALID || rv == CKR_AEAD_DECRYPT_FAILED || rv == CKR_GENERAL_ERROR))
      return error(Errc::corrupt, "wrapped octets were changed, moved or wrapped under another key");
    return failed("no AES", rv);
  }

  CK_RV crypt_once(Session& session, CK_OBJECT_HANDLE object, CK_MECHANISM& mechanism, bool encrypting,
                   ByteView in, std::span<std::uint8_t> out) {
    auto& functions = *module_;
    auto* data = const_cast<std::uint8_t*>(in.data());
    // Some tokens want room for the tag, too, when they open.
    Bytes buffer(std::max(in.size(), out.size()) + tag_size);
    CK_ULONG size = buffer.size();
    CK_RV rv = encrypting ? functions->C_EncryptInit(session.get(), &mechanism, object)
                          : functions->C_DecryptInit(session.get(), &mechanism, object);
    if (rv != CKR_OK) return rv;
    rv = encrypting ? functions->C_Encrypt(session.get(), data, in.size(), buffer.data(), &size)
                    : functions->C_Decrypt(session.get(), data, in.size(), buffer.data(), &size);
    if (rv == CKR_OK && size != out.size()) rv = CKR_FUNCTION_FAILED;
    if (rv == CKR_OK) std::copy_n(buffer.begin(), out.size(), out.begin());
    zeroise(buffer);
    return rv;
  }

  static constexpr CK_RV CKR_AEAD_DECRYPT_FAILED = 0x00000042UL;  // PKCS#11 3.0; the header is of 2.40

  const TokenOptions options_;
  std::shared_mutex life_;  // held alone while module and slot change
  std::unique_ptr<Pkcs11Module> module_;
  CK_SLOT_ID slot_ = 0;
  std::atomic<bool> connected_ = false;
  std::optional<Secret> rejected_;  // the last PIN that the token refused
  std::mutex mutex_;                // of the two below
  std::vector<CK_SESSION_HANDLE> free_;
  std::map<std::string, CK_OBJECT_HANDLE> objects_;
};

}  // namespace

Result<std::unique_ptr<Token>> make_pkcs11_token(const TokenOptions& options) {
  if (options.module.empty() || (options.label.empty() && !options.slot))
    return error(Errc::invalid_argument, "a token needs [pkcs11] module, and label or slot");
  if (Status right = check_pin_source(options.pin); !right) return right.error();
  return std::unique_ptr<Token>(std::make_unique<Pkcs11Token>(options));
}

}  // namespace simbiont::crypto

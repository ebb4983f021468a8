#include "net/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <limits>

namespace simbiont::net {
namespace {

// Forward secrecy and authenticated encryption only; TLS 1.3 has no others.
constexpr const char* suites_1_2 = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr int max_chain = 4;
constexpr std::size_t read_size = 16'384;  // a record's most

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* what) const {
    Free(what);
  }
};
using OwnedSsl = std::unique_ptr<SSL, Freed<SSL_free>>;
using OwnedContext = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using OwnedX509 = std::unique_ptr<X509, Freed<X509_free>>;
using OwnedNames = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>>;

std::string last_reason() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  const char* const reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "no reason given";
}

Status check_key_file(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode))
    return error(Errc::io, "tls.key: " + path + " cannot be read");
  // As systemd hands a credential over: readable for root's group.
  const bool handed_over = (info.st_mode & 0777) == 0440 && info.st_uid == 0 && info.st_gid == 0;
  if (!handed_over && (info.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return error(Errc::refused, "tls.key: " + path + " may be read by others: chmod 600");
  return {};
}

std::vector<std::string> dns_names(const X509* certificate) {
  std::vector<std::string> out;
  const OwnedNames names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const each = sk_GENERAL_NAME_value(names.get(), i);
    if (each->type != GEN_DNS) continue;
    const auto* const text = reinterpret_cast<const char*>(ASN1_STRING_get0_data(each->d.dNSName));
    std::string name(text, static_cast<std::size_t>(ASN1_STRING_length(each->d.dNSName)));
    if (name.find('\0') == std::string::npos) out.push_back(std::move(name));
  }
  return out;
}

std::string digest_of(const X509* certificate) {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> octets{};
  unsigned size = 0;
  if (X509_digest(certificate, EVP_sha256(), octets.data(), &size) != 1) return {};
  return "sha256:" + to_hex(ByteView(octets).first(size));
}

}  // namespace

struct TlsContext::Parts {
  OwnedContext ssl;
  Role role;
};

TlsContext::TlsContext(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
TlsContext::~TlsContext() = default;

Result<std::shared_ptr<TlsContext>> TlsContext::load(Role role, const TlsFiles& files) {
  if (files.certificate.empty() || files.key.empty() || files.ca.empty())
    return error(Errc::invalid_argument, "TLS needs certificate, key and ca");
  if (Status safe = check_key_file(files.key); !safe) return safe.error();
  ERR_clear_error();
  OwnedContext made(SSL_CTX_new(role == Role::server ? TLS_server_method() : TLS_client_method()));
  SSL_CTX* const ssl = made.get();
  const auto wrong = [](const char* key, const std::string& path) {
    return error(Errc::invalid_argument, std::string(key) + ": " + path + ": " + last_reason());
  };
  if (ssl == nullptr || SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_cipher_list(ssl, suites_1_2) != 1)
    return error(Errc::io, "TLS: " + last_reason());
  if (SSL_CTX_use_certificate_chain_file(ssl, files.certificate.c_str()) != 1)
    return wrong("tls.certificate", files.certificate);
  if (SSL_CTX_use_PrivateKey_file(ssl, files.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(ssl) != 1)
    return wrong("tls.key", files.key);
  if (SSL_CTX_load_verify_locations(ssl, files.ca.c_str(), nullptr) != 1) return wrong("tls.ca", files.ca);
  SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_verify_depth(ssl, max_chain);
  // Nothing is resumed: every connection shows a certificate that is valid now.
  SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(ssl, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  (void)SSL_CTX_set_num_tickets(ssl, 0);
  return std::shared_ptr<TlsContext>(new TlsContext(std::make_unique<Parts>(Parts{std::move(made), role})));
}

struct TlsStream::Parts {
  OwnedSsl ssl;
  BIO* in;  // the SSL's own
  BIO* out;
};

TlsStream::TlsStream(std::shared_ptr<const TlsContext> context) : context_(std::move(context)) {
  parts_ = std::make_unique<Parts>(
      Parts{OwnedSsl(SSL_new(context_->parts_->ssl.get())), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem())});
  SSL_set_bio(parts_->ssl.get(), parts_->in, parts_->out);
  if (context_->parts_->role == TlsContext::Role::server)
    SSL_set_accept_state(parts_->ssl.get());
  else
    SSL_set_connect_state(parts_->ssl.get());
}

TlsStream::~TlsStream() = default;

void TlsStream::collect() {
  char* octets = nullptr;
  const long size = BIO_get_mem_data(parts_->out, &octets);
  if (size > 0) wire_.insert(wire_.end(), octets, octets + size);
  (void)BIO_reset(parts_->out);
}

Error TlsStream::failure(const char* what, int result) {
  const int code = SSL_get_error(parts_->ssl.get(), result);
  const long verified = SSL_get_verify_result(parts_->ssl.get());
  std::string reason = std::string("TLS: ") + what + ": ";
  if (code == SSL_ERROR_SSL && verified != X509_V_OK)
    reason += X509_verify_cert_error_string(verified);
  else
    reason += last_reason();
  ERR_clear_error();
  return error(Errc::refused, reason);
}

Status TlsStream::shake_hands() {
  ERR_clear_error();
  const int result = SSL_do_handshake(parts_->ssl.get());
  const int code = result == 1 ? SSL_ERROR_NONE : SSL_get_error(parts_->ssl.get(), result);
  Status status;
  if (code != SSL_ERROR_NONE && code != SSL_ERROR_WANT_READ) status = failure("handshake", result);
  collect();
  if (code != SSL_ERROR_NONE || !status) return status;
  const OwnedX509 shown(SSL_get1_peer_certificate(parts_->ssl.get()));
  if (shown == nullptr || SSL_get_verify_result(parts_->ssl.get()) != X509_V_OK)
    return error(Errc::refused, "TLS: no certificate");
  certificate_ = {dns_names(shown.get()), digest_of(shown.get())};
  open_ = true;
  return {};
}

Status TlsStream::start() { return shake_hands(); }

Status TlsStream::take(ByteView octets, Bytes& plain) {
  if (octets.size() > std::numeric_limits<int>::max() ||
      BIO_write(parts_->in, octets.data(), static_cast<int>(octets.size())) !=
          static_cast<int>(octets.size()))
    return error(Errc::io, "TLS: no memory");
  if (!open_)
    if (Status shaken = shake_hands(); !shaken || !open_) return shaken;
  return read(plain);
}

Status TlsStream::read(Bytes& plain) {
  while (!ended_) {
    const std::size_t before = plain.size();
    plain.resize(before + read_size);
    ERR_clear_error();
    std::size_t got = 0;
    const int result = SSL_read_ex(parts_->ssl.get(), plain.data() + before, read_size, &got);
    plain.resize(before + (result == 1 ? got : 0));
    if (result == 1) continue;
    const int code = SSL_get_error(parts_->ssl.get(), result);
    Status status;
    if (code == SSL_ERROR_ZERO_RETURN)
      ended_ = true;
    else if (code != SSL_ERROR_WANT_READ)
      status = failure("read", result);
    collect();
    return status;
  }
  return {};
}

Status TlsStream::write(ByteView plain) {
  if (!open_) return error(Errc::refused, "TLS: not open yet");
  if (plain.empty()) return {};
  ERR_clear_error();
  std::size_t written = 0;
  const int result = SSL_write_ex(parts_->ssl.get(), plain.data(), plain.size(), &written);
  Status status = result == 1 ? Status() : Status(failure("write", result));
  collect();
  return status;
}

void TlsStream::end() {
  if (!open_) return;
  ERR_clear_error();
  (void)SSL_shutdown(parts_->ssl.get());
  ERR_clear_error();
  collect();
}

}  // namespace simbiont::net

#include "me/stores/state_file.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>
#include <utility>

#include "base/reader.h"
#include "base/writer.h"

namespace simbiont::me {
namespace {

constexpr std::string_view magic = "SMES1";
constexpr std::size_t nonce_size = 12, tag_size = 16, key_size = 32, max_file = 1U << 20U;

Error system_error(const std::string& what, const std::string& path) {
  const Errc code = errno == ENOENT ? Errc::not_found : errno == EEXIST ? Errc::already_exists : Errc::io;
  return error(code, what + " " + path + ": " + std::system_category().message(errno));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

Status write_all(int fd, ByteView octets, const std::string& path) {
  while (!octets.empty()) {
    const ssize_t written = ::write(fd, octets.data(), octets.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_error("cannot write", path);
    octets = octets.subspan(static_cast<std::size_t>(written));
  }
  return ::fsync(fd) == 0 ? Status{} : system_error("cannot write", path);
}

Status write_file(const std::string& path, ByteView octets) {
  const Descriptor fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  return fd.get() < 0 ? Status(system_error("cannot make", path)) : write_all(fd.get(), octets, path);
}

Result<Bytes> read_all(int fd, const std::string& path) {
  Bytes out;
  std::uint8_t part[4096];
  for (;;) {
    const ssize_t got = ::read(fd, part, sizeof part);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("cannot read", path);
    if (got == 0) break;
    if (out.size() + static_cast<std::size_t>(got) > max_file)
      return error(Errc::corrupt, path + " is too large");
    out.insert(out.end(), part, part + got);
  }
  zeroise(part);
  return out;
}

// The file's name lasts only when its directory is written.
Status sync_directory(const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const Descriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return fd.get() >= 0 && ::fsync(fd.get()) == 0 ? Status{} : system_error("cannot write", directory);
}

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

// magic || nonce || ciphertext || tag; magic is authenticated too.
Result<Bytes> seal(const Secret& key, ByteView plain) {
  Bytes out(magic.begin(), magic.end());
  out.resize(magic.size() + nonce_size + plain.size() + tag_size);
  std::uint8_t* nonce = out.data() + magic.size();
  std::uint8_t* text = nonce + nonce_size;
  const Cipher context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  int size = 0;
  const bool done =
      RAND_bytes(nonce, static_cast<int>(nonce_size)) == 1 &&
      EVP_EncryptInit_ex2(context.get(), EVP_aes_256_gcm(), key.reveal().data(), nonce, nullptr) == 1 &&
      EVP_EncryptUpdate(context.get(), nullptr, &size, as_bytes(magic).data(),
                        static_cast<int>(magic.size())) == 1 &&
      EVP_EncryptUpdate(context.get(), text, &size, plain.data(), static_cast<int>(plain.size())) == 1 &&
      EVP_EncryptFinal_ex(context.get(), text + size, &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(tag_size),
                          text + plain.size()) == 1;
  if (!done) return error(Errc::unavailable, "OpenSSL refused to seal");
  return out;
}

Result<Bytes> unseal(const Secret& key, Bytes sealed, const std::string& path) {
  const Error corrupt = error(Errc::corrupt, path + " was changed, or is under another key");
  if (sealed.size() < magic.size() + nonce_size + tag_size ||
      !std::equal(magic.begin(), magic.end(), sealed.begin()))
    return corrupt;
  const std::uint8_t* nonce = sealed.data() + magic.size();
  const ByteView text = ByteView(sealed).subspan(magic.size() + nonce_size,
                                                 sealed.size() - magic.size() - nonce_size - tag_size);
  Bytes plain(text.size() + 1);
  const Cipher context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  int size = 0;
  const bool done =
      EVP_DecryptInit_ex2(context.get(), EVP_aes_256_gcm(), key.reveal().data(), nonce, nullptr) == 1 &&
      EVP_DecryptUpdate(context.get(), nullptr, &size, as_bytes(magic).data(),
                        static_cast<int>(magic.size())) == 1 &&
      EVP_DecryptUpdate(context.get(), plain.data(), &size, text.data(), static_cast<int>(text.size())) ==
          1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag_size),
                          sealed.data() + sealed.size() - tag_size) == 1 &&
      EVP_DecryptFinal_ex(context.get(), plain.data() + size, &size) == 1;
  plain.resize(text.size());
  if (!done) {
    zeroise(plain);
    return corrupt;
  }
  return plain;
}

void put_text(Writer& writer, std::string_view text) {
  writer.u8(static_cast<std::uint8_t>(text.size()));
  writer.bytes(as_bytes(text));
}
std::string get_text(Reader& reader) { return std::string(as_text(reader.bytes(reader.u8()))); }

// Room is what the ABI gives the field, its zero included.
template <std::size_t N>
bool get_text(Reader& reader, char (&out)[N]) {
  const std::string text = get_text(reader);
  if (text.size() >= N) return false;
  std::copy(text.begin(), text.end(), out);
  return true;
}

Bytes encode(const State& state) {
  Bytes out;
  // All at once: a buffer that grows would leave copies of keys behind.
  out.reserve(1024 + 300 * state.slots.size() + 1100 * state.keys.size());
  Writer writer(out);
  put_text(writer, state.kind);
  writer.bytes(state.id);
  writer.u32(state.next_handle);
  writer.u32(state.transport);
  writer.u16(static_cast<std::uint16_t>(state.slots.size()));
  for (const simbiont_me_slot& slot : state.slots) {
    writer.u64(slot.epoch);
    writer.u64(slot.floor);
    writer.u32(slot.key);
    writer.u32(slot.confirm_key);
    writer.u8(slot.algorithm);
    writer.u8(slot.state);
    put_text(writer, slot.kme);
    put_text(writer, slot.scope);
  }
  writer.u16(static_cast<std::uint16_t>(state.keys.size()));
  for (const KeyRecord& key : state.keys) {
    writer.u32(key.handle);
    writer.u16(static_cast<std::uint16_t>(key.blob.size()));
    writer.bytes(key.blob);
  }
  return out;
}

bool decode_slots(Reader& reader, State& state) {
  const std::uint16_t count = reader.u16();
  for (unsigned i = 0; i < count && !reader.failed(); ++i) {
    simbiont_me_slot slot{};
    slot.epoch = reader.u64();
    slot.floor = reader.u64();
    slot.key = reader.u32();
    slot.confirm_key = reader.u32();
    slot.algorithm = reader.u8();
    slot.state = reader.u8();
    if (!get_text(reader, slot.kme) || !get_text(reader, slot.scope)) return false;
    state.slots.push_back(slot);
  }
  return true;
}

bool decode(ByteView octets, State& state) {
  Reader reader(octets);
  state.kind = get_text(reader);
  const ByteView id = reader.bytes(state.id.size());
  std::copy(id.begin(), id.end(), state.id.begin());
  state.next_handle = reader.u32();
  state.transport = reader.u32();
  if (!decode_slots(reader, state)) return false;
  const std::uint16_t keys = reader.u16();
  for (unsigned i = 0; i < keys && !reader.failed(); ++i) {
    const std::uint32_t handle = reader.u32();
    const ByteView blob = reader.bytes(reader.u16());
    state.keys.emplace_back(handle, Bytes(blob.begin(), blob.end()));
  }
  return !reader.failed() && reader.empty();
}

// path.key; made when path is not there either.
Result<int> open_key_file(const std::string& path, const std::string& key_path) {
  int fd = ::open(key_path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (fd >= 0) return fd;
  if (errno != ENOENT) return system_error("cannot open", key_path);
  if (::access(path.c_str(), F_OK) == 0) return error(Errc::not_found, key_path + " is missing");
  fd = ::open(key_path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  return fd < 0 ? Result<int>(system_error("cannot make", key_path)) : Result<int>(fd);
}

// The key of a store that is not there yet: also where a loss of power left a shorter one.
Result<Bytes> make_key(int fd, const std::string& key_path) {
  Bytes key(key_size);
  if (RAND_priv_bytes(key.data(), static_cast<int>(key.size())) != 1)
    return error(Errc::unavailable, "no random numbers");
  Status written = ::ftruncate(fd, 0) == 0 && ::lseek(fd, 0, SEEK_SET) == 0
                       ? write_all(fd, key, key_path)
                       : Status(system_error("cannot write", key_path));
  if (written) return key;
  zeroise(key);
  return written.error();
}

}  // namespace

Result<StateFile> StateFile::open(const std::string& path, const std::string& kind) {
  const std::string key_path = path + ".key";
  const Result<int> opened = open_key_file(path, key_path);
  if (!opened) return opened.error();
  Descriptor fd(*opened);
  struct stat facts {};
  if (::fstat(fd.get(), &facts) != 0) return system_error("cannot read", key_path);
  if ((facts.st_mode & 077U) != 0)
    return error(Errc::refused, key_path + " may be read by others than its owner");
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0)
    return error(Errc::unavailable, path + " is open in another process");
  if (::lseek(fd.get(), 0, SEEK_SET) != 0) return system_error("cannot read", key_path);
  Result<Bytes> octets = read_all(fd.get(), key_path);
  const bool is_new = ::access(path.c_str(), F_OK) != 0;
  if (octets && octets->size() < key_size && is_new) octets = make_key(fd.get(), key_path);
  if (!octets) return octets.error();
  if (octets->size() != key_size) return error(Errc::corrupt, key_path + " is not a key of 32 octets");
  StateFile file(path, Secret(*octets), fd.release());
  zeroise(*octets);
  if (!is_new) return file;
  State empty;
  empty.kind = kind;
  if (RAND_bytes(empty.id.data(), static_cast<int>(empty.id.size())) != 1)
    return error(Errc::unavailable, "no random numbers");
  if (const Status written = file.write(empty); !written) return written.error();
  return file;
}

StateFile::StateFile(StateFile&& other) noexcept
    : path_(std::move(other.path_)), key_(std::move(other.key_)), lock_(std::exchange(other.lock_, -1)) {}

StateFile::~StateFile() {
  if (lock_ >= 0) ::close(lock_);
}

Result<State> StateFile::read() const {
  const Descriptor fd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (fd.get() < 0) return system_error("cannot open", path_);
  Result<Bytes> sealed = read_all(fd.get(), path_);
  if (!sealed) return sealed.error();
  Result<Bytes> plain = unseal(key_, std::move(*sealed), path_);
  if (!plain) return plain.error();
  State state;
  const bool good = decode(*plain, state);
  zeroise(*plain);
  if (!good) return error(Errc::corrupt, path_ + " is of another form");
  return state;
}

Status StateFile::write(const State& state) const {
  Bytes plain = encode(state);
  const Result<Bytes> sealed = seal(key_, plain);
  zeroise(plain);
  if (!sealed) return sealed.error();
  const std::string next = path_ + ".new";
  Status written = write_file(next, *sealed);
  if (written && ::rename(next.c_str(), path_.c_str()) != 0) written = system_error("cannot replace", path_);
  if (!written) {
    ::unlink(next.c_str());  // on a full disk it would keep others out
    return written;
  }
  return sync_directory(path_);
}

}  // namespace simbiont::me

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "crypto/random.h"
#include "crypto/sealer.h"

namespace simbiont::crypto {
namespace {

constexpr std::size_t digits = 64;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

Error system_error(const std::string& path, std::string_view what) {
  const int code = errno;
  const Errc kind = code == EEXIST ? Errc::already_exists : code == ENOENT ? Errc::not_found : Errc::io;
  return error(kind, path + ": " + std::string(what) + ": " + std::generic_category().message(code));
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t done = ::write(fd, text.data(), text.size());
    if (done < 0 && errno != EINTR) return false;
    if (done > 0) text.remove_prefix(static_cast<std::size_t>(done));
  }
  return true;
}

// Up to out.size() octets; -1 on error.
ssize_t read_all(int fd, std::span<std::uint8_t> out) {
  std::size_t filled = 0;
  while (filled < out.size()) {
    const ssize_t got = ::read(fd, out.data() + filled, out.size() - filled);
    if (got == 0) break;
    if (got < 0 && errno != EINTR) return -1;
    if (got > 0) filled += static_cast<std::size_t>(got);
  }
  return static_cast<ssize_t>(filled);
}

bool sync_directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string parent = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const Descriptor directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return directory.get() >= 0 && ::fsync(directory.get()) == 0;
}

bool write_new_key(int fd) {
  ByteArray<digits / 2> key{};
  SystemRandom random;
  random.fill(key);
  std::string text = to_hex(key) + '\n';
  zeroise(key);
  // The mode again, by descriptor: a umask may have taken the owner's bits.
  const bool done = ::fchmod(fd, S_IRUSR | S_IWUSR) == 0 && write_all(fd, text) && ::fsync(fd) == 0;
  zeroise({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  return done;
}

}  // namespace

Status create_key_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (file.get() < 0) return system_error(path, "cannot create the key file");
  if (!write_new_key(file.get()) || !sync_directory_of(path)) {
    const Error failure = system_error(path, "cannot write the key file");
    ::unlink(path.c_str());
    return failure;
  }
  return {};
}

namespace {

// systemd lets a service read its credential by an ACL: the group bits are then its mask, not the group's.
bool is_credential(const struct stat& info) {
  return info.st_uid == 0 && info.st_gid == 0 && (info.st_mode & 0777) == (S_IRUSR | S_IRGRP);
}

bool is_private(const struct stat& info) {
  return S_ISREG(info.st_mode) && ((info.st_mode & (S_IRWXG | S_IRWXO)) == 0 || is_credential(info));
}

}  // namespace

Result<Secret> read_key_file(const std::string& path) {
  // O_NONBLOCK: a FIFO in the key's place is refused below and waits for no writer.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return system_error(path, "cannot open the key file");
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return system_error(path, "cannot inspect the key file");
  if (!is_private(info)) {
    return error(Errc::refused, path + ": the key file must be a regular file with mode 0600 or stricter");
  }
  ByteArray<digits + 2> text{};
  const ssize_t size = read_all(file.get(), text);
  if (size < 0) return system_error(path, "cannot read the key file");
  const std::string_view line = as_text(ByteView(text).first(static_cast<std::size_t>(size)));
  const bool whole = line.size() == digits || (line.size() == digits + 1 && line.back() == '\n');
  auto key = whole ? Secret::from_hex(line.substr(0, digits)) : Result<Secret>(error(Errc::corrupt, ""));
  zeroise(text);
  if (!key) return error(Errc::corrupt, path + ": a key file holds 64 hexadecimal digits");
  return key;
}

}  // namespace simbiont::crypto

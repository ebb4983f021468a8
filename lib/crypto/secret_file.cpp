#include "crypto/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace simbiont::crypto {
namespace {

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

// systemd lets a service read its credential by an ACL: the group bits are then its mask, not the group's.
bool is_credential(const struct stat& info) {
  return info.st_uid == 0 && info.st_gid == 0 && (info.st_mode & 0777) == (S_IRUSR | S_IRGRP);
}

bool is_private(const struct stat& info) {
  return S_ISREG(info.st_mode) && ((info.st_mode & (S_IRWXG | S_IRWXO)) == 0 || is_credential(info));
}

std::string of(const char* verb, std::string_view what) {
  return "cannot " + std::string(verb) + " the " + std::string(what);
}

}  // namespace

Status sync_directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string parent = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const Descriptor directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0 || ::fsync(directory.get()) != 0) return system_error(parent, "cannot sync");
  return {};
}

Status write_secret_file(const std::string& path, std::string_view what, std::string_view text) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (file.get() < 0) return system_error(path, of("create", what));
  // The mode again, by descriptor: a umask may have taken the owner's bits.
  const bool written =
      ::fchmod(file.get(), S_IRUSR | S_IWUSR) == 0 && write_all(file.get(), text) && ::fsync(file.get()) == 0;
  Status done = written ? sync_directory_of(path) : Status(system_error(path, of("write", what)));
  if (!done) ::unlink(path.c_str());
  return done;
}

Result<std::size_t> read_secret_file(const std::string& path, std::string_view what,
                                     std::span<std::uint8_t> out) {
  // O_NONBLOCK: a FIFO in the secret's place is refused below and waits for no writer.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return system_error(path, of("open", what));
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return system_error(path, of("inspect", what));
  if (!is_private(info))
    return error(Errc::refused,
                 path + ": the " + std::string(what) + " must be a regular file with mode 0600 or stricter");
  const ssize_t size = read_all(file.get(), out);
  if (size < 0) return system_error(path, of("read", what));
  return static_cast<std::size_t>(size);
}

}  // namespace simbiont::crypto

#include "store/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace simbiont::store {
namespace {

Error system_error(const std::string& what) {
  return error(Errc::io, what + ": " + std::generic_category().message(errno));
}

std::string holder(int descriptor) {
  std::array<char, 24> text{};
  const ssize_t size = pread(descriptor, text.data(), text.size(), 0);
  std::string pid(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  while (!pid.empty() && pid.back() == '\n') pid.pop_back();
  return pid.empty() ? "another process" : "process " + pid;
}

Status write_pid(int descriptor, const std::string& path) {
  const std::string pid = std::to_string(getpid()) + "\n";
  if (ftruncate(descriptor, 0) != 0 ||
      pwrite(descriptor, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    return system_error(path);
  }
  return {};
}

// Root at work in the directory of a service's user: the lock that it leaves behind must not shut that user
// out.
void give_to_owner_of_directory(int descriptor, const std::string& path) {
  const auto slash = path.rfind('/');
  struct stat directory {};
  struct stat file {};
  if (geteuid() != 0 || fstat(descriptor, &file) != 0 || file.st_nlink != 1) return;
  if (stat(slash == std::string::npos ? "." : path.substr(0, slash + 1).c_str(), &directory) != 0) return;
  if (file.st_uid == 0 && directory.st_uid != 0)
    (void)!fchown(descriptor, directory.st_uid, directory.st_gid);
}

}  // namespace

Result<FileLock> FileLock::acquire(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return system_error(path);
  FileLock lock(descriptor);
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return system_error(path);
    return error(Errc::unavailable, path + " is held by " + holder(descriptor));
  }
  give_to_owner_of_directory(descriptor, path);
  if (auto written = write_pid(descriptor, path); !written) return written.error();
  return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  if (this != &other) {
    release();
    descriptor_ = std::exchange(other.descriptor_, -1);
  }
  return *this;
}

FileLock::~FileLock() { release(); }

void FileLock::release() {
  if (descriptor_ >= 0) close(descriptor_);
  descriptor_ = -1;
}

}  // namespace simbiont::store

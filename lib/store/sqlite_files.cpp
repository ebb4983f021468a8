#include "store/sqlite_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace simbiont::store {
namespace {

Error system_error(const std::string& path) {
  const Errc code = errno == EEXIST ? Errc::already_exists : Errc::io;
  return error(code, path + ": " + std::generic_category().message(errno));
}

Status sync_path(const std::string& path, int flags) {
  const int descriptor = open(path.c_str(), flags | O_CLOEXEC);
  if (descriptor < 0) return system_error(path);
  const bool synced = fsync(descriptor) == 0;
  close(descriptor);
  if (!synced) return system_error(path);
  return {};
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

void remove_database(const std::string& name) {
  for (const char* part : {"", "-wal", "-shm", "-journal"}) (void)unlink((name + part).c_str());
}

}  // namespace

Result<NewFile> NewFile::create(const std::string& path, const std::string& suffix) {
  std::string name = path + suffix;
  remove_database(name);
  const int descriptor = open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) return system_error(name);
  close(descriptor);
  return NewFile(path, std::move(name));
}

NewFile::NewFile(NewFile&& other) noexcept
    : path_(std::move(other.path_)), name_(std::exchange(other.name_, {})) {}

NewFile::~NewFile() {
  if (!name_.empty()) remove_database(name_);
}

Status NewFile::publish() {
  if (auto status = sync_path(name_, O_RDONLY); !status) return status;
  // link() and not rename(): it never replaces what is there.
  if (link(name_.c_str(), path_.c_str()) != 0) return system_error(path_);
  (void)unlink(name_.c_str());
  return sync_path(directory_of(path_), O_RDONLY | O_DIRECTORY);
}

bool file_exists(const std::string& path) {
  struct stat found {};
  return stat(path.c_str(), &found) == 0;
}

}  // namespace simbiont::store

#include "source/drop_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace simbiont::source {
namespace {

constexpr std::size_t longest_name = 128;
constexpr std::size_t most_entries = 100'000;

Error system_error(const std::string& what) {
  return error(Errc::io, what + ": " + std::generic_category().message(errno));
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.number_) { other.number_ = -1; }
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (number_ >= 0) (void)close(number_);
  }
  int get() const { return number_; }
  int release() {
    const int number = number_;
    number_ = -1;
    return number;
  }

 private:
  int number_;
};

// A name that a shell, a log and a report can bear, and that says that the file is complete.
bool is_complete(std::string_view name) {
  return name.size() > 4 && name.size() <= longest_name && name.ends_with(".csv") && name.front() != '.' &&
         name.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._-") ==
             std::string_view::npos;
}

bool is_ours(uid_t owner) { return owner == 0 || owner == geteuid(); }

struct Folder {
  Descriptor descriptor;
  struct stat about;
};

Result<Folder> open_folder(int at, const std::string& path, const std::string& shown) {
  Folder folder{Descriptor(openat(at, path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)), {}};
  if (folder.descriptor.get() < 0 || fstat(folder.descriptor.get(), &folder.about) != 0)
    return system_error("cannot open the folder " + shown);
  if (!is_ours(folder.about.st_uid))
    return error(Errc::refused, shown + " belongs neither to root nor to this process's user");
  if ((folder.about.st_mode & S_IWOTH) != 0) return error(Errc::refused, "anybody may write to " + shown);
  return folder;
}

// Why a file must not be believed; empty when it may be.
std::string distrust(const struct stat& file, const struct stat& folder, std::uint64_t most_octets) {
  if (!S_ISREG(file.st_mode)) return "it is not a regular file";
  // With the set-group-ID bit, who may write to the folder gives its files the folder's group.
  const bool group = (folder.st_mode & S_IWGRP) != 0 && file.st_gid == folder.st_gid;
  if (!is_ours(file.st_uid) && !group) return "it belongs to somebody who may not write to the folder";
  if ((file.st_mode & S_IWOTH) != 0) return "anybody may write to it";
  if (file.st_nlink != 1) return "it has another name besides";
  if (static_cast<std::uint64_t>(file.st_size) > most_octets)
    return "it has more than " + std::to_string(most_octets >> 20) + " MiB";
  return {};
}

bool same(const struct stat& a, const struct stat& b) {
  return a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
         a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

Result<std::string> read_all(int file, std::size_t size) {
  std::string text(size, '\0');
  std::size_t at = 0;
  while (at < size) {
    const ssize_t got = ::read(file, text.data() + at, size - at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("cannot read");
    if (got == 0) break;
    at += static_cast<std::size_t>(got);
  }
  text.resize(at);
  return text;
}

Status write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return system_error("cannot write the report");
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return fsync(file) == 0 ? Status() : Status(system_error("cannot write the report"));
}

}  // namespace

Result<std::optional<std::string>> DropFolder::next() const {
  auto folder = open_folder(AT_FDCWD, path_, path_);
  if (!folder) return folder.error();
  DIR* const listing = fdopendir(folder->descriptor.get());
  if (listing == nullptr) return system_error("cannot read the folder " + path_);
  (void)folder->descriptor.release();
  std::optional<std::string> first;
  std::size_t entries = 0;
  while (const dirent* entry = readdir(listing)) {
    if (++entries > most_entries) break;
    const std::string_view name = entry->d_name;
    if (is_complete(name) && (!first || name < *first)) first = std::string(name);
  }
  (void)closedir(listing);
  return first;
}

Result<PairList> DropFolder::read(const std::string& name) const {
  const auto folder = open_folder(AT_FDCWD, path_, path_);
  if (!folder) return folder.error();
  const Descriptor file(openat(folder->descriptor.get(), name.c_str(),
                               O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (file.get() < 0 && errno == ELOOP) return error(Errc::refused, name + ": it is not a regular file");
  struct stat before {
  }, after{};
  if (file.get() < 0 || fstat(file.get(), &before) != 0) return system_error("cannot open " + name);
  const std::string wrong = distrust(before, folder->about, limits_.file_octets);
  if (!wrong.empty()) return error(Errc::refused, name + ": " + wrong);
  const auto text = read_all(file.get(), static_cast<std::size_t>(before.st_size));
  if (!text) return text.error();
  if (fstat(file.get(), &after) != 0 || !same(before, after) ||
      text->size() != static_cast<std::size_t>(before.st_size))
    return error(Errc::unavailable, name + ": it changed while it was read");
  auto list = parse_pairs(*text, limits_.rows);
  if (!list) return error(list.error().code, name + ": " + list.error().message);
  list->input = name;
  return list;
}

Status DropFolder::put_away(const std::string& name, Outcome outcome, std::int64_t id,
                            std::string_view report) const {
  const auto folder = open_folder(AT_FDCWD, path_, path_);
  if (!folder) return folder.error();
  const std::string below = outcome == Outcome::done ? "done" : "failed";
  if (mkdirat(folder->descriptor.get(), below.c_str(), 0750) != 0 && errno != EEXIST)
    return system_error("cannot create " + path_ + "/" + below);
  const auto place = open_folder(folder->descriptor.get(), below, path_ + "/" + below);
  if (!place) return place.error();
  const std::string numbered = std::to_string(id) + "-" + name;
  const std::string beside = numbered + ".report.json";
  const Descriptor file(openat(place->descriptor.get(), beside.c_str(),
                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640));
  if (file.get() < 0) return system_error("cannot create " + below + "/" + beside);
  if (auto written = write_all(file.get(), report); !written) return written;
  if (renameat(folder->descriptor.get(), name.c_str(), place->descriptor.get(), numbered.c_str()) != 0)
    return system_error("cannot move " + name + " to " + below);
  (void)fsync(place->descriptor.get());
  (void)fsync(folder->descriptor.get());
  return {};
}

}  // namespace simbiont::source

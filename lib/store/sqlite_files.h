// Files that appear whole or not at all.
#pragma once

#include <string>

#include "base/result.h"

namespace simbiont::store {

// A file beside `path` that becomes `path`, and is gone when it did not. Two at once of the same path get in
// each other's way: the lock of the store forbids that.
class NewFile {
 public:
  // An empty file of mode 0600 named path + suffix, in place of what a crash left there.
  static Result<NewFile> create(const std::string& path, const std::string& suffix);
  NewFile(NewFile&& other) noexcept;
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile();

  const std::string& name() const { return name_; }
  // Gives it its final name, durably; already_exists when that is taken.
  Status publish();

 private:
  NewFile(std::string path, std::string name) : path_(std::move(path)), name_(std::move(name)) {}

  std::string path_;
  std::string name_;
};

bool file_exists(const std::string& path);

}  // namespace simbiont::store

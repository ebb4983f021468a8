// The lock that makes one process the owner of a store. The kernel drops it when its holder dies, however
// that happens, so nothing stale ever stands in the way; the file itself stays, and holds the owner's process
// id for people to read.
#pragma once

#include <string>

#include "base/result.h"

namespace simbiont::store {

class FileLock {
 public:
  // path: the lock file, created (0600) when missing. unavailable, naming the process, when another holds it.
  static Result<FileLock> acquire(const std::string& path);

  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  void release();

  int descriptor_ = -1;
};

}  // namespace simbiont::store

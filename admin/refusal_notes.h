// Which refusals are worth an entry: each kind of a user's once a minute, so that nobody fills the store by
// asking.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"

namespace simbiont::admin {

class RefusalNotes {
 public:
  // The number of refusals of the same kind that were not noted since the last that was; nullopt: this one is
  // not to be noted either. Thread-safe.
  std::optional<std::uint64_t> note(std::uint32_t uid, const std::string& what, UnixMs now);

  static constexpr std::int64_t quiet_ms = 60'000;

 private:
  static constexpr std::size_t max_remembered = 1024;
  struct Last {
    UnixMs at;
    std::uint64_t unsaid;
  };
  std::mutex mutex_;
  std::map<std::pair<std::uint32_t, std::string>, Last> last_;
};

}  // namespace simbiont::admin

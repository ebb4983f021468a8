// [sync]: where the operator's own list of IMSI-IMEI pairs comes from, and what it may do.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace simbiont::hss {

// What becomes of an IMSI that a source named once and names no more.
enum class OnMissing : std::uint8_t { keep, unbind };

struct SyncConfig {
  std::string folder;  // empty: none
  std::uint64_t folder_interval_s = 10;
  std::uint64_t folder_file_mib = 64;
  std::string postgresql, query;  // empty: none
  std::uint64_t postgresql_interval_s = 300;
  std::uint64_t statement_timeout_s = 60;
  std::uint64_t max_rows = 1'000'000;
  std::vector<std::string> imsi_prefixes;  // empty: every IMSI
  std::string mode = "enforce";            // of an IMSI's first association, where the list says nothing
  OnMissing on_missing = OnMissing::keep;
  std::uint64_t max_removals_percent = 10;

  bool any() const { return !folder.empty() || !postgresql.empty(); }
};

}  // namespace simbiont::hss

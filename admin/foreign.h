// Subscribers as other HSSs export them, turned into the CSV of `import subscribers`: from there on they are
// judged and written like any other. What Simbiont has no place for is named, never dropped unsaid.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "admin/fields.h"
#include "base/result.h"

namespace simbiont::admin {

enum class ForeignFormat : std::uint8_t { open5gs, osmohlr, pyhss };

// field: of the other HSS's record; "subscriber" when the whole IMSI was left behind.
struct LeftBehind {
  std::string imsi, field, reason;
};

struct ForeignProblem {
  std::uint64_t place;
  std::string reason;
};

class Foreign {
 public:
  Foreign();
  Foreign(Foreign&&) = default;
  ~Foreign();  // overwrites the CSV: it holds keys

  std::string csv;                    // the header, then a record a line
  std::vector<std::uint64_t> places;  // of each record: the line of its file, or subscriber.id
  std::vector<LeftBehind> left;       // in the file's order
  std::vector<ForeignProblem> bad;    // records that could not be read

  void add(std::uint64_t place, const SubscriberText& text);
  void leave(std::string_view imsi, std::string_view field, std::string_view reason);
  void complain(std::uint64_t place, std::string reason);
};

inline constexpr std::uint64_t max_foreign_file = 1ULL << 30;  // octets
inline constexpr std::size_t max_foreign_rows = 5'000'000;     // subscribers, bad ones included
inline constexpr std::size_t max_foreign_line = 64UL * 1024;   // octets
inline constexpr unsigned max_foreign_depth = 16;              // of nested JSON

// invalid_argument: the file is none of that format at all, or beyond a limit. A record that is wrong by
// itself is in `bad`.
Result<Foreign> read_foreign(ForeignFormat format, const std::string& path);

// One format each; `line` and `text` as the file holds them.
void read_open5gs_line(std::uint64_t line, std::string_view text, Foreign& out);
Status read_pyhss(const std::string& path, Foreign& out);
Status read_osmohlr(const std::string& path, Foreign& out);

}  // namespace simbiont::admin

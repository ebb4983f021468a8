// What people read: aligned columns, name and value; and what scripts read: JSON.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "admin/json.h"

namespace simbiont::cli {

using admin::Json;

struct Column {
  std::string_view field;  // of the JSON object
  std::size_t width = 0;   // at least
};

// One value in one line: lists joined by ';', octets that steer a terminal replaced.
std::string cell(const Json& value);

// Rows page by page, so that a long listing needs no memory. JSON: one array.
class Listing {
 public:
  Listing(std::ostream& out, std::vector<Column> columns, bool json);
  void add(const Json& items);
  void end();

 private:
  void add_text(const Json& items);

  std::ostream& out_;
  std::vector<Column> columns_;
  const bool json_;
  bool any_ = false;
};

// On stderr, one line a node of answer["clr_to"]: "HOST <why>".
inline constexpr std::string_view left_plain =
    "may still hold plain vectors: a CLR with re-attach goes to it";
void tell_clrs(const Json& answer, std::string_view why);
// What a change of the subscription sends to which node.
void tell_updates(const Json& answer);

// "name  value" line by line; JSON: the object in one line.
void print_object(std::ostream& out, const Json& object, bool json);

}  // namespace simbiont::cli

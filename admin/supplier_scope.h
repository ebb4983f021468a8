// What a supplier of keys may name: the devices' TACs (TS 23.003 6.2.1), or how its SIMs' IMSIs begin.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/digits.h"
#include "base/result.h"

namespace simbiont::admin {

class Scope {
 public:
  // "35000000-35000099,35100000": TACs of 8 digits and ranges of them.
  static Result<Scope> tacs(std::string_view text);
  // "00101,262019": 5 to 15 digits each.
  static Result<Scope> imsis(std::string_view text);

  bool covers(const Imei& imei) const;
  bool covers(const Imsi& imsi) const;
  // As the parsers take it.
  std::string str() const;

 private:
  struct Range {
    std::string first, last;  // digits, of one length; a prefix of an IMSI is its own range
  };
  bool covers(std::string_view digits) const;

  std::vector<Range> ranges_;
};

}  // namespace simbiont::admin

// A request made once and patched where it differs from the last: Session-Id, User-Name, identifiers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/digits.h"
#include "diameter/s6a.h"

namespace simbiont::lab {

struct LoadFields {
  diameter::Identity self;
  std::string destination_host, destination_realm;  // host empty: not sent
  Plmn visited_plmn;
  std::uint32_t vectors = 1;
  std::size_t imsi_digits = 15;  // 6 to 15
};

class LoadTemplate {
 public:
  static LoadTemplate air(const LoadFields& fields);
  static LoadTemplate ulr(const LoadFields& fields);

  std::size_t size() const { return message_.size(); }
  // Writes size() octets. imsi: its digits as a number; session: the Session-Id's last part.
  void write(std::uint8_t* out, std::uint64_t imsi, diameter::Ids ids, std::uint32_t session) const;

 private:
  explicit LoadTemplate(Bytes message);

  Bytes message_;
  std::size_t session_at_ = 0, imsi_at_ = 0, imsi_digits_ = 0;
};

// `width` decimal digits, zeros in front; what does not fit is cut off on the left.
void write_digits(std::uint8_t* out, std::size_t width, std::uint64_t value);

}  // namespace simbiont::lab

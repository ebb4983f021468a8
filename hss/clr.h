// Cancel-Location, TS 29.272 5.2.1.2, as the HSS owes it: a row of the store that is sent until its node
// answers. In memory are only rows of hosts that a connection leads to; the others wait in the store until
// their host comes.
#pragma once

#include <map>
#include <utility>

#include "hss/services.h"

namespace simbiont::hss {

class ClrProcedure {
 public:
  explicit ClrProcedure(Services& services);

  void kick() { scan_ = true; }  // there are new rows
  void rescan();                 // a host became reachable: look at all rows again
  void reset();                  // the store was replaced
  void on_time();                // send what is due; call often
  // Settles the row when the node itself answered. A 3xxx or an E bit is a relay speaking: the CLR stays
  // owed.
  void on_answer(LinkId link, ByteView frame);
  void link_down(LinkId link);

 private:
  struct Owed {
    store::OwedClr row;
    MonotonicMs due = 0;  // when it is sent, or sent again
    unsigned attempts = 0;
    bool settling = false;
  };
  using Sent = std::pair<LinkId, std::uint32_t>;  // the Hop-by-Hop Identifier is the connection's

  void read_rows();
  void send_due();
  void send(Owed& owed, LinkId link);
  bool is_obsolete(const store::OwedClr& row);
  void settle(Owed& owed, const char* why);

  static constexpr std::size_t max_owed = 65536;  // rows in memory
  static constexpr std::size_t page = 256;        // rows read, and sent, at a time
  static constexpr std::int64_t first_retry_ms = 10'000, last_retry_ms = 300'000;

  Services& services_;
  std::map<std::int64_t, Owed> owed_;  // by row id
  std::map<Sent, std::int64_t> sent_;
  std::int64_t cursor_ = 0;  // rows up to this id were looked at
  bool scan_ = true, again_ = false;
  std::uint64_t sessions_ = 0;
};

}  // namespace simbiont::hss

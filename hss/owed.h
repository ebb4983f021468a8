// Requests that the HSS owes to nodes: rows of the store that are sent until their node answers. In memory
// are only rows of hosts that a connection leads to; the others wait in the store until their host comes.
// What the rows are is the derived class's.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "hss/services.h"

namespace simbiont::hss {

struct Debt {
  std::variant<store::OwedClr, store::OwedUpdate> row;
  MonotonicMs due = 0;  // when it is sent, or sent again
  unsigned attempts = 0;
  bool settling = false;

  std::int64_t id() const {
    return std::visit([](const auto& each) { return each.id; }, row);
  }
  const std::string& host() const {
    return std::visit([](const auto& each) -> const std::string& { return each.host; }, row);
  }
  const Imsi& imsi() const {
    return std::visit([](const auto& each) -> const Imsi& { return each.imsi; }, row);
  }
};

class OwedRequests {
 public:
  OwedRequests(const OwedRequests&) = delete;
  OwedRequests& operator=(const OwedRequests&) = delete;
  virtual ~OwedRequests() = default;

  void kick() { scan_ = true; }  // there are new rows
  void rescan();                 // a host became reachable: look at all rows again
  void reset();                  // the store was replaced
  void on_time();                // send what is due; call often
  // Settles the row when the node itself answered. A 3xxx or an E bit is a relay speaking: the request stays
  // owed. False: an answer to nothing of ours.
  bool on_answer(LinkId link, ByteView frame);
  void link_down(LinkId link);

 protected:
  // name: what the log calls it, "clr". in_order: of one IMSI and host, a row waits until those before it are
  // answered.
  OwedRequests(Services& services, std::string name, bool in_order)
      : services_(services), name_(std::move(name)), in_order_(in_order) {}

  virtual Result<std::vector<Debt>> read(std::int64_t after_id, std::size_t limit) = 0;
  // Appends the request; false: there is nothing to say any more, and the row goes.
  virtual bool encode(const Debt& debt, const diameter::Routing& routing, diameter::Ids ids, Bytes& out) = 0;
  virtual std::optional<diameter::ResultCode> result_of(ByteView answer) = 0;
  virtual store::Change settled(std::int64_t id) = 0;
  static const std::string& realm_of(const Debt& debt);

  Services& services_;

 private:
  using Sent = std::pair<LinkId, std::uint32_t>;  // the Hop-by-Hop Identifier is the connection's

  void read_rows();
  void send_due();
  void send(Debt& debt, LinkId link);
  void settle(Debt& debt, const char* why);
  void log_about(const Debt& debt, const char* what, const char* key, const std::string& value) const;

  static constexpr std::size_t max_owed = 65536;  // rows in memory
  static constexpr std::size_t page = 256;        // rows read, and sent, at a time
  static constexpr std::int64_t first_retry_ms = 10'000, last_retry_ms = 300'000;

  const std::string name_;
  const bool in_order_;
  std::map<std::int64_t, Debt> owed_;  // by row id
  std::map<Sent, std::int64_t> sent_;
  std::int64_t cursor_ = 0;  // rows up to this id were looked at
  bool scan_ = true, again_ = false;
  std::uint64_t sessions_ = 0;
};

}  // namespace simbiont::hss

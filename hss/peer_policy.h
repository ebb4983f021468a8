// What each connection's peer may ask for, and how often. Decided before any procedure sees the request, so
// that none can forget it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "diameter/result_code.h"
#include "hss/core_config.h"
#include "hss/peer_rule.h"
#include "hss/rate_table.h"
#include "hss/routes.h"

namespace simbiont::hss {

class PeerPolicy {
 public:
  PeerPolicy(const RateLimits& limits, const Clock& clock);
  PeerPolicy(const PeerPolicy&) = delete;
  PeerPolicy& operator=(const PeerPolicy&) = delete;

  // rule: of the peer's list, if there is one; it must outlive the connection.
  void open(LinkId link, std::string_view host, const PeerRule* rule);
  void close(LinkId link);

  // False: judge() lets everything pass, and need not be called.
  bool watches() const { return watches_; }
  struct Verdict {
    diameter::ResultCode code;
    std::string_view why;
  };
  // Every request, once, as it comes: its Origin-Host, IMSI and visited network, and the number of AIRs.
  // nullopt: it may pass.
  std::optional<Verdict> judge(LinkId link, ByteView frame);
  // An AIR that is no ordinary one, once: the number of resynchronisations.
  std::optional<Verdict> judge_resync(LinkId link, ByteView frame);
  // For commands that do not name the visited network themselves.
  bool may_serve(LinkId link, const Plmn& plmn) const;

 private:
  struct Link {
    std::string host;  // folded
    std::uint64_t key = 0;
    const PeerRule* rule = nullptr;
    std::optional<MonotonicMs> warned_at = std::nullopt;
  };
  static constexpr std::int64_t quiet_ms = 60'000;
  static constexpr std::size_t imsi_places = 65'536, peer_places = 4096;

  std::optional<Verdict> judge_rule(const Link& link, ByteView frame) const;
  std::optional<Verdict> judge_air_rate(const Link& link, ByteView frame);
  void warn(Link& link, const Verdict& verdict);
  Link& find(LinkId link);

  const RateLimits limits_;
  const Clock& clock_;
  std::unordered_map<LinkId, Link> links_;
  LinkId last_link_ = 0;
  Link* last_ = nullptr;
  RateTable air_peers_, air_imsis_, auts_peers_, auts_imsis_;
  bool watches_;
};

}  // namespace simbiont::hss

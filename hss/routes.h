// Which connection leads to a host: the one that last brought its request, directly or through a relay.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "hss/node_table.h"

namespace simbiont::hss {

using LinkId = std::uint64_t;                   // one connection of a peer; never used again
inline constexpr LinkId eap_link = ~LinkId{0};  // the socket of EAP servers

class Routes {
 public:
  // on_new: called when a host becomes reachable that was not.
  void watch(std::function<void()> on_new) { on_new_ = std::move(on_new); }

  void open(LinkId link, std::string_view peer_host);
  void learn(std::string_view host, LinkId link);
  void close(LinkId link);

  std::optional<LinkId> find(std::string_view host) const;
  // Rises whenever a host's connection changes: who has learnt a host at this count need not do it again.
  std::uint64_t changes() const { return changes_; }
  std::vector<std::string> hosts() const;  // ascending, case folded

 private:
  static constexpr std::size_t max_hosts =
      65536;  // a relay can name any number; later ones are not remembered
  HostMap<LinkId> routes_;
  std::unordered_map<LinkId, std::string> peers_;  // open connections and their own hosts
  std::function<void()> on_new_;
  std::uint64_t changes_ = 0;
};

}  // namespace simbiont::hss

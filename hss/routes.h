// Which connection leads to a host: the one that last brought its request, directly or through a relay.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "hss/subscriber_cache.h"

namespace simbiont::hss {

// DiameterIdentity is compared without regard to case.
std::string folded(std::string_view host);
bool same_host(std::string_view a, std::string_view b);

class Routes {
 public:
  // on_new: called when a host becomes reachable that was not.
  void watch(std::function<void()> on_new) { on_new_ = std::move(on_new); }

  void open(LinkId link, std::string_view peer_host);
  void learn(std::string_view host, LinkId link);
  void close(LinkId link);

  std::optional<LinkId> find(std::string_view host) const;
  std::vector<std::string> hosts() const;  // ascending, case folded

 private:
  static constexpr std::size_t max_hosts =
      65536;  // a relay can name any number; later ones are not remembered
  std::unordered_map<std::string, LinkId> routes_;
  std::unordered_map<LinkId, std::string> peers_;  // open connections and their own hosts
  std::function<void()> on_new_;
};

}  // namespace simbiont::hss

#include "hss/routes.h"

#include <algorithm>

namespace simbiont::hss {

void Routes::open(LinkId link, std::string_view peer_host) {
  peers_[link] = folded(peer_host);
  learn(peer_host, link);
}

void Routes::learn(std::string_view host, LinkId link) {
  const FoldedHost key(host);
  if (const auto known = routes_.find(key.view()); known != routes_.end()) {
    if (known->second != link) ++changes_;
    known->second = link;
    return;
  }
  if (routes_.size() >= max_hosts) return;
  routes_.emplace(key.view(), link);
  ++changes_;
  if (on_new_) on_new_();
}

// A peer that has another connection stays reachable by it.
void Routes::close(LinkId link) {
  const auto peer = peers_.find(link);
  const std::string own = peer == peers_.end() ? std::string() : peer->second;
  if (peer != peers_.end()) peers_.erase(peer);
  ++changes_;
  std::erase_if(routes_, [&](const auto& route) { return route.second == link; });
  for (const auto& [other, host] : peers_) {
    if (own.empty() || host != own) continue;
    learn(own, other);
    return;
  }
}

std::optional<LinkId> Routes::find(std::string_view host) const {
  const auto found = routes_.find(FoldedHost(host).view());
  if (found == routes_.end()) return std::nullopt;
  return found->second;
}

std::vector<std::string> Routes::hosts() const {
  std::vector<std::string> out;
  out.reserve(routes_.size());
  for (const auto& route : routes_) out.push_back(route.first);
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace simbiont::hss

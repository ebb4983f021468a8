#include "hss/fast_sender.h"

#include "aka/sqn.h"

namespace simbiont::hss {

void FastSender::learn(LinkId link, std::string_view host) {
  const NodeTable& nodes = services_.nodes;
  const bool same_node = host_ == host && nodes_ == nodes.changes();
  if (same_node && link_ == link && routes_ == services_.routes.changes()) return;
  services_.routes.learn(host, link);
  link_ = link;
  routes_ = services_.routes.changes();
  if (same_node) return;
  host_ = host;
  node_ = nodes.find(host);
  ind_ = aka::ind_of_node(host);
  nodes_ = nodes.changes();
}

}  // namespace simbiont::hss

// The node that asked last: most requests come from where the one before came from, and need no look-up.
#pragma once

#include <string>
#include <string_view>

#include "hss/services.h"

namespace simbiont::hss {

class FastSender {
 public:
  explicit FastSender(Services& services) : services_(services) {}

  // As Services::accept for a request that is for us.
  void learn(LinkId link, std::string_view host);
  bool is_for_us(std::string_view destination_host) const {
    return destination_host.empty() || same_host(destination_host, services_.config.self.host);
  }
  // Of the host learnt last.
  NodeId node() const { return node_; }
  unsigned ind() const { return ind_; }

 private:
  Services& services_;
  LinkId link_ = 0;
  std::string host_;
  NodeId node_ = no_node;
  unsigned ind_ = 0;
  std::uint64_t routes_ = 0;  // Routes::changes() and NodeTable::changes() when it was learnt
  NodeId nodes_ = 0;
};

}  // namespace simbiont::hss

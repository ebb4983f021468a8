// Names of hosts, without regard to case, and numbers for them.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <unordered_map>

#include "hss/hot_record.h"

namespace simbiont::hss {

// DiameterIdentity is compared without regard to case.
std::string folded(std::string_view host);
bool same_host(std::string_view a, std::string_view b);

// A folded name without an allocation; what is longer than a DNS name can be is cut.
class FoldedHost {
 public:
  explicit FoldedHost(std::string_view host);
  std::string_view view() const { return {text_.data(), size_}; }

 private:
  std::array<char, 256> text_;
  std::size_t size_;
};

// A map by folded host that is asked with views.
struct HostHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view host) const { return std::hash<std::string_view>()(host); }
};
template <class T>
using HostMap = std::unordered_map<std::string, T, HostHash, std::equal_to<>>;

class NodeTable {
 public:
  // When full it starts anew: a node noted by its old number is noted again, which costs one commit.
  NodeId intern(std::string_view host);
  NodeId find(std::string_view host) const;  // no_node: never interned
  // Rises with every new name: what was found at this count is still so.
  NodeId changes() const { return next_; }

 private:
  static constexpr std::size_t max_nodes = 65536;
  HostMap<NodeId> nodes_;
  NodeId next_ = 1;
};

}  // namespace simbiont::hss

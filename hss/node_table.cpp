#include "hss/node_table.h"

#include <algorithm>

namespace simbiont::hss {
namespace {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::string folded(std::string_view host) {
  std::string out(host);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

bool same_host(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

FoldedHost::FoldedHost(std::string_view host) : size_(std::min(host.size(), text_.size())) {
  std::transform(host.begin(), host.begin() + static_cast<std::ptrdiff_t>(size_), text_.begin(), lower);
}

NodeId NodeTable::find(std::string_view host) const {
  const auto found = nodes_.find(FoldedHost(host).view());
  return found == nodes_.end() ? no_node : found->second;
}

NodeId NodeTable::intern(std::string_view host) {
  if (const NodeId known = find(host); known != no_node) return known;
  if (nodes_.size() >= max_nodes) nodes_.clear();
  nodes_.emplace(FoldedHost(host).view(), next_);
  return next_++;
}

}  // namespace simbiont::hss

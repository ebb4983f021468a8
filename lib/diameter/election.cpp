#include "diameter/election.h"

#include <algorithm>

namespace simbiont::diameter {
namespace {

unsigned char lower(char c) { return static_cast<unsigned char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c); }

}  // namespace

bool same_identity(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

Election elect(Standing standing, std::string_view our_host, std::string_view their_host) {
  if (standing == Standing::none) return Election::accept_new;
  if (standing == Standing::open) return Election::refuse_new;
  const bool theirs_is_lower =
      std::lexicographical_compare(their_host.begin(), their_host.end(), our_host.begin(), our_host.end(),
                                   [](char x, char y) { return lower(x) < lower(y); });
  return theirs_is_lower ? Election::accept_new : Election::refuse_new_keep_own;
}

}  // namespace simbiont::diameter

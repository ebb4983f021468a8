// Two connections with one host: RFC 6733 5.6.4.
#include "diameter/election.h"

#include <gmock/gmock.h>

#include "peer_fixture.h"

namespace simbiont::diameter::test {
namespace {

TEST(Election, a_host_without_a_connection_is_accepted) {
  EXPECT_EQ(elect(Standing::none, "a", "b"), Election::accept_new);
  EXPECT_EQ(elect(Standing::none, "b", "a"), Election::accept_new);
}

TEST(Election, an_open_connection_stays_whoever_is_the_higher) {
  EXPECT_EQ(elect(Standing::open, "a", "b"), Election::refuse_new);
  EXPECT_EQ(elect(Standing::open, "b", "a"), Election::refuse_new);
}

TEST(Election, when_both_connect_at_once_the_higher_name_takes_the_connection_that_came_in) {
  const std::pair<const char*, const char*> higher_and_lower[] = {
      {"mme2.example", "mme1.example"}, {"b", "A"}, {"B", "a"}, {"mme.example.net", "mme.example"}};
  for (const auto& [higher, lower] : higher_and_lower) {
    EXPECT_EQ(elect(Standing::connecting, higher, lower), Election::accept_new) << higher << lower;
    EXPECT_EQ(elect(Standing::connecting, lower, higher), Election::refuse_new_keep_own) << higher << lower;
  }
}

TEST(Election, both_sides_agree_on_the_one_connection_that_is_left) {
  const char* hosts[] = {"a.example", "B.example", "c.example", "hss.example", "HSS2.example"};
  for (const char* one : hosts) {
    for (const char* other : hosts) {
      if (same_identity(one, other)) continue;
      const bool one_takes = elect(Standing::connecting, one, other) == Election::accept_new;
      const bool other_takes = elect(Standing::connecting, other, one) == Election::accept_new;
      EXPECT_NE(one_takes, other_takes) << one << ' ' << other;
    }
  }
}

}  // namespace
}  // namespace simbiont::diameter::test

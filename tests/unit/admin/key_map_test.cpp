// The sets and runs of numbers of an import against the standard library's.
#include "admin/key_map.h"

#include <gtest/gtest.h>

#include <random>
#include <unordered_set>

namespace simbiont::admin {
namespace {

// Stretches of numbers that follow each other, and some that do not.
std::vector<std::uint64_t> some_keys(unsigned seed) {
  std::mt19937_64 engine(seed);
  std::vector<std::uint64_t> keys;
  while (keys.size() < 5000) {
    const std::uint64_t first = engine() % 1'000'000 + 1;
    for (std::uint64_t i = engine() % 40; i > 0; --i) keys.push_back(first + i % 7 * (seed % 2) + 40 - i);
  }
  return keys;
}

TEST(KeyRuns, are_a_stack_of_what_came) {
  for (unsigned seed = 0; seed < 8; ++seed) {
    std::vector<std::uint64_t> expected = some_keys(seed);
    KeyRuns runs;
    for (const std::uint64_t key : expected) runs.push_back(key);
    std::mt19937 engine(seed);
    while (!expected.empty()) {
      ASSERT_EQ(runs.size(), expected.size());
      const std::size_t count = engine() % 60;
      const auto last = runs.last(count);
      ASSERT_EQ(last.size(), std::min(count, expected.size()));
      for (std::size_t i = 0; i < last.size(); ++i) ASSERT_EQ(last[i], expected[expected.size() - 1 - i]);
      expected.resize(expected.size() - std::min<std::size_t>(engine() % 100, expected.size()));
      runs.shorten(expected.size());
    }
    EXPECT_EQ(runs.size(), 0U);
    EXPECT_TRUE(runs.last(3).empty());
    runs.push_back(9);
    EXPECT_EQ(runs.last(3), std::vector<std::uint64_t>{9});
  }
}

TEST(KeySet, knows_what_it_was_given) {
  for (unsigned seed = 0; seed < 4; ++seed) {
    KeySet set;
    std::unordered_set<std::uint64_t> expected;
    for (const std::uint64_t key : some_keys(seed)) ASSERT_EQ(set.insert(key), expected.insert(key).second);
  }
}

}  // namespace
}  // namespace simbiont::admin

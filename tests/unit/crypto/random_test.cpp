#include "crypto/random.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

namespace simbiont::crypto {
namespace {

Block draw(SystemRandom& random) {
  Block block{};
  random.fill(block);
  return block;
}

TEST(SystemRandom, hundred_thousand_blocks_and_none_twice) {
  SystemRandom random;
  std::set<Block> seen;
  for (int i = 0; i < 100'000; ++i) EXPECT_TRUE(seen.insert(draw(random)).second);
}

TEST(SystemRandom, two_sources_differ) {
  SystemRandom a;
  SystemRandom b;
  EXPECT_NE(draw(a), draw(b));
}

// A long draw crosses the buffer's end several times; a stretch of zeros would be the erased part of it.
TEST(SystemRandom, sizes_that_straddle_the_buffer_are_filled_whole) {
  SystemRandom random;
  for (const std::size_t size : {1U, 17U, 4095U, 4096U, 4097U, 20'000U}) {
    Bytes out(size, 0);
    random.fill(out);
    std::size_t zeros = 0;
    for (const std::uint8_t octet : out) {
      zeros = octet == 0 ? zeros + 1 : 0;
      ASSERT_LT(zeros, 8U) << size;
    }
  }
}

TEST(SystemRandom, a_forked_child_does_not_repeat_its_parent) {
  SystemRandom random;
  (void)draw(random);  // the buffer is filled: a copy of it would go on with the parent's octets
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const Block block = draw(random);
    _exit(write(ends[1], block.data(), block.size()) == static_cast<ssize_t>(block.size()) ? 0 : 1);
  }
  const Block mine = draw(random);
  Block theirs{};
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  ASSERT_EQ(read(ends[0], theirs.data(), theirs.size()), static_cast<ssize_t>(theirs.size()));
  close(ends[0]);
  close(ends[1]);
  EXPECT_NE(mine, theirs);
}

}  // namespace
}  // namespace simbiont::crypto

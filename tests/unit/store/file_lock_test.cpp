#include "store/file_lock.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "store/paths.h"
#include "tests/support/temp_dir.h"

namespace simbiont::store {
namespace {

TEST(FileLock, a_second_owner_is_refused_and_told_who_the_first_is) {
  const test::TempDir directory;
  const std::string path = directory.file("store.db.lock");
  {
    auto first = FileLock::acquire(path);
    ASSERT_TRUE(first) << first.error().message;
    const auto second = FileLock::acquire(path);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::unavailable);
    EXPECT_NE(second.error().message.find("process " + std::to_string(getpid())), std::string::npos);
    const FileLock moved = std::move(*first);
    EXPECT_FALSE(FileLock::acquire(path));
  }
  EXPECT_TRUE(FileLock::acquire(path));
}

TEST(FileLock, a_lock_of_a_killed_process_is_taken_over) {
  const test::TempDir directory;
  const std::string path = directory.file("store.db.lock");
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    auto lock = FileLock::acquire(path);
    const char answer = lock ? 'y' : 'n';
    if (write(ready[1], &answer, 1) == 1) pause();
    _exit(0);
  }
  char answer = 0;
  ASSERT_EQ(read(ready[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  EXPECT_FALSE(FileLock::acquire(path));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  close(ready[0]);
  close(ready[1]);
  auto lock = FileLock::acquire(path);
  ASSERT_TRUE(lock) << lock.error().message;
  std::string pid;
  std::getline(std::ifstream(path), pid);
  EXPECT_EQ(pid, std::to_string(getpid()));
}

TEST(FileLock, a_directory_that_is_not_there_is_an_error) {
  const auto lock = FileLock::acquire("/nonexistent/store.lock");
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().code, Errc::io);
}

TEST(Paths, the_database_implies_the_others) {
  const auto paths = StorePaths::from_db("/var/lib/x/store.db");
  EXPECT_EQ(paths.db, "/var/lib/x/store.db");
  EXPECT_EQ(paths.key, "/var/lib/x/store.db.key");
  EXPECT_EQ(paths.lock, "/var/lib/x/store.db.lock");
  EXPECT_EQ(paths.sock, "/var/lib/x/store.db.sock");
}

}  // namespace
}  // namespace simbiont::store

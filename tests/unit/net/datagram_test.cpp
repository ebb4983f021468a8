#include "net/datagram.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <thread>
#include <utility>

#include "tests/support/temp_dir.h"

namespace simbiont::net {
namespace {

sockaddr_un address_of(const std::string& path) {
  sockaddr_un out{};
  out.sun_family = AF_UNIX;
  std::strcpy(out.sun_path, path.c_str());
  return out;
}

struct UnixDatagramsTest : ::testing::Test {
  void SetUp() override {
    auto bound = UnixDatagrams::bind(
        loop, path, 64, [this](const std::string& from, ByteView datagram) { socket->send(from, datagram); });
    ASSERT_TRUE(bound) << bound.error().message;
    socket = *std::move(bound);
    thread = std::thread([this] { loop.run(); });
    client = ::socket(AF_UNIX, SOCK_DGRAM, 0);
    const timeval patience{2, 0};
    (void)setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  void TearDown() override {
    loop.stop();
    thread.join();
    close(client);
  }
  void name_client() {
    const sockaddr_un mine = address_of(directory.file("client"));
    ASSERT_EQ(bind(client, reinterpret_cast<const sockaddr*>(&mine), sizeof mine), 0);
  }
  void say(const std::string& text) {
    const sockaddr_un to = address_of(path);
    ASSERT_EQ(sendto(client, text.data(), text.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to),
              static_cast<ssize_t>(text.size()));
  }
  std::string hear() {
    std::string out(100, 0);
    const ssize_t got = recv(client, out.data(), out.size(), 0);
    return got < 0 ? "nothing" : out.substr(0, static_cast<std::size_t>(got));
  }

  test::TempDir directory;
  const std::string path = directory.file("socket");
  Loop loop;
  std::unique_ptr<UnixDatagrams> socket;
  std::thread thread;
  int client = -1;
};

TEST_F(UnixDatagramsTest, answers_the_client_by_its_name) {
  name_client();
  say("hello");
  EXPECT_EQ(hear(), "hello");
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(UnixDatagramsTest, what_is_too_long_or_has_no_sender_is_dropped_and_the_next_is_served) {
  const int named = std::exchange(client, ::socket(AF_UNIX, SOCK_DGRAM, 0));
  say("nobody");
  close(std::exchange(client, named));
  name_client();
  say(std::string(65, 'x'));
  say(std::string(64, 'y'));
  EXPECT_EQ(hear(), std::string(64, 'y'));
}

TEST_F(UnixDatagramsTest, a_dead_processs_socket_makes_room_and_nothing_else_does) {
  EXPECT_TRUE(UnixDatagrams::bind(loop, path, 64, [](const std::string&, ByteView) {}));
  const std::string file = directory.file("file");
  std::ofstream(file) << "mine";
  const auto refused = UnixDatagrams::bind(loop, file, 64, [](const std::string&, ByteView) {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::refused);
  EXPECT_FALSE(UnixDatagrams::bind(loop, std::string(108, 'p'), 64, [](const std::string&, ByteView) {}));
}

}  // namespace
}  // namespace simbiont::net

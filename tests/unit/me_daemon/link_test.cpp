// The sockets: vpcd's protocol against a vpcd of ours, and the control socket.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <sstream>
#include <thread>

#include "me/daemon/control.h"
#include "me/daemon/pcsc_reader.h"
#include "me/daemon/vpcd_owner.h"
#include "unit/me_daemon/fixture.h"
#include "usim/vpcd_link.h"

namespace simbiont::test {
namespace {

TEST(Loopback, is_the_only_network) {
  for (const char* const text : {"127.0.0.1:35964", "127.9.8.7:1", "localhost:35964"})
    EXPECT_TRUE(usim::loopback_endpoint(text)) << text;
  for (const char* const text : {"0.0.0.0:35964", "10.0.0.1:35964", "128.0.0.1:1", "255.255.255.255:9"}) {
    const auto refused = usim::loopback_endpoint(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().code, Errc::refused);
    EXPECT_NE(refused.error().message.find("IPAddressDeny=any"), std::string::npos) << "says what to do";
  }
  for (const char* const text : {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536",
                                 "127.0.0.1:1x", ":1", "example.org:1", "127.1:1"})
    EXPECT_EQ(usim::loopback_endpoint(text).error().code, Errc::invalid_argument) << text;
}

TEST(Readers, are_chosen_by_name_or_by_the_only_part_that_fits) {
  const std::vector<std::string> readers{"Virtual PCD 00 00", "Virtual PCD 00 01", "ACS ACR39U 00 00"};
  EXPECT_EQ(*me::choose_reader(readers, "ACR39U"), "ACS ACR39U 00 00");
  EXPECT_EQ(*me::choose_reader(readers, "Virtual PCD 00 01"), "Virtual PCD 00 01");
  EXPECT_EQ(me::choose_reader(readers, "Virtual").error().code, Errc::refused);
  EXPECT_EQ(me::choose_reader(readers, "").error().code, Errc::refused);
  EXPECT_EQ(me::choose_reader(readers, "Gemalto").error().code, Errc::not_found);
  EXPECT_EQ(me::choose_reader({}, "").error().code, Errc::not_found);
  EXPECT_EQ(*me::choose_reader({"one", "one two"}, "one"), "one") << "a whole name goes before a part";
}

// A vpcd that listens on a port of its own.
struct Vpcd {
  Vpcd() {
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
    EXPECT_EQ(listen(listener, 1), 0);
  }
  ~Vpcd() {
    hang_up();
    close(listener);
  }
  void accept_one() { peer = accept(listener, nullptr, nullptr); }
  void hang_up() {
    if (peer >= 0) close(peer);
    peer = -1;
  }
  void say(const Bytes& octets) const {
    ASSERT_EQ(write(peer, octets.data(), octets.size()), static_cast<ssize_t>(octets.size()));
  }
  Bytes hear(std::size_t size) const {
    Bytes out(size);
    EXPECT_EQ(recv(peer, out.data(), size, MSG_WAITALL), static_cast<ssize_t>(size));
    return out;
  }

  sockaddr_in address{};
  int listener = socket(AF_INET, SOCK_STREAM, 0), peer = -1;
};

// The next whole message, as the daemon's loop gets it.
Bytes received(usim::VpcdLink& link) {
  for (int waits = 0; waits < 100; ++waits) {
    auto message = link.receive();
    if (!message || *message) return message ? *std::move(*message) : Bytes{};
    pollfd wait{link.descriptor(), POLLIN, 0};
    (void)poll(&wait, 1, 100);
  }
  return {};
}

Errc ended(usim::VpcdLink& link) {
  for (;;) {
    const auto message = link.receive();
    if (!message) return message.error().code;
    pollfd wait{link.descriptor(), POLLIN, 0};
    (void)poll(&wait, 1, 100);
  }
}

TEST(VpcdLink, messages_have_a_length_in_front) {
  Vpcd vpcd;
  usim::VpcdLink link(vpcd.address);
  ASSERT_TRUE(link.open());
  vpcd.accept_one();
  vpcd.say(
      hex("000104"
          "0005"
          "00a4040000"));
  EXPECT_EQ(received(link), hex("04"));
  EXPECT_EQ(received(link), hex("00a4040000"));
  ASSERT_TRUE(link.send(hex("3b009000")));
  EXPECT_EQ(vpcd.hear(6), hex("00043b009000"));
  EXPECT_FALSE(link.send(Bytes(65536)));
}

TEST(VpcdLink, a_vpcd_that_went_away_is_noticed_and_may_come_back) {
  Vpcd vpcd;
  usim::VpcdLink link(vpcd.address);
  ASSERT_TRUE(link.open());
  vpcd.accept_one();
  vpcd.say(hex("0005ab"));
  vpcd.hang_up();
  EXPECT_EQ(ended(link), Errc::unavailable);
  link.close();
  ASSERT_TRUE(link.open());
  vpcd.accept_one();
  vpcd.say(hex("000100"));
  EXPECT_EQ(received(link), hex("00"));
}

TEST(VpcdLink, a_message_that_comes_octet_by_octet_never_makes_it_wait) {
  Vpcd vpcd;
  usim::VpcdLink link(vpcd.address);
  ASSERT_TRUE(link.open());
  vpcd.accept_one();
  const Bytes sent = hex("000500a4040000");
  for (const std::uint8_t octet : sent) {
    const auto early = link.receive();
    ASSERT_TRUE(early);
    EXPECT_FALSE(*early);
    vpcd.say({octet});
  }
  EXPECT_EQ(received(link), hex("00a4040000"));
  vpcd.say(hex("ffff00"));
  EXPECT_FALSE(*link.receive()) << "the rest of 65,535 octets is not waited for";
}

TEST(VpcdLink, a_vpcd_that_reads_no_answers_is_given_up) {
  Vpcd vpcd;
  usim::VpcdLink link(vpcd.address);
  ASSERT_TRUE(link.open());
  vpcd.accept_one();
  ASSERT_TRUE(link.send(Bytes(65535))) << "one answer never waits, whatever its size";
  Status sent;
  for (int i = 0; sent && i < 1000; ++i) sent = link.send(Bytes(65535));
  EXPECT_FALSE(sent);
}

TEST(VpcdOwner, is_read_from_the_other_ends_line) {
  std::istringstream table(
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
      "   0: 00000000:8C7C 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 "
      "0 0 10 0\n"
      "   1: 0100007F:9C40 0100007F:8C7C 01 00000000:00000000 00:00000000 00000000  1000        0 2 1 0 100 "
      "0 0 10 0\n"
      "   2: 0100007F:8C7C 0100007F:9C40 01 00000000:00000000 00:00000000 00000000   112        0 3 1 0 100 "
      "0 0 10 0\n"
      "   3: cut\n");
  const auto at = [](std::uint16_t port) {
    sockaddr_in out{};
    out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    out.sin_port = htons(port);
    return out;
  };
  EXPECT_EQ(me::owner_of_peer(table, at(35964), at(40000)), std::optional<uid_t>(112));
  std::istringstream empty;
  EXPECT_EQ(me::owner_of_peer(empty, at(35964), at(40000)), std::nullopt);
}

TEST(VpcdOwner, a_process_of_the_same_user_will_do) {
  Vpcd vpcd;
  usim::VpcdLink link(vpcd.address);
  ASSERT_TRUE(link.open());
  vpcd.accept_one();
  const Status trusted = me::check_vpcd_owner(link.descriptor());
  EXPECT_TRUE(trusted) << trusted.error().message;
}

TEST(VpcdLink, a_two_part_message_is_not_held_back) {
  Vpcd vpcd;
  usim::VpcdLink link(vpcd.address);
  ASSERT_TRUE(link.open());
  vpcd.accept_one();
  constexpr int rounds = 20;
  const auto start = std::chrono::steady_clock::now();
  std::thread host([&] {
    for (int i = 0; i < rounds; ++i) {
      vpcd.say(hex("0005"));  // as vpcd does it, Nagle's algorithm on
      vpcd.say(hex("00b0000009"));
      (void)vpcd.hear(4);
    }
  });
  for (int i = 0; i < rounds; ++i) {
    ASSERT_EQ(received(link), hex("00b0000009"));
    ASSERT_TRUE(link.send(hex("9000")));
  }
  host.join();
  const auto spent = std::chrono::steady_clock::now() - start;
  EXPECT_LT(std::chrono::duration_cast<std::chrono::milliseconds>(spent).count(), 20 * rounds)
      << "an acknowledgement held back costs 40 ms each";
}

struct ControlTest : ::testing::Test {
  void start() {
    ASSERT_TRUE(server.listen());
    thread = std::thread([this] {
      while (!stop) {
        std::vector<pollfd> descriptors;
        server.add_to(descriptors);
        (void)poll(descriptors.data(), descriptors.size(), 10);
        server.serve(SystemClock().monotonic_ms());
      }
    });
  }
  void TearDown() override {
    stop = true;
    if (thread.joinable()) thread.join();
  }
  TempDir directory;
  std::string path = directory.file("me.sock");
  me::ControlServer server{
      path, [](const me::Request& request) { return request.command() + "/" + request.get("kme") + "\n"; }};
  std::atomic<bool> stop{false};
  std::thread thread;
};

TEST_F(ControlTest, is_its_owners_alone) {
  start();
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(ControlTest, answers_and_takes_whoever_says_nothing_aside) {
  start();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, path.c_str());
  const int silent = socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(connect(silent, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  me::Request request("slots");
  request.set("kme", "meters");
  for (int i = 0; i < 20; ++i) EXPECT_EQ(*me::ask(path, request), "slots/meters\n");
  close(silent);
}

TEST_F(ControlTest, takes_the_place_of_a_dead_one_only) {
  const auto refused = [&] {
    me::ControlServer second(path, [](const me::Request&) { return std::string(); });
    return second.listen();
  };
  { std::ofstream(path) << "a file of somebody's"; }
  EXPECT_EQ(refused().error().code, Errc::refused);
  ASSERT_EQ(access(path.c_str(), F_OK), 0) << "it is still there";
  ASSERT_EQ(unlink(path.c_str()), 0);
  start();
  EXPECT_EQ(refused().error().code, Errc::unavailable);
  EXPECT_EQ(*me::ask(path, me::Request("status")), "status/\n") << "the first goes on";
}

TEST_F(ControlTest, a_dead_ones_socket_is_taken_away) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, path.c_str());
  const int dead = socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(bind(dead, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  close(dead);
  start();
  EXPECT_EQ(*me::ask(path, me::Request("status")), "status/\n");
}

TEST_F(ControlTest, a_hostile_client_gets_nothing_and_holds_nobody_up) {
  start();
  const std::string hostile[] = {std::string(5000, 'x'), "\n\n", std::string("a\0b\n\n", 5),
                                 "status\nno-blank\n\n", "status"};
  for (const std::string& text : hostile) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path.c_str());
    const int client = socket(AF_UNIX, SOCK_STREAM, 0);
    ASSERT_EQ(connect(client, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    (void)send(client, text.data(), text.size(), MSG_NOSIGNAL);
    EXPECT_EQ(*me::ask(path, me::Request("status")), "status/\n");
    close(client);
  }
}

TEST_F(ControlTest, nobody_there_is_said) {
  EXPECT_EQ(me::ask(path, me::Request("status")).error().code, Errc::unavailable);
  EXPECT_EQ(me::ask(std::string(108, 'x'), me::Request("status")).error().code, Errc::invalid_argument);
}

}  // namespace
}  // namespace simbiont::test

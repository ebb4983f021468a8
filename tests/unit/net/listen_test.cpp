// Addresses with their transports; SCTP where the kernel has it.
#include "net/listen.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

namespace simbiont::net {
namespace {

TEST(Listen, names_transport_and_address) {
  const auto read = parse_listens("127.0.0.1:1,tcp://[::1]:2,tls://0.0.0.0:3,sctp://127.0.0.1:4");
  ASSERT_TRUE(read.ok());
  std::vector<std::string> seen;
  for (const Listen& each : *read)
    seen.push_back(std::string(name(each.transport)) + " " + each.endpoint.str());
  EXPECT_THAT(seen,
              testing::ElementsAre("tcp 127.0.0.1:1", "tcp [::1]:2", "tls 0.0.0.0:3", "sctp 127.0.0.1:4"));
}

TEST(Listen, takes_sixteen_and_no_more) {
  std::string many = "127.0.0.1:1";
  for (int i = 1; i < 16; ++i) many += ",127.0.0.1:1";
  EXPECT_TRUE(parse_listens(many).ok());
  EXPECT_FALSE(parse_listens(many + ",127.0.0.1:1").ok());
}

// Sends back what it is sent.
struct Echo final : ConnectionEvents {
  void on_read(ByteView octets) override {
    connection->write(octets);
    ++reads;
  }
  void on_closed(std::string_view) override { connection.reset(); }
  std::shared_ptr<Connection> connection;
  int reads = 0;
};

bool kernel_has_sctp() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_SCTP);
  if (socket >= 0) close(socket);
  return socket >= 0;
}

TEST(Sctp, without_it_in_the_kernel_listening_fails_and_says_so) {
  if (kernel_has_sctp()) GTEST_SKIP() << "this kernel has SCTP";
  Loop loop;
  const auto listening = listen(loop, parse_listens("sctp://127.0.0.1:0")->front(), Limits{},
                                [](std::shared_ptr<Connection>) {});
  ASSERT_FALSE(listening.ok());
  EXPECT_EQ(listening.error().code, Errc::unavailable);
  EXPECT_THAT(listening.error().message, testing::HasSubstr("(SCTP)"));
}

TEST(Sctp, messages_pass_as_packets_of_their_own) {
  if (!kernel_has_sctp()) GTEST_SKIP() << "SKIPPED: this kernel has no SCTP; nothing of SCTP was tried";
  Loop loop;
  Echo echo;
  const auto listening = listen(loop, parse_listens("sctp://127.0.0.1:0")->front(), Limits{},
                                [&](std::shared_ptr<Connection> connection) {
                                  EXPECT_TRUE(connection->keeps_boundaries());
                                  echo.connection = std::move(connection);
                                  echo.connection->start(echo);
                                });
  ASSERT_TRUE(listening.ok()) << listening.error().message;
  std::thread thread([&] { loop.run(); });
  const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_SCTP);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons((*listening)->local().port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(connect(client, reinterpret_cast<const sockaddr*>(&where), sizeof where), 0);
  for (const std::string& message : {std::string("one"), std::string(5000, 'x')}) {
    EXPECT_EQ(send(client, message.data(), message.size(), 0), static_cast<ssize_t>(message.size()));
    std::string back(8192, '\0');
    EXPECT_EQ(recv(client, back.data(), back.size(), 0), static_cast<ssize_t>(message.size()));
    back.resize(message.size());
    EXPECT_EQ(back, message);
  }
  close(client);
  loop.stop();
  thread.join();
}

}  // namespace
}  // namespace simbiont::net

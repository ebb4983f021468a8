// The acceptor and its connections against plain blocking sockets.
#include "net/tcp.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ctime>
#include <future>
#include <map>
#include <thread>

namespace simbiont::net {
namespace {

constexpr std::size_t mebi = 1U << 20, quarter = mebi / 4;

// Echoes, or answers as the test says; everything runs on the loop's thread.
class Service {
 public:
  explicit Service(Limits limits = {}, const char* where = "127.0.0.1:0") {
    auto listening = listen(
        loop_, *parse_endpoint(where), limits,
        [this](std::shared_ptr<Connection> connection) {
          auto session = std::make_unique<Session>(*this, next_);
          session->connection = std::move(connection);
          session->connection->start(*session);
          sessions_[next_++] = std::move(session);
        },
        [this] {
          if (make_room) make_room(sessions_.begin()->second->connection);
        });
    acceptor_ = *std::move(listening);
    thread_ = std::thread([this] { loop_.run(); });
  }
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  ~Service() {
    loop_.stop();
    thread_.join();
  }

  template <class Work>
  auto on_loop(Work work) {
    std::packaged_task<decltype(work())()> task(std::move(work));
    auto result = task.get_future();
    loop_.post([&] { task(); });
    return result.get();
  }
  // A connected socket of a client.
  int client(int receive_buffer = 0) {
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receive_buffer != 0) {
      EXPECT_EQ(setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer), 0);
    }
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(acceptor_->local().port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(descriptor, reinterpret_cast<const sockaddr*>(&where), sizeof where), 0);
    return descriptor;
  }
  std::size_t pending() {
    return on_loop([this] {
      std::size_t most = 0;
      for (const auto& [id, session] : sessions_) most = std::max(most, session->connection->pending());
      return most;
    });
  }
  std::vector<std::string> closed() {
    return on_loop([this] { return closed_; });
  }
  std::size_t reads() {
    return on_loop([this] { return reads_; });
  }
  std::uint16_t port() { return acceptor_->local().port; }
  IpAddress local_address_of_first() {
    return on_loop([this] {
      return sessions_.empty() ? IpAddress() : sessions_.begin()->second->connection->local_address();
    });
  }

  std::function<void(const std::shared_ptr<Connection>& oldest)> make_room;  // set it before a client comes
  std::function<Bytes(ByteView)> answer = [](ByteView in) { return Bytes(in.begin(), in.end()); };

 private:
  struct Session final : ConnectionEvents {
    Session(Service& service_, int id_) : service(service_), id(id_) {}
    void on_read(ByteView octets) override {
      ++service.reads_;
      connection->write(service.answer(octets));
    }
    void on_closed(std::string_view why) override {
      service.closed_.emplace_back(why);
      service.sessions_.erase(id);
    }
    Service& service;
    int id;
    std::shared_ptr<Connection> connection;
  };

  Loop loop_;
  std::unique_ptr<Acceptor> acceptor_;
  std::map<int, std::unique_ptr<Session>> sessions_;
  std::vector<std::string> closed_;
  std::size_t reads_ = 0;
  int next_ = 0;
  std::thread thread_;
};

bool readable(int descriptor, int timeout_ms) {
  pollfd wait{descriptor, POLLIN, 0};
  return poll(&wait, 1, timeout_ms) == 1;
}
std::string receive(int descriptor, std::size_t size) {
  std::string out(size, '\0');
  return recv(descriptor, out.data(), size, MSG_WAITALL) == static_cast<ssize_t>(size) ? out : std::string();
}
// For what must happen at all: a sanitizer build on a busy machine is slow.
constexpr int deadline_ms = 60'000;
template <class Condition>
bool eventually(Condition condition) {
  for (int i = 0; i < deadline_ms / 10; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return condition();
}

TEST(Tcp, many_peers_at_once_get_their_own_octets) {
  Service service;
  std::vector<int> clients;
  clients.reserve(200);
  for (int i = 0; i < 200; ++i) clients.push_back(service.client());
  for (std::size_t i = 0; i < 200; ++i) {
    const std::string text = "peer " + std::to_string(1000 + i);
    ASSERT_EQ(send(clients[i], text.data(), text.size(), 0), 9);
  }
  for (std::size_t i = 200; i-- > 0;) {
    EXPECT_EQ(receive(clients[i], 9), "peer " + std::to_string(1000 + i));
    close(clients[i]);
  }
  EXPECT_TRUE(eventually([&] { return service.closed().size() == 200; }));
}

TEST(Tcp, a_slow_reader_is_read_no_further_and_goes_on_when_it_drains) {
  Limits limits;
  limits.write_high_water = mebi;
  Service service(limits);
  service.answer = [](ByteView) { return Bytes(quarter, 0x55); };
  const int slow = service.client(4096);
  const int quick = service.client();
  ASSERT_TRUE(eventually([&] {
    EXPECT_EQ(send(slow, "x", 1, 0), 1);
    return service.pending() > limits.write_high_water;
  }));
  const std::size_t stopped_at = service.reads();
  EXPECT_LE(service.pending(), limits.write_high_water + quarter) << "one answer above the bound at most";
  ASSERT_EQ(send(slow, "x", 1, 0), 1);

  ASSERT_EQ(send(quick, "x", 1, 0), 1);
  EXPECT_EQ(receive(quick, quarter).size(), quarter) << "others are served";
  EXPECT_EQ(service.reads(), stopped_at + 1);

  for (std::size_t drained = 0; drained < (stopped_at + 1) * quarter;) {
    ASSERT_TRUE(readable(slow, deadline_ms)) << "read again once drained";
    drained += receive(slow, 4096).size();
  }
  EXPECT_GT(service.reads(), stopped_at + 1);
  close(slow);
  close(quick);
}

TEST(Tcp, a_reader_that_never_drains_is_closed) {
  Limits limits;
  limits.write_high_water = quarter / 4;
  limits.drain_timeout_ms = 200;
  Service service(limits);
  service.answer = [](ByteView) { return Bytes(16 * mebi, 0x55); };
  const int slow = service.client(4096);
  ASSERT_EQ(send(slow, "x", 1, 0), 1);
  EXPECT_TRUE(eventually([&] { return !service.closed().empty(); }));
  EXPECT_THAT(service.closed(), testing::ElementsAre("does not read what it is sent"));
  close(slow);
}

TEST(Tcp, connections_beyond_the_limit_are_closed_at_once) {
  Limits limits;
  limits.max_connections = 2;
  Service service(limits);
  const int first = service.client(), second = service.client();
  for (const int descriptor : {first, second}) {
    ASSERT_EQ(send(descriptor, "x", 1, 0), 1);
    EXPECT_EQ(receive(descriptor, 1), "x");
  }
  const int third = service.client();
  EXPECT_TRUE(readable(third, deadline_ms));
  EXPECT_EQ(receive(third, 1), "");
  close(first);
  EXPECT_TRUE(eventually([&] { return service.closed().size() == 1; }));
  const int fourth = service.client();
  ASSERT_EQ(send(fourth, "y", 1, 0), 1);
  EXPECT_EQ(receive(fourth, 1), "y");
  for (const int descriptor : {second, third, fourth}) close(descriptor);
}

TEST(Tcp, a_full_table_takes_a_connection_for_which_room_is_made) {
  Limits limits;
  limits.max_connections = 2;
  Service service(limits);
  service.make_room = [](const std::shared_ptr<Connection>& oldest) { oldest->close("room"); };
  const int first = service.client(), second = service.client(), third = service.client();
  for (const int descriptor : {second, third}) {
    ASSERT_EQ(send(descriptor, "x", 1, 0), 1);
    EXPECT_EQ(receive(descriptor, 1), "x");
  }
  ASSERT_TRUE(readable(first, deadline_ms));
  EXPECT_EQ(receive(first, 1), "");
  EXPECT_THAT(service.closed(), testing::ElementsAre("room"));
  for (const int descriptor : {first, second, third}) close(descriptor);
}

// Seconds of CPU this process has used.
double cpu_seconds() {
  timespec used{};
  (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

TEST(Tcp, without_descriptors_the_acceptor_pauses_and_goes_on_when_there_are_some) {
  Service service;
  const int waiting = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none_left{static_cast<rlim_t>(waiting) + 1, before.rlim_max};
  std::vector<int> fill;
  for (int more = dup(waiting); more >= 0 && more <= waiting; more = dup(waiting)) fill.push_back(more);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none_left), 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(service.port());
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(connect(waiting, reinterpret_cast<const sockaddr*>(&where), sizeof where), 0);
  ASSERT_EQ(send(waiting, "x", 1, 0), 1);
  const double used = cpu_seconds();
  EXPECT_FALSE(readable(waiting, 1'000)) << "it cannot be accepted";
  EXPECT_LT(cpu_seconds() - used, 0.3) << "and nobody spins";
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(receive(waiting, 1), "x");
  for (const int each : fill) close(each);
  close(waiting);
}

TEST(Tcp, a_connection_knows_the_address_by_which_its_peer_came) {
  Service any({}, "0.0.0.0:0");
  const int client = any.client();
  ASSERT_TRUE(eventually([&] { return !any.local_address_of_first().empty(); }));
  EXPECT_EQ(any.local_address_of_first(), (IpAddress{127, 0, 0, 1}));
  close(client);
}

TEST(Tcp, an_ipv6_socket_shows_16_octets_and_a_mapped_address_as_ipv4) {
  Loop loop;
  if (!listen(loop, *parse_endpoint("[::1]:0"), {}, [](const std::shared_ptr<Connection>&) {}).ok())
    GTEST_SKIP() << "no IPv6 here";
  Service v6({}, "[::1]:0");
  const int client = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in6 where{};
  where.sin6_family = AF_INET6;
  where.sin6_port = htons(v6.port());
  where.sin6_addr = in6addr_loopback;
  ASSERT_EQ(connect(client, reinterpret_cast<const sockaddr*>(&where), sizeof where), 0);
  ASSERT_TRUE(eventually([&] { return !v6.local_address_of_first().empty(); }));
  IpAddress loopback(16);
  loopback.back() = 1;
  EXPECT_EQ(v6.local_address_of_first(), loopback);
  Service dual({}, "[::]:0");
  const int mapped = dual.client();
  ASSERT_TRUE(eventually([&] { return !dual.local_address_of_first().empty(); }));
  EXPECT_EQ(dual.local_address_of_first(), (IpAddress{127, 0, 0, 1}));
  close(client);
  close(mapped);
}

TEST(Tcp, a_port_in_use_is_an_error_that_names_it) {
  Service service;
  Loop loop;
  const std::string where = "127.0.0.1:" + std::to_string(service.port());
  const auto again = listen(loop, *parse_endpoint(where), {}, [](const std::shared_ptr<Connection>&) {});
  ASSERT_FALSE(again.ok());
  EXPECT_THAT(again.error().message, testing::HasSubstr(where));
}

}  // namespace
}  // namespace simbiont::net

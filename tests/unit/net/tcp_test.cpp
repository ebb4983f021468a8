// The acceptor and its connections against plain blocking sockets.
#include "net/tcp.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <map>
#include <thread>

namespace simbiont::net {
namespace {

constexpr std::size_t mebi = 1U << 20, quarter = mebi / 4;

// Echoes, or answers as the test says; everything runs on the loop's thread.
class Service {
 public:
  explicit Service(Limits limits = {}) {
    auto listening =
        listen(loop_, *parse_endpoint("127.0.0.1:0"), limits, [this](std::shared_ptr<Connection> connection) {
          auto session = std::make_unique<Session>(*this, next_);
          session->connection = std::move(connection);
          session->connection->start(*session);
          sessions_[next_++] = std::move(session);
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
template <class Condition>
bool within_ms(int limit, Condition condition) {
  for (int i = 0; i < limit / 10; ++i) {
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
  EXPECT_TRUE(within_ms(5000, [&] { return service.closed().size() == 200; }));
}

TEST(Tcp, a_slow_reader_is_read_no_further_and_goes_on_when_it_drains) {
  Limits limits;
  limits.write_high_water = mebi;
  Service service(limits);
  service.answer = [](ByteView) { return Bytes(quarter, 0x55); };
  const int slow = service.client(4096);
  const int quick = service.client();
  std::size_t asked = 0;
  for (; asked < 200; ++asked) {
    ASSERT_EQ(send(slow, "x", 1, 0), 1);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  EXPECT_TRUE(within_ms(3000, [&] { return service.pending() > limits.write_high_water; }));
  const std::size_t stopped_at = service.reads();
  EXPECT_LE(service.pending(), limits.write_high_water + quarter) << "one answer above the bound at most";
  EXPECT_LT(stopped_at, asked);

  ASSERT_EQ(send(quick, "x", 1, 0), 1);
  EXPECT_EQ(receive(quick, quarter).size(), quarter) << "others are served";
  EXPECT_EQ(service.reads(), stopped_at + 1);

  std::size_t drained = 0;
  while (readable(slow, 500)) drained += receive(slow, 4096).size();
  EXPECT_GT(service.reads(), stopped_at + 1) << "read again once drained";
  EXPECT_GT(drained, stopped_at * quarter - 1);
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
  EXPECT_TRUE(within_ms(5000, [&] { return !service.closed().empty(); }));
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
  EXPECT_TRUE(readable(third, 2000));
  EXPECT_EQ(receive(third, 1), "");
  close(first);
  EXPECT_TRUE(within_ms(2000, [&] { return service.closed().size() == 1; }));
  const int fourth = service.client();
  ASSERT_EQ(send(fourth, "y", 1, 0), 1);
  EXPECT_EQ(receive(fourth, 1), "y");
  for (const int descriptor : {second, third, fourth}) close(descriptor);
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

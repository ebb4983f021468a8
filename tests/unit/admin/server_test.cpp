#include "admin/server.h"

#include <grp.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "admin/channel.h"
#include "admin/json.h"
#include "support/memory_live.h"
#include "support/temp_dir.h"

namespace simbiont::admin::test {
namespace {

using namespace std::chrono_literals;

// A client that says what it likes, and nothing more.
class Raw {
 public:
  explicit Raw(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, path.size());
    for (int i = 0; i < 200; ++i) {
      if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return;
      std::this_thread::sleep_for(5ms);
    }
    ADD_FAILURE() << "no connection";
  }
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;
  ~Raw() { ::close(socket_); }

  void say(const std::string& text) const {
    EXPECT_EQ(::send(socket_, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  // All until the server closes.
  std::string answer() const {
    std::string text;
    char buffer[4096];
    for (ssize_t got = 0; (got = ::recv(socket_, buffer, sizeof(buffer), 0)) > 0;)
      text.append(buffer, static_cast<std::size_t>(got));
    return text;
  }

 private:
  const int socket_;
};

class ServerTest : public ::testing::Test {
 protected:
  std::string path() const { return directory.file("a.sock"); }
  simbiont::test::TempDir directory;
  simbiont::test::MemoryLive live;
};

TEST_F(ServerTest, the_socket_is_its_owners_alone_and_gone_after_stop) {
  Server server(live, path());
  ASSERT_TRUE(server.start().ok());
  struct stat about {};
  ASSERT_EQ(stat(path().c_str(), &about), 0);
  EXPECT_TRUE(S_ISSOCK(about.st_mode));
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
  server.stop();
  EXPECT_NE(stat(path().c_str(), &about), 0);
  EXPECT_EQ(connect_socket(path()), nullptr);
}

TEST_F(ServerTest, a_group_may_open_the_socket_when_it_is_named_and_one_that_is_not_there_is_an_error) {
  const group* own = getgrgid(getegid());
  ASSERT_NE(own, nullptr);
  Options options;
  options.socket_group = own->gr_name;
  Server server(live, path(), options);
  ASSERT_TRUE(server.start().ok());
  struct stat about {};
  ASSERT_EQ(stat(path().c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0660U);
  EXPECT_EQ(about.st_gid, getegid());
  server.stop();
  options.socket_group = "no-such-group-here";
  const Status started = Server(live, path(), options).start();
  ASSERT_FALSE(started.ok());
  EXPECT_NE(started.error().message.find("no-such-group-here"), std::string::npos);
}

// The kernel says who asks; a client that names a user itself is not heard.
TEST_F(ServerTest, no_header_of_a_client_makes_it_another_user) {
  Options options;
  options.roles.viewers = {"user:54321"};
  options.roles.operators = {"user:54321"};
  options.roles.custodians = {"user:54321"};
  Server server(live, path(), options);
  ASSERT_TRUE(server.start().ok());
  for (const char* header :
       {"REMOTE_ADDR: 54321", "REMOTE_PORT: 54321", "X-Uid: 54321", "LOCAL_ADDR: 54321"}) {
    const Raw client(path());
    client.say("GET /v1/status HTTP/1.1\r\nHost: x\r\n" + std::string(header) + "\r\n\r\n");
    const std::string answer = client.answer();
    EXPECT_EQ(answer.substr(0, 12), "HTTP/1.1 403") << header;
    EXPECT_NE(answer.find("uid " + std::to_string(geteuid()) + ")"), std::string::npos) << answer;
  }
}

TEST_F(ServerTest, requests_and_errors_pass_through_the_socket_unchanged) {
  Server server(live, path());
  ASSERT_TRUE(server.start().ok());
  const auto channel = connect_socket(path());
  ASSERT_NE(channel, nullptr);
  EXPECT_TRUE(channel->remote());
  const std::string body = R"({"id":"k:1","key":"000102030405060708090a0b0c0d0e0f"})";
  EXPECT_EQ(channel->call({"POST", "/v1/kmes", {}, body})->status, 200);
  EXPECT_EQ(channel->call({"POST", "/v1/kmes", {}, body})->status, 409);
  EXPECT_EQ(channel->call({"GET", "/v1/kmes/k:1", {}, ""})->status, 200);
  const auto page = channel->call({"GET", "/v1/kmes", {{"limit", "1"}, {"after", "k:0"}}, ""});
  EXPECT_NE(page->body.find("k:1"), std::string::npos);
  const auto missing = channel->call({"DELETE", "/v1/devices/49015420323751", {}, ""});
  EXPECT_EQ(missing->status, 404);
  EXPECT_NE(missing->body.find("not_found"), std::string::npos);
  EXPECT_EQ(channel->call({"PATCH", "/v1/subscribers/001010000000001", {}, R"({"msisdn":"1"})"})->status,
            404);
}

TEST_F(ServerTest, a_body_above_the_limit_is_refused_and_the_server_goes_on) {
  Server server(live, path());
  ASSERT_TRUE(server.start().ok());
  const auto channel = connect_socket(path());
  const auto large = channel->call({"POST", "/v1/imports/1/check", {}, std::string(max_chunk + 1, 'x')});
  EXPECT_TRUE(!large.ok() || large->status == 413);
  EXPECT_EQ(connect_socket(path())->call({"GET", "/v1/status", {}, ""})->status, 200);
}

TEST_F(ServerTest, clients_that_say_nothing_or_half_hold_up_nobody) {
  Server server(live, path());
  ASSERT_TRUE(server.start().ok());
  std::vector<std::unique_ptr<Raw>> held;
  for (int i = 0; i < 32; ++i) {
    held.push_back(std::make_unique<Raw>(path()));  // silent
    held.push_back(std::make_unique<Raw>(path()));
    held.back()->say("POST /v1/kmes HTTP/1.1\r\nContent-Length: 5\r\n");
  }
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(connect_socket(path())->call({"GET", "/v1/status", {}, ""})->status, 200);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 1s);
}

TEST_F(ServerTest, every_refusal_is_json_comes_at_once_and_closes) {
  Server server(live, path());
  ASSERT_TRUE(server.start().ok());
  const std::string end = " HTTP/1.1\r\nHost: x\r\n";
  struct Case {
    std::string request;
    const char* status;
  };
  const std::vector<Case> table{
      {"OPTIONS /v1/kmes" + end + "\r\n", "405"},
      {"TRACE /v1/kmes" + end + "\r\n", "405"},
      {"BREW /v1/kmes" + end + "\r\n", "400"},
      {"nonsense\r\n\r\n", "400"},
      {"GET /v2" + end + "\r\n", "404"},
      {"GET /v1/" + std::string(9000, 'x') + end + "\r\n", "414"},
      {"POST /v1/kmes" + end + "\r\n", "400"},
      {"PUT /v1/bindings/001010000000001/mode" + end + "\r\n", "400"},
      {"DELETE /v1/devices/49015420323751" + end + "\r\n", "404"},
      {"POST /v1/kmes" + end + "Transfer-Encoding: chunked\r\n\r\n", "411"},
      {"POST /v1/imports/1/check" + end + "Content-Length: 99999999\r\n\r\n", "413"},
      {"POST /v1/kmes" + end + "Content-Length: 70000\r\n\r\n" + std::string(70000, 'x'), "413"},
  };
  for (const auto& [request, status] : table) {
    const Raw client(path());
    const auto begun = std::chrono::steady_clock::now();
    client.say(request);
    const std::string answer = client.answer();
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 1s) << request.substr(0, 60);
    EXPECT_EQ(answer.substr(0, 12), std::string("HTTP/1.1 ") + status) << request.substr(0, 60);
    const auto body = answer.find("\r\n\r\n");
    ASSERT_NE(body, std::string::npos) << request.substr(0, 60);
    const Json error = Json::parse(answer.substr(body + 4), nullptr, false);
    EXPECT_TRUE(error.is_object() && error.contains("error") && error["error"].contains("message"))
        << request.substr(0, 60) << answer;
  }
}

TEST_F(ServerTest, a_full_chunk_of_an_import_passes) {
  Server server(live, path());
  ASSERT_TRUE(server.start().ok());
  const auto channel = connect_socket(path());
  ASSERT_EQ(channel->call({"POST", "/v1/imports", {}, R"({"kind":"kmes"})"})->status, 200);
  std::string chunk = "id,key\n";
  while (chunk.size() < max_chunk) chunk += '\n';
  EXPECT_EQ(channel->call({"POST", "/v1/imports/1/check", {}, chunk})->status, 200);
}

TEST_F(ServerTest, a_stale_socket_is_taken_over) {
  {
    Server gone(live, path());
    ASSERT_TRUE(gone.start().ok());
  }
  FILE* file = fopen(path().c_str(), "w");
  ASSERT_NE(file, nullptr);
  fclose(file);
  EXPECT_EQ(connect_socket(path()), nullptr);
  Server server(live, path());
  ASSERT_TRUE(server.start().ok());
  EXPECT_NE(connect_socket(path()), nullptr);
}

TEST_F(ServerTest, a_path_too_long_for_a_socket_is_a_clear_error) {
  Server server(live, directory.file(std::string(108, 's')));
  const auto started = server.start();
  ASSERT_FALSE(started.ok());
  EXPECT_NE(started.error().message.find("107"), std::string::npos);
}

TEST_F(ServerTest, many_clients_at_once_are_all_answered) {
  Server server(live, path());
  ASSERT_TRUE(server.start().ok());
  std::atomic<int> answered = 0;
  std::vector<std::thread> clients;
  clients.reserve(16);
  for (int i = 0; i < 16; ++i) {
    clients.emplace_back([&, i] {
      const auto channel = connect_socket(path());
      const std::string body = Json{{"id", "k" + std::to_string(i)}, {"generate", true}}.dump();
      if (channel && channel->call({"POST", "/v1/kmes", {}, body})->status == 200) ++answered;
    });
  }
  for (auto& client : clients) client.join();
  EXPECT_EQ(answered, 16);
  EXPECT_EQ(live.store().counts()->kmes, 16U);
}

}  // namespace
}  // namespace simbiont::admin::test

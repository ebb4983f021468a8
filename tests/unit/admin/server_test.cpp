#include "admin/server.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "admin/channel.h"
#include "admin/json.h"
#include "support/memory_live.h"
#include "support/temp_dir.h"

namespace simbiont::admin::test {
namespace {

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

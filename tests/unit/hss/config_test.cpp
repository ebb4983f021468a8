// The configuration: defaults, every key, what is refused and how the refusal reads.
#include "hss/config.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

namespace simbiont::hss {
namespace {

std::string sample() {
  std::ifstream file(std::string(TEST_DATA) + "/../../etc/simbiont-hss.toml");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Config, the_files_of_a_store_follow_its_database) {
  Config config;
  config.db = "/var/lib/x.db";
  config.lock = "/run/x.lock";
  EXPECT_EQ(config.paths().key, "/var/lib/x.db.key");
  EXPECT_EQ(config.paths().lock, "/run/x.lock");
  EXPECT_EQ(config.paths().socket, "/var/lib/x.db.sock");
}

TEST(Config, the_sample_names_every_key_and_holds_the_defaults) {
  const std::string text = sample();
  const auto read = parse_config(text, "sample");
  ASSERT_TRUE(read.ok()) << read.error().message;
  const Config defaults;
  EXPECT_EQ(read->listen, defaults.listen);
  EXPECT_EQ(read->origin_host, defaults.origin_host);
  EXPECT_EQ(read->origin_realm, defaults.origin_realm);
  EXPECT_EQ(read->db, defaults.db);
  EXPECT_EQ(read->ambr_downlink, defaults.ambr_downlink);
  EXPECT_EQ(read->vector_life_h, defaults.vector_life_h);
  EXPECT_EQ(read->cached_subscribers, defaults.cached_subscribers);
  EXPECT_EQ(read->cached_entries, defaults.cached_entries);
  EXPECT_EQ(read->sqn_block_max, defaults.sqn_block_max);
  EXPECT_TRUE(read->peers.empty());
  for (const std::string& key : config_keys())
    EXPECT_THAT(
        text, testing::HasSubstr(
                  "\n" +
                  std::string(
                      key.ends_with(".key") || key.ends_with("lock") || key.ends_with("socket") ? "# " : "") +
                  key.substr(key.find('.') + 1) + " = "))
        << key;
}

TEST(Config, values_are_taken) {
  const auto read = parse_config(R"(
[store]
db = "a.db"
socket = "s"
[diameter]
listen = "[::1]:13868"
max_connections = 7
[[peers]]
origin_host = "mme1"
[[peers]]
origin_host = "relay"
relay = true
[log]
level = "debug"
)",
                                 "f");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->paths().socket, "s");
  EXPECT_EQ(read->max_connections, 7U);
  ASSERT_EQ(read->peers.size(), 2U);
  EXPECT_FALSE(read->peers[0].relay);
  EXPECT_EQ(read->peers[1].relay, true);
  EXPECT_TRUE(check_config(*read).ok());
}

TEST(Config, what_is_wrong_is_named_with_its_line) {
  const std::pair<const char*, const char*> cases[] = {
      {"[diameter]\nlisten = 3868\n", "f:2: diameter.listen must be a text"},
      {"[diameter]\n\nlissten = \"x\"\n", "f:3: unknown key diameter.lissten"},
      {"[dameter]\n", "f:1: unknown key dameter"},
      {"stray = 1\n", "f:1: unknown key stray"},
      {"diameter = 1\n", "f:1: [diameter] must be a table"},
      {"[cache]\nsubscribers = -5\n", "f:2: cache.subscribers must be a number from 16"},
      {"[cache]\nentries = 0\n", "cache.entries must be a number from 1"},
      {"[cache]\nsubscribers = 1.5\n", "cache.subscribers must be a number"},
      {"[subscription]\nambr_uplink = 4294967296\n", "to 4294967295"},
      {"peers = 1\n", "peers must be [[peers]] tables"},
      {"[[peers]]\nrelay = true\n", "peers.origin_host must be a text"},
      {"[[peers]]\norigin_host = \"a\"\nrelay = 1\n", "f:3: peers.relay must be true or false"},
      {"[[peers]]\norigin_host = \"a\"\nhost = 1\n", "f:3: unknown key peers.host"},
      {"[log\n", "f:1: "},
  };
  for (const auto& [text, message] : cases) {
    const auto read = parse_config(text, "f");
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_THAT(read.error().message, testing::HasSubstr(message)) << text;
  }
}

TEST(Config, an_address_that_others_reach_wants_named_peers) {
  const auto is_right = [](const char* listen, bool peers) {
    Config config;
    config.listen = listen;
    if (peers) config.peers.push_back({"mme1", std::nullopt});
    return check_config(config).ok();
  };
  for (const char* loopback : {"127.0.0.1:3868", "127.9.9.9:1", "[::1]:3868", "localhost:3868"})
    EXPECT_TRUE(is_right(loopback, false)) << loopback;
  for (const char* open : {"0.0.0.0:3868", "192.0.2.1:3868", "[::]:3868"}) {
    EXPECT_FALSE(is_right(open, false)) << open;
    EXPECT_TRUE(is_right(open, true)) << open;
  }
  for (const char* wrong : {"", "3868", "127.0.0.1", "127.0.0.1:", "127.0.0.1:70000", "::1:3868",
                            "host.example:1", "127.0.0.1:1x"})
    EXPECT_FALSE(is_right(wrong, true)) << wrong;
}

TEST(Config, levels_and_blocks_are_judged) {
  Config config;
  config.log_level = "loud";
  EXPECT_FALSE(check_config(config).ok());
  config.log_level = "off";
  EXPECT_TRUE(check_config(config).ok());
  config.sqn_block_min = 16384;
  EXPECT_FALSE(check_config(config).ok());
}

TEST(Log, a_value_cannot_forge_a_line) {
  EXPECT_EQ(log_value("mme1.example"), "mme1.example");
  EXPECT_EQ(log_value("two words"), "\"two words\"");
  EXPECT_EQ(log_value(""), "\"\"");
  EXPECT_EQ(log_value("a\nlevel=info \"x\""), "\"a\\x0alevel=info \\\"x\\\"\"");
}

}  // namespace
}  // namespace simbiont::hss

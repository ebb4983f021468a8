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

bool has_no_default(const std::string& key) {
  return key == "process.user" || key == "pkcs11.module" || key == "pkcs11.token" || key == "pkcs11.slot" ||
         key == "pkcs11.pin";
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
        text, testing::HasSubstr("\n" +
                                 std::string(key.ends_with(".key") || key.ends_with("lock") ||
                                                     key.ends_with("socket") || key.starts_with("tls.") ||
                                                     key.starts_with("admin.") || key.starts_with("roles.") ||
                                                     key == "sync.folder" || key == "sync.postgresql" ||
                                                     key == "sync.query" || has_no_default(key)
                                                 ? "# "
                                                 : "") +
                                 key.substr(key.find('.') + 1) + " = "))
        << key;
}

TEST(Config, a_token_is_named_whole_or_not_at_all) {
  const auto judged = [](const char* text) {
    const auto read = parse_config(text, "f");
    return read ? check_config(*read) : Status(read.error());
  };
  EXPECT_TRUE(judged("[pkcs11]\nmodule = 'm'\ntoken = 't'\npin = 'file:/pin'\n[custody]\nkek = 'pkcs11'\n"));
  EXPECT_TRUE(judged("[pkcs11]\nmodule = 'm'\nslot = 3\npin = 'credential:pin'\n"));
  for (const char* wrong :
       {"[custody]\nkek = 'pkcs11'\n", "[custody]\nkek = 'hsm'\n",
        "[pkcs11]\nmodule = 'm'\npin = 'file:/pin'\n", "[pkcs11]\nmodule = 'm'\ntoken = 't'\npin = '1234'\n",
        "[pkcs11]\nmodule = 'm'\ntoken = 't'\n", "[process]\nallow_root = 'yes'\n"})
    EXPECT_FALSE(judged(wrong)) << wrong;
}

TEST(Config, sync_wants_a_query_and_no_password) {
  const auto judge = [](const std::string& keys) {
    const auto read = parse_config("[sync]\n" + keys, "t");
    return read ? check_config(*read) : Status(read.error());
  };
  EXPECT_TRUE(judge("postgresql = \"service=fleet\"\nquery = \"SELECT imsi, imei FROM sim\"").ok());
  EXPECT_FALSE(judge("postgresql = \"service=fleet\"").ok());
  for (const char* with : {"host=db password=hunter2", "postgresql://u:hunter2@db/fleet"}) {
    const Status judged = judge("postgresql = \"" + std::string(with) + "\"\nquery = \"SELECT 1\"");
    ASSERT_FALSE(judged.ok());
    EXPECT_THAT(judged.error().message, testing::HasSubstr("holds a password"));
    EXPECT_EQ(judged.error().message.find("hunter2"), std::string::npos);
  }
  EXPECT_FALSE(judge("on_missing = \"suspend\"").ok());
  EXPECT_FALSE(judge("max_removals_percent = 101").ok());
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
      {"[[peers]]\norigin_host = \"a\"\naddresses = [\"10.0.0.1/8\"]\n",
       "f:3: peers.addresses holds '10.0.0.1/8'"},
      {"[[peers]]\norigin_host = \"a\"\nplmns = [\"26\"]\n", "f:3: peers.plmns holds '26'"},
      {"[[peers]]\norigin_host = \"a\"\nplmns = []\n", "f:3: peers.plmns must be a list of 1"},
      {"[[peers]]\norigin_host = \"a\"\nimsi_prefixes = [\"0010x\"]\n",
       "f:3: peers.imsi_prefixes holds '0010x'"},
      {"[[peers]]\norigin_host = \"a\"\nimsi_prefixes = [26202]\n",
       "f:3: peers.imsi_prefixes must be a list"},
      {"[[peers]]\norigin_host = \"a\"\ncertificate = \"sha256:12\"\n",
       "f:3: peers.certificate must have 64"},
      {"[[peers]]\norigin_host = \"a\"\nair_per_s = -1\n", "f:3: peers.air_per_s must be a number from 0"},
      {"[[peers]]\norigin_host = \"a\"\n[[peers]]\norigin_host = \"A\"\n",
       "f:3: peers.origin_host A is there twice"},
      {"[limits]\nauts_per_imsi_min = 60001\n",
       "f:2: limits.auts_per_imsi_min must be a number from 0 to 60000"},
      {"[diameter]\nlisten = [\"127.0.0.1:1\", 2]\n", "f:2: diameter.listen must hold texts"},
      {"[diameter]\nlisten = []\n", "f:2: diameter.listen must be a text"},
      {"[roles]\nviewer = \"user:a\"\n", "f:2: roles.viewer must be a list of 1"},
      {"[roles]\noperator = [\"alice\"]\n", "f:2: roles.operator must hold texts like"},
      {"[roles]\ncustodian = [\"group:\"]\n", "f:2: roles.custodian must hold texts like"},
      {"[roles]\nroot = [\"user:a\"]\n", "f:2: unknown key roles.root"},
      {"[roles]\ntwo_person = 1\n", "f:2: roles.two_person must be true or false"},
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
    if (peers) config.peers.emplace_back().origin_host = "mme1";
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

TEST(Config, a_peer_has_all_that_its_table_says) {
  const auto read = parse_config(R"(
[diameter]
listen = ["tcp://127.0.0.1:3868", "tls://[::1]:5868", "sctp://127.0.0.1:3868"]
[tls]
certificate = "c.pem"
key = "k.pem"
ca = "ca.pem"
[limits]
air_per_peer_s = 1000
air_per_imsi_min = 30
auts_per_peer_s = 100
auts_per_imsi_min = 0
[[peers]]
origin_host = "mme1.example"
realm = "example"
addresses = ["192.0.2.0/24", "2001:db8::1"]
certificate = "pool.example"
plmns = ["262-01", "001-01"]
imsi_prefixes = "00101"
air_per_s = 7
auts_per_s = 0
)",
                                 "f");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->listen, "tcp://127.0.0.1:3868,tls://[::1]:5868,sctp://127.0.0.1:3868");
  EXPECT_EQ(read->tls_key, "k.pem");
  EXPECT_EQ(read->core().limits.air_per_imsi_min, 30U);
  EXPECT_EQ(read->core().limits.auts_per_imsi_min, 0U);
  ASSERT_EQ(read->peers.size(), 1U);
  const PeerRule& peer = read->peers[0];
  EXPECT_EQ(peer.realm, "example");
  EXPECT_EQ(peer.addresses.size(), 2U);
  EXPECT_EQ(peer.certificate, "pool.example");
  EXPECT_EQ(peer.plmns, (std::vector{*Plmn::parse("262-01"), *Plmn::parse("001-01")}));
  EXPECT_THAT(peer.imsi_prefixes, testing::ElementsAre("00101"));
  EXPECT_EQ(peer.air_per_s, 7U);
  EXPECT_EQ(peer.auts_per_s, 0U);
  EXPECT_FALSE(check_config(*read).ok()) << "the certificate is not there";
}

TEST(Config, an_address_may_name_its_transport) {
  for (const char* right : {"tcp://127.0.0.1:3868", "sctp://[::1]:3868", "127.0.0.1:1,sctp://127.0.0.1:1"})
    EXPECT_TRUE(is_listen(right)) << right;
  for (const char* wrong : {"udp://127.0.0.1:1", "://127.0.0.1:1", "tls:/127.0.0.1:1", "127.0.0.1:1,", ","})
    EXPECT_FALSE(is_listen(wrong)) << wrong;
  Config config;
  config.listen = "127.0.0.1:3868,sctp://0.0.0.0:3868";
  EXPECT_FALSE(check_config(config).ok()) << "each of them wants named peers";
  config.listen = "tls://127.0.0.1:5868";
  EXPECT_FALSE(check_config(config).ok()) << "TLS wants its files";
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

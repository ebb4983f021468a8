// A whole instance on loopback over SQLite: connections, batching, administration while it runs, shutdown.
#include <sys/stat.h>

#include <thread>

#include "crypto/sealer.h"
#include "diameter_client.h"
#include "hss/descriptors.h"
#include "hss/instance.h"
#include "hss/live_offline.h"
#include "hss/live_store.h"
#include "operator_fixture.h"
#include "store/file_lock.h"
#include "support/temp_dir.h"

namespace simbiont::test {
namespace {

class ServerTest : public OperatorTest {
 protected:
  void SetUp() override {
    hss::set_log_level(hss::LogLevel::off);
    config.db = dir.file("hss.db");
    config.listen = "127.0.0.1:0";
    config.origin_host = "hss.example";
    config.origin_realm = "example";
    ASSERT_TRUE(store::create_sqlite_store(config.db).ok());
    ASSERT_TRUE(crypto::create_key_file(config.paths().key).ok());
    start();
    ASSERT_TRUE(live()
                    .transact([](store::Store&) { return Result<store::Changes>(store::Changes{put(imsi)}); })
                    .ok());
  }
  void TearDown() override { hss::set_log_level(hss::LogLevel::info); }
  void start() {
    instance.reset();
    auto opened = hss::open_store(config.paths());
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    instance = std::make_unique<hss::Instance>(config, *std::move(opened));
    ASSERT_TRUE(instance->start().ok());
  }
  static store::Change put(const char* digits) {
    return store::PutSubscriber{
        {imsi_of(digits), aka::Algorithm::milenage, k, opc, {0x80, 0x00}, 0, "", {"internet"}}, true};
  }
  static hss::PeerRule listed(const char* host, std::optional<bool> relay = {}) {
    hss::PeerRule rule;
    rule.origin_host = host;
    rule.relay = relay;
    return rule;
  }
  hss::Live& live() { return instance->live(); }
  std::uint16_t port() { return instance->local().port; }
  Bytes air(const char* host = "mme1") { return frames.air_frame(host, imsi); }
  static diameter::ResultCode code(const Bytes& answer) { return diameter::decode_aia(answer).message->code; }

  TempDir dir;
  hss::Config config;
  std::unique_ptr<hss::Instance> instance;
  HssHarness frames;  // makes messages
};

TEST_F(ServerTest, several_requests_of_one_read_are_answered_in_one_write) {
  Client mme(port(), "mme1");
  ASSERT_TRUE(mme.is_open());
  mme.send(air());
  ASSERT_TRUE(mme.await_answers(1)) << "and the reservation is there";
  Bytes many;
  for (int i = 0; i < 10; ++i) {
    const Bytes one = air();
    many.insert(many.end(), one.begin(), one.end());
  }
  mme.reads = 0;
  mme.send(many);
  ASSERT_TRUE(mme.await_answers(11));
  EXPECT_EQ(mme.reads, 1U);
  for (const Bytes& answer : mme.answers) EXPECT_EQ(code(answer), success);
}

TEST_F(ServerTest, answers_that_wait_for_one_commit_leave_in_one_write) {
  Client mme(port(), "mme1");
  Bytes many;
  for (int i = 0; i < 10; ++i) {
    const Bytes one = air();
    many.insert(many.end(), one.begin(), one.end());
  }
  mme.reads = 0;
  mme.send(many);
  ASSERT_TRUE(mme.await_answers(10));
  EXPECT_EQ(mme.reads, 1U);
}

TEST_F(ServerTest, a_broken_connection_closes_alone) {
  Client good(port(), "mme1"), bad(port(), "mme2");
  bad.send(Bytes{1, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  while (bad.read_once()) {
  }
  good.send(air());
  EXPECT_TRUE(good.await_answers(1));
}

TEST_F(ServerTest, only_listed_peers_are_admitted_when_there_is_a_list) {
  config.peers = {listed("mme1"), listed("relay1", false)};
  start();
  EXPECT_TRUE(Client(port(), "mme1").is_open());
  EXPECT_TRUE(Client(port(), "MME1").is_open());
  EXPECT_FALSE(Client(port(), "mme2").is_open());
  EXPECT_TRUE(Client(port(), "relay1").is_open());
}

TEST_F(ServerTest, a_second_connection_of_a_host_is_refused_while_the_first_is_there_if_there_is_a_list) {
  {
    Client one(port(), "mme1");
    EXPECT_TRUE(Client(port(), "mme1").is_open()) << "without a list";
  }
  config.peers = {listed("mme1")};
  start();
  auto first = std::make_unique<Client>(port(), "mme1");
  ASSERT_TRUE(first->is_open());
  EXPECT_FALSE(Client(port(), "MME1").is_open());
  first->send(air());
  EXPECT_TRUE(first->await_answers(1)) << "the first one goes on";
  first.reset();
  EXPECT_TRUE(Client(port(), "mme1").is_open());
}

TEST_F(ServerTest, in_a_full_table_a_new_peer_takes_the_place_of_the_oldest_that_has_not_said_who_it_is) {
  config.max_connections = 4;
  config.cer_timeout_s = 60;
  start();
  Client named(port(), "mme1");
  std::vector<std::unique_ptr<Client>> silent;
  silent.reserve(3);
  for (int i = 0; i < 3; ++i) silent.push_back(std::make_unique<Client>(port(), "silent", false));
  Client late(port(), "mme2");
  EXPECT_TRUE(late.is_open());
  EXPECT_FALSE(silent[0]->read_once());
  EXPECT_TRUE(silent[0]->is_closed());
  Client later(port(), "mme3"), last(port(), "mme4");
  EXPECT_TRUE(later.is_open());
  EXPECT_TRUE(last.is_open()) << "the last silent one gave way";
  EXPECT_FALSE(Client(port(), "mme5").is_open()) << "peers that are named keep their places";
  for (Client* kept : {&named, &late, &later, &last}) {
    kept->send(air());
    EXPECT_TRUE(kept->await_answers(1));
  }
}

TEST_F(ServerTest, a_connection_without_a_cer_is_closed_after_the_configured_time) {
  config.cer_timeout_s = 1;
  start();
  Client silent(port(), "mme1", false);
  EXPECT_FALSE(silent.read_once());
  EXPECT_TRUE(silent.is_closed());
}

TEST_F(ServerTest, cea_names_the_address_by_which_the_peer_came) {
  config.listen = "0.0.0.0:0";
  config.peers = {listed("mme1")};
  start();
  const Client mme(port(), "mme1");
  ASSERT_TRUE(mme.is_open());
  diameter::AvpReader reader(ByteView(mme.last_read).subspan(diameter::header_size));
  std::vector<std::string> addresses;
  while (const auto avp = reader.next())
    if (avp->code == diameter::avp::host_ip_address.code) addresses.push_back(to_hex(avp->data));
  EXPECT_THAT(addresses, testing::ElementsAre("00017f000001"));
}

TEST(Descriptors, connections_leave_a_reserve_and_there_is_always_room_for_one) {
  constexpr std::uint64_t reserve = hss::reserved_descriptors;
  EXPECT_EQ(hss::connections_within(1024, 1024 + reserve), 1024U);
  EXPECT_EQ(hss::connections_within(1024, 1'000'000), 1024U);
  EXPECT_EQ(hss::connections_within(1024, 1024), 1024U - reserve);
  EXPECT_EQ(hss::connections_within(1024, reserve), 1U);
  EXPECT_EQ(hss::connections_within(1, 0), 1U);
}

TEST_F(ServerTest, a_change_of_an_administrator_holds_for_the_next_request) {
  Client mme(port(), "mme1");
  mme.send(air());
  ASSERT_TRUE(mme.await_answers(1));
  EXPECT_THAT(live().reachable_hosts(), testing::ElementsAre("mme1"));
  EXPECT_TRUE(live().running());

  const auto refused =
      live().transact([](store::Store&) -> Result<store::Changes> { return error(Errc::refused, "no"); });
  EXPECT_EQ(refused.error().code, Errc::refused);

  ASSERT_TRUE(live()
                  .transact([](store::Store&) {
                    return Result<store::Changes>(store::Changes{store::RemoveSubscriber{imsi_of(imsi)}});
                  })
                  .ok());
  mme.send(air());
  ASSERT_TRUE(mme.await_answers(2));
  EXPECT_EQ(code(mme.answers[1]), unknown_user);
}

TEST_F(ServerTest, a_clr_owed_by_an_administrator_arrives) {
  Client mme(port(), "mme1");
  ASSERT_TRUE(live()
                  .transact([](store::Store&) {
                    return Result<store::Changes>(store::Changes{
                        store::OweClr{{0, imsi_of(imsi), "mme1", "visited.example", 2, 1, 0}}});
                  })
                  .ok());
  while (mme.requests.empty() && mme.read_once()) {
  }
  ASSERT_EQ(mme.requests.size(), 1U);
  EXPECT_EQ(diameter::decode_clr(mme.requests[0]).message->user_name, imsi);
}

TEST_F(ServerTest, stopping_disconnects_peers_and_keeps_what_was_answered) {
  Client mme(port(), "mme1");
  mme.send(frames.ulr_frame("mme1", imsi));
  ASSERT_TRUE(mme.await_answers(1));
  std::thread stopper([&] { instance->stop(); });
  while (mme.read_once()) {
  }
  stopper.join();
  EXPECT_TRUE(mme.is_closed()) << "DPR came";
  start();
  const auto state = *live().store().subscriber(imsi_of(imsi));
  ASSERT_TRUE(state->registration);
  EXPECT_EQ(state->registration->host, "mme1");
}

TEST_F(ServerTest, a_backup_restores_the_subscribers_and_no_seq_comes_again) {
  Client mme(port(), "mme1");
  const std::string copy = dir.file("copy");
  ASSERT_TRUE(live().backup(copy).ok());
  EXPECT_EQ(live().backup(copy).error().code, Errc::already_exists);
  struct stat info {};
  ASSERT_EQ(stat((copy + "/simbiont.db.key").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);

  mme.send(air());
  ASSERT_TRUE(mme.await_answers(1));
  const auto before = diameter::decode_aia(mme.answers[0]).message->vectors.at(0);
  ASSERT_TRUE(live()
                  .transact([](store::Store&) {
                    return Result<store::Changes>(store::Changes{store::RemoveSubscriber{imsi_of(imsi)}});
                  })
                  .ok());
  ASSERT_TRUE(live().restore(copy + "/simbiont.db", copy + "/simbiont.db.key", 3'600'000).ok());
  mme.send(air());
  ASSERT_TRUE(mme.await_answers(2));
  ASSERT_EQ(code(mme.answers[1]), success);
  const auto after = diameter::decode_aia(mme.answers[1]).message->vectors.at(0);
  EXPECT_GT(sqn_of(after, after.rand).seq(), sqn_of(before, before.rand).seq());
}

TEST_F(ServerTest, offline_administration_needs_the_lock) {
  instance.reset();
  {
    const auto first = hss::open_offline(config.paths());
    ASSERT_TRUE(first.ok());
    EXPECT_FALSE((*first)->running());
    EXPECT_EQ(hss::open_offline(config.paths()).error().code, Errc::unavailable);
    EXPECT_TRUE((*first)
                    ->transact([](store::Store&) {
                      return Result<store::Changes>(store::Changes{put("001010000000007")});
                    })
                    .ok());
  }
  const auto second = hss::open_offline(config.paths());
  ASSERT_TRUE(second.ok());
  EXPECT_TRUE(*(*second)->store().has_subscriber(imsi_of("001010000000007")));
  hss::Paths nowhere = config.paths();
  nowhere.db += ".not";
  const auto missing = hss::open_offline(nowhere);
  ASSERT_FALSE(missing.ok());
  EXPECT_THAT(missing.error().message, testing::HasSubstr("init"));
}

}  // namespace
}  // namespace simbiont::test

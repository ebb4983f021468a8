// The server's peers on a clock turned by hand: what becomes of connections that fall silent, come twice, do
// not read, or say goodbye while requests are open.
#include <future>
#include <thread>

#include "diameter/base_messages.h"
#include "diameter_client.h"
#include "hss/server.h"
#include "operator_fixture.h"

namespace simbiont::test {
namespace {

constexpr std::int64_t tw_ms = 30'000;

class PeerMachineTest : public OperatorTest {
 protected:
  PeerMachineTest() : store_(store::make_memory_store()), committer_(*store_) {
    hss::set_log_level(hss::LogLevel::off);
    config_.listen = "127.0.0.1:0";
    config_.origin_host = "hss.example";
    config_.origin_realm = "example";
    for (const char* host : {"mme1", "mme2"}) config_.peers.emplace_back().origin_host = host;
    server_ = std::make_unique<hss::Server>(loop_, config_, clock_);
    core_ = std::make_unique<hss::Core>(config_.core(), *store_, clock_, random_, committer_, *server_);
    EXPECT_TRUE(server_->listen(*core_).ok());
    port_ = server_->locals().at(0).endpoint.port;
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~PeerMachineTest() override {
    loop_.stop();
    thread_.join();
    hss::set_log_level(hss::LogLevel::info);
  }

  template <class Work>
  auto on_loop(Work work) {
    std::packaged_task<decltype(work())()> task(std::move(work));
    auto done = task.get_future();
    loop_.post([&] { task(); });
    return done.get();
  }
  void pass(std::int64_t ms) {
    on_loop([&] {
      clock_.advance_ms(ms);
      server_->on_time();
    });
  }
  void commit() {
    on_loop([&] {
      committer_.pump();
      core_->on_time();
      server_->flush();
    });
  }
  void provision() {
    on_loop([&] {
      const store::Changes changes{store::PutSubscriber{
          {imsi_of(imsi), aka::Algorithm::milenage, k, opc, {0x80, 0x00}, 0, "", {"internet"}}, true}};
      EXPECT_TRUE(store_->commit(changes).ok());
      core_->committed(changes);
    });
  }
  std::size_t queued() {
    return on_loop([&] { return committer_.queued(); });
  }
  bool await_queued() {
    for (int i = 0; i < 6000 && queued() == 0; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return queued() != 0;
  }
  Bytes air() { return hss.air_frame("mme1", imsi); }
  static std::uint32_t result_of(ByteView frame) {
    diameter::AvpReader reader(frame.subspan(diameter::header_size));
    while (const auto each = reader.next())
      if (each->code == diameter::avp::result_code.code)
        return static_cast<std::uint32_t>(load_be(each->data));
    return 0;
  }
  static std::uint32_t command_of(ByteView frame) { return diameter::read_header(frame).command; }
  static Bytes dpr() {
    static const std::vector<Bytes> addresses{{127, 0, 0, 1}};
    static const std::vector<std::uint32_t> applications{diameter::app_s6a};
    static const diameter::Identity self{"mme1", "visited.example"};
    Bytes out;
    diameter::encode_dpr({self, addresses, applications, 1}, 0, {77, 77}, out);
    return out;
  }

  net::Loop loop_;
  hss::Config config_;
  ManualClock clock_;
  SeededRandom random_{1};
  std::unique_ptr<store::Store> store_;
  ManualCommitter committer_;
  std::unique_ptr<hss::Server> server_;
  std::unique_ptr<hss::Core> core_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

TEST_F(PeerMachineTest, a_silent_peer_is_asked_and_closed_when_no_dwa_comes_and_may_connect_again) {
  Client mme(port_, "mme1");
  ASSERT_TRUE(mme.is_open());
  pass(tw_ms - 1);
  pass(1);  // the DWR leaves; nobody reads it
  pass(tw_ms);
  Bytes seen;
  while (mme.read_once()) seen.insert(seen.end(), mme.last_read.begin(), mme.last_read.end());
  EXPECT_EQ(command_of(seen), static_cast<std::uint32_t>(diameter::Command::dwr));
  EXPECT_TRUE(mme.is_closed());
  Client again(port_, "mme1");
  EXPECT_TRUE(again.is_open());
}

TEST_F(PeerMachineTest, a_dwa_keeps_the_connection) {
  Client mme(port_, "mme1");
  for (int i = 0; i < 3; ++i) {
    pass(tw_ms);
    ASSERT_TRUE(mme.read_once()) << "DWR, answered";
    on_loop([] {});  // whatever has come is read
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_FALSE(mme.is_closed());
  mme.send(air());
  EXPECT_TRUE(mme.await_answers(1));
}

TEST_F(PeerMachineTest, a_second_connection_of_a_host_is_refused_and_the_first_is_asked_at_once) {
  Client first(port_, "mme1");
  Client second(port_, "MME1");
  EXPECT_FALSE(second.is_open());
  EXPECT_EQ(result_of(second.last_read), diameter::result::election_lost.value);
  ASSERT_TRUE(first.read_once());
  EXPECT_EQ(command_of(first.last_read), static_cast<std::uint32_t>(diameter::Command::dwr));
  first.send(air());
  EXPECT_TRUE(first.await_answers(1)) << "it goes on";
}

TEST_F(PeerMachineTest, a_first_connection_that_does_not_answer_gives_way_to_the_next_attempt) {
  Client dead(port_, "mme1");
  EXPECT_FALSE(Client(port_, "mme1").is_open());
  pass(tw_ms);  // Tw since it was asked, not twice that
  Client next(port_, "mme1");
  EXPECT_TRUE(next.is_open());
  next.send(air());
  EXPECT_TRUE(next.await_answers(1));
}

TEST_F(PeerMachineTest, a_peer_that_comes_back_is_taken_again_and_reached_by_its_new_connection) {
  for (int i = 0; i < 3; ++i) {
    Client mme(port_, "mme1");
    ASSERT_TRUE(mme.is_open()) << i;
    EXPECT_THAT(on_loop([&] { return core_->reachable_hosts(); }), testing::ElementsAre("mme1"));
  }
}

TEST_F(PeerMachineTest, a_peer_that_does_not_read_is_not_read_from_and_harms_nobody) {
  Client slow(port_, "mme1");
  const Bytes request = air();
  Bytes burst;
  for (int i = 0; i < 1000; ++i) burst.insert(burst.end(), request.begin(), request.end());
  const auto sent = slow.send_until_blocked(burst, 64U << 20);
  EXPECT_LT(sent, std::size_t{64} << 20) << "what waits for it is bounded";
  Client other(port_, "mme2");
  other.send(hss.air_frame("mme2", imsi));
  EXPECT_TRUE(other.await_answers(1));
  EXPECT_TRUE(slow.await_answers(sent / request.size())) << "nothing is lost once it reads";
}

TEST_F(PeerMachineTest, answers_come_before_the_dpa_of_a_dpr_behind_their_requests) {
  Client mme(port_, "mme1");
  Bytes both = air();
  const Bytes goodbye = dpr();
  both.insert(both.end(), goodbye.begin(), goodbye.end());
  mme.send(both);
  ASSERT_TRUE(mme.await_answers(1)) << "unknown user: answered at once";
  while (mme.read_once()) {
  }
  EXPECT_TRUE(mme.is_closed());
}

TEST_F(PeerMachineTest, a_dpr_while_a_request_waits_for_the_store_closes_and_its_answer_goes_nowhere) {
  provision();
  Client mme(port_, "mme1");
  mme.send(air());
  ASSERT_TRUE(await_queued());
  mme.send(dpr());
  while (mme.read_once()) {
  }
  EXPECT_TRUE(mme.is_closed());
  EXPECT_THAT(mme.answers, testing::IsEmpty());
  commit();  // what was reserved is; nobody is there to be told
  Client again(port_, "mme1");
  again.send(air());
  EXPECT_TRUE(again.await_answers(1));
}

TEST_F(PeerMachineTest, our_dpr_lets_open_requests_be_answered_and_turns_new_ones_away) {
  provision();
  Client mme(port_, "mme1");
  mme.send(air());
  ASSERT_TRUE(await_queued());
  on_loop([&] { server_->shut_down([] {}); });
  mme.send(air());
  while (mme.raw.size() < 2 && mme.read_raw()) {
  }
  commit();
  while (mme.raw.size() < 3 && mme.read_raw()) {
  }
  ASSERT_EQ(mme.raw.size(), 3U);
  EXPECT_EQ(command_of(mme.raw[0]), static_cast<std::uint32_t>(diameter::Command::dpr));
  EXPECT_EQ(result_of(mme.raw[1]), diameter::result::unable_to_deliver.value);
  EXPECT_EQ(result_of(mme.raw[2]), diameter::result::success.value);
}

}  // namespace
}  // namespace simbiont::test

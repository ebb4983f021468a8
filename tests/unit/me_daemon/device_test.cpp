#include "me/daemon/commands.h"
#include "support/me_oracle.h"
#include "unit/me_daemon/fixture.h"

namespace simbiont::test {
namespace {

TEST_F(DeviceTest, slots_outlive_the_process) {
  ASSERT_TRUE(device->add(slot("kme", 1, test_key(7))));
  ASSERT_TRUE(device->add(slot("kme", 2, test_key(8))));
  start(false);
  EXPECT_EQ(states(), "kme 1 current, kme 2 pending");
}

TEST_F(DeviceTest, an_epoch_not_above_the_highest_seen_is_refused) {
  ASSERT_TRUE(device->add(slot("kme", 5, test_key(7))));
  ASSERT_TRUE(device->add(slot("kme", 7, test_key(8))));
  ASSERT_TRUE(device->drop("kme", 7));
  for (const std::uint64_t epoch : {1U, 5U, 6U, 7U}) {
    const Status added = device->add(slot("kme", epoch, test_key(9)));
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code, Errc::refused);
  }
  start(false);
  EXPECT_FALSE(device->add(slot("kme", 7, test_key(9)))) << "also after a restart";
  EXPECT_TRUE(device->add(slot("kme", 8, test_key(9))));
}

TEST_F(DeviceTest, a_replayed_update_is_refused_before_and_after_a_restart) {
  const Bytes transport(32, 0x77);
  ASSERT_TRUE(device->set_transport_key(Secret(transport)));
  ASSERT_TRUE(device->add(slot("meter-fleet.1", 1, test_key(7))));
  SlotUpdate update;
  update.key = Bytes(16, 0xc3);
  const Bytes second = update.sealed(transport);
  ASSERT_TRUE(device->update(second));
  update.epoch = 3;
  update.drops = {1};
  const Bytes third = update.sealed(transport);
  ASSERT_TRUE(device->update(third));
  ASSERT_TRUE(device->drop("meter-fleet.1", 3));
  for (const bool restarted : {false, true}) {
    if (restarted) start(false);
    for (const Bytes& replayed : {second, third})
      EXPECT_EQ(device->update(replayed).error().code, Errc::refused);
    EXPECT_EQ(states(), "meter-fleet.1 2 pending");
  }
  EXPECT_FALSE(device->add(slot("meter-fleet.1", 3, test_key(8)))) << "nor does it come back by hand";
}

TEST_F(DeviceTest, the_last_slot_of_a_kme_is_not_dropped) {
  ASSERT_TRUE(device->add(slot("kme", 1, test_key(7))));
  ASSERT_TRUE(device->add(slot("other", 1, test_key(8))));
  EXPECT_EQ(device->drop("kme", 1).error().code, Errc::refused);
  EXPECT_EQ(device->drop("kme", 2).error().code, Errc::not_found);
  EXPECT_EQ(states(), "kme 1 current, other 1 current");
}

TEST_F(DeviceTest, a_kme_id_that_may_be_a_key_is_refused_and_not_repeated) {
  for (const std::size_t digits : {32U, 64U}) {
    const std::string key(digits, 'a');
    const Status added = device->add(slot(key, 1, test_key(7)));
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code, Errc::invalid_argument);
    EXPECT_EQ(added.error().message.find(key), std::string::npos);
  }
  EXPECT_TRUE(device->add(slot(std::string(33, 'a'), 1, test_key(7))));
}

TEST_F(DeviceTest, what_is_no_slot_changes_nothing) {
  auto bad = slot("kme", 1, test_key(7));
  bad.scope = "not an IMSI";
  EXPECT_FALSE(device->add(bad));
  bad = slot("no such id!", 1, test_key(7));
  EXPECT_FALSE(device->add(bad));
  bad = slot("kme", 1, test_key(7, 32));
  EXPECT_FALSE(device->add(bad)) << "a key of another size";
  bad = slot(std::string(65, 'k'), 1, test_key(7));
  EXPECT_FALSE(device->add(bad));
  EXPECT_EQ(states(), "");
  start(false);
  EXPECT_EQ(states(), "");
}

TEST_F(DeviceTest, a_full_table_takes_no_more_and_keeps_what_it_has) {
  start(false, 2);
  ASSERT_TRUE(device->add(slot("kme", 1, test_key(7))));
  ASSERT_TRUE(device->add(slot("kme", 2, test_key(8))));
  EXPECT_EQ(device->add(slot("kme", 3, test_key(9))).error().code, Errc::unavailable);
  EXPECT_EQ(states(), "kme 1 current, kme 2 pending");
}

struct CommandTest : DeviceTest {
  me::Json run(const std::string& command, const std::map<std::string, std::string>& values = {}) {
    me::Request request(command);
    for (const auto& [name, value] : values) request.set(name, value);
    const auto result = me::run_command(request, *device, {}, {});
    return me::Json::parse(me::answer_line(result));
  }
  std::map<std::string, std::string> new_slot() const {
    return {{"kme", "kme"}, {"epoch", "3"}, {"scope", card_imsi}, {"algorithm", "aes128"}, {"key", key_text}};
  }
  const std::string key_text = "00112233445566778899aabbccddeeff";
};

TEST_F(CommandTest, a_slot_is_added_listed_and_never_shows_its_key) {
  EXPECT_TRUE(run("add-slot", new_slot()).contains("result"));
  const me::Json listed = run("slots");
  ASSERT_EQ(listed["result"].size(), 1U);
  EXPECT_EQ(listed["result"][0]["kme"], "kme");
  EXPECT_EQ(listed["result"][0]["state"], "current");
  EXPECT_EQ(listed["result"][0]["kcv"], to_hex(aes_ecb(*Secret::from_hex(key_text), Block{})).substr(0, 6));
  EXPECT_EQ(listed.dump().find(key_text), std::string::npos);
  EXPECT_EQ(run("status")["result"]["slots"], 1);
}

TEST_F(CommandTest, a_proof_is_the_cmac_of_the_design) {
  ASSERT_TRUE(run("add-slot", new_slot()).contains("result"));
  const me::Json proof =
      run("confirm", {{"kme", "kme"}, {"epoch", "3"}, {"challenge", std::string(32, '0')}});
  Block mac{};
  ASSERT_EQ(simbiont_me_proof(device->context(), "kme", 3, Block{}.data(), mac.data()), SIMBIONT_ME_OK);
  EXPECT_EQ(proof["result"]["proof"], to_hex(mac));
  EXPECT_EQ(
      run("confirm", {{"kme", "kme"}, {"epoch", "4"}, {"challenge", std::string(32, '0')}})["error"]["code"],
      "not_found");
}

TEST_F(CommandTest, what_is_wrong_is_named_and_changes_nothing) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"epoch", "0"}, {"epoch", "x"}, {"epoch", "1x"},      {"epoch", ""}, {"key", "00"},
      {"key", "zz"},  {"key", ""},    {"algorithm", "des"}, {"scope", ""}, {"confirm-key", "12"}};
  for (const auto& [name, value] : wrong) {
    auto values = new_slot();
    values[name] = value;
    EXPECT_EQ(run("add-slot", values)["error"]["code"], "invalid_argument") << name << " " << value;
  }
  EXPECT_EQ(run("no-such-command")["error"]["code"], "invalid_argument");
  EXPECT_EQ(run("update", {{"update", "00"}})["error"]["code"], "refused") << "no transport key";
  EXPECT_EQ(states(), "");
}

TEST_F(CommandTest, updates_come_under_the_transport_key) {
  ASSERT_TRUE(run("transport-key", {{"key", std::string(32, '7')}}).contains("result"));
  EXPECT_EQ(run("status")["result"]["transport_key"], true);
  EXPECT_EQ(run("update", {{"update", "00"}})["error"]["code"], "invalid_argument") << "malformed";
  start(false);
  EXPECT_TRUE(device->has_transport_key());
}

TEST_F(CommandTest, a_request_is_read_as_it_was_written) {
  me::Request request("add-slot");
  request.set("kme", "meters");
  request.set("scope", "001010*, with a blank");
  const auto read = me::Request::decode(request.encode());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->command(), "add-slot");
  EXPECT_EQ(read->get("kme"), "meters");
  EXPECT_EQ(read->get("scope"), "001010*, with a blank");
  for (const char* const text : {"", "\n", "status", "status\n", "status\n\n\n", "a\nb\n\n", "a\n b\n\n"})
    EXPECT_FALSE(me::Request::decode(text)) << text;
}

}  // namespace
}  // namespace simbiont::test

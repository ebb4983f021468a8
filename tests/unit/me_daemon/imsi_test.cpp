#include "me/daemon/imsi.h"

#include <map>

#include "unit/me_daemon/fixture.h"

namespace simbiont::test {
namespace {

TEST(Imsi, a_file_is_decoded_or_is_none) {
  const std::map<std::string, std::optional<std::string>> cases = {
      {"080910100000000010", "001010000000001"},  // 15 digits
      {"08091010000000001000", "001010000000001"},
      {"0801101000000010f0", "00101000000010"},  // 14, so the last half octet is filled
      {"0429260143", "2621034"},                 // 7
      {"ffffffffffffffffff", std::nullopt},
      {"0808101000000000a0", std::nullopt},  // another type of identity
      {"0809101000000000a0", std::nullopt},  // no digit
      {"0809101000", std::nullopt},          // cut
      {"0909101000000000100000", std::nullopt},
      {"", std::nullopt},
  };
  for (const auto& [content, imsi] : cases) {
    EXPECT_EQ(me::decode_imsi(hex(content)), imsi) << content;
  }
}

// Answers by command; what is not there is an unknown file.
struct FileCard final : me::Card {
  std::map<std::string, std::string> files;
  std::vector<std::string> seen;

  Result<Bytes> transmit(ByteView command) override {
    seen.push_back(to_hex(command));
    const auto at = files.find(seen.back());
    return hex(at == files.end() ? "6a82" : at->second);
  }
};

constexpr const char* imsi_content = "0809101000000000109000";

TEST(Imsi, is_read_from_a_usim_by_the_front_of_its_aid) {
  FileCard card;
  card.files = {
      {"00a4040c07a0000000871002", "9000"}, {"00a4000c026f07", "9000"}, {"00b0000009", imsi_content}};
  const auto imsi = me::read_imsi(card);
  ASSERT_TRUE(imsi) << imsi.error().message;
  EXPECT_EQ(*imsi, card_imsi);
}

TEST(Imsi, is_read_from_a_usim_whose_whole_aid_stands_in_ef_dir) {
  FileCard card;
  card.files = {{"00a4000c023f00", "9000"},
                {"00a4000c022f00", "9000"},
                {"00b2010400", "6c0a"},
                {"00b201040a",
                 "61084f06a00000009999"
                 "9000"},
                {"00b2020400",
                 "61124f10a0000000871002ffffffff8903020000"
                 "9000"},
                {"00a4040c10a0000000871002ffffffff8903020000", "9000"},
                {"00a4000c026f07", "9000"},
                {"00b0000009", imsi_content}};
  const auto imsi = me::read_imsi(card);
  ASSERT_TRUE(imsi) << imsi.error().message;
  EXPECT_EQ(*imsi, card_imsi);
}

TEST(Imsi, is_read_from_a_sim) {
  FileCard card;
  card.files = {{"a0a40000023f00", "9f17"},
                {"a0a40000027f20", "9f17"},
                {"a0a40000026f07", "9f0f"},
                {"a0b0000009", imsi_content}};
  const auto imsi = me::read_imsi(card);
  ASSERT_TRUE(imsi) << imsi.error().message;
  EXPECT_EQ(*imsi, card_imsi);
}

TEST(Imsi, a_card_that_wants_its_pin_is_told_from_one_without_an_imsi) {
  FileCard card;
  card.files = {{"00a4040c07a0000000871002", "9000"}, {"00a4000c026f07", "9000"}, {"00b0000009", "6982"}};
  EXPECT_EQ(me::read_imsi(card).error().code, Errc::refused);
  card.files["00b0000009"] = "6a82";
  EXPECT_EQ(me::read_imsi(card).error().code, Errc::not_found);
  card.files.clear();
  EXPECT_EQ(me::read_imsi(card).error().code, Errc::not_found);
}

struct Exchange {
  const char* command;
  const char* response;
};

std::string watched(const std::vector<Exchange>& exchanges) {
  me::ImsiWatch watch;
  std::string out;
  for (const Exchange& e : exchanges) {
    if (const auto imsi = watch.on_exchange(hex(e.command), hex(e.response))) out += *imsi;
  }
  return out;
}

TEST(ImsiWatch, notices_each_way_to_read_the_file) {
  EXPECT_EQ(watched({{"00a40004026f07", "6117"}, {"00c0000017", "62009000"}, {"00b0000009", imsi_content}}),
            card_imsi);
  EXPECT_EQ(watched({{"a0a40000026f07", "9f0f"}, {"a0b0000009", imsi_content}}), card_imsi) << "SIM";
  EXPECT_EQ(watched({{"00a4080c047fff6f07", "9000"}, {"00b0000009", imsi_content}}), card_imsi) << "path";
  EXPECT_EQ(watched({{"00a4040c07a0000000871002", "9000"}, {"00b0870009", imsi_content}}), card_imsi)
      << "SFI";
  EXPECT_EQ(watched({{"01a40004026f07", "6117"}, {"01b0000009", imsi_content}}), card_imsi) << "channel 1";
}

TEST(ImsiWatch, takes_nothing_else_for_it) {
  EXPECT_EQ(watched({{"00a40004026f07", "6a82"}, {"00b0000009", imsi_content}}), "") << "not selected";
  EXPECT_EQ(watched({{"00a40004026f07", "6117"}, {"00a40004026f38", "6117"}, {"00b0000009", imsi_content}}),
            "");
  EXPECT_EQ(watched({{"00a40004026f07", "6117"}, {"01b0000009", imsi_content}}), "") << "another channel";
  EXPECT_EQ(watched({{"00a40004026f07", "6117"}, {"00b0000009", "6982"}}), "") << "not read";
  EXPECT_EQ(watched({{"00a40004026f07", "6117"}, {"00b0000108", imsi_content}}), "") << "not from its start";
  EXPECT_EQ(watched({{"00b0870009", imsi_content}}), "") << "a short identifier outside of the USIM";
  EXPECT_EQ(watched({{"00a4040c07a0000000871004", "9000"}, {"00b0870009", imsi_content}}), "") << "ISIM";
  const Exchange isim{"00a4040c07a0000000871004", "9000"}, read{"00b0000009", imsi_content};
  EXPECT_EQ(watched({isim, {"00a40004026f07", "6117"}, read}), "") << "an ISIM's 6F07 is its service table";
  EXPECT_EQ(watched({isim, {"00a4080c047fff6f07", "9000"}, read}), "") << "the same by path";
  EXPECT_EQ(watched({isim, {"00a4000c027f20", "9000"}, {"00a4000c026f07", "9000"}, read}), card_imsi);
  EXPECT_EQ(
      watched(
          {{"00a4040c07a0000000871002", "9000"}, {"00a4000c025fc0", "9000"}, {"00b0870009", imsi_content}}),
      "")
      << "another directory's short identifier";
  EXPECT_EQ(watched({{"00", "9000"}, {"00a40004", "9000"}, {"00a40004ff6f07", "9000"}}), "") << "cut";
}

}  // namespace
}  // namespace simbiont::test

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/digits.h"
#include "base/reader.h"
#include "base/secret.h"
#include "base/writer.h"

namespace simbiont {
namespace {

TEST(Digits, imsi_keeps_leading_zeros_and_length) {
  EXPECT_EQ(Imsi::parse("001010000000001")->str(), "001010000000001");
  EXPECT_NE(*Imsi::parse("001010"), *Imsi::parse("0001010"));
  for (const char* bad : {"", "12345", "1234567890123456", "12345a", "123456 "})
    EXPECT_FALSE(Imsi::parse(bad)) << bad;
}

TEST(Digits, imei_forms_name_one_identity) {
  const Imei imei = *Imei::parse("49015420323751");
  EXPECT_EQ(imei.str(), "490154203237518");
  EXPECT_EQ(*Imei::parse("490154203237518"), imei);
  EXPECT_EQ(*Imei::parse("490154203237510"), imei);
  EXPECT_EQ(*Imei::parse("4901542032375101"), imei);
  EXPECT_EQ(imei.tac(), 49015420U);
  for (const char* bad : {"4901542032375", "490154203237517", "49015420323751x", "49015420323751012"}) {
    EXPECT_FALSE(Imei::parse(bad)) << bad;
  }
}

TEST(Digits, signalled_imei_counts_fourteen_digits_and_never_fails_loudly) {
  EXPECT_EQ(Imei::from_signalling("490154203237517")->digits14(), "49015420323751");
  EXPECT_EQ(Imei::from_signalling("49015420323751")->digits14(), "49015420323751");
  EXPECT_FALSE(Imei::from_signalling("4901542032375"));
  EXPECT_EQ(Imei::from_signalling("4901542032375101")->digits14(), "49015420323751");
  EXPECT_FALSE(Imei::from_signalling("49015420x23751"));
  EXPECT_FALSE(Imei::from_signalling("49015420323751x"));
  EXPECT_FALSE(Imei::from_signalling("49015420323751012")) << "no IMEI has 17 digits";
}

TEST(Digits, plmn_is_coded_as_ts_24301) {
  EXPECT_EQ(to_hex(Plmn::parse("26201")->octets), "62f210");
  EXPECT_EQ(to_hex(Plmn::parse("310-410")->octets), "130014");
  EXPECT_EQ(Plmn::parse("310410")->str(), "310-410");
  EXPECT_EQ(Plmn::parse("26201")->str(), "262-01");
  EXPECT_EQ((Plmn{{0xff, 0xff, 0xff}}.str()), "ffffff");
}

TEST(Bytes, hex_round_trips_and_refuses_what_is_not_hex) {
  EXPECT_EQ(to_hex(*from_hex("00ffA5")), "00ffa5");
  EXPECT_FALSE(from_hex("0"));
  EXPECT_FALSE(from_hex("0g"));
}

TEST(ReaderTest, reading_past_the_end_fails_and_stays_failed) {
  const ByteArray<5> input{0, 1, 2, 3, 4};
  Reader reader(input);
  EXPECT_EQ(reader.u24(), 0x000102U);
  EXPECT_EQ(reader.u32(), 0U);
  EXPECT_TRUE(reader.failed());
  EXPECT_TRUE(reader.bytes(1).empty());
}

TEST(WriterTest, a_length_is_patched_in_place) {
  Bytes out;
  Writer writer(out);
  writer.u8(1);
  writer.u24(0);
  writer.u64(0x0102030405060708);
  writer.patch_u24(1, 12);
  EXPECT_EQ(to_hex(out), "0100000c0102030405060708");
}

TEST(SecretTest, a_moved_from_secret_is_empty) {
  Secret a = *Secret::from_hex("00112233445566778899aabbccddeeff");
  const Secret copy = a;
  const Secret b = std::move(a);
  EXPECT_TRUE(a.empty());  // NOLINT(bugprone-use-after-move)
  EXPECT_TRUE(b == copy);
  EXPECT_FALSE(b == Secret());
  EXPECT_FALSE(Secret::from_hex(std::string(66, '0')));
}

TEST(ClockTest, utc_has_milliseconds) {
  EXPECT_EQ(format_utc(1'700'000'000'123), "2023-11-14T22:13:20.123Z");
}

}  // namespace
}  // namespace simbiont

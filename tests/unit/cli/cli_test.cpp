#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "admin/api.h"
#include "cli/chunk_reader.h"
#include "cli/key_input.h"
#include "cli/output.h"
#include "support/temp_dir.h"

namespace simbiont::cli {
namespace {

class FileTest : public ::testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(directory.file(name), std::ios::binary) << text;
    return directory.file(name);
  }
  test::TempDir directory;
};

TEST_F(FileTest, a_key_comes_from_the_argument_a_file_or_standard_input) {
  std::istringstream input("aa11\r\nbb22\n");
  EXPECT_EQ(*read_key("0011", input), "0011");
  EXPECT_EQ(*read_key("-", input), "aa11");
  EXPECT_EQ(*read_key("-", input), "bb22") << "each - takes a line";
  EXPECT_FALSE(read_key("-", input).ok());
  EXPECT_EQ(*read_key("@" + write("k", "cc33\n"), input), "cc33");
  EXPECT_EQ(*read_key("@" + write("k", "cc33"), input), "cc33");
}

TEST_F(FileTest, what_holds_no_key_is_refused_without_repeating_it) {
  std::istringstream input;
  const auto missing = read_key("@00112233445566778899aabbccddeeff", input);
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().message.find("0011"), std::string::npos);
  EXPECT_FALSE(read_key("@" + write("empty", ""), input).ok());
  EXPECT_FALSE(read_key("@" + write("large", std::string(100'000, 'a')), input).ok());
}

std::string read_all(ChunkReader& reader, std::size_t& chunks) {
  std::string all;
  for (chunks = 0;; ++chunks) {
    const auto chunk = reader.next();
    EXPECT_TRUE(chunk.ok());
    if (!chunk.ok() || (*chunk)->empty()) return all;
    EXPECT_LE((*chunk)->size(), admin::max_chunk);
    EXPECT_TRUE((*chunk)->ends_with('\n') || reader.position() == reader.size());
    all += **chunk;
  }
}

TEST_F(FileTest, a_file_comes_in_whole_records_and_the_same_the_second_time) {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += "\"row\n" + std::to_string(i) + "\",x\n";
  text += "last,row";
  auto reader = ChunkReader::open(write("f.csv", text));
  ASSERT_TRUE(reader.ok());
  std::size_t chunks = 0;
  EXPECT_TRUE(read_all(*reader, chunks) == text);
  EXPECT_GT(chunks, 2U);
  ASSERT_TRUE(reader->rewind().ok());
  EXPECT_TRUE(read_all(*reader, chunks) == text);
}

TEST_F(FileTest, what_cannot_be_read_twice_or_at_all_is_refused) {
  EXPECT_FALSE(ChunkReader::open(directory.file("none")).ok());
  EXPECT_FALSE(ChunkReader::open("/dev/null").ok());
  auto reader = ChunkReader::open(write("long.csv", std::string(admin::max_chunk + 10, 'a')));
  ASSERT_TRUE(reader.ok());
  EXPECT_FALSE(reader->next().ok());
}

TEST(Output, columns_are_aligned_and_empty_values_visible) {
  std::ostringstream out;
  Listing listing(out, {{"id"}, {"apn"}, {"on"}, {"n"}}, false);
  listing.add(Json::array(
      {{{"id", "a"}, {"apn", {"x", "y"}}, {"on", true}, {"n", 7}}, {{"id", "long"}, {"apn", ""}}}));
  listing.end();
  EXPECT_EQ(out.str(), "id    apn  on   n\na     x;y  yes  7\nlong  -    -    -\n");
}

TEST(Output, json_listings_are_one_array_over_all_pages) {
  std::ostringstream out;
  Listing listing(out, {{"id"}}, true);
  listing.add(Json::array({{{"id", "a"}}}));
  listing.add(Json::array({{{"id", "b"}}}));
  listing.end();
  EXPECT_EQ(Json::parse(out.str()).size(), 2U);
  std::ostringstream none;
  Listing(none, {}, true).end();
  EXPECT_EQ(none.str(), "[]\n");
}

TEST(Output, what_a_device_reported_cannot_steer_the_terminal) {
  EXPECT_EQ(cell(Json("a\x1b[2J\nb\x7f")), "a?[2J?b?");
}

}  // namespace
}  // namespace simbiont::cli

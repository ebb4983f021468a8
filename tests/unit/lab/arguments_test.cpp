#include "lab/arguments.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace simbiont::lab {
namespace {

const std::string key_text = "00112233445566778899aabbccddeeff";

TEST(ReadKey, takes_digits_or_a_file_and_wipes_what_it_took) {
  std::string argument = key_text;
  const auto direct = read_key(argument, 16);
  ASSERT_TRUE(direct.ok());
  EXPECT_TRUE(argument.empty());

  const std::string path =
      std::filesystem::temp_directory_path() / ("simbiont-key-test-" + std::to_string(::getpid()));
  std::ofstream(path) << "  " << key_text << "\r\n";
  std::string file = "@" + path;
  const auto from_file = read_key(file, 16);
  std::filesystem::remove(path);
  ASSERT_TRUE(from_file.ok());
  EXPECT_EQ(*from_file, *direct);
}

TEST(ReadKey, anything_else_is_a_matter_of_usage_and_is_not_repeated_in_the_error) {
  for (const std::string& bad : {std::string(), key_text + "00", key_text.substr(2),
                                 std::string("@/nonexistent"), "g" + key_text.substr(1), "@" + key_text}) {
    std::string argument = bad;
    const auto key = read_key(argument, 16);
    ASSERT_FALSE(key.ok()) << bad;
    EXPECT_EQ(key.error().code, Errc::invalid_argument);
    EXPECT_EQ(key.error().message.find(key_text.substr(4, 8)), std::string::npos);
  }
}

TEST(Connection, wrong_arguments_are_a_matter_of_usage) {
  ConnectionArguments arguments;
  arguments.connect = "nowhere";
  EXPECT_EQ(open_connection(arguments).error().code, Errc::invalid_argument);
  arguments.connect = "127.0.0.1:3868";
  arguments.plmn = "1";
  EXPECT_EQ(open_connection(arguments).error().code, Errc::invalid_argument);
}

}  // namespace
}  // namespace simbiont::lab

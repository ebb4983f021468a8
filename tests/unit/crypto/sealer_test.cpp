#include "crypto/sealer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "tests/support/vec_file.h"

namespace simbiont::crypto {
namespace {

Secret secret(std::string_view hex) { return *Secret::from_hex(hex); }
const Secret kek = secret("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
const Secret k = secret("465b5ce8b199b49faa5f0a2ee238a6bc");
constexpr std::string_view place = "subscriber|001010000000001|k";

Errc failure(const Result<Secret>& result) {
  EXPECT_FALSE(result.ok());
  return result ? Errc::not_found : result.error().code;
}

TEST(Sealer, what_was_sealed_opens_in_its_place) {
  const auto sealer = make_key_sealer(kek);
  for (const Secret& s : {k, kek, Secret()}) {
    const Bytes sealed = *sealer->seal(s, place);
    EXPECT_EQ(sealed.size(), 1 + 12 + s.size() + 16);
    const auto opened = sealer->open(sealed, place);
    ASSERT_TRUE(opened);
    EXPECT_TRUE(*opened == s);
  }
}

TEST(Sealer, opens_what_another_implementation_sealed) {
  const auto sets = test::read_vec_file(std::string(TEST_DATA) + "/sealed.vec");
  ASSERT_EQ(sets.size(), 2U);
  for (const auto& set : sets) {
    const auto opened = make_key_sealer(set.secret("kek"))->open(set.bytes("sealed"), set.text("context"));
    ASSERT_TRUE(opened) << set.title;
    EXPECT_TRUE(*opened == set.secret("secret")) << set.title;
  }
}

TEST(Sealer, every_flipped_bit_and_every_cut_is_noticed) {
  const auto sealer = make_key_sealer(kek);
  const Bytes sealed = *sealer->seal(k, place);
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes changed = sealed;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    EXPECT_EQ(failure(sealer->open(changed, place)), Errc::corrupt) << bit;
  }
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_EQ(failure(sealer->open(ByteView(sealed).first(size), place)), Errc::corrupt) << size;
  }
  EXPECT_EQ(failure(sealer->open(Bytes(500, 1), place)), Errc::corrupt);
}

TEST(Sealer, moved_octets_do_not_open) {
  const auto sealer = make_key_sealer(kek);
  const Bytes sealed = *sealer->seal(k, place);
  for (const std::string_view elsewhere :
       {"subscriber|001010000000002|k", "subscriber|001010000000001|opc", ""}) {
    EXPECT_EQ(failure(sealer->open(sealed, elsewhere)), Errc::corrupt) << elsewhere;
  }
}

TEST(Sealer, another_kek_does_not_open) {
  const Bytes sealed = *make_key_sealer(kek)->seal(k, place);
  const Secret other = secret("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e20");
  EXPECT_EQ(failure(make_key_sealer(other)->open(sealed, place)), Errc::corrupt);
}

TEST(Sealer, a_nonce_is_not_used_twice_even_by_threads) {
  const auto sealer = make_key_sealer(kek);
  std::vector<std::vector<Bytes>> made(4);
  std::vector<std::thread> threads;
  threads.reserve(made.size());
  for (auto& mine : made) {
    threads.emplace_back([&sealer, &mine] {
      for (int i = 0; i < 1000; ++i) mine.push_back(*sealer->seal(k, place));
    });
  }
  for (auto& thread : threads) thread.join();
  std::set<Bytes> nonces;
  for (const auto& mine : made) {
    for (const Bytes& sealed : mine) {
      EXPECT_TRUE(nonces.emplace(sealed.begin() + 1, sealed.begin() + 13).second);
      EXPECT_TRUE(sealer->open(sealed, place));
    }
  }
}

class KeyFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "simbiont-key-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    path_ = (directory_ / "store.db.key").string();
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  void write(std::string_view text, mode_t mode = 0600) const {
    std::ofstream(path_, std::ios::trunc) << text;
    ASSERT_EQ(chmod(path_.c_str(), mode), 0);
  }

  std::filesystem::path directory_;
  std::string path_;
};

TEST_F(KeyFile, is_created_for_its_owner_alone_and_holds_a_fresh_key) {
  const mode_t before = umask(0);
  ASSERT_TRUE(create_key_file(path_));
  umask(before);
  struct stat info {};
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0600U);
  EXPECT_EQ(info.st_size, 65);
  const auto first = read_key_file(path_);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->size(), 32U);
  std::filesystem::remove(path_);
  ASSERT_TRUE(create_key_file(path_));
  EXPECT_FALSE(*read_key_file(path_) == *first);
}

TEST_F(KeyFile, an_existing_one_is_never_overwritten) {
  write("mine");
  EXPECT_EQ(create_key_file(path_).error().code, Errc::already_exists);
  std::string text;
  std::ifstream(path_) >> text;
  EXPECT_EQ(text, "mine");
}

TEST_F(KeyFile, is_refused_when_others_have_any_access) {
  ASSERT_TRUE(create_key_file(path_));
  for (const mode_t mode : {0640U, 0604U, 0620U, 0602U, 0666U, 0610U}) {
    ASSERT_EQ(chmod(path_.c_str(), mode), 0);
    EXPECT_EQ(failure(read_key_file(path_)), Errc::refused) << std::oct << mode;
  }
  ASSERT_EQ(chmod(path_.c_str(), 0400), 0);
  EXPECT_TRUE(read_key_file(path_));
}

TEST_F(KeyFile, anything_but_64_digits_is_corrupt_and_the_message_shows_none_of_it) {
  const std::string good(64, 'a');
  for (const std::string& bad :
       {std::string(), good.substr(1), good + "a", good + "\n\n", "z" + good.substr(1)}) {
    write(bad);
    const auto key = read_key_file(path_);
    EXPECT_EQ(failure(key), Errc::corrupt) << bad;
    EXPECT_EQ(key.error().message.find("aaaa"), std::string::npos);
  }
  write(good);
  EXPECT_TRUE(read_key_file(path_));
}

TEST_F(KeyFile, a_missing_file_and_a_fifo_are_errors_at_once) {
  EXPECT_EQ(failure(read_key_file(path_)), Errc::not_found);
  EXPECT_FALSE(create_key_file((directory_ / "absent" / "key").string()));
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(failure(read_key_file(path_)), Errc::refused);
}

}  // namespace
}  // namespace simbiont::crypto

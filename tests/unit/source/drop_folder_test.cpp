// The drop folder: what is taken and in which order, what is never believed, and where it goes.
#include "source/drop_folder.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "tests/support/temp_dir.h"

namespace simbiont::source {
namespace {

constexpr const char* good = "imsi,imei\n001010000000001,490154203237518\n";

class DropFolderTest : public testing::Test {
 protected:
  DropFolderTest() { EXPECT_EQ(chmod(path.c_str(), 0750), 0); }

  void drop(const std::string& name, const std::string& text = good) const {
    std::ofstream(directory.file(name)) << text;
    EXPECT_EQ(chmod(directory.file(name).c_str(), 0640), 0);
  }
  std::string refused(const std::string& name) const {
    const auto list = folder.read(name);
    EXPECT_FALSE(list.ok());
    return list ? "" : list.error().message;
  }
  bool there(const std::string& name) const { return access(directory.file(name).c_str(), F_OK) == 0; }

  test::TempDir directory;
  const std::string path = directory.file(".");
  DropFolder folder{path, {1 << 20, 5}};
};

TEST_F(DropFolderTest, complete_files_are_taken_in_the_order_of_their_names) {
  for (const char* name : {"b.csv", "a.csv", "0.csv.part", ".0.csv", "0.txt", "0 1.csv"}) drop(name);
  EXPECT_EQ(**folder.next(), "a.csv");
  ASSERT_TRUE(folder.put_away("a.csv", DropFolder::Outcome::done, 7, "{}").ok());
  EXPECT_EQ(**folder.next(), "b.csv");
  ASSERT_TRUE(folder.put_away("b.csv", DropFolder::Outcome::failed, 8, "{}").ok());
  EXPECT_FALSE(folder.next()->has_value());
  for (const char* name :
       {"done/7-a.csv", "done/7-a.csv.report.json", "failed/8-b.csv", "failed/8-b.csv.report.json"})
    EXPECT_TRUE(there(name)) << name;
  EXPECT_TRUE(there("0.csv.part"));
}

TEST_F(DropFolderTest, a_list_is_read_with_its_bad_rows) {
  drop("a.csv",
       "imei,imsi,mode\n490154203237518,001010000000001,observe\n490154203237518,x,\n12,001010000000002,\n"
       "490154203237518,001010000000003,loud\n490154203237518\n");
  const auto list = folder.read("a.csv");
  ASSERT_TRUE(list.ok()) << list.error().message;
  ASSERT_EQ(list->pairs.size(), 1U);
  EXPECT_EQ(list->pairs[0].mode, binding::Mode::observe);
  ASSERT_EQ(list->bad.size(), 4U);
  EXPECT_FALSE(list->bad[0].imsi.has_value());
  EXPECT_EQ(list->bad[1].imsi->str(), "001010000000002");
  EXPECT_EQ(list->bad[3].place, 6U);
}

TEST_F(DropFolderTest, links_and_what_anybody_may_write_are_never_believed) {
  drop("target");
  ASSERT_EQ(symlink(directory.file("target").c_str(), directory.file("a.csv").c_str()), 0);
  EXPECT_THAT(refused("a.csv"), testing::HasSubstr("not a regular file"));
  ASSERT_EQ(link(directory.file("target").c_str(), directory.file("b.csv").c_str()), 0);
  EXPECT_THAT(refused("b.csv"), testing::HasSubstr("another name"));
  ASSERT_EQ(mkfifo(directory.file("c.csv").c_str(), 0600), 0);
  EXPECT_THAT(refused("c.csv"), testing::HasSubstr("not a regular file"));
  drop("d.csv");
  ASSERT_EQ(chmod(directory.file("d.csv").c_str(), 0666), 0);
  EXPECT_THAT(refused("d.csv"), testing::HasSubstr("anybody"));
  ASSERT_TRUE(folder.put_away("a.csv", DropFolder::Outcome::failed, 1, "{}").ok());
  EXPECT_TRUE(there("target"));
}

TEST_F(DropFolderTest, files_of_others_are_refused_unless_the_folders_group_may_write) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  drop("a.csv");
  ASSERT_EQ(chown(directory.file("a.csv").c_str(), 65534, 65534), 0);
  EXPECT_THAT(refused("a.csv"), testing::HasSubstr("belongs to somebody"));
  ASSERT_EQ(chown(path.c_str(), 0, 65534), 0);
  ASSERT_EQ(chmod(path.c_str(), 02770), 0);
  EXPECT_TRUE(folder.read("a.csv").ok());
  ASSERT_EQ(chown(path.c_str(), 65534, 65534), 0);
  EXPECT_FALSE(folder.next().ok());
}

TEST_F(DropFolderTest, a_folder_that_anybody_may_write_to_is_refused) {
  ASSERT_EQ(chmod(path.c_str(), 0777), 0);
  EXPECT_THAT(folder.next().error().message, testing::HasSubstr("anybody may write"));
}

TEST_F(DropFolderTest, limits_hold) {
  std::string rows = "imsi,imei\n";
  for (int i = 0; i < 6; ++i) rows += "001010000000001,490154203237518\n";
  drop("a.csv", rows);
  EXPECT_THAT(refused("a.csv"), testing::HasSubstr("more than 5 rows"));
  drop("b.csv", std::string((1 << 20) + 1, 'x'));
  EXPECT_THAT(refused("b.csv"), testing::HasSubstr("more than 1 MiB"));
  drop("c.csv", "imsi,imei,k\n");
  EXPECT_FALSE(folder.read("c.csv").ok());
  drop("d.csv", "");
  EXPECT_THAT(refused("d.csv"), testing::HasSubstr("header"));
}

}  // namespace
}  // namespace simbiont::source

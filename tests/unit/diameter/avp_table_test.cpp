#include "diameter/avp_table.h"

#include <gmock/gmock.h>

#include <set>

namespace simbiont::diameter {
namespace {

TEST(AvpTable, rows_rise_by_vendor_and_code_so_none_occurs_twice) {
  for (std::size_t i = 1; i < avp_count; ++i) {
    const AvpDef &a = avp_table[i - 1], &b = avp_table[i];
    EXPECT_LT(std::pair(a.vendor, a.code), std::pair(b.vendor, b.code)) << a.name << " " << b.name;
  }
}

TEST(AvpTable, every_row_names_its_clause_and_has_the_v_bit_exactly_when_it_has_a_vendor) {
  std::set<std::string_view> names;
  for (const AvpDef& def : avp_table) {
    EXPECT_TRUE(def.clause.starts_with("TS ") || def.clause.starts_with("RFC ")) << def.name;
    EXPECT_EQ((def.flags & avp_v) != 0, def.vendor != 0) << def.name;
    EXPECT_EQ(def.flags & avp_reserved, 0) << def.name;
    EXPECT_TRUE(names.insert(def.name).second) << def.name;
  }
}

TEST(AvpTable, every_row_is_found_by_its_code_and_vendor_only) {
  for (const AvpDef& def : avp_table) {
    EXPECT_EQ(find_avp(def.code, def.vendor), &def) << def.name;
    EXPECT_EQ(find_avp(def.code, def.vendor == 0 ? vendor_3gpp : 0), nullptr) << def.name;
    EXPECT_EQ(find_avp(def.code, 9), nullptr) << def.name;
  }
  for (const std::uint32_t code : {0U, 2U, 511U, 512U, 1791U, 1792U, 0xffffffffU}) {
    EXPECT_EQ(find_avp(code, 0), nullptr) << code;
    EXPECT_EQ(find_avp(code, vendor_3gpp), nullptr) << code;
  }
}

TEST(AvpTable, constants_are_rows_of_the_table) {
  EXPECT_EQ(&avp::user_name, find_avp(1, 0));
  EXPECT_EQ(&avp::kasme, find_avp(1450, vendor_3gpp));
  EXPECT_EQ(avp::rat_type.flags, avp_v);
  EXPECT_EQ(avp::product_name.flags, 0);
}

}  // namespace
}  // namespace simbiont::diameter

// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "json/json.h"

namespace wsgictl {
namespace {

TEST(Json, KeepsTheOrderOfMembers) {
  EXPECT_EQ(json_text({{"b", 1}, {"a", {1, 2}}}), R"({"b":1,"a":[1,2]})");
  EXPECT_EQ(json_text({{"b", 1}}, 2), "{\n  \"b\": 1\n}");
}

// A file name may be any bytes, and it must not keep a report from being written.
TEST(Json, WritesWhatIsNotUtf8) {
  EXPECT_EQ(json_text(std::string("a\xff/b")), "\"a\xef\xbf\xbd/b\"");
}

TEST(Json, ReadsOrSaysThatItCannot) {
  EXPECT_EQ(parse_json(R"({"b": [1]})")["b"][0], 1);
  EXPECT_TRUE(parse_json("{").is_discarded());
  EXPECT_TRUE(parse_json("").is_discarded());
}

}  // namespace
}  // namespace wsgictl

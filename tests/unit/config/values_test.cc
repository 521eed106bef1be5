// SPDX-License-Identifier: Apache-2.0
// Scalars of the configuration: quoting, numbers, switches, suggestions, the form of messages.
#include "config/values.h"

#include <gtest/gtest.h>

namespace wsgi::config {
namespace {

using Words = std::vector<std::string>;

TEST(Words, AreSplitAsHttpdDoes) {
  EXPECT_EQ(split_words("a  b\tc "), (Words{"a", "b", "c"}));
  EXPECT_EQ(split_words(R"("a b" 'c "d' e\\f)"), (Words{"a b", "c \"d", "e\\f"}));
  EXPECT_EQ(split_words(R"("a \" b" 'it\'s' "\n")"), (Words{"a \" b", "it's", "\\n"}));
  EXPECT_EQ(split_words(R"("open end)"), (Words{"open end"}));
  EXPECT_EQ(split_words(R"(a"b c"d "")"), (Words{"a\"b", "c\"d", ""}));
  EXPECT_EQ(split_words("  \t"), Words{});
}

std::string option_error(std::string_view text) {
  auto option = next_option({"D", "g", {}}, text);
  return option ? "" : error_info(option.error().id).key.data() + (": " + option.error().text);
}

TEST(Options, TakeQuotedValues) {
  std::string_view rest = R"( a=1 b='x y' c="q\"r" d=)";
  std::vector<std::pair<std::string, std::string>> seen;
  while (true) {
    auto option = next_option({}, rest);
    ASSERT_TRUE(option);
    if (!*option) break;
    seen.emplace_back((*option)->name, (*option)->value);
  }
  std::vector<std::pair<std::string, std::string>> want = {
      {"a", "1"}, {"b", "x y"}, {"c", "q\"r"}, {"d", ""}};
  EXPECT_EQ(seen, want);
}

TEST(Options, RefuseWhatIsNotNameValue) {
  EXPECT_EQ(option_error("word"),
            "cfg_option_unknown: D 'g': 'word' is not an option; options have the form name=value, "
            "without white space around '='");
  EXPECT_NE(option_error("a = 1"), "");
  EXPECT_NE(option_error("=1"), "");
  EXPECT_EQ(
      option_error("\"a=b c\""),
      "cfg_option_unknown: D 'g': a word that is quoted as a whole, 'a=b c'; write name=value "
      "or name=\"value with blanks\"");
  EXPECT_NE(option_error("a='b"), "");
  EXPECT_NE(option_error("a='b'c=d"), "");
}

TEST(Numbers, AreWhole) {
  for (std::string_view bad : {"", " 1", "1 ", "5s", "10k", "0x10", "1.0", "+-1", "--1", "abc", "+",
                               "9223372036854775808", "1e3"}) {
    EXPECT_FALSE(parse_integer(bad, INT64_MIN, INT64_MAX)) << bad;
  }
  EXPECT_EQ(parse_integer("+7", 0, 9), 7);
  EXPECT_EQ(parse_integer("-7", -9, 9), -7);
  EXPECT_EQ(parse_integer("007", 0, 9), 7);
  EXPECT_FALSE(parse_integer("10", 0, 9));
  EXPECT_FALSE(parse_integer("-1", 0, 9));
}

TEST(Numbers, OctalAndDecimal) {
  EXPECT_EQ(parse_octal("022"), 022u);
  for (std::string_view bad : {"", "8", "0o22", "-1", "0x2", "22 "}) {
    EXPECT_FALSE(parse_octal(bad)) << bad;
  }
  EXPECT_DOUBLE_EQ(*parse_decimal("0.005"), 0.005);
  EXPECT_DOUBLE_EQ(*parse_decimal("+2"), 2.0);
  for (std::string_view bad : {"", "inf", "nan", "1s", "1,5", "0x1", "+-1", " 1"}) {
    EXPECT_FALSE(parse_decimal(bad)) << bad;
  }
}

TEST(Switches, AnyCase) {
  EXPECT_EQ(parse_switch("oN"), true);
  EXPECT_EQ(parse_switch("OFF"), false);
  EXPECT_EQ(parse_switch("yes"), std::nullopt);
  EXPECT_EQ(parse_switch(""), std::nullopt);
}

TEST(Suggestions, OnlyNearOnes) {
  std::vector<std::string_view> names = {"threads", "processes", "python-home", "user"};
  EXPECT_EQ(nearest("thread", names), "threads");
  EXPECT_EQ(nearest("procesess", names), "processes");
  EXPECT_EQ(nearest("pythonhome", names), "python-home");
  EXPECT_EQ(nearest("Threads", names), "threads");
  EXPECT_EQ(nearest("colour", names), std::nullopt);
  EXPECT_EQ(nearest(std::string(1000, 'x'), names), std::nullopt);
}

TEST(Messages, Form) {
  EXPECT_EQ(wrong(ErrorId::cfg_number, {"D", "n", "o"}, "bad", "good").text,
            "D 'n' option 'o': bad; good");
  EXPECT_EQ(wrong(ErrorId::cfg_number, {"D", {}, {}}, "bad", "").text, "D: bad");
  EXPECT_EQ(quote("a\nb\x7f"), "'a\\x0ab\\x7f'");
  EXPECT_EQ(quote(std::string(300, 'a')).size(), 256 + 2 + std::string("…").size());
}

TEST(Memory, TextsEndWithNul) {
  std::pmr::monotonic_buffer_resource memory;
  EXPECT_STREQ(keep(&memory, std::string_view("abc", 2)).data(), "ab");
  auto list = keep(&memory, std::vector<std::string>{"x", ""});
  ASSERT_EQ(list.size(), 2u);
  EXPECT_STREQ(list[0].data(), "x");
  EXPECT_STREQ(list[1].data(), "");
}

}  // namespace
}  // namespace wsgi::config

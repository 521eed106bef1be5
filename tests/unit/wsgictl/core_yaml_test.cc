// SPDX-License-Identifier: Apache-2.0
// Reading YAML: places, limits, scalars.
#include <gtest/gtest.h>

#include "yaml/extent.h"
#include "yaml/loader.h"
#include "yaml/scalar.h"

namespace wsgictl::yaml {
namespace {

Node parse(const std::string& text) {
  diag::Diagnostics diagnostics;
  auto node = load(Source("f", text), diagnostics);
  EXPECT_TRUE(node) << text;
  return node.value_or(Node{});
}

std::string cut(const std::string& text, const diag::Mark& mark) {
  return text.substr(mark.start.byte, mark.end.byte - mark.start.byte);
}

TEST(Loader, KnowsWhereEveryScalarStartsAndEnds) {
  for (const std::string scalar :
       {"plain", "two words", "\"double \\\" \\n q\"", "'single '' q'", "größe", "a:b", "-1"}) {
    const std::string text = "k: " + scalar + " # comment\nl: [" + scalar + ", x]\n";
    const Node root = parse(text);
    EXPECT_EQ(cut(text, root.find("k")->value.mark), scalar);
    EXPECT_EQ(cut(text, root.find("l")->value.items[0].mark), scalar);
    EXPECT_EQ(cut(text, root.find("k")->key_mark), "k");
  }
}

TEST(Loader, CountsColumnsInCodePoints) {
  const Node root = parse("größe: [é, x]\n");
  const diag::Mark& mark = root.members[0].value.items[1].mark;
  EXPECT_EQ(mark.start.column, 12);
  EXPECT_EQ(mark.start.byte, 14u);
}

TEST(Loader, TakesByteOrderMarkAndCarriageReturns) {
  const std::string text =
      "\xef\xbb\xbf"
      "a: x\r\nb: y\r\n";
  const Node root = parse(text);
  EXPECT_EQ(root.members[0].key_mark.start.column, 1);
  EXPECT_EQ(root.find("b")->value.value, "y");
  EXPECT_EQ(root.find("b")->value.mark.start.line, 2);
  EXPECT_EQ(cut(text, root.find("b")->value.mark), "y");
}

TEST(Loader, FindsTheEndOfTextOverSeveralLines) {
  const std::string text = "a: one\n  two\nb: |\n  x\n  y\nc: z\n";
  const Node root = parse(text);
  EXPECT_EQ(cut(text, root.find("a")->value.mark), "one\n  two");
  EXPECT_EQ(cut(text, root.find("b")->value.mark), "|\n  x\n  y");
}

TEST(Loader, RefusesMoreNodesThanTheLimit) {
  std::string text = "a: [";
  for (std::size_t i = 0; i <= kMaxNodes; ++i) text += "x,";
  diag::Diagnostics diagnostics;
  EXPECT_FALSE(load(Source("f", text + "]\n"), diagnostics));
  ASSERT_EQ(diagnostics.items().size(), 1u);
  EXPECT_EQ(diagnostics.items()[0].code, "WCTL1019");
}

TEST(Loader, RefusesMoreBytesThanTheLimit) {
  diag::Diagnostics diagnostics;
  EXPECT_FALSE(load(Source("f", std::string(1024 * 1024 + 1, ' ')), diagnostics));
  EXPECT_EQ(diagnostics.items().at(0).code, "WCTL1003");
}

// Every prefix of a text, and every text with one byte changed, ends without a crash and with a
// tree or an error.
TEST(Loader, SurvivesMutilatedTexts) {
  const std::string text =
      "version: 1\napps: {a: &x [\"b\\n\", 'c', !t d]}\nb:\n  - |\n    t\n  - *x\n? k\n: v\n";
  const auto settle = [](const std::string& mutant) {
    diag::Diagnostics diagnostics;
    const auto node = load(Source("f", mutant), diagnostics);
    EXPECT_EQ(node.has_value(), !diagnostics.has_errors());
  };
  for (std::size_t i = 0; i <= text.size(); ++i) settle(text.substr(0, i));
  for (std::size_t i = 0; i < text.size(); ++i)
    for (const char c : {'\t', '"', '{', ':', '-', '&', '\xff', '\n'}) {
      std::string mutant = text;
      mutant[i] = c;
      settle(mutant);
    }
}

Type plain(const std::string& text) { return type_of(parse("k: " + text + "\n").members[0].value); }

TEST(Scalar, FollowsTheCoreSchemaAsNarrowed) {
  EXPECT_EQ(plain("true"), Type::boolean);
  EXPECT_EQ(plain("12"), Type::integer);
  EXPECT_EQ(plain("-3"), Type::integer);
  EXPECT_EQ(plain("1.5"), Type::real);
  EXPECT_EQ(plain("~"), Type::null);
  for (const char* text : {"yes", "on", "True", "010", "1_000", "12:30:45", "1e3", "0x1f", "+1"})
    EXPECT_EQ(plain(text), Type::text) << text;
  EXPECT_EQ(plain("\"12\""), Type::text);
}

TEST(Scalar, QuantitiesCarryUnits) {
  EXPECT_EQ(parse_duration("90s").value, 90);
  EXPECT_EQ(parse_duration("2h").value, 7200);
  EXPECT_EQ(parse_size("2GiB").value, std::int64_t{2} << 30);
  EXPECT_EQ(parse_duration("5").error, QuantityError::no_unit);
  EXPECT_EQ(parse_duration("-5s").error, QuantityError::not_a_number);
  EXPECT_EQ(parse_size("1KB").error, QuantityError::unknown_unit);
  EXPECT_EQ(parse_size("1000TiB").value, std::int64_t{1000} << 40);
  EXPECT_EQ(parse_size("9223372036854775807KiB").error, QuantityError::too_large);
}

}  // namespace
}  // namespace wsgictl::yaml

// SPDX-License-Identifier: Apache-2.0
// Writing Apache configuration: quoting, refusals, determinism, the module's own tables.
#include <gtest/gtest.h>

#include "conf/escape.h"
#include "conf/printer.h"
#include "conf/raw_line.h"
#include "conf/render.h"
#include "core_support.h"

namespace wsgictl::conf {
namespace {

const diag::Mark kMark{"f.yaml", {3, 5, 20}, {3, 9, 24}};

TEST(Escape, QuotesSoThatApacheReadsTheSame) {
  EXPECT_EQ(quoted("a b"), "\"a b\"");
  EXPECT_EQ(quoted("a\"b\\"), "\"a\\\"b\\\\\"");
  EXPECT_EQ(regex_literal("/a.b+c"), "/a\\.b\\+c");
  EXPECT_EQ(substitution_literal("/a$1"), "/a\\$1");
}

// Measured: an unescaped \n is a line feed there, %{z} stops Apache, a last backslash kills it.
TEST(Escape, LiteralsOfExpressionsComeBack) {
  EXPECT_EQ(expression_literal(R"(C:\new $1 %{X} 5%)"), R"(C:\\new \$1 \%{X} 5\%)");
  for (const std::string text : {R"(C:\n)", "$1", "%{X}", R"(\)", "5%", "$", "", R"(a\\b)"})
    EXPECT_EQ(literal_of_expression(expression_literal(text)), text);
  EXPECT_EQ(literal_of_expression("$ % $x %x"), "$ % $x %x");
  for (const char* more : {"%{X}", "$1", R"(\n)", R"(\101)", R"(a\)", R"(\\%{X})"})
    EXPECT_FALSE(literal_of_expression(more)) << more;
}

// What the decoder refuses is refused again here, whoever builds the tree.
TEST(Printer, RefusesWhatCannotBeWritten) {
  for (const std::string bad : {"a\nLoadModule x y", "a\x01", "a${HOME}", "a\x7f"}) {
    Block block(kMark);
    block.directive("ServerName", {value(bad, kMark)});
    diag::Diagnostics diagnostics;
    EXPECT_FALSE(print(block.nodes(), diagnostics));
    ASSERT_EQ(diagnostics.items().size(), 1u);
    EXPECT_EQ(diagnostics.items()[0].mark.start.line, 3);
  }
}

TEST(Printer, QuotesAWordThatIsNone) {
  Block block(kMark);
  block.directive("X", {word("a b"), word("-all"), word("n", "1")});
  block.comment("ends in \\");
  diag::Diagnostics diagnostics;
  EXPECT_EQ(print(block.nodes(), diagnostics)->text, "X \"a b\" -all n=1\n# ends in \\.\n");
}

// Measured: mod_rewrite and Require expr know no escapes; a doubled backslash would match nothing.
TEST(Printer, LeavesBackslashesToDirectivesThatReadTheirLineThemselves) {
  Block block(kMark);
  block.directive("rewriterule", {value(R"(^/secret\.txt$)", kMark), word("-"), word("[G]")});
  block.directive("RewriteCond", {value(R"(%{X})", kMark), value(R"(a "b\)", kMark)});
  block.directive("Require", {word("not"), word("expr"), value(R"(%{X})", kMark), word("=~"),
                              value(R"(m#\."#)", kMark)});
  block.directive("SetEnv", {value("X", kMark), value(R"(a\.b)", kMark)});
  diag::Diagnostics diagnostics;
  EXPECT_EQ(print(block.nodes(), diagnostics)->text,
            "rewriterule \"^/secret\\.txt$\" - [G]\n"
            "RewriteCond \"%{X}\" 'a \"b\\'\n"
            "Require not expr \"%{X} =~ m#\\.\"#\"\n"
            "SetEnv \"X\" \"a\\\\.b\"\n");
  Block bad(kMark);
  bad.directive("RewriteRule", {value("a\"'", kMark)});
  EXPECT_FALSE(print(bad.nodes(), diagnostics));
  EXPECT_EQ(diagnostics.items().at(0).code, "WCTL1441");
}

TEST(RawLine, ReadsWhatOthersWrote) {
  EXPECT_EQ(arguments_of_rewrite(R"(^/a\ b$  "x \d" 'y"' [F])"),
            (std::vector<std::string>{R"(^/a\ b$)", R"(x \d)", "y\"", "[F]"}));
  EXPECT_EQ(arguments_of_expression(R"(not  expr "%{X} == "y" " )"),
            (std::vector<std::string>{"not", "expr", "%{X} == \"y\" "}));
  EXPECT_EQ(arguments_of_expression("expr"), (std::vector<std::string>{"expr"}));
}

TEST(Printer, AsksTheTablesOfTheModule) {
  for (const char* option : {"nonsense", "threads"}) {
    Block block(kMark);
    block.directive("WSGIDaemonProcess", {value("a", kMark), value(option, "x", kMark)});
    diag::Diagnostics diagnostics;
    EXPECT_FALSE(print(block.nodes(), diagnostics));
    EXPECT_EQ(diagnostics.items().at(0).code, "WCTL1615");
  }
  Block block(kMark);
  block.directive("WSGINonsense", {word("On")});
  diag::Diagnostics diagnostics;
  EXPECT_FALSE(print(block.nodes(), diagnostics));
}

const char* kText =
    "version: 1\napps:\n  a: {module: m, env: {K: topsecret}}\nsites:\n  h.example.com:\n"
    "    tls: {certificate: /c, key: /k}\n    routes:\n      /: {app: a}\n"
    "      /r: {proxy: \"http://127.0.0.1:1\"}\n";

TEST(Render, GivesTheSameBytesTwice) {
  diag::Diagnostics diagnostics;
  const auto definition = test::load(kText).definition;
  const auto one = render(*definition, test::debian_12(), diagnostics);
  const auto two = render(*definition, test::debian_12(), diagnostics);
  ASSERT_TRUE(one && two);
  ASSERT_EQ(one->size(), two->size());
  for (std::size_t i = 0; i < one->size(); ++i) EXPECT_EQ((*one)[i].content, (*two)[i].content);
}

TEST(Render, KeepsVariablesOutOfTheConfiguration) {
  diag::Diagnostics diagnostics;
  const auto files = render(*test::load(kText).definition, test::debian_12(), diagnostics);
  int holding = 0;
  for (const RenderedFile& file : *files) {
    EXPECT_EQ(printable_content(file).find("topsecret"), std::string::npos) << file.path;
    if (file.content.find("topsecret") == std::string::npos) continue;
    ++holding;
    EXPECT_EQ(file.mode, 0600);
    EXPECT_EQ(file.path, "/var/lib/wsgictl/apps/a/environment");
  }
  EXPECT_EQ(holding, 1);
}

TEST(Render, NamesTheModulesItNeeds) {
  EXPECT_EQ(required_modules(*test::load(kText).definition),
            (std::vector<std::string>{"alias", "authz_core", "headers", "proxy", "proxy_http",
                                      "ssl", "wsgi"}));
}

}  // namespace
}  // namespace wsgictl::conf

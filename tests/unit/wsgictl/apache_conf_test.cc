// SPDX-License-Identifier: Apache-2.0
// The reader of Apache configurations: lines, words, conditions, files, dumps. Expectations are
// what httpd 2.4 prints with -t -D DUMP_CONFIG for the same text.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "apache_conf/reader.h"
#include "apache_conf/words.h"

namespace wsgictl::apache_conf {
namespace {

using testing::ElementsAre;
namespace fs = std::filesystem;

Configuration read(std::string_view text, const Settings& settings = {}) {
  return read_text("/etc/apache2/a.conf", text, settings);
}

// "Name a|b" for each directive, sections with their children in braces.
std::string show(const std::vector<Node>& nodes) {
  std::string out;
  for (const Node& node : nodes) {
    out += node.name;
    for (const std::string& word : node.words) out += "|" + word;
    if (node.section) out += "{" + show(node.children) + "}";
    out += ";";
  }
  return out;
}

TEST(ApacheWords, SplitsAsApacheDoes) {
  EXPECT_THAT(split_words(R"("x \"y\" z" b)"), ElementsAre("x \"y\" z", "b"));
  EXPECT_THAT(split_words(R"('single \'q\' "d"')"), ElementsAre("single 'q' \"d\""));
  EXPECT_THAT(split_words(R"(ab\\cd a\b)"), ElementsAre("ab\\cd", "a\\b"));
  EXPECT_THAT(split_words(R"("abc"def)"), ElementsAre("abc", "def"));
  EXPECT_THAT(split_words(R"("no end)"), ElementsAre("no end"));
  EXPECT_THAT(split_words(R"(a "" # b)"), ElementsAre("a", "", "#", "b"));
}

TEST(ApacheLines, JoinsContinuationsAlsoOfComments) {
  const auto lines = logical_lines("A \\\n  b\r\n# hidden \\\nB c\n\nC x\\\r\ny\nD \\");
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0].text, "A   b");
  EXPECT_EQ(lines[0].first, 1);
  EXPECT_EQ(lines[0].last, 2);
  EXPECT_EQ(lines[1].text, "C xy");
  EXPECT_EQ(lines[1].first, 6);
  EXPECT_EQ(lines[2].text, "D \\");
}

TEST(ApacheReader, ReplacesNamesInAnyQuotingWhereTheyAreKnown) {
  Settings settings;
  settings.environment = {{"HOME", "/root"}};
  const auto conf = read(
      "Define WHERE /srv\nDefine lower ${WHERE}/y\nDefine EMPTY\nDefine D $\n"
      "SetEnv G${WHERE} '${lower}'\nSetEnv H${EMPTY} ${NOPE}\nSetEnv I ${D}{HOME}${HOME}\n"
      "UnDefine WHERE\nSetEnv J ${WHERE}\n",
      settings);
  EXPECT_EQ(show(conf.nodes),
            "SetEnv|G/srv|/srv/y;SetEnv|H${EMPTY}|${NOPE};SetEnv|I|${HOME}/root;"
            "SetEnv|J|${WHERE};");
  ASSERT_EQ(conf.problems.size(), 3u);
  EXPECT_EQ(conf.problems[0].trouble, Trouble::undefined_name);
  EXPECT_EQ(conf.problems[0].place.line, 6);
}

TEST(ApacheReader, ResolvesConditions) {
  const auto conf = read(
      "LoadModule ssl_module modules/mod_ssl.so\nLoadModule mpm_event_module x.so\n"
      "<IfModule mod_ssl.c>\nA 1\n<IfModule !wsgi_module>\nA 2\n</IfModule>\n</IfModule>\n"
      "<IfModule event.c>\nA 3\n</IfModule>\n<ifmodule wsgi_module>\n<X y>\nA 4\n</X>\n"
      "</IfModule>\n<IfDefine LATER>\nA 5\n</IfDefine>\nDefine LATER\n<IfDefine LATER>\nA 6\n"
      "</IfDefine>\n<IfVersion >= 2.4>\nA 7\n</IfVersion>\n<IfVersion < 2.4.3>\nA 8\n"
      "</IfVersion>\n<IfVersion !< 2.4.3>\nA 9\n</IfVersion>\n<IfFile /nothing/here>\nA 10\n"
      "</IfFile>\n");
  EXPECT_EQ(show(conf.nodes),
            "LoadModule|ssl_module|modules/mod_ssl.so;LoadModule|mpm_event_module|x.so;"
            "A|1;A|2;A|3;A|6;A|7;A|9;");
  EXPECT_TRUE(conf.problems.empty());
  EXPECT_THAT(conf.modules, testing::Contains("event"));
}

TEST(ApacheReader, SectionsHoldTheirChildrenAndPlaces) {
  const auto conf = read(
      "<VirtualHost *:80 >\n  ServerName a.test\n  <directory \"/srv/a b\">\n"
      "    Require all \\\n granted\n  </DIRECTORY>\n</VirtualHost>\n");
  EXPECT_EQ(show(conf.nodes),
            "VirtualHost|*:80{ServerName|a.test;directory|/srv/a b{Require|all|granted;};};");
  const Node& require = conf.nodes[0].children[1].children[0];
  EXPECT_EQ(require.place.line, 4);
  EXPECT_EQ(require.place.last_line, 5);
  EXPECT_TRUE(conf.nodes[0].children[1].is("Directory"));
  const diag::Mark where = mark(require.place, conf.sources);
  EXPECT_EQ(where.start.column, 5);
  EXPECT_EQ(where.end.column, 18);
}

TEST(ApacheReader, ReportsBrokenNesting) {
  const auto conf = read("<A x>\n</B>\nC 1\n<D x\n</D>\n");
  ASSERT_EQ(conf.problems.size(), 3u);
  EXPECT_EQ(conf.problems[0].message, "expected </A>, found </B>");
  EXPECT_EQ(conf.problems[1].trouble, Trouble::malformed);
  EXPECT_EQ(conf.problems[2].trouble, Trouble::unclosed_section);
  EXPECT_EQ(show(conf.nodes), "A|x{C|1;D|x{};};");
}

class ApacheFiles : public testing::Test {
 protected:
  ApacheFiles() {
    char name[] = "/tmp/wsgictl-conf.XXXXXX";
    root_ = ::mkdtemp(name);
  }
  ~ApacheFiles() override { fs::remove_all(root_); }
  void put(const std::string& name, const std::string& text) {
    fs::create_directories(fs::path(root_ + name).parent_path());
    std::ofstream(root_ + name) << text;
  }
  Configuration read() {
    Settings settings;
    settings.root = root_;
    return read_configuration("/etc/apache2/apache2.conf", settings);
  }
  std::string root_;
};

TEST_F(ApacheFiles, ReadsFilesInWithWildcardsFoldersAndLinks) {
  put("/etc/apache2/apache2.conf",
      "Include ports.conf\nIncludeOptional sites-*/*.conf\nIncludeOptional none/*.conf\n"
      "<VirtualHost *:80>\nInclude folder\n</VirtualHost>\n");
  put("/etc/apache2/ports.conf", "Listen 80");
  put("/etc/apache2/available/x.conf", "B 2\n");
  put("/etc/apache2/sites-enabled/a.conf", "A 1\n");
  put("/etc/apache2/sites-enabled/.hidden.conf", "H\n");
  put("/etc/apache2/folder/deep/z", "Z 1\n");
  fs::create_symlink("../available/x.conf", root_ + "/etc/apache2/sites-enabled/b.conf");
  const auto conf = read();
  EXPECT_EQ(show(conf.nodes), "Listen|80;A|1;B|2;VirtualHost|*:80{Z|1;};");
  EXPECT_TRUE(conf.problems.empty());
  EXPECT_EQ(conf.nodes[2].place.file, "/etc/apache2/sites-enabled/b.conf");
}

TEST_F(ApacheFiles, SaysWhichFilesAreMissingAndStopsAtLoops) {
  put("/etc/apache2/apache2.conf", "Include gone.conf\nInclude x/*.conf\nInclude apache2.conf\n");
  const auto conf = read();
  ASSERT_GE(conf.problems.size(), 3u);
  EXPECT_EQ(conf.problems[0].trouble, Trouble::not_readable);
  EXPECT_EQ(conf.problems[0].message, "cannot read \"/etc/apache2/gone.conf\"");
  EXPECT_TRUE(std::any_of(conf.problems.begin(), conf.problems.end(),
                          [](const Problem& p) { return p.trouble == Trouble::limit; }));
}

TEST(ApacheDump, IsReadWithPlaces) {
  const auto conf = read_dump(
      "AH00558: something\n# In file: /etc/x.conf\n#   7:\nServerName localhost\n#  19:\n"
      "SetEnv E    two\n#  23:\nSetEnv H${EMPTY}x ${NOPE}\n#  36:\n<VirtualHost *:80 >\n"
      "  #  37:\n  ServerName a.test\n# In file: /etc/b.conf\n  #   1:\n  SetEnv I1 1\n"
      "# In file: /etc/x.conf\n</VirtualHost>\nSyntax OK\n");
  EXPECT_EQ(show(conf.nodes),
            "ServerName|localhost;SetEnv|E|two;SetEnv|H${EMPTY}x|${NOPE};"
            "VirtualHost|*:80{ServerName|a.test;SetEnv|I1|1;};");
  EXPECT_EQ(conf.nodes[3].children[1].place.file, "/etc/b.conf");
  EXPECT_EQ(conf.nodes[3].place.line, 36);
}

// Neither what is deeper than the limit nor what follows it may be lost without a word.
TEST(ApacheDump, SaysWhatIsTooDeep) {
  std::string dump = "# In file: /etc/x.conf\n";
  for (int i = 1; i <= 70; ++i) dump += "#  " + std::to_string(i) + ":\n<Location /a>\n";
  dump += "# 71:\nLost 1\n";
  for (int i = 0; i < 70; ++i) dump += "</Location>\n";
  const auto conf = read_dump(dump + "# 150:\nKept 1\n");
  ASSERT_EQ(conf.problems.size(), 1u);
  EXPECT_EQ(conf.problems[0].trouble, Trouble::limit);
  EXPECT_EQ(conf.problems[0].place.line, 65);
  ASSERT_EQ(conf.nodes.size(), 2u);
  EXPECT_EQ(conf.nodes[1].name, "Kept");
  EXPECT_EQ(show(conf.nodes).find("Lost"), std::string::npos);
}

TEST(ApacheEnvvars, AreReadAsTheShellSetsThem) {
  const auto env = read_envvars(
      "unset HOME\nif [ 1 ]; then\n\tSUFFIX=\nfi\nexport APACHE_RUN_USER=www-data\n"
      "export APACHE_RUN_DIR=/var/run/apache2$SUFFIX\n"
      "export X=\"${APACHE_RUN_DIR}/y\" # z\n#export NO=1\n");
  EXPECT_EQ(env.at("APACHE_RUN_USER"), "www-data");
  EXPECT_EQ(env.at("APACHE_RUN_DIR"), "/var/run/apache2");
  EXPECT_EQ(env.at("X"), "/var/run/apache2/y");
  EXPECT_EQ(env.size(), 3u);
}

}  // namespace
}  // namespace wsgictl::apache_conf

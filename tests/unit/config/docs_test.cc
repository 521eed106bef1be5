// SPDX-License-Identifier: Apache-2.0
// docs/directives against the tables: every directive has its place on one page, with facts and the
// exact texts of its refusals between two marks, and prose after them. WSGI_BLESS=1 writes
// README.md and what is between the marks; the prose is written by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <sstream>

#include "config/describe.h"
#include "support/configuration.h"
#include "support/directive_samples.h"

namespace wsgi::config {
namespace {

namespace fs = std::filesystem;
using test::Configuration;

const fs::path kFolder = std::string(WSGI_SOURCE_DIR) + "/docs/directives";
constexpr std::string_view kBegin = "<!-- begin ", kMark = " -->\n", kEnd = "<!-- end -->\n";
constexpr std::size_t kLeastProse = 80;

std::string read(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

void compare(const fs::path& path, const std::string& want) {
  if (std::getenv("WSGI_BLESS")) std::ofstream(path) << want;
  EXPECT_EQ(read(path), want) << path << ": run this test with WSGI_BLESS=1";
}

std::string refusal(std::string_view name, std::string_view arguments) {
  Configuration configuration;
  Status status = configuration.apply(name, arguments);
  EXPECT_FALSE(status) << name << " " << arguments;
  if (status) return "";
  std::string line(name);
  if (!arguments.empty()) line.append(" ").append(arguments);
  return line + "\n  " + error_code(status.error().id) + ": " + status.error().text + "\n";
}

std::string fenced(const std::string& refusals) {
  return refusals.empty() ? "" : "\nRefused:\n\n```text\n" + refusals + "```\n";
}

std::string block_of(const Directive& directive) {
  std::string refusals;
  for (const auto& [arguments, id] : test::kSamples.at(directive.name).bad) {
    refusals += refusal(directive.name, arguments);
  }
  return facts_markdown(directive) + fenced(refusals);
}

// A value just outside of what the option takes.
std::string wrong_value(const DaemonOption& option) {
  switch (option.type) {
    case OptionType::text:
      return "''";
    case OptionType::path:
      return "srv";
    case OptionType::runtime:
      return "python3";
    case OptionType::user:
    case OptionType::group:
      return "#x";
    case OptionType::names:
      return "a,,b";
    case OptionType::paths:
      return "/a,b";
    case OptionType::octal:
      return "1000";
    case OptionType::number:
    case OptionType::buffer:
      return std::to_string(option.low - 1);
    case OptionType::seconds_f:
      return "0";
    case OptionType::flag:
      return "yes";
  }
  return "";
}

std::string block_of_daemon_options() {
  std::string refusals;
  for (const auto& option : daemon_option_table()) {
    refusals +=
        refusal("WSGIDaemonProcess", "app " + std::string(option.name) + "=" + wrong_value(option));
    bool bounded = option.type == OptionType::number || option.type == OptionType::buffer;
    if (bounded && option.high < std::numeric_limits<std::int64_t>::max()) {
      refusals += refusal("WSGIDaemonProcess", "app " + std::string(option.name) + "=" +
                                                   std::to_string(option.high + 1));
    }
  }
  return daemon_options_markdown() + fenced(refusals);
}

std::string block_of_script_options() {
  std::string refusals;
  for (const auto& option : script_option_table()) {
    refusals += refusal("WSGIScriptAlias", "/x /x.wsgi " + std::string(option.name) + "=");
  }
  return script_options_markdown() +
         fenced(refusals + refusal("WSGIScriptAlias", "/x /x.wsgi pass-authorization=1"));
}

std::string block(const std::string& name) {
  if (name == "Options of WSGIDaemonProcess") return block_of_daemon_options();
  if (name == "Options of script directives") return block_of_script_options();
  const Directive* directive = find_directive(name);
  EXPECT_TRUE(directive) << name << " is no directive";
  return directive ? block_of(*directive) : "";
}

// The page with its blocks made anew; `found`: the names of the blocks, and their heading's anchor.
std::string made_anew(const std::string& page, std::vector<std::string>& found) {
  std::string out;
  std::string_view rest = page;
  for (;;) {
    std::size_t begin = rest.find(kBegin);
    if (begin == std::string_view::npos) return out.append(rest);
    std::size_t name_at = begin + kBegin.size();
    std::size_t mark = rest.find(kMark, name_at);
    std::size_t end = rest.find(kEnd, mark);
    if (end == std::string_view::npos) {
      ADD_FAILURE() << "a block without end";
      return out.append(rest);
    }
    const std::string name(rest.substr(name_at, mark - name_at));
    found.push_back(name);
    out.append(rest.substr(0, mark + kMark.size())).append(block(name)).append(kEnd);
    rest.remove_prefix(end + kEnd.size());
    std::size_t prose = std::min(rest.find("\n## "), rest.find(kBegin));
    EXPECT_GE(std::min(prose, rest.size()), kLeastProse) << "no prose about " << name;
  }
}

std::string anchor(std::string_view name) {
  std::string out;
  for (char c : name) {
    if (c == ' ') out += '-';
    if (std::isalnum(static_cast<unsigned char>(c))) out += static_cast<char>(std::tolower(c));
  }
  return out;
}

TEST(Docs, PagesAreThoseOfTheTables) {
  std::map<std::string, std::string> places;
  for (const auto& file : fs::directory_iterator(kFolder)) {
    const std::string name = file.path().filename();
    if (name == "README.md") continue;
    const std::string page = read(file.path());
    std::vector<std::string> found;
    compare(file.path(), made_anew(page, found));
    for (const auto& block : found) {
      EXPECT_TRUE(places.emplace(block, name + "#" + anchor(block)).second) << block << " twice";
      const std::string shown = block[0] == '<' ? block + ">" : block;
      EXPECT_THAT(page, testing::HasSubstr("\n## " + shown + "\n")) << name;
    }
  }
  EXPECT_TRUE(places.count("Options of WSGIDaemonProcess"));
  EXPECT_TRUE(places.count("Options of script directives"));
  for (const auto& directive : directive_table()) {
    EXPECT_TRUE(places.count(std::string(directive.name))) << directive.name << " has no page";
  }
  EXPECT_EQ(places.size(), directive_table().size() + 2);
  compare(kFolder / "README.md",
          index_markdown([&](std::string_view name) { return places[std::string(name)]; }));
}

}  // namespace
}  // namespace wsgi::config

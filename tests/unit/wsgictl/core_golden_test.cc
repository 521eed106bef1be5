// SPDX-License-Identifier: Apache-2.0
// Walks tests/golden: NAME.case holds input, "----", expected output. In diagnostics/ the output is
// what validate says, in render/ the rendered files. WSGICTL_BLESS=1 rewrites the expected part.
//   "#!escapes" as first line: \xNN in the input stands for a byte.
//   "#!target NAME" as first line: layout to render for, else debian-12.
//   "==== NAME" starts a further file of the same definition.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "conf/render.h"
#include "core_support.h"
#include "diag/print.h"

namespace wsgictl::test {
namespace {

namespace fs = std::filesystem;

struct Case {
  fs::path path;
  std::string input, expected;
};

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

Case parse(const fs::path& path) {
  const std::string text = read(path);
  std::size_t at = text.starts_with("----\n") ? 0 : text.find("\n----\n");
  if (at == std::string::npos) return {path, text, ""};
  if (at != 0) ++at;
  return {path, text.substr(0, at), text.substr(at + 5)};
}

std::vector<fs::path> cases(const std::string& folder) {
  std::vector<fs::path> found;
  for (const auto& entry :
       fs::recursive_directory_iterator(std::string(WSGI_SOURCE_DIR) + "/tests/golden/" + folder))
    if (entry.path().extension() == ".case") found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

// Takes "#!WORD rest" off the start of TEXT.
bool take_rule(std::string& text, const std::string& word, std::string& rest) {
  if (!text.starts_with("#!" + word)) return false;
  const std::size_t end = text.find('\n');
  rest = text.substr(word.size() + 2, end - word.size() - 2);
  if (rest.starts_with(' ')) rest.erase(0, 1);
  text.erase(0, end + 1);
  return true;
}

std::string unescape(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.compare(i, 2, "\\x") == 0) {
      out += static_cast<char>(std::stoi(text.substr(i + 2, 2), nullptr, 16));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::vector<model::Source> sources(const std::string& input) {
  std::vector<model::Source> out;
  std::string name = "input.yaml";
  std::string text;
  std::istringstream lines(input);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("==== ")) {
      if (!text.empty()) out.push_back({name, text});
      name = line.substr(5);
      text.clear();
    } else {
      text += line + (lines.eof() ? "" : "\n");
    }
  }
  out.push_back({name, text});
  return out;
}

std::string shown(const std::vector<conf::RenderedFile>& files) {
  std::string out;
  for (const auto& file : files) {
    out += "## " + file.path;
    if (file.link) {
      out += " -> " + file.content + "\n";
    } else {
      EXPECT_EQ(file.origins.size(), static_cast<std::size_t>(std::count(
                                         file.content.begin(), file.content.end(), '\n')));
      out += file.mode == 0644 ? "\n" : " (secret)\n";
      // The version changes with each release, the rest should not.
      out += std::regex_replace(file.content, std::regex("wsgictl [0-9.]+ from"),
                                "wsgictl VERSION from");
    }
  }
  return out;
}

void check(const Case& c, const std::string& actual) {
  if (std::getenv("WSGICTL_BLESS") != nullptr) {
    std::ofstream(c.path, std::ios::binary) << c.input << "----\n" << actual;
  } else {
    EXPECT_EQ(actual, c.expected) << c.path << "\nWSGICTL_BLESS=1 rewrites it";
  }
}

TEST(Golden, DiagnosticsAreAsWritten) {
  const auto found = cases("diagnostics");
  ASSERT_GE(found.size(), 60u);
  for (const fs::path& path : found) {
    const Case c = parse(path);
    std::string input = c.input, rest;
    if (take_rule(input, "escapes", rest)) input = unescape(input);
    diag::Diagnostics diagnostics;
    const auto definition = model::load_sources(sources(input), diagnostics);
    EXPECT_EQ(definition.has_value(), !diagnostics.has_errors()) << path;
    EXPECT_FALSE(diagnostics.items().empty()) << path;
    for (const auto& d : diagnostics.items()) {
      EXPECT_FALSE(d.hint.empty()) << path << " says not what to do";
      EXPECT_FALSE(d.mark.file.empty()) << path << " has no place";
    }
    check(c, diag::to_text(diagnostics, false));
  }
}

TEST(Golden, RenderingIsAsWritten) {
  const auto found = cases("render");
  ASSERT_FALSE(found.empty());
  for (const fs::path& path : found) {
    const Case c = parse(path);
    std::string input = c.input, target = "debian-12";
    take_rule(input, "target", target);
    diag::Diagnostics diagnostics;
    const auto definition = model::load_sources(sources(input), diagnostics);
    ASSERT_TRUE(definition) << path << "\n" << diag::to_text(diagnostics, false);
    const auto files = conf::render(*definition, *host::layout(target), diagnostics);
    ASSERT_TRUE(files) << path << "\n" << diag::to_text(diagnostics, false);
    check(c, diag::to_text(diagnostics, false) + shown(*files));
  }
}

}  // namespace
}  // namespace wsgictl::test

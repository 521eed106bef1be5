// SPDX-License-Identifier: Apache-2.0
// Values of any bytes in any nesting, through the writer and back: what the writer takes is read
// as the very same directives, sections and values. fuzz/apache_reader.h says how Apache reads.
#include <cstdint>
#include <cstdlib>

#include "conf/printer.h"
#include "fuzz/apache_reader.h"

using namespace wsgictl;

namespace {

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(data, data + size) {}

  bool empty() const { return at_ >= rest_.size(); }
  unsigned number(unsigned below) { return empty() ? 0 : rest_[at_++] % below; }
  std::string text() {
    std::string out;
    for (unsigned left = number(40); left > 0 && !empty(); --left)
      out += static_cast<char>(rest_[at_++]);
    return out;
  }

 private:
  std::vector<std::uint8_t> rest_;
  std::size_t at_ = 0;
};

conf::Argument argument(Input& in, bool option) {
  const std::string name = option ? "option" + std::to_string(in.number(3)) : "";
  conf::Argument made{name, in.text(), true, {}};
  made.quoted = in.number(4) != 0;
  return made;
}

// Options have a directive of their own, as in Apache: words there, name=value here.
std::vector<conf::Argument> arguments(Input& in, bool options) {
  std::vector<conf::Argument> made;
  for (unsigned left = in.number(4); left > 0; --left) made.push_back(argument(in, options));
  return made;
}

conf::Block block(Input& in, unsigned depth) {
  conf::Block out{diag::Mark{"f.yaml", {1, 1, 0}, {1, 2, 1}}};
  for (unsigned left = in.number(8); left > 0 && !in.empty(); --left) {
    const unsigned kind = in.number(depth < 4 ? 7 : 6);
    if (kind == 0) {
      out.directive("Words", arguments(in, false));
    } else if (kind == 1) {
      out.directive("Options", arguments(in, true));
    } else if (kind == 2) {
      out.comment(in.text());
    } else if (kind == 3) {
      out.blank();
    } else if (kind == 4) {
      out.directive("RewriteRule", arguments(in, false));
    } else if (kind == 5) {
      auto words = arguments(in, false);
      words.insert(words.begin(), conf::word("expr"));
      out.directive("Require", std::move(words));
    } else {
      auto names = arguments(in, false);
      out.section("Section", std::move(names), block(in, depth + 1));
    }
  }
  return out;
}

void demand(bool good) {
  if (!good) std::abort();
}

void compare_raw(const conf::Node& node, const test::Read& read) {
  std::vector<std::string> wanted;
  for (const conf::Argument& argument : node.arguments) wanted.push_back(argument.text);
  if (node.name == "RewriteRule") {
    demand(test::words_of_rewrite(read.arguments) == wanted);
    return;
  }
  std::string expression;
  for (std::size_t i = 1; i < wanted.size(); ++i) expression += (i == 1 ? "" : " ") + wanted[i];
  demand(test::expression_of_require(read.arguments) == expression);
}

void compare(const conf::Node& node, const test::Read& read) {
  demand(read.name == node.name && read.section == (node.kind == conf::NodeKind::section));
  if (node.name == "RewriteRule" || node.name == "Require") return compare_raw(node, read);
  std::string_view rest = read.arguments;
  for (const conf::Argument& argument : node.arguments) {
    if (argument.option.empty()) {
      const auto word = wsgi::config::next_word(rest);
      demand(word && *word == argument.text);
    } else {
      const auto option = wsgi::config::next_option({"Options", "", ""}, rest);
      demand(option && *option && (*option)->name == argument.option);
      demand((*option)->value == argument.text);
    }
  }
  demand(test::trimmed(rest).empty());
}

void compare(const std::vector<conf::Node>& nodes, const std::vector<test::Read>& read) {
  std::size_t at = 0;
  for (const conf::Node& node : nodes) {
    if (node.kind == conf::NodeKind::comment || node.kind == conf::NodeKind::blank) continue;
    demand(at < read.size());
    compare(node, read[at]);
    compare(node.children, read[at].children);
    ++at;
  }
  demand(at == read.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input in(data, size);
  const conf::Block made = block(in, 0);
  diag::Diagnostics diagnostics;
  const auto printed = conf::print(made.nodes(), diagnostics);
  demand(printed.has_value() != diagnostics.has_errors());
  if (!printed) return 0;
  const auto read = test::read_apache(printed->text);
  demand(read.has_value());
  compare(made.nodes(), *read);
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// The lines of transcript.h for a tree of apache_values.h: as it was meant, and as the model of
// Apache's reader reads it once it is written.
#pragma once

#include "apache_conf/words.h"
#include "conf/ast.h"
#include "conf/escape.h"
#include "conf/raw_line.h"
#include "fuzz/apache_reader.h"
#include "fuzz/transcript.h"

namespace wsgictl::test {

// What mod_rewrite says of a line of rewrite() in apache_values.h.
inline std::string message_of_rewrite(const std::string& name,
                                      const std::vector<std::string>& words) {
  if (words.size() >= 3) {  // more is not read
    const std::string& flags = words[2];
    if (flags.size() < 2 || flags.front() != '[' || flags.back() != ']') return "no flags";
    return name + ": unknown flag '" + flags.substr(1, flags.size() - 2) + "'";
  }
  if (words.size() != 2) return "not two words";
  return name + ": cannot compile regular expression '" + words[name == "RewriteRule" ? 0 : 1] +
         "'";
}

// The constant in an expression of apache_values.h; nothing in any other.
inline std::optional<std::string> told_in(std::string_view expression) {
  for (const std::string_view start : {"\"x\" -told \"", "'x' -told '", "-n told('"}) {
    if (!expression.starts_with(start)) continue;
    std::string out;
    for (std::size_t i = start.size(); i < expression.size() && expression[i] != start.back();
         ++i) {
      if (expression[i] == '\\' && i + 1 < expression.size()) ++i;
      out += expression[i];
    }
    return out;
  }
  return std::nullopt;
}

inline std::string told_expression(int depth, const std::string& line) {
  const std::string expression = without_quotes(line);
  const auto value = told_in(expression);
  return told(depth, 'r', line) + (value ? told(depth, 'e', *value) : "");
}

// The text that a string expression is.
inline std::string told_text(int depth, std::string_view expression) {
  return told(depth, 'e', conf::literal_of_expression(expression).value_or("no literal"));
}

inline std::string transcript_of(const std::vector<conf::Node>& nodes, int depth = 0) {
  std::string out;
  for (const conf::Node& node : nodes) {
    if (node.kind == conf::NodeKind::comment || node.kind == conf::NodeKind::blank) continue;
    const bool section = node.kind == conf::NodeKind::section;
    out += told(depth, 'd', (section ? "<" : "") + node.name);
    if (node.name == "RewriteRule" || node.name == "RewriteCond") {
      std::vector<std::string> words;
      for (const conf::Argument& argument : node.arguments) words.push_back(argument.text);
      out += told(depth + 1, 'm', message_of_rewrite(node.name, words));
    } else if (node.name == "Require") {
      const std::size_t before = node.arguments[0].text == "not" ? 2 : 1;
      std::string line;
      for (std::size_t i = before; i < node.arguments.size(); ++i)
        line += (i == before ? "" : " ") + node.arguments[i].text;
      out += told_expression(depth + 1, node.arguments.size() == before ? "" : '"' + line + '"');
    } else if (node.name == "Text") {
      out += told_text(depth + 1, node.arguments[0].text);
    } else {
      for (const conf::Argument& argument : node.arguments) {
        if (!argument.option.empty()) out += told(depth + 1, 'o', argument.option);
        out += told(depth + 1, argument.option.empty() ? 'w' : 'v', argument.text);
      }
    }
    out += transcript_of(node.children, depth + 1);
  }
  return out;
}

inline std::string told_options(int depth, std::string_view rest) {
  std::string out;
  for (;;) {
    const auto option = wsgi::config::next_option({"Settings", "", ""}, rest);
    if (!option) return out + told(depth, 'm', "no option");
    if (!*option) return out;
    out += told(depth, 'o', (*option)->name) + told(depth, 'v', (*option)->value);
  }
}

// With the arguments as they are written.
inline std::string transcript_of(const std::vector<Read>& nodes, int depth = 0) {
  std::string out;
  for (const Read& node : nodes) {
    out += told(depth, 'd', (node.section ? "<" : "") + node.name);
    out += told(depth, 'a', node.arguments + (node.section ? ">" : ""));
    if (node.name == "RewriteRule" || node.name == "RewriteCond") {
      const auto message =
          message_of_rewrite(node.name, conf::arguments_of_rewrite(node.arguments));
      out += told(depth + 1, 'm', message);
    } else if (node.name == "Require") {
      out += told_expression(depth + 1, line_of_expression(node.arguments).value_or("no line"));
    } else if (node.name == "Settings") {
      out += told_options(depth + 1, node.arguments);
    } else if (node.name == "Text") {
      std::string_view rest = node.arguments;
      out += told_text(depth + 1, wsgi::config::next_word(rest).value_or("no word"));
    } else {
      const auto words = wsgi::config::split_words(node.arguments);
      for (const std::string& word : words) out += told(depth + 1, 'w', word);
      // The tool's reader takes no blanks at the end of a line.
      const std::string line(trimmed(node.arguments));
      if (wsgi::config::split_words(line) != apache_conf::split_words(line))
        out += told(depth + 1, 'm', "import reads other words");
    }
    out += transcript_of(node.children, depth + 1);
  }
  return out;
}

// Whether the tool's own reader takes the same lines as the model does.
inline bool same_lines(std::string_view text) {
  const auto lines = apache_conf::logical_lines(text);
  std::size_t at = 0;
  while (!text.empty()) {
    const std::string whole = next_line(text);
    const std::string_view line = trimmed(whole);
    if (line.empty() || line[0] == '#') continue;
    if (at == lines.size() || lines[at].text != line) return false;
    ++at;
  }
  return at == lines.size();
}

// TRANSCRIPT without the arguments as they are written, which the tree does not know.
inline std::string values_only(std::string_view transcript) {
  std::string out;
  while (!transcript.empty()) {
    const std::string_view line = transcript.substr(0, transcript.find('\n') + 1);
    transcript.remove_prefix(line.size());
    if (line.find(" a ") != line.find(' ')) out += line;
  }
  return out;
}

}  // namespace wsgictl::test

// SPDX-License-Identifier: Apache-2.0
// Configuration text; see printer.h.
#include "conf/printer.h"

#include <fmt/format.h>

#include "conf/escape.h"
#include "conf/module_tables.h"
#include "conf/raw_line.h"
#include "diag/codes.h"
#include "diag/text.h"

namespace wsgictl::conf {
namespace {

class Printer {
 public:
  Printer(Printed& out, diag::Diagnostics& diagnostics) : out_(out), diagnostics_(diagnostics) {}

  bool ok() const { return ok_; }

  void nodes(const std::vector<Node>& list, int depth) {
    for (const Node& node : list) one(node, depth);
  }

 private:
  void line(const Node& node, int depth, const std::string& text) {
    out_.text +=
        text.empty() ? "\n" : std::string(static_cast<std::size_t>(depth) * 4, ' ') + text + "\n";
    out_.origins.push_back(node.origin);
  }

  void refuse(const Node& node, const Argument& argument, const char* code, const char* what) {
    ok_ = false;
    diagnostics_.add(diag::make(code, argument.mark.file.empty() ? node.origin : argument.mark,
                                fmt::format("{} {}", diag::quote(argument.text), what),
                                "change the value; Apache would read something else"));
  }

  bool writable(const Node& node, const Argument& arg) {
    switch (unwritable(arg.text)) {
      case Unwritable::line_feed:
        refuse(node, arg, "WCTL1601", "holds a line feed");
        return false;
      case Unwritable::control_character:
        refuse(node, arg, "WCTL1601", "holds a control character");
        return false;
      case Unwritable::substitution:
        refuse(node, arg, "WCTL1602", "holds ${, which Apache would replace");
        return false;
      case Unwritable::none:
        return true;
    }
    return false;
  }

  std::string argument(const Argument& arg) {
    const std::string text =
        !arg.quoted && is_plain_word(arg.text) ? arg.text : conf::quoted(arg.text);
    return arg.option.empty() ? text : arg.option + "=" + text;
  }

  std::string rewrite(const Node& node, const Argument& arg) {
    if (!arg.quoted && is_plain_word(arg.text)) return arg.text;
    if (const auto text = quoted_for_rewrite(arg.text)) return *text;
    refuse(node, arg, "WCTL1441", "holds both kinds of quotes");
    return "";
  }

  std::string joined(const Node& node) {
    std::vector<std::string> texts;
    bool good = true, options = false;
    for (const Argument& arg : node.arguments) {
      texts.push_back(arg.text);
      good = writable(node, arg) && good;
      options = options || !arg.option.empty();
    }
    if (!good) return "";
    const bool raw = node.kind == NodeKind::directive && !options;
    const LineForm form = raw ? line_form(node.name, texts) : LineForm::words;
    const std::size_t before = words_before(form, texts);
    std::string text, expression;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const Argument& arg = node.arguments[i];
      if (form == LineForm::expression && i >= before)
        expression += (i == before ? "" : " ") + texts[i];
      else
        text += " " + (form == LineForm::rewrite      ? rewrite(node, arg)
                       : form == LineForm::expression ? texts[i]
                                                      : argument(arg));
    }
    if (texts.size() > before && form == LineForm::expression) text += " \"" + expression + '"';
    return text;
  }

  void directive(const Node& node, int depth) {
    const std::string arguments = joined(node);
    line(node, depth, node.name + arguments);
    if (!ok_) return;
    if (const auto message = module_refuses(node.name, arguments)) {
      ok_ = false;
      diagnostics_.add(diag::make("WCTL1615", node.origin, *message,
                                  "use the same release of wsgictl and of the module"));
    }
  }

  void one(const Node& node, int depth) {
    switch (node.kind) {
      case NodeKind::directive:
        directive(node, depth);
        return;
      case NodeKind::section:
        line(node, depth, "<" + node.name + joined(node) + ">");
        nodes(node.children, depth + 1);
        line(node, depth, "</" + node.name + ">");
        return;
      case NodeKind::comment: {
        // A backslash at the end would join the next line to the comment.
        const std::string text = diag::escape(node.name);
        line(node, depth, "# " + text + (text.ends_with('\\') ? "." : ""));
        return;
      }
      case NodeKind::blank:
        line(node, depth, "");
        return;
    }
  }

  Printed& out_;
  diag::Diagnostics& diagnostics_;
  bool ok_ = true;
};

}  // namespace

std::optional<Printed> print(const std::vector<Node>& nodes, diag::Diagnostics& diagnostics) {
  Printed out;
  Printer printer(out, diagnostics);
  printer.nodes(nodes, 0);
  if (!printer.ok()) return std::nullopt;
  return out;
}

}  // namespace wsgictl::conf

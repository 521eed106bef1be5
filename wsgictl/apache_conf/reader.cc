// SPDX-License-Identifier: Apache-2.0
// The reader; see reader.h. One Reader for one configuration, on the stack of its caller.
#include "apache_conf/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>

#include "apache_conf/conditions.h"
#include "apache_conf/files.h"
#include "apache_conf/words.h"
#include "diag/text.h"
#include "sys/files.h"

namespace wsgictl::apache_conf {
namespace {

constexpr std::size_t kMaxFiles = 10000;
constexpr std::size_t kMaxTotal = 64u << 20;  // bytes of all files

class Reader {
 public:
  explicit Reader(const Settings& settings) : settings_(settings) {
    for (const std::string& name : settings.defines) defines_.emplace(name, std::nullopt);
    for (const std::string& name : settings.modules) add_module(name);
    out_.server_root = settings.server_root;
  }

  Configuration file(const std::string& name) {
    root_of(name);
    if (!read_file(name, {name, 0, 0}, out_.nodes)) missing({name, 0, 0}, name);
    return std::move(out_);
  }

  Configuration text(const std::string& name, std::string_view content) {
    root_of(name);
    lines(name, std::string(content), out_.nodes);
    return std::move(out_);
  }

 private:
  // An open section: where its children go, and its name for the closing tag.
  struct Open {
    std::string name;
    Place place;
    std::vector<Node>* into;  // nodes around it
    Node node;
    bool transparent = false;  // a condition that holds: its children belong outside
    bool skip = false;         // a condition that fails, or inside one
  };

  void root_of(const std::string& file) {
    if (out_.server_root.empty())
      out_.server_root = std::filesystem::path(file).parent_path().string();
  }

  void problem(Trouble trouble, const Place& place, std::string message) {
    out_.problems.push_back({trouble, place, std::move(message)});
  }
  void missing(const Place& place, const std::string& what) {
    problem(Trouble::not_readable, place, fmt::format("cannot read {}", diag::quote(what)));
  }

  void add_module(std::string_view name) {
    const std::string short_name = module_name(name);
    if (modules_.insert(short_name).second) out_.modules.push_back(short_name);
  }

  // False if the file cannot be read.
  bool read_file(const std::string& name, const Place& from, std::vector<Node>& into) {
    auto content = read_whole(sys::below(settings_.root, name));
    if (!content) return false;
    total_ += content->size();
    if (depth_ >= kMaxDepth || ++files_ > kMaxFiles || total_ > kMaxTotal) {
      if (!stopped_) problem(Trouble::limit, from, "too many files, or files in files too deep");
      stopped_ = true;
      return true;
    }
    ++depth_;
    lines(name, std::move(*content), into);
    --depth_;
    return true;
  }

  void lines(const std::string& file, std::string content, std::vector<Node>& into) {
    std::vector<Open> open;
    for (const Line& line : logical_lines(content)) {
      if (stopped_) break;
      one(line.text, {file, line.first, line.last}, into, open);
    }
    while (!open.empty()) {
      problem(Trouble::unclosed_section, open.back().place,
              fmt::format("<{}> is not closed in this file", open.back().name));
      close(open, into);
    }
    out_.sources.insert_or_assign(file, std::move(content));
  }

  static bool skipping(const std::vector<Open>& open) { return !open.empty() && open.back().skip; }

  // The list that the next node belongs to.
  static std::vector<Node>& target(std::vector<Open>& open, std::vector<Node>& top) {
    for (auto it = open.rbegin(); it != open.rend(); ++it)
      if (!it->transparent) return it->node.children;
    return top;
  }

  void close(std::vector<Open>& open, std::vector<Node>& top) {
    Open last = std::move(open.back());
    open.pop_back();
    if (!last.transparent && !last.skip) target(open, top).push_back(std::move(last.node));
  }

  void one(const std::string& raw, const Place& place, std::vector<Node>& top,
           std::vector<Open>& open) {
    const bool skip = skipping(open);
    std::string text = skip ? raw : resolve(raw, place);
    std::string_view rest = text;
    if (rest.starts_with("</")) {
      closing(rest.substr(2), place, top, open);
      return;
    }
    std::string name = take_word(rest);
    if (name.starts_with('<')) {
      begin(name.substr(1), rest, place, open);
      return;
    }
    if (skip || name.empty()) return;
    std::vector<std::string> words = split_arguments(name, rest);
    Node node{std::move(name), false, std::string(rest), std::move(words), {}, place};
    if (!immediate(node, target(open, top))) target(open, top).push_back(std::move(node));
  }

  std::string resolve(const std::string& raw, const Place& place) {
    std::vector<std::string> unknown;
    std::string text = substitute(
        raw, [this](const std::string& name) { return variable(name); }, unknown);
    for (const std::string& name : unknown) {
      // Expressions have variables of their own in %{}, not in ${}; so this is one that is missing.
      problem(Trouble::undefined_name, place, fmt::format("${{{}}} is not defined", name));
    }
    return text;
  }

  std::optional<std::string> variable(const std::string& name) const {
    const auto defined = defines_.find(name);
    if (defined != defines_.end() && defined->second) return defined->second;
    const auto found = settings_.environment.find(name);
    if (found != settings_.environment.end()) return found->second;
    return std::nullopt;
  }

  void begin(std::string name, std::string_view rest, const Place& place, std::vector<Open>& open) {
    std::string arguments(rest);
    if (arguments.empty() && name.ends_with('>')) {
      name.pop_back();
    } else if (const auto end = arguments.rfind('>'); end != std::string::npos) {
      arguments.erase(end);  // Apache does not look at what follows
      while (arguments.ends_with(' ') || arguments.ends_with('\t')) arguments.pop_back();
    } else if (!skipping(open)) {
      problem(Trouble::malformed, place, fmt::format("<{}> lacks its closing >", name));
    }
    Open section;
    section.name = name;
    section.place = place;
    section.skip = skipping(open);
    if (!section.skip && open.size() >= kMaxDepth) {
      problem(Trouble::limit, place,
              fmt::format("sections nested more than {} levels deep", kMaxDepth));
      section.skip = true;
    }
    if (!section.skip && is_condition(name)) {
      condition(section, arguments);
    } else if (!section.skip && same_name(name, "Macro")) {
      problem(Trouble::macro, place, "macros are not expanded");
      section.skip = true;
    }
    std::vector<std::string> words = split_arguments(name, arguments);
    section.node = {std::move(name), true, std::move(arguments), std::move(words), {}, place};
    open.push_back(std::move(section));
  }

  void condition(Open& section, const std::string& arguments) {
    std::set<std::string> defines;
    for (const auto& [name, value] : defines_) defines.insert(name);
    const Known known{modules_, defines, settings_.version, settings_.root, out_.server_root};
    section.transparent = true;
    switch (judge(section.name, arguments, known)) {
      case Verdict::holds:
        return;
      case Verdict::fails:
        section.skip = true;
        out_.skipped.push_back({section.place, section.name + " " + arguments});
        return;
      case Verdict::unknown:
        problem(Trouble::not_judged, section.place,
                fmt::format("only the server can judge <{} {}>; taken as true", section.name,
                            arguments));
        return;
      case Verdict::malformed:
        problem(Trouble::malformed, section.place,
                fmt::format("<{}> needs an argument", section.name));
        section.skip = true;
    }
  }

  void closing(std::string_view text, const Place& place, std::vector<Node>& top,
               std::vector<Open>& open) {
    const std::string_view name = text.substr(0, text.find_first_of("> \t"));
    if (!open.empty() && same_name(open.back().name, name)) {
      close(open, top);
      return;
    }
    problem(Trouble::unclosed_section, place,
            open.empty() ? fmt::format("</{}> closes nothing", name)
                         : fmt::format("expected </{}>, found </{}>", open.back().name, name));
  }

  // Directives that act while Apache reads; true if NODE is one that is in no tree.
  bool immediate(const Node& node, std::vector<Node>& into) {
    const auto word = [&](std::size_t i) {
      return i < node.words.size() ? node.words[i] : std::string();
    };
    if (node.is("Include") || node.is("IncludeOptional")) {
      include(node, into);
      return true;
    }
    if (node.is("Define")) {
      if (node.words.size() > 1) {
        defines_[word(0)] = word(1);
      } else {
        defines_.emplace(word(0), std::nullopt);
      }
      return true;
    }
    if (node.is("UnDefine")) {
      defines_.erase(word(0));
      return true;
    }
    if (node.is("Use")) {
      problem(Trouble::macro, node.place, "macros are not expanded");
      return true;
    }
    if (node.is("ServerRoot")) out_.server_root = word(0);
    if (node.is("LoadModule")) add_module(word(0));
    return false;
  }

  void include(const Node& node, std::vector<Node>& into) {
    const bool optional = node.is("IncludeOptional");
    const std::string pattern = node.words.empty() ? "" : node.words[0];
    const std::string path = (std::filesystem::path(out_.server_root) / pattern).string();
    const auto found =
        pattern.empty() ? std::vector<std::string>() : included_files(settings_.root, path);
    if (found.empty() && !optional) missing(node.place, path);
    for (const std::string& file : found)
      if (!stopped_ && !read_file(file, node.place, into)) missing(node.place, file);
  }

  const Settings& settings_;
  Configuration out_;
  std::map<std::string, std::optional<std::string>> defines_;
  std::set<std::string> modules_;
  std::size_t depth_ = 0;
  std::size_t files_ = 0, total_ = 0;
  bool stopped_ = false;
};

}  // namespace

bool Node::is(std::string_view directive) const { return same_name(name, directive); }

diag::Mark mark(const Place& place, const std::map<std::string, std::string>& sources) {
  diag::Mark out{place.file, {place.line, 1, 0}, {place.line, 1, 0}};
  const auto source = sources.find(place.file);
  if (source == sources.end() || place.line < 1) return out;
  const std::string& text = source->second;
  std::size_t start = 0;
  for (int line = 1; line < place.line && start != std::string::npos; ++line)
    start = text.find('\n', start) == std::string::npos ? text.size() : text.find('\n', start) + 1;
  const std::size_t first = std::min(text.find_first_not_of(" \t", start), text.size());
  const std::size_t end = std::max(first, std::min(text.find_first_of("\r\n", first), text.size()));
  out.start.byte = first;
  out.start.column = static_cast<int>(first - start) + 1;
  out.end.byte = end;
  out.end.column =
      out.start.column + static_cast<int>(diag::code_points(text.substr(first, end - first)));
  return out;
}

Configuration read_configuration(const std::string& file, const Settings& settings) {
  return Reader(settings).file(file);
}

Configuration read_text(const std::string& file, std::string_view text, const Settings& settings) {
  return Reader(settings).text(file, text);
}

std::string module_name(std::string_view text) {
  if (text.ends_with("_module")) text.remove_suffix(7);
  if (text.ends_with(".c")) text.remove_suffix(2);
  if (text.starts_with("mod_")) text.remove_prefix(4);
  if (text.starts_with("mpm_")) text.remove_prefix(4);
  return std::string(text);
}

}  // namespace wsgictl::apache_conf

// SPDX-License-Identifier: Apache-2.0
// Walks the tree once and resolves what is in effect where; see facts.h.
#include "apache_check/facts.h"

#include <algorithm>

#include "model/routing.h"

namespace wsgictl::apache_check {
namespace {

bool pattern(const Node& section) {
  return !section.words.empty() &&
         (section.words[0] == "~" || section.words[0].find_first_of("*?[") != std::string::npos);
}

std::string plain(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

Options options_in(const std::vector<std::string>& words, std::size_t from) {
  Options out;
  for (std::size_t i = from; i < words.size(); ++i)
    if (const auto equals = words[i].find('='); equals != std::string::npos)
      out[words[i].substr(0, equals)] = words[i].substr(equals + 1);
  return out;
}

void walk(const std::vector<Node>& nodes, Used here, Facts& facts) {
  for (const Node& node : nodes) {
    here.node = &node;
    facts.all.push_back(here);
    if (!node.section) continue;
    Used inside = here;
    if (node.is("VirtualHost"))
      inside.vhost = &node;
    else
      inside.sections.push_back(&node);
    walk(node.children, inside, facts);
  }
}

// How late Apache merges the innermost of SECTIONS, after those of the main server: Directory by
// length, then Files, then Location in the order of the file.
std::size_t rank(const Used& used) {
  std::size_t rank = used.vhost != nullptr ? 1 : 0;
  for (const Node* section : used.sections) {
    const std::size_t length = section->words.empty() ? 0 : section->words.back().size();
    if (section->is("Directory")) rank = 2 * length + 2 + (used.vhost != nullptr ? 1 : 0);
    if (section->is("DirectoryMatch")) rank = 100000;
    if (section->is("Files") || section->is("FilesMatch")) rank = 200000;
    if (section->is("Location") || section->is("LocationMatch")) rank = 300000;
    if (section->is("If")) rank = 400000;
  }
  return rank;
}

void add_mount(const Used& used, Facts& facts) {
  const auto& words = used.node->words;
  Mount mount;
  mount.at = used;
  mount.url = used.node->is("WSGIScriptAliasMatch") ? "" : plain(words[0]);
  mount.script = plain(words[1]);
  mount.options = options_in(words, 2);
  facts.mounts.push_back(std::move(mount));
}

void resolve(Mount& mount, const Facts& facts) {
  const auto value = [&](const char* directive, const char* name) {
    std::string text = option(mount.options, name);
    if (text.empty())
      if (const Used* used = facts.effective(directive, mount); used && !used->node->words.empty())
        text = used->node->words[0];
    return text;
  };
  mount.process_group = value("WSGIProcessGroup", "process-group");
  if (mount.process_group == "%{GLOBAL}") mount.process_group.clear();
  mount.application_group = value("WSGIApplicationGroup", "application-group");
  if (mount.application_group == "%{RESOURCE}") mount.application_group.clear();
}

}  // namespace

bool same_text(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    const auto low = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return low(x) == low(y);
  });
}

std::string option(const Options& options, const std::string& name) {
  const auto it = options.find(name);
  return it == options.end() ? "" : it->second;
}

std::string server_name(const Node* vhost) {
  if (vhost == nullptr) return "";
  for (const Node& node : vhost->children)
    if (node.is("ServerName") && !node.words.empty()) return node.words[0];
  return "";
}

Cover covers(const Node& section, const Mount& mount) {
  const bool folder = section.is("Directory");
  const bool location = section.is("Location");
  if (section.is("Proxy") || section.is("ProxyMatch")) return Cover::no;
  if (!folder && !location && !section.is("Files")) return Cover::pattern;
  if (section.words.empty() || pattern(section)) return Cover::pattern;
  const std::string path = plain(section.words[0]);
  if (location) {
    if (mount.url.empty()) return Cover::pattern;
    return model::is_below_or_equal(mount.url, path) ? Cover::yes : Cover::no;
  }
  if (folder) return model::is_below_or_equal(mount.script, path) ? Cover::yes : Cover::no;
  return path == mount.script.substr(mount.script.rfind('/') + 1) ? Cover::yes : Cover::no;
}

bool covers_all(const std::vector<const Node*>& sections, const Mount& mount) {
  return std::all_of(sections.begin(), sections.end(),
                     [&](const Node* section) { return covers(*section, mount) != Cover::no; });
}

std::vector<const Used*> Facts::uses(std::string_view directive) const {
  std::vector<const Used*> out;
  for (const Used& used : all)
    if (used.node->is(directive)) out.push_back(&used);
  return out;
}

const Used* Facts::effective(std::string_view directive, const Mount& mount) const {
  const Used* best = nullptr;
  for (const Used* used : uses(directive)) {
    if (used->vhost != nullptr && used->vhost != mount.at.vhost) continue;
    if (!covers_all(used->sections, mount)) continue;
    if (best == nullptr || rank(*used) >= rank(*best)) best = used;
  }
  return best;
}

const Group* Facts::group(std::string_view name) const {
  for (const Group& group : groups)
    if (group.name == name) return &group;
  return nullptr;
}

diag::Mark Facts::mark(const Node& node, std::string_view word) const {
  diag::Mark whole = apache_conf::mark(node.place, configuration->sources);
  const auto source = configuration->sources.find(node.place.file);
  if (word.empty() || source == configuration->sources.end()) return whole;
  const std::string& text = source->second;
  std::size_t end = whole.start.byte;
  for (int line = node.place.line; line <= node.place.last_line && end < text.size(); ++line)
    end = std::min(text.find('\n', end), text.size() - 1) + 1;
  const std::size_t at = text.substr(0, end).find(word, whole.start.byte);
  if (at == std::string::npos) return whole;  // written in another form: quotes, a variable
  diag::Position p = whole.start;
  const auto advance = [&](std::size_t to) {
    for (; p.byte < to; ++p.byte) {
      const auto c = static_cast<unsigned char>(text[p.byte]);
      if (c == '\n') {
        ++p.line;
        p.column = 1;
      } else if ((c & 0xc0u) != 0x80u) {
        ++p.column;
      }
    }
    return p;
  };
  whole.start = advance(at);
  whole.end = advance(at + word.size());
  return whole;
}

Facts facts_of(const apache_conf::Configuration& configuration) {
  Facts facts;
  facts.configuration = &configuration;
  walk(configuration.nodes, {}, facts);
  for (const Used& used : facts.all) {
    const auto& words = used.node->words;
    if (used.node->is("WSGIDaemonProcess") && !words.empty())
      facts.groups.push_back({words[0], used, options_in(words, 1)});
    const bool alias = used.node->is("WSGIScriptAlias") || used.node->is("WSGIScriptAliasMatch");
    if (alias && words.size() >= 2) add_mount(used, facts);
  }
  for (Mount& mount : facts.mounts) resolve(mount, facts);
  return facts;
}

}  // namespace wsgictl::apache_check

// SPDX-License-Identifier: Apache-2.0
// Rules merged; see guards.h.
#include "import/guards.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "import/access.h"
#include "import/covers.h"
#include "model/routing.h"

namespace wsgictl::importing {
namespace {

using apache_check::same_text;

constexpr const char* kOpen = "without them everybody may use the route: write access for it";

std::string where(const Route& route) { return "route " + route.url; }

bool is_require(const Node& node) {
  return node.is("Require") || (node.section && is_access(node));
}

// mod_access_compat: its rules and those of Require hold beside each other.
bool is_compat(const Node& node) {
  return node.is("Order") || node.is("Allow") || node.is("Deny") || node.is("Satisfy");
}

bool is_htaccess(const Node& node) {
  return node.is("AllowOverride") && !(node.words.size() == 1 && same_text(node.words[0], "None"));
}

}  // namespace

bool restricts(const Node& section) {
  return std::any_of(section.children.begin(), section.children.end(), [](const Node& child) {
    return (is_access(child) && !grants_all(child)) || child.is("SSLRequire") ||
           child.is("SSLRequireSSL") || (child.section && restricts(child));
  });
}

std::string opens_without(const Node& node) {
  if (!node.is("SSLRequire") && !node.is("SSLRequireSSL") && !restricts(node)) return "";
  return "without it more people may use what it covers: keep it in a file of your own, or write "
         "a route with access";
}

struct Guards::Section {
  const Node* node;
  const Section* around;  // <Directory> of a <Files>, or null
  bool stays;             // of the main server, and not imported
  int rank;
  std::vector<const Node*> rules;

  Covers of(const Route& route) const {
    const Covers outer = around == nullptr ? Covers::yes : around->of(route);
    const Covers own = outer == Covers::no ? Covers::no : covers(*node, route);
    return own == Covers::yes ? outer : own;
  }
};

struct Guards::Merged {
  struct Rule {
    const Node* node;
    const Section* section;
  };
  std::vector<Rule> rules;
  std::vector<Rule> doubtful;            // of sections that only Apache can judge
  std::vector<const Section*> sections;  // that cover the route
  const Node* htaccess = nullptr;        // AllowOverride that holds
  std::string unclear;                   // why the rules cannot be told

  void remove(const std::function<bool(const Rule&)>& which) {
    rules.erase(std::remove_if(rules.begin(), rules.end(), which), rules.end());
  }
  bool open() const {
    return std::all_of(rules.begin(), rules.end(),
                       [](const Rule& rule) { return grants_all(*rule.node); });
  }
  void add(const Section& section);
};

Guards::Guards(Work& work, Routes& routes, const Host& host,
               const std::vector<const Node*>& imported)
    : work_(work), routes_(routes) {
  for (const Node& node : work.configuration.nodes) add(node, nullptr);
  for (const auto& section : sections_) {
    const Node* outermost = section->around == nullptr ? section->node : section->around->node;
    section->stays = std::find(imported.begin(), imported.end(), outermost) == imported.end();
  }
  if (host.node != nullptr)
    for (const Node* node : host.nodes) add(*node, nullptr);
  std::stable_sort(sections_.begin(), sections_.end(),
                   [](const auto& a, const auto& b) { return a->rank < b->rank; });
}

Guards::~Guards() = default;

void Guards::add(const Node& node, const Section* around) {
  if (!is_section_of_paths(node)) return;
  auto section = std::make_unique<Section>(
      Section{&node, around, false, merge_rank(node, around != nullptr), {}});
  for (const Node& child : node.children)
    if (is_access(child)) section->rules.push_back(&child);
  const Section* made = sections_.emplace_back(std::move(section)).get();
  for (const Node& child : node.children)
    if (child.is("Files") || child.is("FilesMatch")) add(child, made);
}

// The rules of one more SECTION, which comes later than those before it.
void Guards::Merged::add(const Section& section) {
  sections.push_back(&section);
  for (const Node& child : section.node->children)
    if (child.is("AllowOverride"))
      htaccess = section.stays && is_htaccess(child) ? &child : nullptr;
  const auto any = [&](auto what) {
    return std::any_of(section.rules.begin(), section.rules.end(),
                       [&](const Node* node) { return what(*node); });
  };
  const bool joins = any([](const Node& node) {
    return node.is("AuthMerging") && (node.words.empty() || !same_text(node.words[0], "Off"));
  });
  if (joins) unclear = "AuthMerging puts the rules of several sections together";
  if (any(is_require) && !joins) {
    remove([](const Rule& rule) { return is_require(*rule.node); });
    doubtful.clear();
  }
  if (any(is_compat)) {
    const bool before = std::any_of(rules.begin(), rules.end(), [](const Rule& rule) {
      return is_compat(*rule.node) && !grants_all(*rule.node);
    });
    if (before)
      unclear = "more than one section around the route has Order, Allow, Deny or Satisfy";
    else
      remove([](const Rule& rule) { return is_compat(*rule.node); });
  }
  for (const Node* node : section.rules) {
    if (node->is("AuthMerging") && !joins) continue;
    if (!is_require(*node) && !is_compat(*node))
      remove([&](const Rule& rule) {
        return rule.section != &section && same_text(rule.node->name, node->name);
      });
    rules.push_back({node, &section});
  }
}

Guards::Merged Guards::merge(const Route& route) const {
  Merged out;
  for (const auto& section : sections_) {
    const Covers how = section->of(route);
    if (how == Covers::yes) out.add(*section);
    if (how == Covers::perhaps)
      for (const Node* node : section->rules) out.doubtful.push_back({node, section.get()});
  }
  const auto is_grant = [](const Merged::Rule& rule) { return grants_all(*rule.node); };
  std::set<const Section*> restricting;
  bool denies = false, satisfy = false;
  for (const Merged::Rule& rule : out.rules) {
    if (!is_grant(rule)) restricting.insert(rule.section);
    denies = denies || (is_compat(*rule.node) && !is_grant(rule));
    satisfy = satisfy || rule.node->is("Satisfy");
  }
  if (satisfy && restricting.size() > 1)
    out.unclear = "Satisfy joins the rules of several sections";
  // Grants of 2.2 say nothing beside Require.
  if (!denies && !out.open())
    out.remove([&](const auto& rule) { return is_compat(*rule.node) && is_grant(rule); });
  if (out.open()) std::erase_if(out.doubtful, is_grant);
  return out;
}

// ROUTE has it from the <Location> of a route above.
bool Guards::is_handed_down(const Section& section, const Route& route) const {
  if (!section.node->is("Location")) return false;
  const std::string url = without_slash(section.node->words.back());
  return url != route.url && routes_.at(url) != nullptr;
}

void Guards::write(Route& route, const Merged& merged) {
  std::vector<const Node*> nodes;
  const Section* folder = nullptr;
  for (const Merged::Rule& rule : merged.rules) {
    if (is_handed_down(*rule.section, route)) continue;
    nodes.push_back(rule.node);
    if (!grants_all(*rule.node) && !rule.section->node->is("Location")) folder = rule.section;
  }
  if (nodes.empty()) return;
  add_access(work_, nodes, where(route), route.json);
  guarded_.push_back(route.url);
  if (folder != nullptr) moved_.push_back({&route, folder});
}

void Guards::say_moved() {
  for (const Moved& moved : moved_) {
    const Route& route = *moved.route;
    if (routes_.has_deeper(route.url))
      work_.ledger.changed(*moved.folder->node, "",
                           "the rules of this folder hold for all below " + route.url + " now",
                           "give the routes below it an access of their own");
    for (const auto& section : sections_)
      if (section->stays && work_.ledger.open(*section->node) && restricts(*section->node) &&
          may_cover_part(*section->node, route))
        work_.ledger.say("WCTL2501", *section->node,
                         fmt::format("{} is not carried: the rules of {} hold there now",
                                     spoken(*section->node), where(route)),
                         "write a route with access for what it protects");
  }
}

void Guards::say_lost(const Route& route, const Merged& merged) {
  if (merged.htaccess != nullptr && work_.ledger.open(*merged.htaccess))
    work_.ledger.left_out(*merged.htaccess, "what .htaccess files say belongs into the definition");
  // A section that stays where it is comes later than the folder's own, but not than a file's or
  // the <Location>.
  const bool guarded = std::find(guarded_.begin(), guarded_.end(), route.url) != guarded_.end();
  for (const Merged::Rule& rule : merged.doubtful)
    if (work_.ledger.open(*rule.node) && (!rule.section->stays || guarded || !route.file.empty()))
      work_.ledger.left_out(*rule.node,
                            fmt::format("only Apache can tell whether {} covers {}",
                                        spoken(*rule.section->node), where(route)),
                            kOpen);
  for (const Section* section : merged.sections) {
    if (!section->stays || section->node->is("Location")) continue;
    for (const Node& child : section->node->children)
      if (child.section && !is_access(child) && !is_section_of_paths(child) && restricts(child) &&
          work_.ledger.open(child))
        work_.ledger.left_out(child, "a definition has no such section", kOpen);
  }
}

void Guards::take(Route& route, const Merged& merged) {
  if (merged.unclear.empty() && merged.open()) {
    const bool closed_above = std::any_of(
        guarded_.begin(), guarded_.end(),
        [&](const std::string& url) { return model::is_below_or_equal(route.url, url); });
    for (const Merged::Rule& rule : merged.rules) {
      const auto extra = extra_directive(*rule.node);
      if (closed_above && extra && rule.node->is("Require") &&
          !is_handed_down(*rule.section, route)) {
        route.json["extra_directives"].push_back(*extra);
        work_.ledger.as_is(*rule.node, where(route));
      }
      work_.ledger.take(*rule.node);
    }
    return;
  }
  const bool own = std::any_of(merged.rules.begin(), merged.rules.end(), [&](const auto& rule) {
    return !is_handed_down(*rule.section, route) &&
           (!grants_all(*rule.node) || rule.section->node->is("Location"));
  });
  if (own) write(route, merged.unclear.empty() ? merged : only_last(merged));
}

// Of rules that no <Location> can say together, those of the last section: closed rather than open.
Guards::Merged Guards::only_last(const Merged& merged) {
  Merged out = merged;
  const Section* last = nullptr;
  for (const Merged::Rule& rule : merged.rules)
    if (is_require(*rule.node) && !grants_all(*rule.node)) last = rule.section;
  for (const Merged::Rule& rule : merged.rules) {
    const bool stays = !is_compat(*rule.node) && !rule.node->is("AuthMerging") &&
                       (!is_require(*rule.node) || rule.section == last);
    if (stays) continue;
    out.remove([&](const auto& other) { return other.node == rule.node; });
    if (work_.ledger.open(*rule.node) && !grants_all(*rule.node))
      work_.ledger.left_out(*rule.node, merged.unclear,
                            "compare who may use the route now, and write access for it");
  }
  return out;
}

void Guards::apply() {
  std::vector<Route*> routes;
  for (Route& route : routes_.list()) routes.push_back(&route);
  std::stable_sort(routes.begin(), routes.end(),
                   [](const Route* a, const Route* b) { return a->url.size() < b->url.size(); });
  for (Route* route : routes) {
    const Merged merged = merge(*route);
    take(*route, merged);
    say_lost(*route, merged);
  }
}

}  // namespace wsgictl::importing

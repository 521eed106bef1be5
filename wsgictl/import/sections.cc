// SPDX-License-Identifier: Apache-2.0
// Sections backwards; see sections.h.
#include "import/sections.h"

#include <algorithm>

#include "import/access.h"
#include "model/routing.h"

namespace wsgictl::importing {
namespace {

using apache_check::same_text;
using Kind = Route::Kind;

bool plain(const Node& section) {
  return section.words.size() == 1 && section.words[0].find_first_of("*?[") == std::string::npos;
}

std::string where(const Route& route) { return "route " + route.url; }

// What every folder and script has anyway, or what has no effect on a script.
bool says_nothing(const Node& node, bool script) {
  if (node.is("AllowOverride")) return node.words.size() == 1 && same_text(node.words[0], "None");
  if (!node.is("Options") || node.words.empty()) return false;
  return std::all_of(node.words.begin(), node.words.end(), [&](const std::string& word) {
    return same_text(word, "SymLinksIfOwnerMatch") || same_text(word, "-Indexes") ||
           (script && (same_text(word, "FollowSymLinks") || same_text(word, "ExecCGI") ||
                       same_text(word, "+ExecCGI") || same_text(word, "+FollowSymLinks")));
  });
}

}  // namespace

void Sections::own(const Node& section) {
  if (!work_.ledger.open(section)) return;
  if (section.is("Location") && plain(section)) {
    Route* route = routes_.at(without_slash(section.words[0]));
    if (route != nullptr) {
      work_.ledger.take(section);
      contents(section, {route}, true);
      return;
    }
    const bool guards = std::any_of(section.children.begin(), section.children.end(),
                                    [](auto& n) { return is_access(n) && !grants_all(n); });
    work_.ledger.left_out(section, "no route begins there",
                          guards ? "without it everybody may use that path: keep it in a file of "
                                   "your own, or write a route with access"
                                 : "");
    return;
  }
  const Covered covered = below(section);
  if (covered.empty()) {
    work_.ledger.left_out(section, section.is("Directory") && plain(section)
                                       ? "no route is served from this folder"
                                       : "a definition has no such section");
    return;
  }
  work_.ledger.take(section);
  contents(section, covered, false);
}

void Sections::shared(const Node& section) {
  if (section.is("Directory") && plain(section) && section.words[0] == "/") return;
  if (section.is("Location") &&
      (!plain(section) || routes_.at(without_slash(section.words[0])) == nullptr))
    return;
  if (section.is("Location") || !below(section).empty()) own(section);
}

Sections::Covered Sections::below(const Node& section) {
  Covered out;
  if (!section.is("Directory") || !plain(section)) return out;
  const std::string folder = without_slash(section.words[0]);
  for (Route& route : routes_.list()) {
    if (route.folder.empty()) continue;
    const bool exact = route.folder == folder;
    if (exact || (route.kind == Kind::app && model::is_below_or_equal(route.folder, folder)))
      out.push_back(&route);
  }
  return out;
}

void Sections::contents(const Node& section, const Covered& covered, bool location) {
  access(section, covered, location);
  for (const Node& child : section.children) {
    if (!work_.ledger.open(child)) continue;
    if (child.is("Files") && plain(child) && !location) {
      Covered files;
      for (Route* route : covered)
        if (route->file == child.words[0]) files.push_back(route);
      if (!files.empty()) {
        work_.ledger.take(child);
        contents(child, files, false);
        continue;
      }
    }
    if (child.section)
      work_.ledger.left_out(child, "a definition has no such section");
    else
      one(child, covered, location);
  }
}

void Sections::access(const Node& section, const Covered& covered, bool location) {
  std::vector<const Node*> rules;
  for (const Node& child : section.children)
    if (is_access(child) && work_.ledger.open(child)) rules.push_back(&child);
  if (rules.empty()) return;
  if (std::all_of(rules.begin(), rules.end(), [](const Node* node) { return grants_all(*node); })) {
    for (const Node* node : rules) work_.ledger.take(*node);
    return;
  }
  for (Route* route : covered) {
    add_access(work_, rules, where(*route), route->json);
    if (!location && routes_.has_deeper(route->url))
      work_.ledger.changed(section, "",
                           "the rules of this folder hold for all below " + route->url + " now",
                           "give the routes below it an access of their own");
  }
}

// What belongs to a folder that is served; true if nothing more is to be done.
bool Sections::of_folder(const Node& node, const Covered& covered) {
  const bool script = std::all_of(covered.begin(), covered.end(),
                                  [](const Route* route) { return route->kind == Kind::app; });
  if (says_nothing(node, script)) {
    work_.ledger.take(node);
    return true;
  }
  if (node.is("AllowOverride")) {
    work_.ledger.left_out(node, "what .htaccess files say belongs into the definition");
    return true;
  }
  constexpr std::string_view kAge = "public, max-age=";
  const auto word = [&](std::size_t i) {
    return i < node.words.size() ? std::string_view(node.words[i]) : std::string_view();
  };
  if (script || !node.is("Header") || node.words.size() != 3 || !same_text(word(0), "set") ||
      !same_text(word(1), "Cache-Control") || !word(2).starts_with(kAge))
    return false;
  const auto age =
      value_of(*model::find_key("sites.*.routes.*.cache"), word(2).substr(kAge.size()));
  if (!age) return false;
  for (Route* route : covered)
    if (route->kind != Kind::app) route->json["cache"] = *age;
  work_.ledger.take(node);
  return true;
}

void Sections::one(const Node& node, const Covered& covered, bool location) {
  if (!location && of_folder(node, covered)) return;
  if (node.is("WSGIProcessGroup") || node.is("WSGIApplicationGroup") ||
      node.is("WSGIPassAuthorization") || node.is("WSGICallableObject")) {
    work_.ledger.left_out(node, "it covers no application");
    return;
  }
  const bool leaks = !location && std::any_of(covered.begin(), covered.end(), [&](Route* route) {
    return routes_.has_deeper(route->url);
  });
  if (leaks) {
    work_.ledger.left_out(node, "it would hold for the routes below as well",
                          "write it to extra_directives of the route if it may");
    return;
  }
  const auto extra = extra_directive(node);
  for (Route* route : covered) {
    Json requests = route->json.contains("requests") ? route->json["requests"] : Json::object();
    if (put_setting(requests, "sites.*.routes.*.requests", node)) {
      route->json["requests"] = std::move(requests);
      work_.ledger.take(node);
    } else if (extra) {
      route->json["extra_directives"].push_back(*extra);
      work_.ledger.as_is(node, where(*route));
    } else if (work_.ledger.open(node)) {
      work_.ledger.left_out(node, "extra_directives does not take it");
    }
  }
}

}  // namespace wsgictl::importing

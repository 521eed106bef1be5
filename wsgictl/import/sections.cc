// SPDX-License-Identifier: Apache-2.0
// Sections backwards; see sections.h.
#include "import/sections.h"

#include <algorithm>
#include <set>

#include "import/access.h"
#include "import/covers.h"
#include "import/guards.h"
#include "import/patterns.h"
#include "import/rewrites.h"

namespace wsgictl::importing {
namespace {

using apache_check::same_text;
using Kind = Route::Kind;

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

bool is_rewrite(const Node& node) {
  constexpr std::string_view kModule = "Rewrite";
  return same_text(std::string_view(node.name).substr(0, kModule.size()), kModule);
}

// Two lines, and the first only keeps the site's header of that name away.
bool is_unset_of_site(const Node& section) {
  const Node& first = section.children.front();
  return section.children.size() == 2 && first.is("Header") && first.words.size() == 4 &&
         same_text(first.words[0], "always") && same_text(first.words[1], "unset") &&
         same_text(first.words[2], "Cache-Control");
}

// What the key cache would say in place of NODE.
std::optional<Json> age_of(const Node& node) {
  constexpr std::string_view kAge = "public, max-age=";
  if (!node.is("Header") || node.words.size() != 3 || !same_text(node.words[0], "set") ||
      !same_text(node.words[1], "Cache-Control") || !node.words[2].starts_with(kAge))
    return std::nullopt;
  return value_of(*model::find_key("sites.*.routes.*.cache"), node.words[2].substr(kAge.size()));
}

}  // namespace

// The section that render writes for the key cache.
bool Sections::cache(const Node& section) {
  if (!section.is("LocationMatch") || section.words.size() != 1 || section.children.empty())
    return false;
  auto path = path_of_ours(section.words[0]);
  if (!path) path = path_of_file(section.words[0]);
  Route* route = path ? routes_.at(*path) : nullptr;
  const auto age = age_of(section.children.back());
  if (route == nullptr || !age || (route->kind != Kind::directory && route->kind != Kind::file))
    return false;
  if (section.children.size() > 1 && !is_unset_of_site(section)) return false;
  route->json["cache"] = *age;
  work_.ledger.take_all(section);
  return true;
}

void Sections::own(const Node& section) {
  if (!work_.ledger.open(section) || cache(section)) return;
  const bool location = section.is("Location") && is_plain(section);
  if (location) {
    Route* route = routes_.at(without_slash(section.words[0]));
    if (route != nullptr) {
      work_.ledger.take(section);
      contents(section, {route}, true);
      return;
    }
  }
  const Covered covered = below(section);
  if (!covered.empty()) {
    work_.ledger.take(section);
    contents(section, covered, false);
  } else if (!around(section).empty()) {
    only_access(section, location            ? "no route begins there"
                         : is_plain(section) ? "its folder is above the one that is served"
                                             : "a definition has no such section");
  } else {
    work_.ledger.left_out(section,
                          location ? "no route begins there"
                          : section.is("Directory") && is_plain(section)
                              ? "no route is served from this folder"
                              : "a definition has no such section",
                          opens_without(section));
  }
}

void Sections::shared(const Node& section) {
  if (section.is("Directory") && is_plain(section) && section.words[0] == "/") return;
  const auto& routes = routes_.list();
  const bool opens =
      restricts(section) && std::any_of(routes.begin(), routes.end(), [&](const Route& route) {
        return may_cover_part(section, route);
      });
  if (opens || !around(section).empty()) own(section);
}

// Apache follows symbolic links unless Options say otherwise; a folder of a definition follows
// those alone that have the owner of what they lead to.
void Sections::say_links(const std::vector<const Node*>& sections) {
  const Node* first = nullptr;
  std::string urls;
  for (const Route& route : routes_.list()) {
    if (route.kind != Kind::directory) continue;
    bool follows = true;
    for (const Node* section : sections) {
      if (!section->is("Directory") || covers(*section, route) != Covers::yes) continue;
      for (const Node& child : section->children) {
        if (!child.is("Options") || child.words.empty()) continue;
        const bool whole = child.words[0].find_first_of("+-") != 0;
        if (whole) follows = false;
        for (const std::string& word : child.words) {
          if (same_text(word, "FollowSymLinks") || same_text(word, "+FollowSymLinks") ||
              same_text(word, "All"))
            follows = true;
          if (same_text(word, "-FollowSymLinks") || same_text(word, "+SymLinksIfOwnerMatch"))
            follows = false;
        }
      }
    }
    if (!follows) continue;
    if (first == nullptr) first = route.node;
    urls += (urls.empty() ? "" : ", ") + route.url;
  }
  if (first != nullptr)
    work_.ledger.say(
        "WCTL2509", *first,
        "symbolic links below " + urls + " are followed only if what they lead to has their owner",
        "see that links and files there have one owner");
}

// Routes that the section holds for as a whole.
Sections::Covered Sections::around(const Node& section) {
  Covered out;
  for (Route& route : routes_.list())
    if (is_section_of_paths(section) && covers(section, route) == Covers::yes)
      out.push_back(&route);
  return out;
}

// Of these, the ones whose own section it is. All sections around a script say something of it.
Sections::Covered Sections::below(const Node& section) {
  Covered out;
  if (!is_plain(section) || section.is("Location")) return out;
  for (Route* route : around(section))
    if (section.is("Files") || route->kind == Kind::app ||
        route->folder == without_slash(section.words[0]))
      out.push_back(route);
  return out;
}

void Sections::contents(const Node& section, const Covered& covered, bool location) {
  std::vector<const Node*> children;
  for (const Node& child : section.children) children.push_back(&child);
  const std::set<const Node*> broken = broken_rewrites(children);
  for (const Node& child : section.children) {
    if (!work_.ledger.open(child)) continue;
    if (child.is("Files") && is_plain(child) && !location) {
      Covered files;
      for (Route* route : covered)
        if (route->file == child.words[0]) files.push_back(route);
      if (!files.empty()) {
        work_.ledger.take(child);
        contents(child, files, false);
        continue;
      }
    }
    if (is_access(child))
      leftover_access(child);
    else if (child.section)
      work_.ledger.left_out(child, "a definition has no such section", opens_without(child));
    else if (broken.contains(&child))
      say_rewrite(work_, child);
    else if (!location && is_rewrite(child))
      work_.ledger.left_out(child, "a route's lines would match it against another path");
    else
      one(child, covered, location);
  }
}

void Sections::only_access(const Node& section, const std::string& why) {
  work_.ledger.take(section);
  for (const Node& child : section.children) {
    if (!work_.ledger.open(child)) continue;
    if (is_access(child))
      leftover_access(child);
    else if (says_nothing(child, false))
      work_.ledger.take(child);
    else
      work_.ledger.left_out(child, why, opens_without(child));
  }
}

// What Guards did not need for any route.
void Sections::leftover_access(const Node& node) {
  if (grants_all(node) || node.is("AuthMerging"))
    work_.ledger.take(node);
  else
    work_.ledger.left_out(node, "other sections take its place at every route");
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
  const auto age = script ? std::nullopt : age_of(node);
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
      work_.ledger.left_out(node, "extra_directives does not take it", opens_without(node));
    }
  }
}

}  // namespace wsgictl::importing

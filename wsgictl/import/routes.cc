// SPDX-License-Identifier: Apache-2.0
// Routes backwards; see routes.h.
#include "import/routes.h"

#include <fmt/format.h>

#include <algorithm>

#include "conf/redirect_target.h"
#include "import/patterns.h"
#include "model/routing.h"

namespace wsgictl::importing {
namespace {

using apache_check::same_text;
using model::Type;

constexpr const char* kGroupDirectives[] = {"WSGIProcessGroup", "WSGIApplicationGroup",
                                            "WSGIPassAuthorization", "WSGICallableObject"};

bool is_group_directive(const Node& node) {
  return std::any_of(std::begin(kGroupDirectives), std::end(kGroupDirectives),
                     [&](const char* name) { return node.is(name); });
}

bool over_tls(const Route& route) {
  return route.json["proxy"].get<std::string>().starts_with("https://");
}

void set_file(Route& route, const std::string& path) {
  const std::size_t slash = path.rfind('/');
  route.folder = path.substr(0, slash);
  route.file = path.substr(slash + 1);
}

}  // namespace

Route* Routes::at(const std::string& url) {
  for (Route& route : routes_)
    if (route.url == url) return &route;
  return nullptr;
}

bool Routes::has_deeper(const std::string& url) const {
  return std::any_of(routes_.begin(), routes_.end(), [&](const Route& other) {
    return other.url != url && model::is_below_or_equal(other.url, url);
  });
}

bool Routes::add(const Node& node, Route route) {
  if (!fits(Type::url_path, route.url)) {
    work_.ledger.left_out(node, fmt::format("\"{}\" is no path of a route", route.url));
    return false;
  }
  if (at(route.url) != nullptr) {
    work_.ledger.left_out(node, fmt::format("another directive answers {} already", route.url));
    return false;
  }
  if (is_hidden(node, route)) return false;
  route.node = &node;
  routes_.push_back(std::move(route));
  work_.ledger.take(node);
  return true;
}

// Applications come last in Apache, so that what else answers at the same path wins.
void Routes::collect() {
  proxies();
  for (const Node* node : host_.nodes) {
    if (node->is("Alias")) alias(*node);
    if (node->is("AliasMatch")) alias_match(*node);
    if (node->is("RedirectMatch")) redirect_match(*node);
  }
  mounts();
  for (const Node* node : host_.nodes)
    if (node->is("DocumentRoot")) document_root(*node);
  for (const Node* node : host_.nodes)
    if ((node->is("ProxyPass") || node->is("ProxyPassMatch")) && node->words.size() == 2 &&
        node->words[1] == "!") {
      const auto url = node->is("ProxyPass") ? without_slash(node->words[0])
                                             : path_of_file(node->words[0]).value_or("");
      if (at(url) != nullptr)
        work_.ledger.take(*node);
      else
        work_.ledger.left_out(*node, "no route answers there", "write one");
    }
  take_group_directives();
  nothing_else();
}

// Where no route is for /, render says that what no route matches is not found.
void Routes::nothing_else() {
  const Route* root = at("/");
  if (routes_.empty() || (root != nullptr && root->kind != Route::Kind::file)) return;
  for (const Node* node : host_.nodes) {
    if (!node->is("RedirectMatch") || node->words.size() != 2 || node->words[0] != "404" ||
        !is_nothing_else(node->words[1]))
      continue;
    work_.ledger.take(*node);
    return;
  }
  const Node* at = host_.node != nullptr ? host_.node
                   : mounts_.empty()     ? nullptr
                                         : mounts_.front()->at.node;
  if (at != nullptr)
    work_.ledger.changed(*at, "", "what no route matches is answered 404 now",
                         "write a route for / to serve the rest");
}

void Routes::mounts() {
  for (const Mount& one : work_.facts.mounts)
    if (one.at.vhost == host_.node && work_.ledger.open(*one.at.node)) mount(one);
  int without = 0;
  for (const Mount* one : mounts_) {
    std::string pass = apache_check::option(one->options, "pass-authorization");
    if (pass.empty())
      if (const auto* used = work_.facts.effective("WSGIPassAuthorization", *one);
          used != nullptr && !used->node->words.empty())
        pass = used->node->words[0];
    ++(same_text(pass, "on") ? pass_ : without);
  }
  if (pass_ > 0 && without > 0)
    work_.ledger.changed(*mounts_.front()->at.node, "",
                         "all applications of the site get the Authorization header now",
                         "see: wsgictl explain sites.authorization_header");
}

void Routes::mount(const Mount& mount) {
  const Node& node = *mount.at.node;
  if (node.is("WSGIScriptAliasMatch")) {
    work_.ledger.left_out(node, "a route has a plain path", "write a route for each application");
    return;
  }
  if (!mount.at.sections.empty()) {
    work_.ledger.left_out(node, "Apache does not take it here");
    return;
  }
  const bool folder = node.words[1].ends_with('/');
  if (folder || !fits(Type::path, mount.script)) {
    work_.ledger.left_out(node,
                          folder ? "a folder of scripts is not one application"
                                 : "the script is no plain absolute path",
                          "write an application and a route for each script");
    return;
  }
  Route route{mount.url.empty() ? "/" : mount.url, "", "", Route::Kind::app};
  set_file(route, mount.script);
  if (is_hidden(node, route)) return;
  const App* app = apps_.of(mount);
  if (app == nullptr) return;
  route.json["app"] = app->name;
  if (!add(node, std::move(route))) return;
  mounts_.push_back(&mount);
  if (node.words[0].ends_with('/') && node.words[0] != "/")
    work_.ledger.changed(node, node.words[0],
                         fmt::format("SCRIPT_NAME is {} now, without the slash", mount.url),
                         "an application is mounted at a path without it");
}

// What says where a mounted application runs has been looked at by its mount.
void Routes::take_group_directives() {
  for (const auto& used : work_.facts.all) {
    const Node& node = *used.node;
    if (!is_group_directive(node) || !work_.ledger.open(node)) continue;
    if (used.vhost != nullptr && used.vhost != host_.node) continue;
    if (std::any_of(mounts_.begin(), mounts_.end(), [&](const Mount* mount) {
          return apache_check::covers_all(used.sections, *mount);
        }))
      work_.ledger.take(node);
  }
}

bool Routes::is_folder(const std::string& path) const {
  return std::any_of(work_.facts.all.begin(), work_.facts.all.end(), [&](const auto& used) {
    return used.node->is("Directory") && !used.node->words.empty() &&
           without_slash(used.node->words[0]) == path;
  });
}

bool Routes::is_file(const std::string& url, const std::string& path) const {
  if (work_.host.is_regular && work_.host.is_regular(path)) return true;
  if (is_folder(path)) return false;
  const std::string name = path.substr(path.rfind('/') + 1);
  return name.find('.', 1) != std::string::npos && url.ends_with(name);
}

void Routes::alias(const Node& node) {
  if (node.words.size() != 2) return;
  if (node.words[0].ends_with('/') != node.words[1].ends_with('/') && node.words[0] != "/") return;
  const std::string path = without_slash(full_path(work_, node.words[1]));
  Route route{without_slash(node.words[0]), path, "", Route::Kind::directory, Json::object()};
  if (!fits(Type::path, path) || !fits(Type::url_path, route.url)) return;
  if (!node.words[1].ends_with('/') && is_file(route.url, path)) {
    route.kind = Route::Kind::file;
    set_file(route, path);
    route.json["file"] = path;
  } else {
    route.json["directory"] = path;
  }
  const bool edge =
      route.url != "/" && (node.words[0].ends_with('/') || route.kind == Route::Kind::file);
  if (add(node, std::move(route)) && edge) say_edge(node, routes_.back());
}

// An expression for one path leads to one file, unless something says that it is a folder.
void Routes::file_match(const Node& node) {
  const auto url = path_of_file(node.words[0]);
  const auto path = literal(node.words[1], "$&");
  if (!url || !path || !fits(Type::path, *path) || is_folder(*path) || !fits(Type::url_path, *url))
    return;
  if (work_.host.is_regular && !work_.host.is_regular(*path)) return;
  Route route{*url, "", "", Route::Kind::file, {{"file", *path}}, &node, false};
  set_file(route, *path);
  add(node, std::move(route));
}

void Routes::alias_match(const Node& node) {
  if (node.words.size() != 2) return;
  if (!node.words[1].ends_with("$1")) return file_match(node);
  std::string_view target = node.words[1];
  target.remove_suffix(2);
  auto url = path_of_ours(node.words[0]);
  if (!url && target.ends_with('/')) {
    url = path_of_prefix(node.words[0]);
    target.remove_suffix(1);
  }
  const auto folder = literal(target, "$&");
  if (!url || !folder || !fits(Type::path, *folder)) return;
  const bool whole = node.words[0].find("(?!") == std::string::npos;
  add(node, {*url, *folder, "", Route::Kind::directory, {{"directory", *folder}}, &node, whole});
}

void Routes::redirect_match(const Node& node) {
  if (node.words.size() != 3) return;
  const auto url = path_of_ours(node.words[1]);
  auto target = literal(node.words[2], "$&");
  if (target) target = conf::url_of_target(*target);
  const auto* key = model::find_key("sites.*.routes.*.status");
  const auto status = value_of(*key, node.words[0]);
  // An address in brackets is refused in a route: it would not arrive (WCTL1451).
  if (!url || !target || !status || !fits(Type::location, *target) ||
      target->find("://[") != std::string::npos)
    return;
  Route route{*url, "", "", Route::Kind::redirect, {{"redirect", *target}}, &node, false};
  const auto choices = model::words(key->choices);
  if (std::find(choices.begin(), choices.end(), node.words[0]) == choices.end()) return;
  if (node.words[0] != key->fallback) route.json["status"] = *status;
  add(node, std::move(route));
}

// ProxyPass with the target at words[FIRST].
void Routes::pass(const Node& node, const std::string& url, std::size_t first) {
  if (node.words.size() <= first || node.words[first] == "!") return;
  const std::string target = without_slash(node.words[first]);
  Route route{without_slash(url), "", "", Route::Kind::proxy, {{"proxy", target}}};
  if (!fits(Type::proxy_url, target)) {
    work_.ledger.left_out(node, "a route has an http or https URL as its target");
    return;
  }
  for (std::size_t i = first + 1; i < node.words.size(); ++i) {
    const std::string& word = node.words[i];
    const auto timeout = word.starts_with("timeout=")
                             ? value_of(*model::find_key("sites.*.routes.*.timeout"),
                                        std::string_view(word).substr(8))
                             : std::nullopt;
    if (timeout)
      route.json["timeout"] = *timeout;
    else if (word == "upgrade=websocket")
      route.json["websockets"] = true;
    else
      work_.ledger.word_left_out(node, word, "a route has timeout and websockets, no more");
  }
  const bool edge = url.ends_with('/') && route.url != "/";
  if (add(node, std::move(route)) && edge) say_edge(node, routes_.back());
}

void Routes::proxies() {
  std::vector<const Node*> locations;  // asked first, the longest path of them first
  for (const Node* node : host_.nodes)
    if (node->is("Location") && node->words.size() == 1) locations.push_back(node);
  std::stable_sort(locations.begin(), locations.end(), [](const Node* a, const Node* b) {
    return a->words[0].size() > b->words[0].size();
  });
  for (const Node* node : locations)
    for (const Node& child : node->children)
      if (child.is("ProxyPass")) pass(child, node->words[0], 0);
  for (const Node* node : host_.nodes)
    if (node->is("ProxyPass") && !node->words.empty()) pass(*node, node->words[0], 1);
  bool tls = false;
  for (const Route& route : routes_) tls = tls || over_tls(route);
  if (routes_.empty()) return;
  std::vector<const Node*> nodes = host_.nodes;
  for (const Node* node : host_.nodes)
    if (node->is("Location"))
      for (const Node& child : node->children) nodes.push_back(&child);
  for (const Node* node : nodes) {
    const auto word = [&](std::size_t i) { return i < node->words.size() ? node->words[i] : ""; };
    const bool ours = node->is("ProxyPreserveHost") ||
                      (node->is("SSLProxyEngine") && tls && same_text(word(0), "on")) ||
                      tells_of_request(*node, host_);
    const bool reverse =
        node->is("ProxyPassReverse") && std::any_of(routes_.begin(), routes_.end(), [&](auto& r) {
          const std::string target = r.json["proxy"];
          return without_slash(node->words.empty() ? "" : node->words.back()) == target;
        });
    if (ours || reverse) work_.ledger.take(*node);
  }
  say_told(nodes);
  for (const Route& route : routes_) {
    const bool preserved = preserves_host(route.url);
    if (preserved == over_tls(route))
      work_.ledger.changed(*route.node, "",
                           preserved ? "the other server gets its own name as Host header now"
                                     : "the other server gets the Host header of the client now",
                           "what a proxy route sends: wsgictl explain sites.routes.proxy");
  }
}

// Where render has a proxy, it tells of the request in headers, to all that is behind the host.
void Routes::say_told(const std::vector<const Node*>& nodes) {
  std::string told;
  for (const char* name : {"X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Host"}) {
    const bool said = std::any_of(nodes.begin(), nodes.end(), [&](const Node* node) {
      return node->is("RequestHeader") && node->words.size() > 1 && node->words.size() < 4 &&
             same_text(node->words[1], name);
    });
    if (!said) told += (told.empty() ? "" : ", ") + std::string(name);
  }
  if (!told.empty())
    work_.ledger.changed(*routes_.front().node, "",
                         fmt::format("requests have {} by this server's word now, whatever they "
                                     "bring",
                                     told),
                         "name the servers in front of this one, wsgictl explain "
                         "sites.behind_proxy; or set them in request_headers");
}

// The last word of the longest <Location> above URL, else of the host.
bool Routes::preserves_host(const std::string& url) const {
  bool preserved = false;
  const auto read = [&](const Node& node) {
    if (node.is("ProxyPreserveHost") && !node.words.empty())
      preserved = same_text(node.words[0], "on");
  };
  for (const Node* node : host_.nodes) read(*node);
  for (const Node* node : host_.nodes)
    if (node->is("Location") && node->words.size() == 1 &&
        model::is_below_or_equal(url, without_slash(node->words[0])))
      for (const Node& child : node->children) read(child);
  return preserved;
}

// It comes after everything else: with anything at / it serves nothing.
void Routes::document_root(const Node& node) {
  const std::string folder =
      node.words.empty() ? "" : without_slash(full_path(work_, node.words[0]));
  if (at("/") != nullptr || !fits(Type::path, folder)) return;
  add(node, {"/", folder, "", Route::Kind::directory, {{"directory", folder}}});
}

}  // namespace wsgictl::importing

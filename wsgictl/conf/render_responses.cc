// SPDX-License-Identifier: Apache-2.0
// What Apache does to the requests and responses of a site: headers, compression, error documents,
// access. See render_internal.h.
#include <fmt/format.h>

#include <algorithm>

#include "conf/escape.h"
#include "conf/render_internal.h"

namespace wsgictl::conf {
namespace {

// What is worth compressing; pictures and archives are compressed already.
constexpr const char* kTexts[] = {"text/html",
                                  "text/plain",
                                  "text/css",
                                  "text/csv",
                                  "text/xml",
                                  "text/javascript",
                                  "application/json",
                                  "application/javascript",
                                  "application/xml",
                                  "application/wasm",
                                  "application/rss+xml",
                                  "image/svg+xml"};

// To mod_headers a percent sign starts a format and a backslash an escape: \n is a line feed.
std::string header_value(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '%' || c == '\\' ? std::string(2, c) : std::string(1, c);
  return out;
}

void add_compression(Block& out, const model::Site& site) {
  if (site.compression.empty()) return;
  std::string filters;
  for (const model::Text& way : site.compression)
    filters += std::string(filters.empty() ? "" : ";") +
               (way.value == "gzip" ? "DEFLATE" : "BROTLI_COMPRESS");
  std::vector<Argument> arguments{value(filters, site.compression.front().mark)};
  for (const char* type : kTexts) arguments.push_back(word(type));
  out.from(site.compression.front().mark);
  out.directive("AddOutputFilterByType", std::move(arguments));
}

// Two tables hold headers of a response: without the first line the application's own would stay
// beside ours.
void add_headers(Block& out, const model::Site& site) {
  for (const model::Text& name : site.remove_headers) {
    out.from(name.mark);
    out.directive("Header", {word("onsuccess"), word("unset"), value(name)});
    out.directive("Header", {word("always"), word("unset"), value(name)});
  }
  for (const model::Variable& header : site.headers) {
    out.from(header.name.mark);
    out.directive("Header", {word("onsuccess"), word("unset"), value(header.name)});
    out.directive("Header", {word("always"), word("set"), value(header.name),
                             value(header_value(header.value.value), header.value.mark)});
  }
  for (const model::Variable& header : site.request_headers) {
    out.from(header.name.mark);
    out.directive("RequestHeader", {word("set"), value(header.name),
                                    value(header_value(header.value.value), header.value.mark)});
  }
}

void add_list(Block& out, std::vector<Argument> head, const std::vector<model::Text>& items) {
  if (items.empty()) return;
  out.from(items.front().mark);
  for (const model::Text& item : items) head.push_back(value(item));
  out.directive("Require", std::move(head));
}

void add_networks(Block& out, const std::vector<model::Text>& networks) {
  std::vector<model::Text> items;
  for (const model::Text& given : networks)
    for (const std::string& network : networks_for_apache(given.value)) {
      items.push_back(given);
      items.back().value = network;
    }
  add_list(out, {word("ip")}, items);
}

void add_provider(Block& out, const model::Access& access) {
  const bool digest = access.type.value == "digest";
  const std::string prefix = digest ? "AuthDigest" : "AuthBasic";
  out.directive("AuthType", {word(digest ? "Digest" : "Basic")});
  // It is sent between quotes, whose escapes Apache leaves to whom it has the text from.
  const std::string realm = access.realm.given ? access.realm.value : "Login";
  out.directive("AuthName", {value(expression_literal(inside_quotes(realm)), access.realm.mark)});
  if (access.password_script.given) {
    out.from(access.password_script.mark);
    out.directive(prefix + "Provider", {word("wsgi")});
    out.directive("WSGIAuthUserScript",
                  {value(access.password_script), word("application-group", "%{GLOBAL}")});
  } else {
    out.from(access.users_file.mark);
    out.directive(prefix + "Provider", {word("file")});
    out.directive("AuthUserFile", {value(access.users_file)});
  }
  if (access.groups_file.given) out.directive("AuthGroupFile", {value(access.groups_file)});
  if (access.groups_script.given)
    out.directive("WSGIAuthGroupScript",
                  {value(access.groups_script), word("application-group", "%{GLOBAL}")});
}

bool has_login(const model::Access& access) {
  return access.users_file.given || access.password_script.given;
}

// Names of Require user and Require group are words of an expression: it undoes what is written
// once more. The module's own wsgi-group has plain words.
std::vector<model::Text> inside_expression(std::vector<model::Text> names) {
  for (model::Text& name : names) name.value = inside_quotes(name.value);
  return names;
}

// One of the users or groups, or whoever logs in.
void add_people(Block& out, const model::Access& access) {
  if (access.users.empty() && access.groups.empty()) {
    out.directive("Require", {word("valid-user")});
    return;
  }
  Block any(access.realm.mark);
  add_list(any, {word("user")}, inside_expression(access.users));
  if (access.groups_script.given)
    add_list(any, {word("wsgi-group")}, access.groups);
  else
    add_list(any, {word("group")}, inside_expression(access.groups));
  out.section("RequireAny", {}, std::move(any));
}

void add_access(Block& out, const model::Route& route) {
  const model::Access& access = route.access;
  out.from(route.mark);
  if (has_login(access)) add_provider(out, access);
  if (access.host_script.given)
    out.directive("WSGIAccessScript",
                  {value(access.host_script), word("application-group", "%{GLOBAL}")});
  Block rules(route.mark);
  if (has_login(access)) add_people(rules, access);
  add_networks(rules, access.networks);
  if (rules.nodes().empty()) rules.directive("Require", {word("all"), word("granted")});
  out.section(access.satisfy.value == "any" ? "RequireAny" : "RequireAll", {}, std::move(rules));
}

}  // namespace

void add_responses(Block& out, const model::Site& site) {
  add_headers(out, site);
  add_compression(out, site);
  for (const model::Variable& document : site.error_documents) {
    out.from(document.name.mark);
    out.directive("ErrorDocument", {word(document.name.value), value(document.value)});
  }
}

void add_location(Block& out, const model::Route& route, const ProxySettings& proxy) {
  const bool says_host = proxy.host != HostHeader::unsaid;
  if (!says_host && !proxy.error_override && !route.has_access && route.settings.empty() &&
      route.extra_directives.empty())
    return;
  Block inner(route.mark);
  if (says_host)
    inner.directive("ProxyPreserveHost",
                    {word(proxy.host == HostHeader::of_client ? "On" : "Off")});
  if (proxy.error_override)
    inner.directive("ProxyErrorOverride", {word(*proxy.error_override ? "On" : "Off")});
  if (route.has_access) add_access(inner, route);
  add_settings(inner, route.settings);
  add_extra(inner, route.extra_directives);
  out.from(route.path.mark);
  out.blank();
  out.comment(fmt::format("{}: requests to {}", place(route.path.mark), route.path.value));
  out.section("Location", {value(route.path)}, std::move(inner));
}

}  // namespace wsgictl::conf

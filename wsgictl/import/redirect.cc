// SPDX-License-Identifier: Apache-2.0
// Redirects of a whole host; see redirect.h.
#include "import/redirect.h"

#include <algorithm>
#include <optional>

#include "diag/text.h"
#include "import/values.h"

namespace wsgictl::importing {
namespace {

using apache_check::same_text;
using diag::lower;
using Names = std::set<std::string>;

bool one_of(std::string_view text, std::initializer_list<std::string_view> list) {
  return std::any_of(list.begin(), list.end(), [&](auto one) { return same_text(text, one); });
}

// What $1 holds of the path.
enum class Captured { nothing, without_slash, with_slash };

// Nothing if there is a path that EXPRESSION does not match.
std::optional<Captured> matches_all(std::string_view expression) {
  if (expression == "^/(?!\\.well-known/acme-challenge/)(.*)$") return Captured::without_slash;
  if (expression.starts_with('^')) expression.remove_prefix(1);
  const bool to_end = expression.ends_with('$');
  if (to_end) expression.remove_suffix(1);
  if (expression.empty() || expression == "/")
    return to_end ? std::nullopt : std::optional(Captured::nothing);
  if (one_of(expression, {".*", "/.*", "/?.*"})) return Captured::nothing;
  if (one_of(expression, {"(.*)", "(/.*)"})) return Captured::with_slash;
  if (one_of(expression, {"/(.*)", "/?(.*)"})) return Captured::without_slash;
  return std::nullopt;
}

// Splits https://HOST[:PORT]REST; HOST must be the site.
std::optional<std::string_view> rest_of_target(std::string_view to, const Names& site) {
  constexpr std::string_view kScheme = "https://";
  if (!same_text(to.substr(0, kScheme.size()), kScheme)) return std::nullopt;
  to.remove_prefix(kScheme.size());
  std::string host;
  for (const std::string_view variable : {"%{HTTP_HOST}", "%{SERVER_NAME}"})
    if (to.starts_with(variable)) host = variable;
  const bool asked = !host.empty();
  if (!asked) host = to.substr(0, to.find_first_of(":/$%?#"));
  to.remove_prefix(host.size());
  if (!asked && !site.contains(lower(host))) return std::nullopt;
  if (to.starts_with(':'))
    to.remove_prefix(std::min(to.find_first_not_of("0123456789", 1), to.size()));
  return to;
}

bool keeps_path(std::string_view rest, Captured captured, bool rewrite) {
  if (rewrite && one_of(rest, {"%{REQUEST_URI}", "/%{REQUEST_URI}"})) return true;
  if (rest == "/$1") return captured != Captured::nothing;
  return rest == "$1" && captured == Captured::with_slash;
}

bool only_redirects(const Node& rule) {
  if (rule.words.size() == 2) return true;
  std::string_view flags = rule.words[2];
  if (rule.words.size() != 3 || !flags.starts_with('[') || !flags.ends_with(']')) return false;
  flags = flags.substr(1, flags.size() - 2);
  for (const std::string& flag : split(flags, ',')) {
    const std::string name = flag.substr(0, flag.find('='));
    const bool redirect = one_of(name, {"R", "redirect"});
    if (!redirect &&
        !one_of(flag, {"L", "last", "END", "NE", "noescape", "NC", "nocase", "QSA", "qsappend"}))
      return false;
    if (redirect && flag != name &&
        !one_of(std::string_view(flag).substr(name.size() + 1),
                {"301", "302", "303", "307", "308", "permanent", "temp", "seeother"}))
      return false;
  }
  return true;
}

struct Condition {
  bool always = false;  // of a request without TLS
  std::string name;     // of the host, that it asks for
  bool alternative = false;
};

std::optional<Condition> read_condition(const Node& node, const std::set<int>& ports) {
  if (node.words.size() < 2 || node.words.size() > 3) return std::nullopt;
  Condition out;
  if (node.words.size() == 3) {
    std::string_view flags = node.words[2];
    if (!flags.starts_with('[') || !flags.ends_with(']')) return std::nullopt;
    for (const std::string& flag : split(flags.substr(1, flags.size() - 2), ',')) {
      if (one_of(flag, {"OR", "ornext"}))
        out.alternative = true;
      else if (!one_of(flag, {"NC", "nocase"}))
        return std::nullopt;
    }
  }
  const std::string& of = node.words[0];
  std::string_view is = node.words[1];
  if (one_of(of, {"%{HTTPS}"})) {
    out.always = one_of(is, {"off", "=off", "^off$", "!on", "!=on", "!^on$"});
    return out.always ? std::optional(out) : std::nullopt;
  }
  if (one_of(of, {"%{SERVER_PORT}"})) {
    out.always = (ports == std::set<int>{80} && one_of(is, {"80", "=80", "^80$"})) ||
                 (!ports.contains(443) && one_of(is, {"!443", "!=443", "!^443$"}));
    return out.always ? std::optional(out) : std::nullopt;
  }
  if (one_of(of, {"%{REQUEST_URI}"})) {  // render leaves it out too
    out.always = one_of(is, {"!^/\\.well-known/acme-challenge/", "!^/.well-known/acme-challenge/",
                             "!^/\\.well-known/acme-challenge", "!^/.well-known/acme-challenge"});
    return out.always ? std::optional(out) : std::nullopt;
  }
  if (!one_of(of, {"%{SERVER_NAME}", "%{HTTP_HOST}"})) return std::nullopt;
  if (is.starts_with('=')) {
    out.name = lower(is.substr(1));
    return out;
  }
  if (!is.starts_with('^') || !is.ends_with('$')) return std::nullopt;
  is = is.substr(1, is.size() - 2);
  std::string name;  // dots are often left bare
  for (std::size_t i = 0; i < is.size(); ++i)
    if (is[i] != '\\' || i + 1 == is.size() || is[i + 1] != '.') name += is[i];
  if (!fits(model::Type::host_name, lower(name))) return std::nullopt;
  out.name = lower(name);
  return out;
}

// Together they hold for every request to the OWN names.
bool always_hold(const std::vector<const Node*>& conditions, const std::set<int>& ports,
                 const Names& own) {
  Names asked;
  bool always = false;
  for (const Node* node : conditions) {
    const auto condition = read_condition(*node, ports);
    if (!condition) return false;
    always = always || condition->always;
    if (!condition->name.empty()) asked.insert(condition->name);
    if (condition->alternative && node != conditions.back()) continue;
    if (!always && !std::includes(asked.begin(), asked.end(), own.begin(), own.end())) return false;
    asked.clear();
    always = false;
  }
  return true;
}

bool rewrites_all(const Node& rule, const Names& site) {
  if (rule.words.size() < 2 || !only_redirects(rule)) return false;
  const auto captured = matches_all(rule.words[0]);
  const auto rest = rest_of_target(rule.words[1], site);
  return captured && rest && keeps_path(*rest, *captured, true);
}

bool redirects_all(const Node& node, const Names& site) {
  const bool plain = node.is("Redirect") || node.is("RedirectPermanent");
  if ((!plain && !node.is("RedirectMatch")) || node.words.size() < 2) return false;
  const std::string& from = node.words[node.words.size() - 2];
  const auto rest = rest_of_target(node.words.back(), site);
  if (!rest || node.words.back().find("%{") != std::string::npos) return false;
  if (plain) return from == "/" && (rest->empty() || *rest == "/");
  const auto captured = matches_all(from);
  return captured && keeps_path(*rest, *captured, false);
}

}  // namespace

TlsRedirect find_tls_redirect(const std::vector<const Node*>& nodes, const std::set<int>& ports,
                              const Names& own, const Names& site) {
  std::vector<const Node*> conditions;
  bool rewrites = false;
  for (const Node* node : nodes)
    if (node->is("RewriteEngine") && !node->words.empty())
      rewrites = same_text(node->words[0], "on");
  for (const Node* node : nodes) {
    if (redirects_all(*node, site)) return {node, {}};
    if (node->is("RewriteCond")) conditions.push_back(node);
    if (!node->is("RewriteRule")) continue;
    if (rewrites && rewrites_all(*node, site) && always_hold(conditions, ports, own))
      return {node, conditions};
    conditions.clear();
  }
  return {};
}

}  // namespace wsgictl::importing

// SPDX-License-Identifier: Apache-2.0
// Who answers a request; see routing.h.
#include "model/routing.h"

#include <algorithm>
#include <charconv>

#include "diag/text.h"
#include "model/text_rules.h"

namespace wsgictl::model {
namespace {

using diag::lower;

struct Candidate {
  const Site* site;
  Endpoint endpoint;
};

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char l = static_cast<char>(c | 32);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

std::optional<std::string> decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size() || hex(text[i + 1]) < 0 || hex(text[i + 2]) < 0) return std::nullopt;
    const char c = static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
    if (c == '\0' || c == '/') return std::nullopt;
    out += c;
    i += 2;
  }
  return out;
}

// A slash at the end is kept: it belongs to what the application sees.
std::optional<std::string> resolve(std::string_view path) {
  std::vector<std::string_view> parts;
  bool folder = true;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string_view part = path.substr(at, end - at);
    folder = end < path.size() || part.empty() || part == "." || part == "..";
    if (part == "..") {
      if (parts.empty()) return std::nullopt;
      parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
    at = end + 1;
  }
  std::string out;
  for (const std::string_view part : parts) out.append("/").append(part);
  return folder || out.empty() ? out + "/" : out;
}

bool parse_authority(std::string_view text, RequestUrl& url) {
  if (text.find('@') != std::string_view::npos) return false;
  const std::size_t bracket = text.starts_with('[') ? text.find(']') : 0;
  if (bracket == std::string_view::npos) return false;
  const std::size_t colon = text.find(':', bracket);
  url.host = lower(text.substr(0, colon));
  if (url.host.ends_with('.')) url.host.pop_back();
  const std::string_view address =
      bracket != 0 ? std::string_view(url.host).substr(1, bracket - 1) : url.host;
  if (!(bracket != 0 ? is_network(address) : is_host_name(address) || is_network(address)) ||
      address.find('/') != std::string_view::npos)
    return false;
  url.port = url.tls ? 443 : 80;
  if (colon == std::string_view::npos) return true;
  const std::string_view port = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), url.port);
  return error == std::errc() && end == port.data() + port.size() && url.port >= 1 &&
         url.port <= 65535;
}

const Text* matching_name(const Site& site, std::string_view host) {
  if (lower(site.name.value) == host) return &site.name;
  for (const Text& alias : site.aliases) {
    const std::string pattern = lower(alias.value);
    if (pattern == host) return &alias;
    if (pattern.starts_with("*.") && host.ends_with(pattern.substr(1))) return &alias;
  }
  return nullptr;
}

// Virtual hosts on the port, in the order in which Apache reads the sites' files. Those of one
// address hide those of all addresses.
std::vector<Candidate> candidates(const Definition& definition, const RequestUrl& url) {
  std::vector<const Site*> sites;
  for (const Site& site : definition.sites) sites.push_back(&site);
  std::stable_sort(sites.begin(), sites.end(), [](const Site* a, const Site* b) {
    return a->name.value + ".conf" < b->name.value + ".conf";
  });
  std::vector<Candidate> out;
  for (const Site* site : sites)
    for (Endpoint& endpoint : endpoints(*site))
      if (endpoint.port == url.port) out.push_back({site, std::move(endpoint)});
  if (std::any_of(out.begin(), out.end(),
                  [&](const Candidate& c) { return c.endpoint.address == url.host; }))
    std::erase_if(out, [&](const Candidate& c) { return c.endpoint.address != url.host; });
  return out;
}

}  // namespace

std::optional<RequestUrl> parse_url(std::string_view text) {
  RequestUrl url;
  const std::size_t scheme = text.find("://");
  if (scheme == std::string_view::npos) return std::nullopt;
  const std::string name = lower(text.substr(0, scheme));
  if (name != "http" && name != "https") return std::nullopt;
  url.tls = name == "https";
  text.remove_prefix(scheme + 3);
  const std::size_t end = std::min(text.find_first_of("/?#"), text.size());
  if (!parse_authority(text.substr(0, end), url)) return std::nullopt;
  text.remove_prefix(end);
  const auto decoded = decode(text.substr(0, text.find_first_of("?#")));
  const auto path = decoded ? resolve(*decoded) : std::nullopt;
  if (!path) return std::nullopt;
  url.path = *path;
  return url;
}

bool is_below_or_equal(std::string_view path, std::string_view parent) {
  if (parent == "/") return true;
  return path.starts_with(parent) && (path.size() == parent.size() || path[parent.size()] == '/');
}

std::vector<const Route*> matching_routes(const Site& site, std::string_view path) {
  std::vector<const Route*> found;
  for (const Route& route : site.routes)
    if (route.kind == RouteKind::file ? path == route.path.value
                                      : is_below_or_equal(path, route.path.value))
      found.push_back(&route);
  std::stable_sort(found.begin(), found.end(), [](const Route* a, const Route* b) {
    return a->path.value.size() > b->path.value.size();
  });
  return found;
}

Answer who_answers(const Definition& definition, const RequestUrl& url) {
  Answer answer;
  const std::vector<Candidate> all = candidates(definition, url);
  if (all.empty()) return answer;
  const Candidate* chosen = &all.front();
  for (const Candidate& candidate : all) {
    answer.name = matching_name(*candidate.site, url.host);
    if (answer.name == nullptr) continue;
    chosen = &candidate;
    answer.by = answer.name == &candidate.site->name ? ChosenBy::name : ChosenBy::alias;
    break;
  }
  answer.site = chosen->site;
  answer.endpoint = chosen->endpoint;
  answer.other_protocol = chosen->endpoint.tls != url.tls;
  answer.redirected =
      chosen->endpoint.redirect && !url.path.starts_with("/.well-known/acme-challenge/");
  if (answer.other_protocol || chosen->endpoint.redirect) return answer;
  answer.routes = matching_routes(*answer.site, url.path);
  if (answer.routes.empty() || answer.routes.front()->kind != RouteKind::app) return answer;
  for (const App& app : definition.apps)
    if (app.name.value == answer.routes.front()->app.value) answer.app = &app;
  return answer;
}

}  // namespace wsgictl::model

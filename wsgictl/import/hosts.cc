// SPDX-License-Identifier: Apache-2.0
// Hosts of a site; see hosts.h.
#include "import/hosts.h"

#include <fmt/format.h>

#include <algorithm>

#include "import/guards.h"
#include "import/redirect.h"
#include "model/text_rules.h"

namespace wsgictl::importing {
namespace {

using apache_check::same_text;

bool is_tls_directive(const Node& node) {
  return same_text(std::string_view(node.name).substr(0, 3), "SSL") ||
         (node.is("Header") && node.words.size() > 2 &&
          same_text(node.words[2], "Strict-Transport-Security"));
}

// As render writes it.
bool is_ours(const Node& redirect) {
  return redirect.is("RedirectMatch") && redirect.words.size() == 3 && redirect.words[0] == "308" &&
         redirect.words[1] == "^/(?!\\.well-known/acme-challenge/)(.*)$";
}

Address read_address(const std::string& word) {
  if (const auto listen = model::parse_listen(word)) return {listen->address, listen->port};
  const std::size_t colon = word.rfind(':');
  Address out{word, 80};
  if (colon != std::string::npos && !word.ends_with(']')) {
    out.host = word.substr(0, colon);
    const auto port = model::parse_listen(word.substr(colon + 1));
    if (port) out.port = port->port;
  }
  if (out.host == "_default_" || out.host.empty()) out.host = "*";
  if (!model::parse_listen(fmt::format("{}:{}", out.host, out.port))) out.host = "*";
  return out;
}

Json listen_value(const Address& address) {
  if (address.host == "*") return address.port;
  return fmt::format("{}:{}", address.host, address.port);
}

bool is(const std::vector<Address>& list, int port) {
  return list.size() == 1 && list[0].host == "*" && list[0].port == port;
}

// Directives that only serve the redirect.
bool helps_redirect(const Node& node, const Host& host) {
  return node.is("RewriteEngine") || node.is("RewriteOptions") ||
         std::find(host.conditions.begin(), host.conditions.end(), &node) != host.conditions.end();
}

std::set<std::string> names_of(const Host& host) {
  std::set<std::string> out;
  for (const Node* node : host.nodes)
    if (node->is("ServerAlias"))
      for (std::string word : node->words) {
        for (char& c : word)
          if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
        out.insert(std::move(word));
      }
  return out;
}

void say_port_twice(Work& work, const Address& address) {
  if (address.port == 80 || address.port == 443) return;
  for (const auto* used : work.facts.uses("Listen")) {
    const Node& node = *used->node;
    const auto there = node.words.empty() ? std::nullopt : model::parse_listen(node.words[0]);
    if (!there || there->port != address.port || !work.ledger.open(node)) continue;
    if (made_by_us(node.place.file))
      work.ledger.take(node);
    else
      work.ledger.say(
          "WCTL2508", node,
          fmt::format("port {} is listened on here and by the definition", address.port),
          "remove this line when you apply the definition");
  }
}

}  // namespace

const Host& Hosts::main() const {
  const auto tls = std::find_if(list.begin(), list.end(), [](const Host& h) { return h.tls; });
  if (tls != list.end()) return *tls;
  const auto content =
      std::find_if(list.begin(), list.end(), [](const Host& h) { return h.redirect == nullptr; });
  return content != list.end() ? *content : list.front();
}

std::string plain_server_name(const Node* vhost) {
  std::string name = apache_check::server_name(vhost);
  if (const std::size_t scheme = name.find("://"); scheme != std::string::npos)
    name.erase(0, scheme + 3);
  name = name.substr(0, name.find(':'));
  for (char& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return fits(model::Type::host_name, name) ? name : "";
}

Host read_host(const Node& vhost) {
  Host out;
  out.node = &vhost;
  for (const std::string& word : vhost.words) out.addresses.push_back(read_address(word));
  for (const Node& node : vhost.children) {
    out.nodes.push_back(&node);
    if (node.is("SSLEngine") && !node.words.empty() && same_text(node.words[0], "on"))
      out.tls = true;
  }
  return out;
}

void find_redirects(Hosts& hosts) {
  std::set<std::string> site{hosts.name};
  for (const Host& host : hosts.list) site.merge(names_of(host));
  for (Host& host : hosts.list) {
    if (host.tls) continue;
    std::set<int> ports;
    for (const Address& address : host.addresses) ports.insert(address.port);
    std::set<std::string> own = names_of(host);
    own.insert(hosts.name);
    TlsRedirect found = find_tls_redirect(host.nodes, ports, own, site);
    host.redirect = found.rule;
    host.conditions = std::move(found.conditions);
  }
}

bool tells_of_request(const Node& node, const Host& host) {
  std::vector<std::string> words = node.words;
  if (!words.empty() && words.back().starts_with("expr=!(-R ")) words.pop_back();
  if (!node.is("RequestHeader") || words.size() < 2) return false;
  if (words.size() == 2) return same_text(words[0], "unset") && words[1] == "X-Forwarded-Host";
  if (words.size() != 3 || (!same_text(words[0], "set") && !same_text(words[0], "setifempty")))
    return false;
  if (words[1] == "X-Forwarded-Proto") return words[2] == (host.tls ? "https" : "http");
  return words[1] == "X-Forwarded-Port" && !host.addresses.empty() &&
         words[2] == std::to_string(host.addresses.front().port);
}

void add_endpoints(Work& work, const Hosts& hosts, Json& site) {
  std::vector<Address> tls, plain, redirect;
  for (const Host& host : hosts.list)
    for (const Address& address : host.addresses)
      (host.tls ? tls : host.redirect != nullptr ? redirect : plain).push_back(address);
  for (const auto* list : {&tls, &plain, &redirect})
    for (const Address& address : *list) say_port_twice(work, address);
  if (tls.empty()) {
    plain.insert(plain.end(), redirect.begin(), redirect.end());  // to another site's TLS
    if (is(plain, 80)) return;
    for (const Address& address : plain) site["listen"].push_back(listen_value(address));
    return;
  }
  const bool standard = is(tls, 443);
  const bool redirects = is(redirect, 80), serves = is(plain, 80);
  if (!standard || (!redirects && !serves))
    for (const Address& address : tls) site["listen"].push_back(listen_value(address));
  if (!standard && redirects) site["redirect_to_tls"] = true;
  if (standard && serves && redirect.empty()) site["redirect_to_tls"] = false;
  for (const Host& host : hosts.list) {
    if (host.tls || host.node == nullptr) continue;
    const bool said = host.redirect != nullptr ? redirects : standard && serves && redirect.empty();
    if (!said)
      work.ledger.left_out(*host.node, "a site with TLS has port 80 beside its TLS ports, no other",
                           "write a second site for it");
  }
}

void compare_with_main(Work& work, const Hosts& hosts) {
  const Host& main = hosts.main();
  for (const Host& host : hosts.list) {
    if (&host == &main || host.node == nullptr || !work.ledger.open(*host.node)) continue;
    work.ledger.take(*host.node);
    if (host.redirect != nullptr && !main.tls) {
      work.ledger.left_out(*host.redirect, "a site without TLS has the same on all of its ports");
    } else if (host.redirect != nullptr) {
      work.ledger.take(*host.redirect);
      if (!is_ours(*host.redirect))
        work.ledger.changed(*host.redirect, "",
                            fmt::format("{} becomes a redirect with status 308 to https://{}/",
                                        spoken(*host.redirect), hosts.name),
                            "see: wsgictl explain sites.redirect_to_tls");
    }
    for (const Node* node : host.nodes) {
      if (!work.ledger.open(*node)) continue;
      const bool in_main = std::any_of(main.nodes.begin(), main.nodes.end(),
                                       [&](const Node* other) { return same(*node, *other); });
      if (in_main || node->is("ServerName") || node->is("ServerAlias") || is_tls_directive(*node) ||
          (host.redirect != nullptr && helps_redirect(*node, host)) ||
          tells_of_request(*node, host))
        work.ledger.take_all(*node);
      else
        work.ledger.left_out(*node,
                             host.redirect != nullptr
                                 ? "in a definition this port redirects and does nothing else"
                                 : "a site has the same on all of its ports",
                             restricts(*node) ? opens_without(*node)
                                              : "compare it with the other virtual host of the "
                                                "name");
    }
    if (host.redirect != nullptr) continue;
    const bool more = std::any_of(main.nodes.begin(), main.nodes.end(), [&](const Node* node) {
      return !is_tls_directive(*node) && !node->is("ServerName") && !node->is("RequestHeader") &&
             std::none_of(host.nodes.begin(), host.nodes.end(),
                          [&](const Node* other) { return same(*node, *other); });
    });
    if (more)
      work.ledger.changed(*host.node, "", "this port gets all that the other one of the site has",
                          "compare the two");
  }
}

}  // namespace wsgictl::importing

// SPDX-License-Identifier: Apache-2.0
// TLS backwards; see tls.h.
#include "import/tls.h"

#include <fmt/format.h>

#include <algorithm>

#include "conf/render_internal.h"

namespace wsgictl::importing {
namespace {

using apache_check::same_text;

constexpr const char* kOfProfile[] = {"SSLProtocol", "SSLCipherSuite", "SSLHonorCipherOrder",
                                      "SSLSessionTickets", "SSLOpenSSLConfCmd"};

bool of_profile(const Node& node) {
  return std::any_of(std::begin(kOfProfile), std::end(kOfProfile),
                     [&](const char* name) { return node.is(name); });
}

// What render writes for PROFILE holds every one of NODES.
bool is_profile(const std::string& profile, const std::vector<const Node*>& nodes,
                const host::Layout& layout) {
  model::Site site;
  site.tls.profile.value = profile;
  conf::Block block{diag::Mark{}};
  conf::add_tls(block, site, layout);
  std::size_t found = 0, all = 0;
  for (const conf::Node& ours : block.nodes()) {
    if (std::none_of(std::begin(kOfProfile), std::end(kOfProfile),
                     [&](const char* name) { return ours.name == name; }))
      continue;
    ++all;
    found += std::any_of(nodes.begin(), nodes.end(), [&](const Node* node) {
      return node->is(ours.name) &&
             std::equal(node->words.begin(), node->words.end(), ours.arguments.begin(),
                        ours.arguments.end(), [](const std::string& word, const auto& argument) {
                          return same_text(word, argument.text);
                        });
    });
  }
  return found == all && all == nodes.size();
}

void add_profile(Work& work, const Host& host, Json& tls) {
  std::vector<const Node*> nodes;
  const Node* engine = nullptr;
  for (const Node* node : host.nodes) {
    if (of_profile(*node)) nodes.push_back(node);
    if (node->is("SSLEngine")) engine = node;
  }
  for (const std::string& profile : model::words(model::find_key("sites.*.tls.profile")->choices)) {
    if (!is_profile(profile, nodes, work.layout)) continue;
    if (profile != "intermediate") tls["profile"] = profile;
    for (const Node* node : nodes) work.ledger.take(*node);
    return;
  }
  if (nodes.empty() && engine != nullptr)
    work.ledger.changed(*engine, "", "protocols and ciphers are those of the profile intermediate",
                        "see: wsgictl explain sites.tls.profile");
  for (const Node* node : nodes)
    work.ledger.changed(*node, "",
                        fmt::format("{} gives way to the profile intermediate", spoken(*node)),
                        "see: wsgictl explain sites.tls.profile");
}

// <MDomainSet> of the site, as render writes it.
bool add_acme(Work& work, const std::string& name, Json& tls) {
  for (const auto* used : work.facts.uses("MDomainSet")) {
    const Node& node = *used->node;
    if (std::none_of(node.words.begin(), node.words.end(),
                     [&](const std::string& word) { return same_text(word, name); }))
      continue;
    Json acme = Json::object();
    for (const Node& child : node.children) {
      const std::string word = child.words.empty() ? "" : child.words[0];
      if (child.is("MDContactEmail") && fits(model::Type::text, word))
        acme["contact"] = word;
      else if (child.is("MDCertificateAuthority") && fits(model::Type::proxy_url, word))
        acme["authority"] = word;
      else if (!child.is("MDCertificateAgreement"))
        work.ledger.left_out(child, "acme has a contact and an authority, no more");
      work.ledger.take(child);
    }
    if (!acme.contains("contact")) continue;
    work.ledger.take(node);
    tls["acme"] = std::move(acme);
    return true;
  }
  return false;
}

}  // namespace

void add_tls(Work& work, const std::string& name, const Host& host, Json& site) {
  Json tls = Json::object();
  const Node* certificate = nullptr;
  for (const Node* node : host.nodes) {
    const std::string word = node->words.empty() ? "" : node->words[0];
    const std::string path = full_path(work, word);
    const bool file = node->is("SSLCertificateFile"), key = node->is("SSLCertificateKeyFile");
    if (node->is("SSLEngine")) work.ledger.take(*node);
    if ((file || key) && !tls.contains(file ? "certificate" : "key") &&
        fits(model::Type::path, path)) {
      tls[file ? "certificate" : "key"] = path;
      if (file) certificate = node;
      work.ledger.take(*node);
    }
    if (node->is("Header") && node->words.size() == 4 && same_text(word, "always") &&
        same_text(node->words[1], "set") &&
        same_text(node->words[2], "Strict-Transport-Security") &&
        node->words[3] == "max-age=63072000") {
      tls["hsts"] = true;
      work.ledger.take(*node);
    }
  }
  // A file may hold both; without a key Apache looks for it there.
  if (certificate != nullptr && !tls.contains("key")) tls["key"] = tls["certificate"];
  if (certificate == nullptr && !add_acme(work, name, tls))
    work.ledger.changed(*host.node, "", "the virtual host names no certificate",
                        "write certificate and key, or acme: wsgictl explain sites.tls");
  add_profile(work, host, tls);
  // Certificate and key first, however they were written.
  Json sorted = Json::object();
  for (const char* key : {"certificate", "key", "acme", "profile", "hsts"})
    if (tls.contains(key)) sorted[key] = tls[key];
  site["tls"] = std::move(sorted);
}

}  // namespace wsgictl::importing

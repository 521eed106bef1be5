// SPDX-License-Identifier: Apache-2.0
// Responses backwards; see responses.h.
#include "import/responses.h"

#include <fmt/format.h>

#include <algorithm>

#include "conf/render_internal.h"

namespace wsgictl::importing {
namespace {

using apache_check::same_text;
using model::Type;

bool is_header(const Node& node, const char* table, const char* action, std::size_t words) {
  return node.is("Header") && node.words.size() == words && same_text(node.words[0], table) &&
         same_text(node.words[1], action);
}

// A value of mod_headers as plain text; nothing if it has formats or control characters in it.
std::optional<std::string> header_value(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (text[i] == '%' && next != '%') return std::nullopt;
    if (text[i] == '\\' && (next == 'n' || next == 'r' || next == 't')) return std::nullopt;
    out += text[i];
    if (text[i] == '%' || (text[i] == '\\' && next == '\\')) ++i;
  }
  if (out.empty() || !fits(Type::header_value, out)) return std::nullopt;
  return out;
}

// mod_proxy has a value of its own for these: as a key they would be refused.
bool is_of_proxy(const std::string& name) {
  return same_text(name, "X-Forwarded-For") || same_text(name, "X-Forwarded-Host") ||
         same_text(name, "X-Forwarded-Server");
}

// Several lines for one header mean something in their order alone, which a key does not keep.
const Node* other_line(const Host& host, const Node& line) {
  for (const Node* node : host.nodes)
    if (node != &line && node->is(line.name) && node->words.size() > 1 &&
        same_text(node->words[1], line.words[1]))
      return node;
  return nullptr;
}

// True if a key can say the line. Beside a line that a route has taken already it is lost.
bool is_for_key(Work& work, const Host& host, const Node& line) {
  if (is_of_proxy(line.words[1])) return false;
  const Node* other = other_line(host, line);
  if (other != nullptr && !work.ledger.open(*other))
    work.ledger.left_out(line, "a proxy route has a line of its own for this header");
  return other == nullptr;
}

// The half that follows "Header onsuccess unset NAME".
const Node* other_half(Work& work, const Host& host, const Node& first) {
  bool behind = false;
  for (const Node* node : host.nodes) {
    if (behind && work.ledger.open(*node) &&
        (is_header(*node, "always", "unset", 3) || is_header(*node, "always", "set", 4)) &&
        same_text(node->words[2], first.words[2]))
      return node;
    behind = behind || node == &first;
  }
  return nullptr;
}

// PATH of a log, or nothing if the definition takes no such log.
std::optional<std::string> log_path(Work& work, const Node& node) {
  // A program or the system's log; the server root is not in front of those.
  if (node.words.empty() || node.words[0].starts_with('|') || node.words[0].starts_with("syslog"))
    return std::nullopt;
  const std::string path = full_path(work, node.words[0]);
  if (!fits(Type::path, path)) return std::nullopt;
  return path;
}

}  // namespace

void add_headers(Work& work, const Host& host, Json& site) {
  for (const Node* node : host.nodes) {
    if (!work.ledger.open(*node)) continue;
    if (node->is("RequestHeader") && node->words.size() == 3 && same_text(node->words[0], "set") &&
        fits(Type::header_name, node->words[1]) && is_for_key(work, host, *node)) {
      const auto value = header_value(node->words[2]);
      if (!value ||
          (site.contains("request_headers") && site["request_headers"].contains(node->words[1])))
        continue;
      site["request_headers"][node->words[1]] = *value;
      work.ledger.take(*node);
    }
    if (!is_header(*node, "onsuccess", "unset", 3) || !fits(Type::header_name, node->words[2]))
      continue;
    const Node* half = other_half(work, host, *node);
    if (half == nullptr) continue;
    const std::string& name = node->words[2];
    if (half->words.size() == 3) {
      site["remove_headers"].push_back(name);
    } else {
      const auto value = header_value(half->words[3]);
      if (!value || (site.contains("headers") && site["headers"].contains(name))) continue;
      site["headers"][name] = *value;
    }
    work.ledger.take(*node);
    work.ledger.take(*half);
  }
}

void add_compression(Work& work, const Host& host, Json& site) {
  for (const Node* node : host.nodes) {
    if (!node->is("AddOutputFilterByType") || node->words.empty() || site.contains("compression"))
      continue;
    model::Site ours;
    Json ways = Json::array();
    for (const std::string& filter : split(node->words[0], ';')) {
      model::Text way;
      way.value = filter == "DEFLATE" ? "gzip" : filter == "BROTLI_COMPRESS" ? "brotli" : "";
      if (!way.value.empty()) ways.push_back(way.value);
      ours.compression.push_back(way);
    }
    conf::Block block{diag::Mark{}};
    conf::add_responses(block, ours);
    if (ways.size() != ours.compression.size() || block.nodes().size() != 1) continue;
    const auto& written = block.nodes().front().arguments;
    if (!std::equal(written.begin(), written.end(), node->words.begin(), node->words.end(),
                    [](const auto& argument, const auto& word) { return argument.text == word; }))
      continue;
    site["compression"] = ways.size() == 1 ? ways.front() : ways;
    work.ledger.take(*node);
  }
}

void add_error_documents(Work& work, const Host& host, Json& site) {
  for (const Node* node : host.nodes) {
    if (!node->is("ErrorDocument") || node->words.size() != 2 ||
        !fits(Type::status_code, node->words[0]) || !fits(Type::location, node->words[1]) ||
        (site.contains("error_documents") && site["error_documents"].contains(node->words[0])))
      continue;
    site["error_documents"][node->words[0]] = node->words[1];
    work.ledger.take(*node);
  }
}

void add_logs(Work& work, const std::string& name, const Host& host, Json& site) {
  const std::string base = work.layout.log_dir + "/" + name;
  Json logs = Json::object();
  const Node *error = nullptr, *access = nullptr;
  for (const Node* node : host.nodes) {
    if (node->is("ErrorLog")) error = node;  // the last one counts
    const bool first = node->is("CustomLog") && access == nullptr && node->words.size() == 2;
    if (first && log_path(work, *node) && fits(Type::text, node->words[1])) access = node;
  }
  if (error != nullptr && log_path(work, *error)) {
    if (*log_path(work, *error) != base + "-error.log") logs["error"] = *log_path(work, *error);
    for (const Node* node : host.nodes)
      if (node->is("ErrorLog")) work.ledger.take(*node);
  }
  if (access != nullptr) {
    if (*log_path(work, *access) != base + "-access.log") logs["access"] = *log_path(work, *access);
    if (access->words[1] != "combined") logs["format"] = access->words[1];
    work.ledger.take(*access);
  }
  if (host.node != nullptr && (error == nullptr || access == nullptr))
    work.ledger.changed(*host.node, "",
                        fmt::format("the host had no {} log of its own; it gets {}",
                                    error == nullptr ? "error" : "access",
                                    base + (error == nullptr ? "-error.log" : "-access.log")),
                        "write logs to choose others: wsgictl explain sites.logs");
  if (!logs.empty()) site["logs"] = std::move(logs);
}

void add_trusted_proxies(Work& work, const Host& host, Json& site) {
  const std::vector<std::string> ours{"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host",
                                      "X-Forwarded-Port"};
  const Node *networks = nullptr, *headers = nullptr;
  for (const Node* node : host.nodes) {
    if (node->is("WSGITrustedProxies")) networks = node;
    if (node->is("WSGITrustedProxyHeaders")) headers = node;
  }
  if (networks == nullptr || headers == nullptr || networks->words.empty()) return;
  const auto good = [](const std::string& word) { return fits(Type::network, word); };
  if (!std::all_of(networks->words.begin(), networks->words.end(), good)) return;
  if (!std::equal(ours.begin(), ours.end(), headers->words.begin(), headers->words.end(),
                  [](const auto& a, const auto& b) { return same_text(a, b); }))
    return;
  site["behind_proxy"] = networks->words;
  work.ledger.take(*networks);
  work.ledger.take(*headers);
}

}  // namespace wsgictl::importing

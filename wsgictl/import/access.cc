// SPDX-License-Identifier: Apache-2.0
// Access; see access.h.
#include "import/access.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "apache_conf/words.h"
#include "conf/escape.h"

namespace wsgictl::importing {
namespace {

using apache_check::same_text;
using model::Type;

constexpr const char* kSections[] = {"RequireAll", "RequireAny", "RequireNone"};

// One <RequireAll>, <RequireAny> or the plain lines of a section.
struct Rules {
  bool any = true;
  bool valid_user = false;
  std::vector<std::string> users, groups, networks;
  int of_people = 0;  // lines that name people
  bool wsgi_groups = false;
  bool everybody = false;
};

bool people(const Rules& rules) {
  return rules.valid_user || !rules.users.empty() || !rules.groups.empty();
}

// WORDS of Require user and Require group after the expression that they are; nothing if it is more
// than a literal.
std::optional<std::vector<std::string>> words_of_expression(std::string_view arguments) {
  apache_conf::take_word(arguments);
  const auto text = conf::literal_of_expression(arguments);
  if (!text) return std::nullopt;
  return apache_conf::split_words(*text);
}

// What a browser shows for the text in quotes that Apache sends.
std::optional<std::string> shown_realm(const std::string& word) {
  const auto text = conf::literal_of_expression(word);
  if (!text) return std::nullopt;
  std::string out;
  for (std::size_t i = 0; i < text->size(); ++i) {
    if ((*text)[i] == '\\' && ++i == text->size()) return std::nullopt;
    out += (*text)[i];
  }
  return out;
}

bool one_require(const Node& node, Rules& rules) {
  if (node.words.empty()) return false;
  const std::string& kind = node.words[0];
  std::vector<std::string> rest(node.words.begin() + 1, node.words.end());
  if (same_text(kind, "user") || same_text(kind, "group")) {
    auto words = words_of_expression(node.arguments);
    if (!words) return false;
    rest = std::move(*words);
  }
  const auto all = [&](Type type) {
    return !rest.empty() && std::all_of(rest.begin(), rest.end(),
                                        [&](const std::string& one) { return fits(type, one); });
  };
  const auto add = [&](std::vector<std::string>& list) {
    list.insert(list.end(), rest.begin(), rest.end());
    return true;
  };
  if (same_text(kind, "valid-user")) return rules.valid_user = rest.empty();
  if (same_text(kind, "user")) return all(Type::user_name) && add(rules.users);
  const bool wsgi = same_text(kind, "wsgi-group");
  if (wsgi || same_text(kind, "group")) {
    if (!rules.groups.empty() && rules.wsgi_groups != wsgi) return false;
    rules.wsgi_groups = wsgi;
    return all(Type::group_name) && add(rules.groups);
  }
  if (same_text(kind, "ip")) return all(Type::network) && add(rules.networks);
  if (same_text(kind, "all") && rest.size() == 1 && same_text(rest[0], "granted"))
    return rules.everybody = true;
  return false;
}

// False if there is something that the key cannot say.
bool read_rules(const std::vector<const Node*>& nodes, Rules& rules) {
  for (const Node* node : nodes) {
    if (!node->section) {
      if (!node->is("Require") || !one_require(*node, rules)) return false;
      if (!same_text(node->words[0], "ip") && !same_text(node->words[0], "all")) ++rules.of_people;
      continue;
    }
    // <RequireAny> of people inside.
    Rules inner;
    if (!node->is("RequireAny") || people(rules)) return false;
    for (const Node& child : node->children)
      if (child.section || !child.is("Require") || !one_require(child, inner)) return false;
    if (!inner.networks.empty() || inner.everybody) return false;
    inner.any = rules.any;
    inner.networks = rules.networks;
    inner.everybody = rules.everybody;
    rules = inner;
    ++rules.of_people;
  }
  // All of several: nobody is two users, and the key has no "in both groups".
  return rules.any || rules.of_people < 2;
}

class Reader {
 public:
  explicit Reader(Work& work) : work_(work) {}

  // The key, or nothing if it cannot say all of NODES.
  std::optional<Json> read(const std::vector<const Node*>& nodes) {
    std::vector<const Node*> requires_;
    for (const Node* node : nodes) {
      if (node->section || node->is("Require"))
        requires_.push_back(node);
      else if (!one(*node))
        return std::nullopt;
    }
    if (requires_.size() == 1 && requires_[0]->section) {
      rules_.any = requires_[0]->is("RequireAny");
      if (requires_[0]->is("RequireNone")) return std::nullopt;
      std::vector<const Node*> inside;
      for (const Node& child : requires_[0]->children) inside.push_back(&child);
      requires_ = inside;
    }
    if (!read_rules(requires_, rules_)) return std::nullopt;
    return result();
  }

 private:
  bool one(const Node& node) {
    const std::string word = node.words.empty() ? "" : node.words[0];
    if (node.is("AuthType")) {
      digest_ = same_text(word, "Digest");
      has_type_ = true;
      return digest_ || same_text(word, "Basic");
    }
    if (node.is("AuthName")) {
      const auto realm = shown_realm(word);
      return realm && set("realm", Type::text, *realm);
    }
    if (node.is("AuthBasicProvider") || node.is("AuthDigestProvider")) {
      provider_ = word;
      return node.words.size() == 1 && (word == "file" || word == "wsgi");
    }
    if (node.is("AuthUserFile")) return set("users_file", Type::path, full_path(work_, word));
    if (node.is("AuthGroupFile")) return set("groups_file", Type::path, full_path(work_, word));
    if (node.is("WSGIAuthUserScript")) return script("password_script", node);
    if (node.is("WSGIAuthGroupScript")) return script("groups_script", node);
    if (node.is("WSGIAccessScript")) return script("host_script", node);
    return false;
  }

  bool set(const char* name, Type type, const std::string& text) {
    if (access_.contains(name) || !fits(type, text)) return false;
    access_[name] = text;
    return true;
  }

  // They run in the main interpreter unless another one is named.
  bool script(const char* name, const Node& node) {
    for (std::size_t i = 1; i < node.words.size(); ++i)
      if (node.words[i] != "application-group=%{GLOBAL}") return false;
    return !node.words.empty() && set(name, Type::path, node.words[0]);
  }

  std::optional<Json> result() {
    const bool users = access_.contains("users_file"), script = access_.contains("password_script");
    const bool login = users || script;
    if (people(rules_) != (login && has_type_)) return std::nullopt;
    if (login && (users == script || (provider_ == "wsgi") != script)) return std::nullopt;
    if (!login && (access_.contains("realm") || access_.contains("groups_file") ||
                   access_.contains("groups_script")))
      return std::nullopt;
    if (!rules_.groups.empty() &&
        !access_.contains(rules_.wsgi_groups ? "groups_script" : "groups_file"))
      return std::nullopt;
    const bool by_host = access_.contains("host_script");
    if (!login && rules_.networks.empty() && !by_host) return std::nullopt;
    if (rules_.everybody && (login || !rules_.networks.empty())) return std::nullopt;
    Json out = Json::object();
    if (digest_) out["type"] = "digest";
    for (const auto& [name, value] : access_.items())
      if (name != "realm" || value != "Login") out[name] = value;
    if (!rules_.valid_user && !rules_.users.empty()) out["users"] = rules_.users;
    if (!rules_.valid_user && !rules_.groups.empty()) out["groups"] = rules_.groups;
    if (!rules_.networks.empty()) out["networks"] = rules_.networks;
    if (rules_.any && login && !rules_.networks.empty()) out["satisfy"] = "any";
    return out;
  }

  Work& work_;
  Json access_ = Json::object();
  std::string provider_ = "file";
  bool digest_ = false, has_type_ = false;
  Rules rules_;
};

// Not for everybody, with it: what only says how to log in closes nothing.
bool closes(const Node& node) {
  constexpr std::string_view kLogin[] = {"Auth", "WSGIAuth"};
  const bool login = std::any_of(std::begin(kLogin), std::end(kLogin), [&](std::string_view begin) {
    return same_text(std::string_view(node.name).substr(0, begin.size()), begin);
  });
  if (node.section && !node.is("RequireNone"))
    return std::any_of(node.children.begin(), node.children.end(), closes);
  return !login && !grants_all(node);
}

}  // namespace

bool is_access(const Node& node) {
  if (node.section)
    return std::any_of(std::begin(kSections), std::end(kSections),
                       [&](const char* name) { return node.is(name); });
  constexpr const char* kNames[] = {"Require",
                                    "Order",
                                    "Allow",
                                    "Deny",
                                    "Satisfy",
                                    "AuthMerging",
                                    "WSGIAuthUserScript",
                                    "WSGIAuthGroupScript",
                                    "WSGIAccessScript",
                                    "WSGIGroupAuthoritative"};
  return same_text(std::string_view(node.name).substr(0, 4), "Auth") ||
         std::any_of(std::begin(kNames), std::end(kNames),
                     [&](const char* name) { return node.is(name); });
}

bool grants_all(const Node& node) {
  const auto is = [&](std::size_t i, const char* word) {
    return i < node.words.size() && same_text(node.words[i], word);
  };
  if (node.is("Require")) return node.words.size() == 2 && is(0, "all") && is(1, "granted");
  if (node.is("Order")) return is(0, "allow,deny") || is(0, "deny,allow");
  return node.is("Allow") && is(0, "from") && is(1, "all");
}

void add_access(Work& work, const std::vector<const Node*>& nodes, const std::string& where,
                Json& route) {
  auto access = Reader(work).read(nodes);
  if (access) {
    for (const Node* node : nodes) work.ledger.take_all(*node);
    route["access"] = std::move(*access);
    return;
  }
  const bool plain = std::all_of(nodes.begin(), nodes.end(), [](const Node* node) {
    return extra_directive(*node).has_value();
  });
  const bool closed = !plain && std::any_of(nodes.begin(), nodes.end(),
                                            [](const Node* node) { return closes(*node); });
  for (const Node* node : nodes) {
    if (plain) {
      route["extra_directives"].push_back(*extra_directive(*node));
      work.ledger.as_is(*node, where);
    } else if (work.ledger.open(*node) && !grants_all(*node)) {
      work.ledger.left_out(*node, "the key access cannot say these rules",
                           closed ? "the route is closed to everybody: write access for it in "
                                    "place of Require all denied"
                                  : "");
    }
  }
  if (closed)
    route["extra_directives"].push_back(
        {{"directive", "Require"}, {"arguments", {"all", "denied"}}});
}

}  // namespace wsgictl::importing

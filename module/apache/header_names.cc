// SPDX-License-Identifier: Apache-2.0
#include "apache/header_names.h"

#include <array>
#include <cstring>

namespace wsgi::apache {
namespace {

struct Row {
  std::string_view name;  // lower case
  Treatment treatment;
  Atom atom;
};

constexpr Row kRows[] = {
    {"host", Treatment::pass, Atom::HTTP_HOST},
    {"user-agent", Treatment::pass, Atom::HTTP_USER_AGENT},
    {"accept", Treatment::pass, Atom::HTTP_ACCEPT},
    {"accept-encoding", Treatment::pass, Atom::HTTP_ACCEPT_ENCODING},
    {"accept-language", Treatment::pass, Atom::HTTP_ACCEPT_LANGUAGE},
    {"connection", Treatment::pass, Atom::HTTP_CONNECTION},
    {"cookie", Treatment::pass, Atom::HTTP_COOKIE},
    {"referer", Treatment::pass, Atom::HTTP_REFERER},
    {"cache-control", Treatment::pass, Atom::HTTP_CACHE_CONTROL},
    {"if-none-match", Treatment::pass, Atom::HTTP_IF_NONE_MATCH},
    {"if-modified-since", Treatment::pass, Atom::HTTP_IF_MODIFIED_SINCE},
    {"range", Treatment::pass, Atom::HTTP_RANGE},
    {"origin", Treatment::pass, Atom::HTTP_ORIGIN},
    {"upgrade-insecure-requests", Treatment::pass, Atom::HTTP_UPGRADE_INSECURE_REQUESTS},
    {"x-forwarded-for", Treatment::pass, Atom::HTTP_X_FORWARDED_FOR},
    {"x-forwarded-proto", Treatment::pass, Atom::HTTP_X_FORWARDED_PROTO},
    {"x-forwarded-host", Treatment::pass, Atom::HTTP_X_FORWARDED_HOST},
    {"x-requested-with", Treatment::pass, Atom::HTTP_X_REQUESTED_WITH},
    {"content-type", Treatment::pass, Atom::CONTENT_TYPE},
    {"content-length", Treatment::pass, Atom::CONTENT_LENGTH},
    // Would become HTTP_PROXY, which many clients take for a setting (CVE-2016-1000110).
    {"proxy", Treatment::drop, Atom::none},
    {"authorization", Treatment::authorization, Atom::none},
    {"proxy-authorization", Treatment::proxy_authorization, Atom::none},
};

constexpr std::size_t kBuckets = 128;

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// Length and both ends spread the names well; what collides is found by linear probing.
constexpr std::size_t bucket(std::string_view name) {
  auto first = static_cast<unsigned char>(lower(name.front()));
  auto last = static_cast<unsigned char>(lower(name.back()));
  return (name.size() * 7 + first * 3u + last * 11u) % kBuckets;
}

constexpr auto kIndex = [] {
  std::array<signed char, kBuckets> index{};
  index.fill(-1);
  for (std::size_t i = 0; i < std::size(kRows); ++i) {
    auto at = bucket(kRows[i].name);
    while (index[at] >= 0) at = (at + 1) % kBuckets;
    index[at] = static_cast<signed char>(i);
  }
  return index;
}();

bool same(std::string_view known, std::string_view name) {
  if (known.size() != name.size()) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (known[i] != lower(name[i])) return false;
  }
  return true;
}

}  // namespace

Known known_header(std::string_view name) {
  if (name.empty()) return {Treatment::drop, Atom::none};
  for (auto at = bucket(name); kIndex[at] >= 0; at = (at + 1) % kBuckets) {
    const Row& row = kRows[static_cast<std::size_t>(kIndex[at])];
    if (same(row.name, name)) return {row.treatment, row.atom};
  }
  return {};
}

char* environ_name(std::string_view name, apr_pool_t* pool) {
  char* out = static_cast<char*>(apr_palloc(pool, name.size() + 6));
  std::memcpy(out, "HTTP_", 5);
  char* to = out + 5;
  for (char c : name) {
    if (c >= 'a' && c <= 'z') {
      *to++ = static_cast<char>(c - 32);
    } else if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) {
      *to++ = c;
    } else if (c == '-') {
      *to++ = '_';
    } else {
      return nullptr;
    }
  }
  *to = '\0';
  return out;
}

}  // namespace wsgi::apache

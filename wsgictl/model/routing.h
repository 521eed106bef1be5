// SPDX-License-Identifier: Apache-2.0
// Who answers a request, judged from the definition alone: the virtual host as Apache chooses it
// (address and port, then names in the order in which files are read), then the longest route.
// Pure; no name is looked up, so a host name in a URL may stand for any address.
// Source: httpd manual, "vhosts/details"; RFC 3986 for URLs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/app.h"
#include "model/endpoints.h"

namespace wsgictl::model {

struct RequestUrl {
  bool tls = false;
  std::string host;  // lower case; IPv6 in brackets
  int port = 0;
  std::string path;  // decoded, without "." and ".." and double slashes
};

// An absolute http or https URL; nothing if TEXT is none, or if Apache would answer 400 or 404
// before any route is asked (broken escapes, encoded slash or NUL, ".." above the root).
std::optional<RequestUrl> parse_url(std::string_view text);

// PATH is PARENT, or below it.
bool is_below_or_equal(std::string_view path, std::string_view parent);

// The routes that match PATH, the one that answers first. A file matches its own path alone.
std::vector<const Route*> matching_routes(const Site& site, std::string_view path);

enum class ChosenBy { name, alias, first };  // first: no site has the name

struct Answer {
  const Site* site = nullptr;  // null: nothing listens on this port
  Endpoint endpoint;
  ChosenBy by = ChosenBy::first;
  const Text* name = nullptr;        // the name or alias that matched
  bool other_protocol = false;       // the port speaks TLS and the URL not, or the other way
  bool redirected = false;           // by redirect_to_tls, before routes are asked
  std::vector<const Route*> routes;  // as matching_routes
  const App* app = nullptr;          // of the first route, if it leads to one
};

// Pointers go into DEFINITION.
Answer who_answers(const Definition& definition, const RequestUrl& url);

}  // namespace wsgictl::model

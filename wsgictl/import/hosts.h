// SPDX-License-Identifier: Apache-2.0
// Virtual hosts of one name, put together as a site: where it is served, by what protocol, and
// which of them only send the browser to TLS. Pure.
#pragma once

#include <string>
#include <vector>

#include "import/values.h"
#include "import/work.h"

namespace wsgictl::importing {

struct Address {
  std::string host = "*";  // all
  int port = 80;
};

struct Host {
  const Node* node = nullptr;      // null: the main server
  std::vector<const Node*> nodes;  // in it
  std::vector<Address> addresses;
  bool tls = false;
  const Node* redirect = nullptr;       // the line that sends the browser to TLS
  std::vector<const Node*> conditions;  // of that line
};

// All virtual hosts of a name, in the order of the files.
struct Hosts {
  std::string name;
  std::vector<Host> list;

  // The one whose content is that of the site: with TLS if there is one.
  const Host& main() const;
};

// The name in ServerName without scheme and port; "" if there is none.
std::string plain_server_name(const Node* vhost);

Host read_host(const Node& vhost);

// Sets redirect of the hosts, when all of them are known.
void find_redirects(Hosts& hosts);

// What render tells another server of the request, in the headers that a client could make up.
bool tells_of_request(const Node& node, const Host& host);

// listen and redirect_to_tls of the site; what a definition cannot say is said.
void add_endpoints(Work& work, const Hosts& hosts, Json& site);

// What the hosts other than main() hold: the same, or it is left out.
void compare_with_main(Work& work, const Hosts& hosts);

}  // namespace wsgictl::importing

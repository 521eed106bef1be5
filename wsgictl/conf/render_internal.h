// SPDX-License-Identifier: Apache-2.0
// The parts of rendering, one file each; render.cc puts them together. All pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "conf/ast.h"
#include "host/layout.h"
#include "model/app.h"
#include "model/endpoints.h"

namespace wsgictl::conf {

// "a.yaml:4", for comments.
std::string place(const diag::Mark& mark);
// A definition's name without its folder: the same definition renders to the same bytes from
// wherever it is named.
std::string short_name(std::string_view file);

// Where generated files of an application are.
std::string script_path(const host::Layout& layout, const model::App& app);  // of a module
std::string environment_path(const host::Layout& layout, const model::App& app);

// Switches, Listen lines, every daemon group.
Block global_block(const model::Definition& definition, const host::Layout& layout);

// Applications by name.
using Apps = std::unordered_map<std::string_view, const model::App*>;

// All virtual hosts of a site.
Block site_block(const Apps& apps, const model::Site& site, const host::Layout& layout);

// What answers in one virtual host.
void add_routes(Block& out, const Apps& apps, const model::Site& site,
                const model::Endpoint& endpoint, const host::Layout& layout);

// What no route matches is not found: without a route for / the default DocumentRoot would answer,
// on Debian /var/www/html. Redirects are asked in the order written: those of extra_directives come
// before it.
void add_nothing_else(Block& out, const model::Site& site);

// Certificate, protocols and ciphers.
void add_tls(Block& out, const model::Site& site, const host::Layout& layout);

// Values that become a directive of their own, in the order written; and directives as they are.
void add_settings(Block& out, const model::Settings& settings);
void add_extra(Block& out, const model::ExtraDirectives& extra);

// Headers, compression and error documents of one virtual host.
void add_responses(Block& out, const model::Site& site);

// Whether a switch such as WSGIErrorOverride is on for ROUTE: as it says itself, or the nearest
// route above it that says it, or the site.
bool is_on(std::string_view directive, const model::Site& site, const model::Route& route);

// Which Host header the server behind a proxy route gets, where the route says it itself.
enum class HostHeader { unsaid, of_client, of_target };

// What mod_proxy is told for one route, because it would else go by the route above.
struct ProxySettings {
  HostHeader host = HostHeader::unsaid;
  std::optional<bool> error_override = {};  // error pages are ours, not the other server's
};

// What is passed to other servers in one virtual host, and what mod_proxy is told for ROUTE.
void add_proxies(Block& out, const Apps& apps, const model::Site& site,
                 const model::Endpoint& endpoint);
ProxySettings proxy_settings(const Apps& apps, const model::Site& site, const model::Route& route);

// <Location> of a route: who may use it, and how requests are passed.
void add_location(Block& out, const model::Route& route, const ProxySettings& proxy);

// The whole configuration of the instance of APP.
Block instance_block(const model::Definition& whole, const model::App& app,
                     const host::Layout& layout);

// The unit that runs it, without comment at its head; its name: "wsgictl-shop.service".
std::string unit_text(const model::App& app, const host::Layout& layout);
std::string unit_name(const model::App& app);
std::string instance_path(const model::App& app, const host::Layout& layout);

// Milliseconds as decimal seconds: "0.005".
std::string decimal_seconds(std::int64_t milliseconds);

}  // namespace wsgictl::conf

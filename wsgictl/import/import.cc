// SPDX-License-Identifier: Apache-2.0
// The import as a whole; see import.h.
#include "import/import.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "diag/codes.h"
#include "import/covers.h"
#include "import/site.h"

namespace wsgictl::importing {
namespace {

using apache_check::same_text;
using apache_check::Used;

bool of_module(const Node& node) {
  constexpr std::string_view kModule = "WSGI";
  if (same_text(std::string_view(node.name).substr(0, kModule.size()), kModule)) return true;
  return std::any_of(node.children.begin(), node.children.end(), of_module);
}

// What the main server may have for a mount of its own.
bool is_mapping(const Node& node) {
  return node.is("Alias") || node.is("AliasMatch") || node.is("Redirect") ||
         node.is("RedirectMatch") || node.is("ProxyPass") || node.is("ProxyPassReverse");
}

class Import {
 public:
  Import(Work& work, bool all, diag::Diagnostics& diagnostics)
      : work_(work), apps_(work), all_(all), diagnostics_(diagnostics) {}

  std::optional<Imported> run() {
    find_hosts();
    find_shared();
    Json sites = Json::object();
    for (Hosts& hosts : sites_) {
      find_redirects(hosts);
      Json site = site_json(work_, apps_, hosts, shared_);
      if (site.contains("routes"))
        sites[hosts.name] = std::move(site);
      else
        diagnostics_.add(diag::make("WCTL2506", place_of(hosts),
                                    fmt::format("nothing of site {} could be carried", hosts.name),
                                    "what is in it is listed by itself"));
    }
    say_first_host();
    for (const apache_conf::Skipped& skipped : work_.configuration.skipped)
      if (files_.contains(skipped.place.file))
        diagnostics_.add(
            diag::make("WCTL2504", apache_conf::mark(skipped.place, work_.configuration.sources),
                       fmt::format("<{}> does not hold here, what is in it is not imported",
                                   skipped.condition),
                       "name the file that Apache starts with, or ask the server: --server"));
    if (sites.empty()) {
      diagnostics_.add(diag::make("WCTL2505", {}, "no application or site was found to import",
                                  "name the file that Apache starts with, or pass --all"));
      return std::nullopt;
    }
    Imported out;
    Json apps = apps_.json();
    Json server = Json::object();
    add_server(server);
    out.definition["version"] = 1;
    if (!server.empty()) out.definition["server"] = std::move(server);
    if (!apps.empty()) out.definition["apps"] = std::move(apps);
    out.definition["sites"] = std::move(sites);
    out.has_secrets = apps_.has_secrets();
    for (const std::string& file : files_) say_staying(file);
    for (const std::string& file : files_)
      if (!made_by_us(file)) out.replaces.push_back(file);
    return out;
  }

 private:
  diag::Mark place_of(const Hosts& hosts) const {
    const Node* node = hosts.main().node;
    return node == nullptr ? diag::Mark{} : work_.facts.mark(*node);
  }

  Hosts& hosts_of(const std::string& name) {
    for (Hosts& hosts : sites_)
      if (hosts.name == name) return hosts;
    sites_.push_back({name, {}});
    return sites_.back();
  }

  // Names that have something of WSGI in one of their virtual hosts.
  std::set<std::string> wanted() const {
    std::set<std::string> names;
    for (const Used& used : work_.facts.all)
      if (used.node->is("VirtualHost") &&
          (all_ || made_by_us(used.node->place.file) || of_module(*used.node)))
        names.insert(plain_server_name(used.node));
    return names;
  }

  void find_hosts() {
    const std::set<std::string> names = wanted();
    for (const Node& node : work_.configuration.nodes) {
      if (!node.is("VirtualHost")) continue;
      const std::string name = plain_server_name(&node);
      if (!names.contains(name)) {
        work_.ledger.say("WCTL2506", node,
                         fmt::format("virtual host {} has nothing of WSGI and is left alone",
                                     name.empty() ? "without a name" : name),
                         "pass --all to import it too");
        continue;
      }
      if (name.empty())
        work_.ledger.changed(node, "",
                             fmt::format("the virtual host has no plain ServerName; it "
                                         "becomes site {}",
                                         nameless()),
                             "write the name that browsers use");
      files_.insert(node.place.file);
      hosts_of(name.empty() ? nameless() : name).list.push_back(read_host(node));
    }
    add_main_server();
  }

  std::string nameless() const {
    for (const Node& node : work_.configuration.nodes)
      if (node.is("ServerName") && !node.words.empty() &&
          fits(model::Type::host_name, node.words[0]))
        return node.words[0];
    return "localhost";
  }

  // Mounts outside of virtual hosts: every host inherits them, a site has them for itself.
  void add_main_server() {
    Host host;
    host.addresses.push_back({});
    const Node* first = nullptr;
    for (const auto& mount : work_.facts.mounts)
      if (mount.at.vhost == nullptr) {
        if (first == nullptr) first = mount.at.node;
        files_.insert(mount.at.node->place.file);
        host.nodes.push_back(mount.at.node);
      }
    if (first == nullptr) return;
    for (const Node& node : work_.configuration.nodes)
      if (is_mapping(node) && files_.contains(node.place.file)) host.nodes.push_back(&node);
    Hosts& hosts = hosts_of(nameless());
    diagnostics_.add(
        diag::make("WCTL2503", work_.facts.mark(*first),
                   fmt::format("all virtual hosts have this mount; it becomes one of site {} alone",
                               hosts.name),
                   "add the route to other sites where it is wanted"));
    hosts.list.insert(hosts.list.begin(), std::move(host));
  }

  void find_shared() {
    for (const Node& node : work_.configuration.nodes)
      if (is_section_of_paths(node) && (of_module(node) || files_.contains(node.place.file)))
        shared_.push_back(&node);
  }

  // The script of an application in its own group and interpreter is loaded at start anyway.
  bool preloads_application(const Node& node) const {
    for (const auto& mount : work_.facts.mounts) {
      if (node.words.size() != 3 || mount.script != node.words[0]) continue;
      const auto has = [&](const std::string& word) {
        return std::find(node.words.begin(), node.words.end(), word) != node.words.end();
      };
      if (has("process-group=" + mount.process_group) && has("application-group=%{GLOBAL}"))
        return true;
    }
    return false;
  }

  void add_server(Json& server) {
    bool embedded = false;  // something that is not imported runs in Apache's own processes
    for (const Used& used : work_.facts.all) {
      const Node& node = *used.node;
      const bool imported_host = used.vhost == nullptr || files_.contains(used.vhost->place.file);
      if (node.is("WSGIImportScript") && work_.ledger.open(node) && imported_host) {
        if (preloads_application(node))
          work_.ledger.take(node);
        else
          work_.ledger.left_out(node,
                                "applications load their own script when they start, no other",
                                "import it in the application, or make it a worker");
      }
      for (const std::string& word : node.words)
        embedded = embedded || (!node.section && word == "wsgi-script");
      if (used.vhost == nullptr && used.sections.empty() && work_.ledger.open(node))
        one_of_server(node, server);
    }
    for (const Node* node : shared_)
      if (work_.ledger.open(*node) && of_module(*node))
        work_.ledger.left_out(*node, "it covers no imported route");
    if (embedded) server["restrict_embedded"] = false;
  }

  // The first virtual host of a port answers for names of none. Each site gets a file of its own,
  // and Apache reads these by their names.
  void say_first_host() {
    struct First {
      const Node* node;
      std::string file, other;  // the file to be, and the one that comes before it then
    };
    std::map<std::pair<std::string, int>, First> ports;
    const std::set<std::string> names = wanted();
    for (const Node& node : work_.configuration.nodes) {
      if (!node.is("VirtualHost")) continue;
      const std::string name = plain_server_name(&node);
      const bool imported = names.contains(name);
      const std::string old = node.place.file.substr(node.place.file.rfind('/') + 1);
      const std::string file = imported ? site_file(name.empty() ? nameless() : name) : old;
      for (const Address& address : read_host(node).addresses) {
        const auto [at, first] =
            ports.insert({{address.host, address.port}, {imported ? &node : nullptr, file, ""}});
        if (!first && file < std::min(at->second.file, at->second.other.empty() ? at->second.file
                                                                                : at->second.other))
          at->second.other = file;
      }
    }
    for (const auto& [address, first] : ports)
      if (first.node != nullptr && !first.other.empty())
        work_.ledger.changed(*first.node, "",
                             fmt::format("requests on port {} for names of no virtual host came "
                                         "here; they go to the first one of {} now",
                                         address.second, first.other),
                             "give that site the other names as aliases, or refuse them there");
  }

  static std::string site_file(const std::string& name) { return "wsgictl-" + name + ".conf"; }

  // FILE is to lose its virtual hosts; often it is switched off as a whole.
  void say_staying(const std::string& file) {
    const Node* first = nullptr;
    std::vector<std::string> names;
    for (const Node& node : work_.configuration.nodes) {
      if (node.place.file != file || made_by_us(file) || !work_.ledger.open(node)) continue;
      if (first == nullptr) first = &node;
      const std::string name = node.section ? spoken(node) : node.name;
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    if (first == nullptr) return;
    constexpr std::size_t kShown = 6;
    const std::string more =
        names.size() > kShown ? fmt::format(" and {} more", names.size() - kShown) : "";
    names.resize(std::min(names.size(), kShown));
    diagnostics_.add(diag::make("WCTL2510", work_.facts.mark(*first),
                                fmt::format("lines of the main server stay in this file: {}{}",
                                            fmt::join(names, ", "), more),
                                "keep them when you take the virtual hosts out of it"));
  }

  void one_of_server(const Node& node, Json& server) {
    const bool ours = made_by_us(node.place.file);
    if (node.is("VirtualHost") || is_section_of_paths(node) || (!of_module(node) && !ours)) return;
    if (node.is("WSGIRestrictEmbedded")) {
      work_.ledger.take(node);
      if (!node.words.empty() && same_text(node.words[0], "off"))
        server["restrict_embedded"] = false;
    } else if (put_setting(server, "server", node)) {
      work_.ledger.take(node);
    } else if (const auto extra = extra_directive(node); extra && !node.is("Listen") &&
                                                         !node.is("WSGIScriptAlias") &&
                                                         !node.is("WSGIScriptAliasMatch")) {
      server["extra_directives"].push_back(*extra);
      work_.ledger.as_is(node, "server");
    } else {
      work_.ledger.left_out(node, "a definition has no such setting of the server");
    }
  }

  Work& work_;
  Apps apps_;
  bool all_;
  diag::Diagnostics& diagnostics_;
  std::vector<Hosts> sites_;
  std::vector<const Node*> shared_;
  std::set<std::string> files_;
};

}  // namespace

std::optional<Imported> import_configuration(const apache_conf::Configuration& configuration,
                                             const host::Layout& layout, const HostFiles& host,
                                             bool all, diag::Diagnostics& diagnostics) {
  for (const auto& [name, text] : configuration.sources) diagnostics.add_source(name, text);
  for (const apache_conf::Problem& problem : configuration.problems)
    if (problem.trouble != apache_conf::Trouble::undefined_name)  // Apache says so itself
      diagnostics.add(diag::make(
          "WCTL2504", apache_conf::mark(problem.place, configuration.sources), problem.message,
          problem.trouble == apache_conf::Trouble::macro
              ? "ask the server, which has expanded them: --server"
              : "what is there is not imported"));
  const apache_check::Facts facts = apache_check::facts_of(configuration);
  Work work{configuration, layout, host, facts, Ledger(facts, diagnostics)};
  return Import(work, all, diagnostics).run();
}

}  // namespace wsgictl::importing

// SPDX-License-Identifier: Apache-2.0
// wsgictl serve: one application on an Apache of one's own, in the foreground, until SIGTERM or
// Ctrl-C. Needs no root, changes nothing of the system's Apache.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <ostream>

#include "cli/commands.h"
#include "cli/planning.h"
#include "conf/render.h"
#include "diag/codes.h"
#include "express/foreground.h"
#include "express/installation.h"
#include "express/one_site.h"
#include "express/server_root.h"

namespace wsgictl::cli {
namespace {

namespace fs = std::filesystem;

struct ServeOptions {
  std::string source;  // definition or script; "" = as -f says
  std::string server_root, module, httpd;
  std::vector<std::string> statics;  // URL=DIR
  express::Wanted wanted;
};

void refuse(Context& context, const char* code, std::string message, std::string hint = "") {
  context.diagnostics.add(diag::make(code, {}, std::move(message), std::move(hint)));
}

bool is_script(const std::string& path) { return path.ends_with(".wsgi") || path.ends_with(".py"); }

bool parse_statics(Context& context, ServeOptions& options) {
  for (const std::string& text : options.statics) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || !text.starts_with('/')) {
      add_usage_error(context, fmt::format("--static {}: expected URL=DIR", text),
                      "for example --static /static=/srv/shop/static");
      return false;
    }
    const fs::path folder = fs::absolute(text.substr(equals + 1)).lexically_normal();
    options.wanted.statics.emplace_back(text.substr(0, equals), folder.string());
  }
  return true;
}

std::optional<model::Definition> load(Context& context, const ServeOptions& options) {
  if (is_script(options.source)) {
    const fs::path script = fs::absolute(options.source).lexically_normal();
    if (fs::is_regular_file(script))
      return express::definition_for(script.string(), context.diagnostics);
    refuse(context, "WCTL2001", fmt::format("{} does not exist", script.string()));
    return std::nullopt;
  }
  if (!options.source.empty()) context.options.files.push_back(options.source);
  return load_definition(context);
}

// Facts of this system that the private server is made of.
std::optional<express::PrivateServer> describe_server(Context& context, const ServeOptions& options,
                                                      const model::Definition& one) {
  const auto layout = resolve_layout(context);
  if (!layout) return std::nullopt;
  express::PrivateServer server;
  server.layout = *layout;
  if (!options.httpd.empty()) server.layout.httpd = options.httpd;
  const auto built_in = express::built_in_modules(server.layout.httpd);
  if (!built_in) {
    refuse(context, "WCTL3004", built_in.error().text, "install Apache, or name it with --httpd");
    return std::nullopt;
  }
  const auto module = options.module.empty() ? express::find_module(server.layout)
                                             : std::optional(fs::absolute(options.module).string());
  if (!module) {
    refuse(context, "WCTL4104", "mod_wsgi.so was not found");
    return std::nullopt;
  }
  server.built_in = *built_in;
  server.wsgi_module = *module;
  server.host = options.wanted.host;
  server.port = options.wanted.port;
  if (options.wanted.as_root) {
    server.user = server.layout.user;
    server.group = server.layout.group;
  }
  server.modules = {"authz_core", "dir", "log_config", "mime", "unixd"};
  for (const std::string& name : conf::required_modules(one))
    if (name != "wsgi" &&
        std::find(server.modules.begin(), server.modules.end(), name) == server.modules.end())
      server.modules.push_back(name);
  return server;
}

plan::HealthTarget first_target(const ServeOptions& options, const model::Definition& one) {
  plan::HealthTarget target;
  const std::string& host = options.wanted.host;
  target.host = host.find(':') == std::string::npos ? host : "[" + host + "]";
  target.address = host == "0.0.0.0" ? "127.0.0.1" : host == "::" ? "[::1]" : target.host;
  target.host = target.address;
  target.port = options.wanted.port;
  target.path = express::entry_path(one);
  return target;
}

int serve(Context& context, const ServeOptions& options, const model::Definition& one,
          const express::PrivateServer& facts) {
  auto root = express::ServerRoot::make(
      options.server_root.empty() ? "" : fs::absolute(options.server_root).lexically_normal(),
      options.wanted.as_root);
  if (!root) {
    refuse(context, "WCTL4005", root.error().text);
    return kNotPermitted;
  }
  express::PrivateServer server = facts;
  server.root = root->path();
  if (!root->fill(one, server, context.diagnostics)) return kNo;
  const plan::HealthTarget first = first_target(options, one);
  const auto ended = express::run_in_foreground(
      {server.layout.httpd, "-d", server.root, "-f", server.root + "/httpd.conf", "-DFOREGROUND"},
      first, [&](int status) {
        context.streams.out << first.url() << '\n';
        context.streams.out.flush();
        if (status >= 500 && !context.options.quiet)
          context.streams.err << fmt::format("wsgictl: the application answers {}\n", status);
        context.streams.err.flush();
      });
  if (!ended) {
    refuse(context, "WCTL4103", ended.error().text);
    return kNo;
  }
  if (ended->asked_to_end || ended->status == 0) return kDone;
  refuse(context, "WCTL4103",
         fmt::format("Apache ended with status {}{}", ended->status,
                     ended->answered ? "" : " before it answered"));
  return kNo;
}

void run(Context& context, ServeOptions& options) {
  options.wanted.as_root = ::geteuid() == 0;
  if (!parse_statics(context, options)) {
    report(context, "serve", kUsage);
    return;
  }
  const auto definition = load(context, options);
  if (definition && options.wanted.port == 0) {
    if (const auto port = express::free_port(options.wanted.host)) {
      options.wanted.port = *port;
    } else {
      refuse(context, "WCTL4103", port.error().text);
    }
  }
  const auto one = definition && !context.diagnostics.has_errors()
                       ? express::one_site(*definition, options.wanted, context.diagnostics)
                       : std::nullopt;
  const auto server = one ? describe_server(context, options, *one) : std::nullopt;
  report(context, "serve", server ? serve(context, options, *one, *server) : failure_code(context));
}

}  // namespace

void register_serve(CLI::App& app, Context& context) {
  Command command = add_command(app, context, "serve",
                                "Serve one application on an Apache of its own, in the foreground.",
                                "wsgictl serve shop.yaml --port 8000");
  auto options = std::make_shared<ServeOptions>();
  express::Wanted& wanted = options->wanted;
  command.option("source", options->source, "A definition, or a script (.wsgi, .py)");
  command.option("--app", wanted.app, "The application, where there are several");
  command.option("--host", wanted.host, "Address to listen on (127.0.0.1)");
  command.option("--port", wanted.port, "Port to listen on (8000); 0 takes a free one",
                 {.low = 0, .high = 65535});
  command.option("--processes", wanted.processes, "Daemon processes", {.low = 1, .high = 10000});
  command.option("--threads", wanted.threads, "Threads of each", {.low = 1, .high = 10000});
  command.option("--static", options->statics, "Serve files: URL=DIR, repeatable");
  command.option("--user", wanted.user, "Account of the daemon processes, started by root");
  command.option("--group", wanted.group, "Group of the daemon processes");
  command.option("--server-root", options->server_root,
                 "Folder for configuration and state; kept. Without it a temporary one");
  command.option("--module", options->module, "mod_wsgi.so to load");
  command.option("--httpd", options->httpd, "Apache's program");
  command.callback([&context, options] { run(context, *options); });
}

}  // namespace wsgictl::cli

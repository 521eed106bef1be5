// SPDX-License-Identifier: Apache-2.0
// wsgictl route: which site, route, application and interpreter serve a URL, and why. Looks at the
// definition alone; sends nothing.
#include <fmt/format.h>

#include <memory>
#include <ostream>
#include <utility>

#include "cli/commands.h"
#include "diag/text.h"
#include "json/json.h"
#include "model/routing.h"

namespace wsgictl::cli {
namespace {

using model::Answer;
using model::ChosenBy;
using model::Route;
using model::RouteKind;

struct Kind {
  const char* name;
  const model::Text* target;
};

Kind kind_of(const Route& route) {
  switch (route.kind) {
    case RouteKind::app:
      return {"app", &route.app};
    case RouteKind::directory:
      return {"directory", &route.directory};
    case RouteKind::redirect:
      return {"redirect", &route.redirect};
    case RouteKind::proxy:
      return {"proxy", &route.proxy};
    case RouteKind::file:
      return {"file", &route.file};
  }
  return {"app", &route.app};
}

std::string at(const diag::Mark& mark) {
  return fmt::format("{}:{}", diag::escape(mark.file), mark.start.line);
}

std::string why_site(const Answer& answer, const model::RequestUrl& url) {
  switch (answer.by) {
    case ChosenBy::name:
      return "its name";
    case ChosenBy::alias:
      return fmt::format("its alias {}", answer.name->value);
    case ChosenBy::first:
      return fmt::format("no site on port {} has this name; Apache takes the first", url.port);
  }
  return "";
}

std::string why_route(const Answer& answer) {
  if (answer.routes.size() == 1) return "the only one that matches";
  std::string others;
  for (std::size_t i = 1; i < answer.routes.size(); ++i)
    others += (others.empty() ? "" : ", ") + answer.routes[i]->path.value;
  return "longer than " + others;
}

using Line = std::pair<std::string, std::string>;

void add_app(std::vector<Line>& lines, Json& json, const Answer& answer,
             const model::RequestUrl& url) {
  const model::App& app = *answer.app;
  const std::string& mount = answer.routes.front()->path.value;
  const std::string script_name = mount == "/" ? "" : mount;
  const std::string path_info = url.path.substr(script_name.size());
  const std::string code = app.module.given
                               ? fmt::format("{}:{}", app.module.value, app.callable.value)
                               : app.script.value;
  const std::string python =
      app.python.home.given ? app.python.home.value : std::string("the system's");
  lines.emplace_back("application", fmt::format("{} ({})", app.name.value, at(app.name.mark)));
  lines.emplace_back("code", code);
  if (app.is_instance())
    lines.emplace_back("instance", fmt::format("its own Apache at 127.0.0.1:{} (wsgictl-{})",
                                               app.port.value, app.name.value));
  lines.emplace_back("processes",
                     fmt::format("group {}: {} of {} threads each", app.name.value,
                                 app.daemon.processes.value, app.daemon.threads.value));
  lines.emplace_back("interpreter", fmt::format("the main one (%{{GLOBAL}}); Python: {}", python));
  lines.emplace_back("SCRIPT_NAME", diag::quote(script_name));
  lines.emplace_back("PATH_INFO", diag::quote(path_info));
  json["app"] = {{"name", app.name.value},
                 {"file", app.name.mark.file},
                 {"line", app.name.mark.start.line},
                 {"code", code},
                 {"run", app.is_instance() ? "instance" : "system"},
                 {"process_group", app.name.value},
                 {"application_group", "%{GLOBAL}"},
                 {"python_home", app.python.home.value},
                 {"script_name", script_name},
                 {"path_info", path_info}};
}

// Nothing answers: the last line says why not. ANSWERED is then false.
std::vector<Line> tell(const Answer& answer, const model::RequestUrl& url, Json& json,
                       bool& answered) {
  std::vector<Line> lines;
  answered = false;
  const auto nobody = [&](std::string why) {
    json["why_not"] = why;
    lines.emplace_back("nobody", std::move(why));
    return lines;
  };
  if (answer.site == nullptr)
    return nobody(fmt::format("no site of the definition listens on port {}", url.port));
  const model::Site& site = *answer.site;
  const std::string why = why_site(answer, url);
  lines.emplace_back("site", fmt::format("{} ({}): {}", site.name.value, at(site.name.mark), why));
  lines.emplace_back("listener", fmt::format("{}{}", answer.endpoint.spec(),
                                             answer.endpoint.tls ? " with TLS" : ""));
  json["site"] = {{"name", site.name.value},           {"file", site.name.mark.file},
                  {"line", site.name.mark.start.line}, {"listener", answer.endpoint.spec()},
                  {"tls", answer.endpoint.tls},        {"why", why}};
  if (answer.other_protocol)
    return nobody(fmt::format("port {} speaks {}", url.port,
                              answer.endpoint.tls ? "TLS: write https" : "no TLS: write http"));
  if (answer.redirected) {
    answered = true;
    lines.emplace_back("answered by", "redirect to https (redirect_to_tls)");
    json["kind"] = "redirect_to_tls";
    return lines;
  }
  if (answer.routes.empty())
    return nobody(answer.endpoint.redirect ? "this path is kept for ACME challenges"
                                           : "no route of the site matches the path: 404");
  answered = true;
  const Route& route = *answer.routes.front();
  const Kind kind = kind_of(route);
  lines.emplace_back("route", fmt::format("{} ({}): {}", route.path.value, at(route.path.mark),
                                          why_route(answer)));
  lines.emplace_back("answered by", fmt::format("{} {}", kind.name, kind.target->value));
  json["kind"] = kind.name;
  json["target"] = kind.target->value;
  json["route"] = {{"path", route.path.value},
                   {"file", route.path.mark.file},
                   {"line", route.path.mark.start.line},
                   {"why", why_route(answer)}};
  for (const Route* match : answer.routes) {
    if (!match->has_access) continue;
    lines.emplace_back("access",
                       fmt::format("rules of {} ({})", match->path.value, at(match->path.mark)));
    json["access"] = match->path.value;
    break;
  }
  if (answer.app != nullptr) add_app(lines, json, answer, url);
  return lines;
}

void route(Context& context, const std::string& text) {
  const auto url = model::parse_url(text);
  if (!url) {
    add_usage_error(context, fmt::format("{} is no URL that Apache takes", diag::quote(text)),
                    "write scheme, host and path, as in https://blog.example.com/static/x.css");
    report(context, "route", kUsage);
    return;
  }
  const auto definition = load_definition(context);
  if (!definition) {
    report(context, "route", failure_code(context));
    return;
  }
  Json json = {{"url", text}};
  bool answered = false;
  const auto lines = tell(model::who_answers(*definition, *url), *url, json, answered);
  if (context.options.format == Format::text)
    for (const auto& [name, value] : lines)
      context.streams.out << fmt::format("{:<12} {}\n", name, value);
  report(context, "route", answered ? kDone : kNo, {{"answer", json}});
}

}  // namespace

void register_route(CLI::App& app, Context& context) {
  Command command = add_command(app, context, "route", "Say who answers a URL, and why.",
                                "wsgictl route https://blog.example.com/ -f blog.yaml");
  auto url = std::make_shared<std::string>();
  command.option("url", *url, "Absolute URL, http or https", {.type = "URL", .required = true});
  command.callback([&context, url] { route(context, *url); });
}

}  // namespace wsgictl::cli

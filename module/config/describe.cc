// SPDX-License-Identifier: Apache-2.0
#include "config/describe.h"

#include "config/directives.h"

namespace wsgi::config {
namespace {

std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

// One object: pairs in order.
class Object {
 public:
  Object& add(std::string_view key, std::string_view text) { return raw(key, json_text(text)); }
  Object& add(std::string_view key, std::int64_t number) {
    return raw(key, std::to_string(number));
  }
  Object& raw(std::string_view key, std::string_view value) {
    out_ += out_.size() > 1 ? ", " : "";
    out_.append(json_text(key)).append(": ").append(value);
    return *this;
  }
  std::string done() const { return out_ + "}"; }

 private:
  std::string out_ = "{";
};

class List {
 public:
  void add(const std::string& value) {
    out_ += out_.empty() ? "\n    " : ",\n    ";
    out_ += value;
  }
  std::string done() const { return "[" + out_ + "\n  ]"; }

 private:
  std::string out_;
};

std::string shown_name(const Directive& directive) {
  std::string name(directive.name);
  return directive.args == Args::section ? name + ">" : name;
}

std::string_view args_name(Args args) {
  constexpr std::string_view kNames[] = {"flag", "one", "any", "some", "raw", "section"};
  return kNames[static_cast<std::size_t>(args)];
}

std::string row(std::initializer_list<std::string> cells) {
  std::string out = "|";
  for (const auto& cell : cells) {
    out += " ";
    for (char c : cell) out += c == '|' ? std::string("\\|") : std::string(1, c);
    out += " |";
  }
  return out + "\n";
}

std::string code(std::string_view text) {
  return text.empty() ? "" : "`" + std::string(text) + "`";
}

std::string in_effect(Effect effect, std::string_view remark) {
  if (effect == Effect::now) return "yes";
  return (effect == Effect::none ? "no: " : "deprecated: ") + std::string(remark);
}

// As in the tables of this page's README.
std::string_view places(Context context) {
  switch (context) {
    case Context::global:
      return "server configuration, outside virtual hosts and sections";
    case Context::server:
      return "server configuration and virtual hosts, outside sections";
    case Context::directory:
      return "server configuration, virtual hosts, directory sections";
    case Context::file_info:
      return "server configuration, virtual hosts, directory sections, `.htaccess` with "
             "`AllowOverride FileInfo`";
    case Context::auth:
      return "directory sections, `.htaccess` with `AllowOverride AuthConfig`";
  }
  return "";
}

constexpr std::string_view kHead =
    "# Directives\n\n"
    "All directives of the module. Tables, and the messages that refuse a value, are made from\n"
    "`module/config`: a test compares them, and `WSGI_BLESS=1 build/dev/tests/unit_config` writes\n"
    "them. The message ids are those of [docs/messages](../messages/README.md).\n\n"
    "Where: **G** server configuration only; **S** also virtual hosts; **D** also directory\n"
    "sections (`<Directory>`, `<Location>`, `<Files>`, `<If>`), not `.htaccess`; **F** everywhere, "
    "in\n"
    "`.htaccess` with `AllowOverride FileInfo`; **A** directory sections and `.htaccess` with\n"
    "`AllowOverride AuthConfig`; **+** also in `<WSGIInterpreterOptions>`. In another place "
    "Apache\n"
    "itself refuses: `NAME cannot occur within <VirtualHost> section`, `NAME not allowed here`.\n\n"
    "- The innermost place that says something counts: section, virtual host, server. Script "
    "aliases "
    "and\n"
    "  handler scripts of all places count, the inner ones first. Lists of an inner place replace "
    "those\n"
    "  of an outer one.\n"
    "- `On` and `Off` in any case. Numbers are plain decimal numbers, without units. Paths are "
    "absolute.\n"
    "- Options are `name=value`, without blanks around `=`; a value with blanks is quoted: "
    "`name=\"a b\"`.\n"
    "  Of two options of one name the last counts.\n"
    "- Values are taken when Apache reads its configuration: at a start and at a reload.\n\n";

}  // namespace

std::string tables_json() {
  List directives, options, scripts;
  for (const auto& d : directive_table()) {
    directives.add(Object()
                       .add("name", shown_name(d))
                       .add("context", std::string(1, context_letter(d.context)))
                       .raw("in_container", d.in_container ? "true" : "false")
                       .add("args", args_name(d.args))
                       .add("syntax", d.syntax)
                       .add("default", d.fallback)
                       .add("help", d.help)
                       .add("effect", effect_name(d.effect))
                       .done());
  }
  for (const auto& o : daemon_option_table()) {
    Object object;
    object.add("name", o.name).add("type", type_name(o.type)).add("unit", o.unit);
    if (o.type == OptionType::number || o.type == OptionType::buffer) {
      object.add("low", o.low).add("high", o.high);
    }
    object.add("default", o.fallback).add("help", o.help).add("effect", effect_name(o.effect));
    options.add(object.done());
  }
  for (const auto& s : script_option_table()) {
    scripts.add(Object().add("name", s.name).add("help", s.help).done());
  }
  return "{\n  \"directives\": " + directives.done() +
         ",\n  \"daemon_options\": " + options.done() +
         ",\n  \"script_options\": " + scripts.done() + "\n}\n";
}

std::string facts_markdown(const Directive& d) {
  std::string syntax = shown_name(d) + " ";
  if (d.args == Args::section) syntax = std::string(d.name) + " ";
  syntax += d.args == Args::flag ? "On|Off" : std::string(d.syntax);
  std::string where(places(d.context));
  if (d.in_container) where += ", `<WSGIInterpreterOptions>`";
  return "| | |\n|---|---|\n" + row({"Syntax", code(syntax)}) +
         row({"Default", std::string(d.fallback)}) + row({"Where", where}) +
         row({"In effect", in_effect(d.effect, d.remark)});
}

std::string index_markdown(const std::function<std::string(std::string_view)>& page_of) {
  std::string out(kHead);
  out += row({"Directive", "Where", "Default", "Meaning", "In effect"});
  out += "|---|---|---|---|---|\n";
  for (const auto& d : directive_table()) {
    std::string context(1, context_letter(d.context));
    out += row({"[" + code(shown_name(d)) + "](" + page_of(d.name) + ")",
                d.in_container ? context + "+" : context, std::string(d.fallback),
                std::string(d.help), in_effect(d.effect, d.remark)});
  }
  return out;
}

std::string daemon_options_markdown() {
  std::string out = row({"Option", "Value", "Default", "Meaning", "In effect"});
  out += "|---|---|---|---|---|\n";
  for (const auto& o : daemon_option_table()) {
    out += row({code(o.name), allowed_values(o), std::string(o.fallback), std::string(o.help),
                in_effect(o.effect, o.remark)});
  }
  return out;
}

std::string script_options_markdown() {
  std::string out = row({"Option", "Meaning"}) + "|---|---|\n";
  for (const auto& s : script_option_table()) out += row({code(s.name), std::string(s.help)});
  return out;
}

}  // namespace wsgi::config

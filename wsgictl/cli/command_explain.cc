// SPDX-License-Identifier: Apache-2.0
// wsgictl explain: what a key, a diagnostic code or a message of the module means, from the tables.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <ostream>

#include "base/message_reference.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "diag/codes.h"
#include "diag/text.h"
#include "json/json.h"
#include "model/keys.h"
#include "model/types.h"

namespace wsgictl::cli {
namespace {

using model::Key;

std::string default_of(const Key& key) {
  return key.fallback.empty() ? "" : std::string(key.fallback);
}

std::string range_of(const Key& key) {
  if (key.type == model::Type::duration) return fmt::format("{}s to {}s", key.min, key.max);
  if (key.type == model::Type::size) return fmt::format("{}B to {}B", key.min, key.max);
  if (key.type == model::Type::integer && key.choices.empty())
    return fmt::format("{} to {}", key.min, key.max);
  return "";
}

std::string type_of(const Key& key) {
  if (key.type == model::Type::object || key.type == model::Type::map) return "map";
  Key one = key;
  one.shape = model::Shape::one;
  const std::string type = model::expectation(one);
  if (key.shape == model::Shape::list) return "list; each: " + type;
  if (key.shape == model::Shape::one_or_list) return type + ", or a list of them";
  return type;
}

std::vector<const Key*> keys_below(const Key& key) {
  return model::children(key.type == model::Type::map ? std::string(key.path) + ".*"
                                                      : std::string(key.path));
}

Json as_json(const Key& key) {
  Json json = {{"key", model::plain_path(key.path)},
               {"help", key.help},
               {"type", type_of(key)},
               {"range", range_of(key)},
               {"default", default_of(key)},
               {"example", key.example},
               {"directive", key.directive},
               {"required", key.required},
               {"keys", Json::array()}};
  for (const Key* below : keys_below(key)) json["keys"].push_back(model::plain_path(below->path));
  return {{"explanation", json}};
}

void show(std::ostream& out, const Key& key) {
  const auto line = [&](const char* name, const std::string& text) {
    if (!text.empty()) out << in_columns(fmt::format("  {}", name), text, 12);
  };
  out << model::plain_path(key.path) << '\n' << in_columns("", key.help, 2) << '\n';
  line("type", type_of(key));
  line("range", range_of(key));
  line("default", default_of(key));
  line("required", key.required ? "yes" : "");
  line("becomes", std::string(key.directive));
  if (!key.example.empty())
    line("example", fmt::format("{}: {}", model::last_word(key.path), key.example));
  const auto below = keys_below(key);
  if (!below.empty()) out << "\n  keys\n";
  for (const Key* child : below)
    out << in_columns(fmt::format("    {}", model::last_word(child->path)), child->help, 27);
}

void show(std::ostream& out, const diag::Code& code) {
  out << fmt::format("{}: {}\n\n{}\n{}", code.id, code.title, in_columns("", code.explanation, 0),
                     in_columns("", fmt::format("What to do: {}", code.remedy), 0));
}

void show(std::ostream& out, const wsgi::ErrorInfo& message) {
  out << fmt::format(
      "{}: {}\n\nA message of the Apache module, at level {}.\n\n{}", wsgi::error_code(message.id),
      message.phrase, wsgi::level_name(message.level),
      in_columns("", fmt::format("What to do: {}", wsgi::error_remedy(message.id)), 0));
}

void show_all(std::ostream& out) {
  for (const Key& key : model::keys())
    if (model::last_word(key.path) != "*")
      out << fmt::format("{:<40} {}\n", model::plain_path(key.path), key.help);
}

std::string hint_for(const std::string& word) {
  std::vector<std::string> known;
  for (const Key& key : model::keys()) known.push_back(model::plain_path(key.path));
  for (const Key& key : model::keys()) known.emplace_back(model::last_word(key.path));
  for (const diag::Code& code : diag::codes()) known.emplace_back(code.id);
  const auto near = diag::nearest(word, known);
  return near ? fmt::format("did you mean \"{}\"?", *near)
              : "wsgictl explain, without an argument, lists all keys";
}

void explain(Context& context, const std::string& word) {
  const bool text = context.options.format == Format::text;
  std::ostream& out = context.streams.out;
  if (const diag::Code* code = diag::find_code(word)) {
    if (text) show(out, *code);
    report(context, "explain", kDone,
           {{"explanation",
             {{"code", code->id},
              {"title", code->title},
              {"help", code->explanation},
              {"remedy", code->remedy}}}});
  } else if (const wsgi::ErrorInfo* message = wsgi::find_error(word)) {
    if (text) show(out, *message);
    report(context, "explain", kDone,
           {{"explanation",
             {{"code", wsgi::error_code(message->id)},
              {"title", message->phrase},
              {"level", wsgi::level_name(message->level)},
              {"remedy", wsgi::error_remedy(message->id)}}}});
  } else if (const Key* key = model::find_key_for_person(word)) {
    if (text) show(out, *key);
    report(context, "explain", kDone, as_json(*key));
  } else if (word.empty()) {
    if (text) show_all(out);
    Json list = Json::array();
    for (const Key& row : model::keys())
      if (model::last_word(row.path) != "*") list.push_back(model::plain_path(row.path));
    report(context, "explain", kDone, {{"keys", list}});
  } else {
    add_usage_error(context, fmt::format("no key or code {}", diag::quote(word)), hint_for(word));
    report(context, "explain", kUsage);
  }
}

}  // namespace

void register_explain(CLI::App& app, Context& context) {
  Command command = add_command(app, context, "explain", "Say what a key or a code means.",
                                "wsgictl explain apps.daemon.processes");
  auto word = std::make_shared<std::string>();
  command.option("word", *word, "Key such as daemon.threads, or code such as WCTL1203 or WSGI2004",
                 {.type = "KEY|CODE"});
  command.callback([&context, word] { explain(context, *word); });
}

}  // namespace wsgictl::cli

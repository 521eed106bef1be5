// SPDX-License-Identifier: Apache-2.0
// Rows to JSON Schema; see schema_print.h.
#include "model/schema_print.h"

#include <string>

#include "json/json.h"
#include "model/keys.h"
#include "model/types.h"
#include "yaml/scalar.h"

namespace wsgictl::model {
namespace {

Json object_schema(std::string_view path);
Json value_schema(const Key& key);

Json number_or_text(const Key& key, std::string text) {
  if (text.size() > 1 && text.front() == '"') text = text.substr(1, text.size() - 2);
  if (key.type == Type::boolean) return text == "true";
  if (key.type == Type::integer || key.type == Type::listen)
    if (const auto number = yaml::parse_integer(text)) return *number;
  return text;
}

Json integer_schema(const Key& key) {
  if (!key.choices.empty()) {
    Json values = Json::array();
    for (const std::string& word : words(key.choices)) values.push_back(number_or_text(key, word));
    return {{"type", "integer"}, {"enum", values}};
  }
  if (key.min == key.max) return {{"const", key.min}};
  return {{"type", "integer"}, {"minimum", key.min}, {"maximum", key.max}};
}

Json text_schema(Type type) {
  Json json = {{"type", "string"}};
  if (!pattern(type).empty()) json["pattern"] = pattern(type);
  return json;
}

Json scalar_schema(const Key& key) {
  switch (key.type) {
    case Type::integer:
      return integer_schema(key);
    case Type::boolean:
      return {{"type", "boolean"}};
    case Type::choice:
      return {{"enum", words(key.choices)}};
    case Type::listen:
      return {
          {"anyOf",
           {{{"type", "integer"}, {"minimum", 1}, {"maximum", 65535}}, text_schema(Type::listen)}}};
    default:
      return text_schema(key.type);
  }
}

Json shaped_schema(const Key& key) {
  const Json one = key.type == Type::object ? object_schema(key.path) : scalar_schema(key);
  const Json list = {{"type", "array"}, {"items", one}};
  if (key.shape == Shape::list) return list;
  if (key.shape == Shape::one_or_list) return {{"anyOf", {one, list}}};
  return one;
}

void add_words(Json& json, const Key& key) {
  json["description"] = key.help;
  std::string markdown(key.help);
  if (!key.directive.empty()) markdown += "\n\nBecomes `" + std::string(key.directive) + "`.";
  json["markdownDescription"] = markdown;
  if (!key.fallback.empty()) json["default"] = number_or_text(key, std::string(key.fallback));
  const bool simple = !key.example.empty() && key.example[0] != '[' && key.example[0] != '{';
  if (simple && key.shape != Shape::list)
    json["examples"] = Json::array({number_or_text(key, std::string(key.example))});
}

Json map_schema(const Key& key) {
  const Key* below = find_key(std::string(key.path) + ".*");
  return {{"type", "object"},
          {"propertyNames", {{"pattern", pattern(key.names)}}},
          {"additionalProperties", value_schema(*below)}};
}

Json value_schema(const Key& key) {
  const bool objects = key.type == Type::object && key.shape == Shape::list;
  Json json = objects                    ? shaped_schema(key)
              : key.type == Type::object ? object_schema(key.path)
              : key.type == Type::map    ? map_schema(key)
                                         : shaped_schema(key);
  add_words(json, key);
  return json;
}

Json required_alone(std::string_view name) { return {{"required", Json::array({name})}}; }

Json object_schema(std::string_view path) {
  Json properties = Json::object();
  Json required = Json::array();
  Json one_of = Json::array();
  Json dependent = Json::object();
  for (const Key* key : children(path)) {
    const std::string name(last_word(key->path));
    properties[name] = value_schema(*key);
    if (key->required) required.push_back(name);
    if (key->exclusive) one_of.push_back(required_alone(name));
    if (key->needs.empty()) continue;
    Json any = Json::array();
    for (const std::string& other : words(key->needs)) any.push_back(required_alone(other));
    dependent[name] = {{"anyOf", any}};
  }
  Json json = {{"type", "object"}, {"properties", properties}};
  if (!required.empty()) json["required"] = required;
  if (!one_of.empty()) json["oneOf"] = one_of;
  if (!dependent.empty()) json["dependentSchemas"] = dependent;
  json["unevaluatedProperties"] = false;
  return json;
}

}  // namespace

Json schema() {
  Json json = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
               {"$id", "urn:wsgictl:schema:1"},
               {"title", "wsgictl definition, version 1"},
               {"description", "Python web applications and sites on the Apache HTTP Server."}};
  json.update(object_schema(""));
  return json;
}

}  // namespace wsgictl::model

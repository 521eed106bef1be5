// SPDX-License-Identifier: Apache-2.0
// Trees as YAML; see yaml_text.h.
#include "import/yaml_text.h"

#include <algorithm>
#include <iterator>

#include "project/definition_text.h"

namespace wsgictl::importing {
namespace {

constexpr std::size_t kShort = 3;  // members of a map on one line

// A plain word of YAML that is not text.
bool is_word_of_yaml(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text == "true" || text == "false" || text == "null";
}

// 60s, 20MiB: no number of YAML, and read better without quotes.
bool is_quantity(const std::string& text) {
  constexpr const char* kUnits[] = {"ms", "s", "m", "h", "d", "B", "KiB", "MiB", "GiB", "TiB"};
  const std::size_t unit = text.find_first_not_of("0123456789");
  return unit != 0 && unit != std::string::npos &&
         std::find(std::begin(kUnits), std::end(kUnits), text.substr(unit)) != std::end(kUnits);
}

std::string text_of(const std::string& text) {
  if (is_quantity(text)) return text;
  return is_word_of_yaml(text) ? "\"" + text + "\"" : project::scalar(text);
}

// Keys are texts in any case; 404 as an error document must not get quotes it does not need.
std::string name_of(const std::string& text) {
  const bool number = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  return number ? text : text_of(text);
}

bool on_one_line(const Json& value) {
  if (!value.is_object()) return true;
  return value.size() <= kShort && std::all_of(value.begin(), value.end(), [](const Json& member) {
           return !member.is_structured();
         });
}

std::string flow(const Json& value) {
  if (value.is_string()) return text_of(value.get<std::string>());
  if (!value.is_structured()) return json_text(value);
  std::string out;
  for (const auto& [name, member] : value.items())
    out +=
        (out.empty() ? "" : ", ") + (value.is_object() ? name_of(name) + ": " : "") + flow(member);
  return value.is_object() ? "{" + out + "}" : "[" + out + "]";
}

class Writer {
 public:
  explicit Writer(bool secrets) : secrets_(secrets) {}

  void map(const Json& object, std::size_t level, bool hidden = false) {
    for (const auto& [name, value] : object.items()) {
      const std::string head = std::string(level * 2, ' ') + name_of(name) + ":";
      if (value.is_array() && !value.empty() && value.front().is_object()) {
        out_ += head + "\n";
        for (const Json& item : value)
          out_ += std::string(level * 2 + 2, ' ') + "- " + flow(item) + "\n";
      } else if (const bool environment = level == 2 && name == "env";
                 value.is_object() && !value.empty() &&
                 (environment || level < 2 || !on_one_line(value))) {
        out_ += head + "\n";
        map(value, level + 1, environment && !secrets_);
      } else {
        out_ += head + " " + (hidden ? "(sensitive)" : flow(value)) + "\n";
      }
    }
  }

  std::string take() { return std::move(out_); }

 private:
  bool secrets_;
  std::string out_;
};

}  // namespace

std::string yaml_text(const Json& definition, bool secrets) {
  Writer writer(secrets);
  writer.map(definition, 0);
  return "# yaml-language-server: $schema=/usr/share/wsgictl/schemas/wsgictl-1.schema.json\n" +
         writer.take();
}

}  // namespace wsgictl::importing

// SPDX-License-Identifier: Apache-2.0
// Forms for build services; see reports.h.
#include "diag/reports.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "diag/codes.h"
#include "diag/print.h"
#include "diag/text.h"
#include "json/json.h"

namespace wsgictl::diag {
namespace {

std::vector<const Diagnostic*> shown(const Diagnostics& diagnostics) {
  std::vector<const Diagnostic*> items = sorted(diagnostics);
  if (items.size() > kMaxPrinted) items.resize(kMaxPrinted);
  return items;
}

const char* level(Severity severity, const char* note) {
  return severity == Severity::error ? "error" : severity == Severity::warning ? "warning" : note;
}

std::string with_hint(const Diagnostic& d) {
  return escape(d.hint.empty() ? d.message : d.message + ": " + d.hint);
}

// A file name as a URI reference: RFC 3986, everything else as %xx.
std::string uri(std::string_view file) {
  constexpr std::string_view kPlain = "-._~/";
  std::string out;
  for (const char c : file) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       kPlain.find(c) != std::string_view::npos;
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

Json location(const Mark& mark) {
  return {{"physicalLocation",
           {{"artifactLocation", {{"uri", uri(mark.file)}}},
            {"region",
             {{"startLine", mark.start.line},
              {"startColumn", mark.start.column},
              {"endLine", mark.end.line},
              {"endColumn", mark.end.column}}}}}};
}

Json sarif_result(const Diagnostic& d) {
  Json result = {{"ruleId", d.code},
                 {"level", level(d.severity, "note")},
                 {"message", {{"text", with_hint(d)}}},
                 {"locations", Json::array()}};
  if (!d.mark.file.empty()) result["locations"].push_back(location(d.mark));
  if (d.related.empty()) return result;
  result["relatedLocations"] = Json::array();
  for (const Related& related : d.related) {
    Json place = location(related.mark);
    place["message"] = {{"text", escape(related.message)}};
    result["relatedLocations"].push_back(std::move(place));
  }
  return result;
}

Json sarif_rules(const std::vector<const Diagnostic*>& items) {
  std::set<std::string> ids;
  for (const Diagnostic* d : items) ids.insert(d->code);
  Json rules = Json::array();
  for (const std::string& id : ids) {
    Json rule = {{"id", id}};
    if (const Code* code = find_code(id)) {
      rule["shortDescription"] = {{"text", code->title}};
      rule["fullDescription"] = {{"text", code->explanation}};
      rule["help"] = {{"text", code->remedy}};
    }
    rules.push_back(std::move(rule));
  }
  return rules;
}

// The runner reads these characters back; in a property also the two that separate properties.
std::string command_text(std::string_view text, bool property) {
  std::string out;
  for (const char c : text) {
    const bool coded = c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ','));
    out += coded ? fmt::format("%{:02X}", static_cast<unsigned char>(c)) : std::string(1, c);
  }
  return out;
}

std::string xml(std::string_view text) {
  std::string out;
  for (const char c : escape(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string line_of(const Diagnostic& d) {
  return fmt::format("{}:{}:{}: {}[{}]: {}", d.mark.file, d.mark.start.line, d.mark.start.column,
                     level(d.severity, "note"), d.code, with_hint(d));
}

}  // namespace

Json to_sarif(const Diagnostics& diagnostics, std::string_view version) {
  const auto items = shown(diagnostics);
  Json results = Json::array();
  for (const Diagnostic* d : items) results.push_back(sarif_result(*d));
  const Json driver = {{"name", "wsgictl"}, {"version", version}, {"rules", sarif_rules(items)}};
  Json run;
  run["tool"]["driver"] = driver;
  run["columnKind"] = "unicodeCodePoints";
  run["results"] = results;
  return {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
          {"version", "2.1.0"},
          {"runs", Json::array({run})}};
}

std::string to_github(const Diagnostics& diagnostics) {
  std::string out;
  for (const Diagnostic* d : shown(diagnostics)) {
    std::string place;
    if (!d->mark.file.empty())
      place = fmt::format("file={},line={},endLine={},col={},endColumn={},",
                          command_text(escape(d->mark.file), true), d->mark.start.line,
                          d->mark.end.line, d->mark.start.column, d->mark.end.column);
    out += fmt::format("::{} {}title={}::{}\n", level(d->severity, "notice"), place, d->code,
                       command_text(with_hint(*d), false));
  }
  return out;
}

std::string to_junit(const Diagnostics& diagnostics, std::string_view command) {
  std::map<std::string, std::vector<const Diagnostic*>> files;
  for (const auto& [name, text] : diagnostics.sources()) files[name];
  for (const Diagnostic* d : shown(diagnostics)) files[d->mark.file].push_back(d);
  std::size_t failed = 0;
  std::string cases;
  for (const auto& [name, items] : files) {
    std::string errors;
    std::string others;
    const Diagnostic* first = nullptr;
    for (const Diagnostic* d : items) {
      const bool error = d->severity == Severity::error;
      if (error && first == nullptr) first = d;
      (error ? errors : others) += line_of(*d) + "\n";
    }
    cases += fmt::format("  <testcase classname=\"wsgictl.{}\" name=\"{}\">\n", xml(command),
                         xml(name.empty() ? std::string("wsgictl") : name));
    if (first != nullptr) {
      ++failed;
      std::string lines;
      for (std::size_t at = 0; at < errors.size();) {
        const std::size_t end = errors.find('\n', at);
        lines += xml(std::string_view(errors).substr(at, end - at)) + "\n";
        at = end + 1;
      }
      cases += fmt::format("    <failure type=\"{}\" message=\"{}\">\n{}    </failure>\n",
                           first->code, xml(first->message), lines);
    }
    if (!others.empty()) {
      others.pop_back();
      cases += fmt::format("    <system-out>{}</system-out>\n", xml(others));
    }
    cases += "  </testcase>\n";
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuite name=\"wsgictl {}\" tests=\"{}\" failures=\"{}\">\n{}</testsuite>\n",
      xml(command), files.size(), failed, cases);
}

}  // namespace wsgictl::diag

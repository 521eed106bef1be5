// SPDX-License-Identifier: Apache-2.0
// Runs yaml-cpp over a text and turns its complaints into diagnostics; see loader.h.
#include "yaml/loader.h"

#include <fmt/format.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <string_view>

#include "diag/codes.h"
#include "yaml/bytes.h"
#include "yaml/composer.h"

namespace wsgictl::yaml {
namespace {

struct Phrase {
  std::string_view theirs;  // start of yaml-cpp's message
  const char* ours;
  const char* hint;
};

constexpr Phrase kPhrases[] = {
    {"illegal map value", "a value is not expected here",
     "check the indentation; put a text with \": \" in quotes"},
    {"illegal block entry", "a list item is not expected here",
     "check the indentation of the \"-\""},
    {"illegal map key", "a key is not expected here", "check the indentation"},
    {"end of map not found", "the map does not end here as expected",
     "check the indentation and the quotes of this line and the one before"},
    {"end of map flow not found", "\"}\" is missing", "close the map with }"},
    {"end of sequence not found", "the list does not end here as expected",
     "check the indentation of this line and the one before"},
    {"end of sequence flow not found", "\"]\" is missing", "close the list with ]"},
    {"illegal EOF in scalar", "the closing quote is missing", "add the closing quote"},
    {"illegal document indicator in scalar", "the closing quote is missing",
     "add the closing quote"},
    {"illegal tab when looking for indentation", "tab used for indentation", "indent with spaces"},
    {"unknown escape character", "unknown escape in a text in double quotes",
     "write \\\\ for a backslash, or use single quotes"},
    {"unknown token", "a character is not expected here",
     "put a text that starts with @ ` % in quotes"},
    {"illegal flow end", "a closing bracket without an opening one", "remove the bracket"},
};

// The first tab used as indentation up to the line of BYTE: what the parser stumbles over later.
std::size_t indentation_tab(const Source& source, std::size_t byte) {
  const std::string& text = source.text();
  const std::size_t last = std::min(text.find('\n', byte), text.size());
  for (std::size_t line = 0; line < last;) {
    const std::size_t first = text.find_first_not_of(" \t", line);
    const std::size_t tab = text.find('\t', line);
    const bool content =
        first < text.size() && text[first] != '\n' && text[first] != '\r' && text[first] != '#';
    if (content && tab < first) return tab;
    const std::size_t end = text.find('\n', line);
    if (end == std::string::npos) break;
    line = end + 1;
  }
  return std::string::npos;
}

void report_syntax(const Source& source, std::size_t byte, const std::string& message,
                   diag::Diagnostics& diagnostics) {
  const std::size_t tab = indentation_tab(source, byte);
  if (tab != std::string::npos) {
    for (const diag::Diagnostic& d : diagnostics.items())
      if (d.code == "WCTL1010" && d.mark.file == source.name() && d.mark.start.byte == tab) return;
    diagnostics.add(diag::make("WCTL1010", source.mark(tab, tab + 1), "tab used for indentation",
                               "indent with spaces"));
    return;
  }
  if (std::string_view(message).starts_with("the referenced anchor")) {
    diagnostics.add(diag::make("WCTL1013", source.mark(byte, byte + 1), "aliases are not supported",
                               "write the value out; put a text that starts with * in quotes"));
    return;
  }
  for (const Phrase& phrase : kPhrases) {
    if (!std::string_view(message).starts_with(phrase.theirs)) continue;
    diagnostics.add(diag::make("WCTL1011", source.mark(byte, byte + 1), phrase.ours, phrase.hint));
    return;
  }
  diagnostics.add(diag::make("WCTL1011", source.mark(byte, byte + 1),
                             fmt::format("not valid YAML: {}", message),
                             "look at this line and the one before it"));
}

// Notices that there is a second document, and where.
class Further : public YAML::EventHandler {
 public:
  bool seen = false;
  void OnDocumentStart(const YAML::Mark&) override { seen = true; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    throw Stop{};
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    throw Stop{};
  }
  void OnMapEnd() override {}
};

// The last line that is a document marker: what starts (or ends) the document after the first.
std::size_t document_marker(const std::string& text) {
  std::size_t found = text.rfind("\n---");
  if (found == std::string::npos) found = text.rfind("\n...");
  return found == std::string::npos ? 0 : found + 1;
}

void parse(const Source& source, std::size_t offset, Composer& composer,
           diag::Diagnostics& diagnostics) {
  std::istringstream stream(source.text().substr(offset));
  Further further;
  try {
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(composer)) return;
    try {
      parser.HandleNextDocument(further);
    } catch (const Stop&) {
    } catch (const YAML::ParserException&) {
      if (!further.seen) throw;
    }
  } catch (const Stop&) {
    return;
  } catch (const YAML::ParserException& e) {
    const std::size_t pos = e.mark.is_null() ? 0 : static_cast<std::size_t>(e.mark.pos);
    report_syntax(source, std::min(offset + pos, source.text().size()), e.msg, diagnostics);
    return;
  }
  if (!further.seen) return;
  const std::size_t at = document_marker(source.text());
  diagnostics.add(diag::make("WCTL1016", source.mark(at, at + 3),
                             "more than one document in the file",
                             "move the second document to a file of its own"));
}

}  // namespace

const Member* Node::find(std::string_view key) const {
  for (const Member& member : members)
    if (member.key == key) return &member;
  return nullptr;
}

std::optional<Node> load(const Source& source, diag::Diagnostics& diagnostics) {
  const std::size_t before = diagnostics.items().size();
  if (!check_bytes(source, diagnostics)) return std::nullopt;
  const std::size_t offset = source.text().starts_with("\xef\xbb\xbf") ? 3 : 0;
  Composer composer(source, offset, diagnostics);
  parse(source, offset, composer, diagnostics);
  if (diagnostics.items().size() != before) return std::nullopt;
  Node root = composer.take();
  if (!composer.has_root() || root.kind == Kind::null) {
    diagnostics.add(diag::make("WCTL1021", source.mark(0, 0), "the file holds no definition",
                               "start with \"version: 1\""));
    return std::nullopt;
  }
  return root;
}

}  // namespace wsgictl::yaml

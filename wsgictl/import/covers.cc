// SPDX-License-Identifier: Apache-2.0
// Sections around a route; see covers.h.
#include "import/covers.h"

#include <fnmatch.h>

#include <algorithm>

#include "import/patterns.h"
#include "import/values.h"
#include "model/routing.h"

namespace wsgictl::importing {
namespace {

constexpr int kExpressions = 10000, kFiles = 20000, kLocations = 30000;

bool is_expression(const Node& node) {
  return node.is("DirectoryMatch") || node.is("FilesMatch") || node.is("LocationMatch") ||
         (!node.words.empty() && node.words[0] == "~");
}

bool is_folder(const Node& node) { return node.is("Directory") || node.is("DirectoryMatch"); }
bool is_file(const Node& node) { return node.is("Files") || node.is("FilesMatch"); }
bool is_location(const Node& node) { return node.is("Location") || node.is("LocationMatch"); }

int parts(std::string_view path) { return static_cast<int>(split(path, '/').size()); }

// PATTERN is FOLDER or one above it.
bool matches_folder(const std::string& pattern, const std::string& folder) {
  for (std::size_t end = folder.size(); end != std::string::npos && end > 0;
       end = folder.rfind('/', end - 1))
    if (fnmatch(pattern.c_str(), folder.substr(0, end).c_str(), FNM_PATHNAME) == 0) return true;
  return false;
}

}  // namespace

bool is_section_of_paths(const Node& node) {
  return node.section && (is_folder(node) || is_file(node) || is_location(node));
}

bool is_plain(const Node& section) {
  return section.words.size() == 1 && section.words[0].find_first_of("*?[") == std::string::npos;
}

Covers covers(const Node& node, const Route& route) {
  if (node.words.empty()) return Covers::no;
  const auto found = [](bool yes) { return yes ? Covers::yes : Covers::no; };
  const std::string& word = node.words.back();
  if (is_location(node))
    return found(!is_expression(node) && is_plain(node) &&
                 model::is_below_or_equal(route.url, without_slash(word)));
  if (route.folder.empty()) return Covers::no;
  if (is_expression(node)) {
    if (is_file(node) && route.file.empty()) return Covers::no;
    return may_match(word, is_file(node) ? route.file : route.folder + "/") ? Covers::perhaps
                                                                            : Covers::no;
  }
  if (is_file(node))
    return found(!route.file.empty() && fnmatch(word.c_str(), route.file.c_str(), 0) == 0);
  const std::string folder = without_slash(word);
  return found(is_plain(node) ? model::is_below_or_equal(route.folder, folder)
                              : matches_folder(folder, route.folder));
}

int merge_rank(const Node& node, bool in_directory) {
  if (is_location(node)) return kLocations;
  if (is_file(node)) return kFiles + (in_directory ? 1 : 0);
  if (is_expression(node)) return kExpressions;
  return node.words.empty() ? 0 : std::min(parts(node.words[0]), kExpressions - 1);
}

bool may_cover_part(const Node& node, const Route& route) {
  if (node.words.empty() || covers(node, route) == Covers::yes) return false;
  const std::string word = without_slash(node.words.back());
  if (is_location(node))
    return is_expression(node) || !is_plain(node) || model::is_below_or_equal(word, route.url);
  if (route.kind != Route::Kind::directory || route.folder.empty()) return false;
  if (is_file(node) || is_expression(node) || !is_plain(node)) return true;
  return model::is_below_or_equal(word, route.folder);
}

}  // namespace wsgictl::importing

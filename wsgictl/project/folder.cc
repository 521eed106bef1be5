// SPDX-License-Identifier: Apache-2.0
// Files of a project; see folder.h.
#include "project/folder.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "model/text_rules.h"

namespace wsgictl::project {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxText = 1u << 20;

std::vector<std::string_view> lines(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    out.push_back(line);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

std::string_view trim(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

// The name at the start of LINE, and what is behind its "=", if it is an assignment.
bool assignment(std::string_view line, std::string_view& name, std::string_view& value) {
  const std::size_t equals = line.find('=');
  if (equals == std::string_view::npos || line.substr(equals).starts_with("==")) return false;
  name = trim(line.substr(0, line.find_first_of(":=")));
  value = trim(line.substr(equals + 1));
  return model::is_python_name(name) && !line.starts_with(' ') && !line.starts_with('\t');
}

template <typename Take>
std::vector<std::string> names_in(const std::string& folder, const Take& take) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::string name = it->path().filename().string();
    if (!name.starts_with('.') && take(it->path().string(), name)) names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

std::string text_of(const std::string& path) {
  if (!is_file(path)) return "";
  std::ifstream in(path, std::ios::binary);
  std::string text(kMaxText, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, in.gcount())));
  return text;
}

bool is_file(const std::string& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

bool is_folder(const std::string& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

std::vector<std::string> files_in(const std::string& folder, std::string_view ending) {
  return names_in(folder, [&](const std::string& path, const std::string& name) {
    return name.ends_with(ending) && is_file(path);
  });
}

std::vector<std::string> folders_in(const std::string& folder) {
  return names_in(folder,
                  [](const std::string& path, const std::string&) { return is_folder(path); });
}

std::string quoted_after(std::string_view text, std::string_view mark) {
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return "";
  text.remove_prefix(at + mark.size());
  // The mark's own closing quote.
  if (!mark.empty() && (text.starts_with('"') || text.starts_with('\''))) text.remove_prefix(1);
  text = text.substr(0, text.find('\n'));
  const std::size_t open = text.find_first_of("\"'");
  if (open == std::string_view::npos) return "";
  const std::size_t close = text.find(text[open], open + 1);
  return close == std::string_view::npos ? ""
                                         : std::string(text.substr(open + 1, close - open - 1));
}

std::string assigned(std::string_view text, std::string_view call) {
  std::string_view name, value;
  for (const std::string_view line : lines(text)) {
    if (!assignment(line, name, value)) continue;
    const std::size_t open = value.find('(');
    if (open == std::string_view::npos) continue;
    std::string_view called = trim(value.substr(0, open));
    called = called.substr(called.rfind('.') == std::string_view::npos ? 0 : called.rfind('.') + 1);
    if (called == call) return std::string(name);
  }
  return "";
}

bool defines(std::string_view text, std::string_view name) {
  std::string_view left, right;
  for (std::string_view line : lines(text)) {
    if (assignment(line, left, right) && left == name) return true;
    for (const std::string_view word : {"def ", "class "}) {
      if (!line.starts_with(word)) continue;
      const std::string_view rest = line.substr(word.size());
      if (rest.substr(0, rest.find_first_of("(: ")) == name) return true;
    }
    if (line.starts_with("from ") && (line.ends_with(" import " + std::string(name)) ||
                                      line.ends_with(" as " + std::string(name))))
      return true;
  }
  return false;
}

std::string setting(std::string_view text, std::string_view name) {
  for (const std::string_view line : lines(text)) {
    const std::size_t equals = line.find('=');
    if (equals != std::string_view::npos && trim(line.substr(0, equals)) == name)
      return std::string(trim(line.substr(equals + 1)));
  }
  return "";
}

}  // namespace wsgictl::project

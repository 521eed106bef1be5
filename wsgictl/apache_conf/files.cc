// SPDX-License-Identifier: Apache-2.0
// Files of Include; see files.h.
#include "apache_conf/files.h"

#include <fnmatch.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "sys/files.h"

namespace wsgictl::apache_conf {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    names.push_back(it->path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

class Expansion {
 public:
  explicit Expansion(const std::string& root) : root_(root) {}

  // BASE matched so far; REST are the parts to come.
  void match(const fs::path& base, fs::path::const_iterator rest, fs::path::const_iterator end) {
    if (rest == end) {
      leaf(base, 0);
      return;
    }
    const std::string part = rest->string();
    const auto next = std::next(rest);
    if (!has_wildcard(part)) {
      match(base / part, next, end);
      return;
    }
    for (const std::string& name : names_in(sys::below(root_, base.string())))
      if (::fnmatch(part.c_str(), name.c_str(), FNM_PERIOD) == 0) match(base / name, next, end);
  }

  std::vector<std::string> found;

 private:
  // A folder stands for all files below it.
  void leaf(const fs::path& path, int depth) {
    std::error_code error;
    const std::string real = sys::below(root_, path.string());
    if (!fs::exists(real, error) || depth > 32) return;
    if (!fs::is_directory(real, error)) {
      found.push_back(path.string());
      return;
    }
    for (const std::string& name : names_in(real)) leaf(path / name, depth + 1);
  }

  const std::string& root_;
};

}  // namespace

bool has_wildcard(const std::string& path) { return path.find_first_of("*?[") != path.npos; }

std::optional<std::string> read_whole(const std::string& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return std::nullopt;
  if (fs::file_size(path, error) > kMaxFile || error) return std::nullopt;
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

std::vector<std::string> included_files(const std::string& root, const std::string& path) {
  const fs::path whole = fs::path(path).lexically_normal();
  Expansion expansion(root);
  expansion.match("/", std::next(whole.begin()), whole.end());
  return std::move(expansion.found);
}

}  // namespace wsgictl::apache_conf

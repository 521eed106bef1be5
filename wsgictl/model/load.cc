// SPDX-License-Identifier: Apache-2.0
// Reads, decodes and merges the files of a definition; see load.h.
#include "model/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <istream>
#include <iterator>
#include <unordered_map>

#include "check/rules.h"
#include "diag/codes.h"
#include "diag/text.h"
#include "model/decode.h"
#include "yaml/bytes.h"
#include "yaml/loader.h"

namespace wsgictl::model {
namespace {

namespace fs = std::filesystem;

// One byte more than the limit is enough to see that a file is too large.
std::string read_some(std::istream& in) {
  std::string text(yaml::kMaxBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

void add_file_error(const char* code, const std::string& path, std::string message,
                    std::string hint, diag::Diagnostics& diagnostics) {
  diagnostics.add(diag::make(code, {path, {}, {}}, std::move(message), std::move(hint)));
}

void read_file(const std::string& path, std::vector<Source>& sources,
               diag::Diagnostics& diagnostics) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (in) {
    sources.push_back({path, read_some(in)});
    return;
  }
  const int error = errno;
  if (error == ENOENT || error == ENOTDIR) {
    add_file_error("WCTL1001", path, "file not found", "check the path", diagnostics);
  } else {
    add_file_error("WCTL1002", path, fmt::format("cannot read the file: {}", std::strerror(error)),
                   "run as a user who may read it", diagnostics);
  }
}

void read_folder(const std::string& path, std::vector<Source>& sources,
                 diag::Diagnostics& diagnostics) {
  std::vector<std::string> files;
  std::error_code error;
  for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
    const std::string extension = it->path().extension().string();
    const bool hidden = it->path().filename().string().starts_with('.');
    if (!hidden && (extension == ".yaml" || extension == ".yml"))
      files.push_back(it->path().string());
  }
  if (error) {
    add_file_error("WCTL1002", path, fmt::format("cannot read the folder: {}", error.message()),
                   "run as a user who may read it", diagnostics);
    return;
  }
  if (files.empty())
    add_file_error("WCTL1008", path, "no definition (*.yaml, *.yml) in this folder",
                   "name another folder, or a file", diagnostics);
  std::sort(files.begin(), files.end());
  for (const std::string& file : files) read_file(file, sources, diagnostics);
}

void read_path(const std::string& path, std::vector<Source>& sources, const Input& input,
               diag::Diagnostics& diagnostics) {
  if (path == "-" && input.stream != nullptr) {
    sources.push_back({input.name, read_some(*input.stream)});
    return;
  }
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (fs::is_directory(status)) {
    read_folder(path, sources, diagnostics);
  } else if (fs::exists(status) && !fs::is_regular_file(status) && !fs::is_fifo(status)) {
    add_file_error("WCTL1009", path, "not a regular file", "name the file itself", diagnostics);
  } else {
    read_file(path, sources, diagnostics);
  }
}

// Names that are taken, and where.
using Places = std::unordered_map<std::string, diag::Mark>;

// Elements of all files under names that must be unique.
template <typename T>
void merge(std::vector<T>& into, std::vector<T>&& from, Places& seen, const char* what,
           diag::Diagnostics& diagnostics) {
  for (T& element : from) {
    const auto [same, fresh] = seen.emplace(element.name.value, element.name.mark);
    if (fresh) {
      into.push_back(std::move(element));
      continue;
    }
    diag::Diagnostic d =
        diag::make("WCTL1403", element.name.mark,
                   fmt::format("{} {} is defined twice", what, diag::quote(element.name.value)),
                   "keep one of the two");
    d.related.push_back({same->second, "first defined here"});
    diagnostics.add(std::move(d));
  }
}

}  // namespace

std::optional<Definition> load_sources(std::vector<Source> sources,
                                       diag::Diagnostics& diagnostics) {
  Definition all;
  Places apps, sites;
  std::string server_from;  // file that has the server block
  diag::Mark server_mark;
  for (Source& given : sources) {
    diagnostics.add_source(given.name, given.text);
    const yaml::Source source(std::move(given.name), std::move(given.text));
    all.files.push_back(source.name());
    const auto root = yaml::load(source, diagnostics);
    if (!root) continue;
    Definition one;
    decode(*root, one, diagnostics);
    all.version = one.version;
    if (root->find("server") != nullptr || all.files.size() == 1) {
      if (server_from.empty()) {
        all.server = std::move(one.server);
      } else {
        diag::Diagnostic d = diag::make("WCTL1403", root->find("server")->value.mark,
                                        "server is defined twice", "keep one of the two");
        d.related.push_back({server_mark, "first defined here"});
        diagnostics.add(std::move(d));
      }
      if (const auto* server = root->find("server")) {
        server_from = all.files.back();
        server_mark = server->value.mark;
      }
    }
    merge(all.apps, std::move(one.apps), apps, "application", diagnostics);
    merge(all.sites, std::move(one.sites), sites, "site", diagnostics);
  }
  if (diagnostics.has_errors()) return std::nullopt;
  check::check(all, diagnostics);
  if (diagnostics.has_errors()) return std::nullopt;
  return all;
}

std::vector<Source> read_sources(const std::vector<std::string>& paths,
                                 diag::Diagnostics& diagnostics, const Input& input) {
  std::vector<Source> sources;
  for (const std::string& path : paths) read_path(path, sources, input, diagnostics);
  std::stable_sort(sources.begin(), sources.end(), [](const Source& a, const Source& b) {
    return fs::path(a.name).filename() < fs::path(b.name).filename();
  });
  return sources;
}

std::optional<Definition> load(const std::vector<std::string>& paths,
                               diag::Diagnostics& diagnostics, const Input& input) {
  return load_sources(read_sources(paths, diagnostics, input), diagnostics);
}

}  // namespace wsgictl::model

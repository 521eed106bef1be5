// SPDX-License-Identifier: Apache-2.0
// The state folder on disk; see store.h.
#include "plan/store.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "json/json.h"
#include "sys/sha256.h"

namespace wsgictl::plan {
namespace {

sys::Fail damaged(const std::string& path) {
  return {wsgi::ErrorId::internal, path + " is damaged: it is no record of a generation", 0};
}

std::string copy_name(std::size_t index) { return fmt::format("files/{:04}", index + 1); }

}  // namespace

std::string Store::generation_folder(int number) const {
  return fmt::format("{}/generations/{}", folder_, number);
}

sys::Status Store::prepare() {
  WSGI_TRY(files_.make_folder(folder_, 0755));
  return files_.make_folder(path("generations"), 0700);
}

sys::Result<Generation> Store::current() {
  WSGI_ASSIGN(const auto info, files_.look(path("current.json")));
  if (!info) return Generation{};
  WSGI_ASSIGN(const std::string text, files_.read(path("current.json")));
  auto generation = parse_generation(text);
  if (!generation) return damaged(path("current.json"));
  return std::move(*generation);
}

sys::Result<Generation> Store::load(int number) {
  const std::string file = generation_folder(number) + "/manifest.json";
  WSGI_ASSIGN(const std::string text, files_.read(file));
  auto generation = parse_generation(text);
  if (!generation) return damaged(file);
  return std::move(*generation);
}

sys::Result<std::vector<conf::RenderedFile>> Store::contents(const Generation& generation) {
  std::vector<conf::RenderedFile> result;
  for (std::size_t i = 0; i < generation.files.size(); ++i) {
    const OwnedFile& owned = generation.files[i];
    const std::string copy = generation_folder(generation.number) + "/" + copy_name(i);
    WSGI_ASSIGN(std::string content, files_.read(copy));
    if (sys::sha256(content) != owned.hash) return damaged(copy);
    conf::RenderedFile file;
    file.path = owned.path;
    file.mode = owned.mode;
    file.link = owned.link;
    file.content = std::move(content);
    result.push_back(std::move(file));
  }
  return result;
}

sys::Result<std::vector<int>> Store::numbers() {
  WSGI_ASSIGN(const std::vector<std::string> names, files_.list(path("generations")));
  std::vector<int> found;
  for (const std::string& name : names)
    if (const int number = std::atoi(name.c_str()); number > 0) found.push_back(number);
  std::sort(found.begin(), found.end());
  return found;
}

sys::Status Store::save(const Generation& generation,
                        const std::vector<conf::RenderedFile>& contents) {
  const std::string folder = generation_folder(generation.number);
  WSGI_TRY(files_.make_folder(folder, 0700));
  WSGI_TRY(files_.make_folder(folder + "/files", 0700));
  for (std::size_t i = 0; i < contents.size(); ++i)
    WSGI_TRY(files_.write(folder + "/" + copy_name(i), contents[i].content, 0600));
  return files_.write(folder + "/manifest.json", json_text(to_json(generation), 2) + "\n", 0600);
}

// 0644, as `status` and `plan` need no root: hashes and paths only.
sys::Status Store::make_current(const Generation& generation) {
  return files_.write(path("current.json"), json_text(to_json(generation), 2) + "\n", 0644);
}

sys::Status Store::discard(int number) { return remove_tree(files_, generation_folder(number)); }

sys::Status Store::prune() {
  WSGI_ASSIGN(const std::vector<int> kept, numbers());
  for (std::size_t i = 0; i + kKeptGenerations < kept.size(); ++i) WSGI_TRY(discard(kept[i]));
  return wsgi::ok();
}

sys::Status Store::add_history(const Json& entry) {
  return files_.append(path("history.jsonl"), json_text(entry));
}

}  // namespace wsgictl::plan

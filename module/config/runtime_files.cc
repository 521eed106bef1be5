// SPDX-License-Identifier: Apache-2.0
// The thin half of runtimes.h: what the file system says. Main thread; blocks in the file system.
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>

#include "config/runtimes.h"
#include "config/values.h"

namespace wsgi::config {
namespace {

struct CloseDir {
  void operator()(DIR* folder) const { closedir(folder); }
};
struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

// Sorted; a folder that cannot be read is empty.
std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::unique_ptr<DIR, CloseDir> open(opendir(folder.c_str()));
  if (!open) return names;
  while (const dirent* entry = readdir(open.get())) names.emplace_back(entry->d_name);
  std::sort(names.begin(), names.end());
  return names;
}

// The first bytes; pyvenv.cfg is a few lines.
std::string head_of(const std::string& path) {
  std::string text(16384, '\0');
  std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "re"));
  text.resize(file ? std::fread(text.data(), 1, text.size(), file.get()) : 0);
  return text;
}

bool is_writable_by_others(const struct stat& facts, std::uint32_t owner) {
  bool foreign = facts.st_uid != 0 && facts.st_uid != owner;
  // A group of root's or the owner's making may be anyone's; the sticky bit does not help us.
  return foreign || (facts.st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

Fail unsafe(const std::string& path) {
  return {ErrorId::cfg_runtime_unsafe,
          "runtime " + quote(path) +
              " could be changed by others; it and its folder must belong to root or to who starts "
              "Apache, and be writable by no group and no other"};
}

}  // namespace

HomeFacts read_home(const std::string& home) {
  if (home.empty()) return {};
  return {head_of(home + "/pyvenv.cfg"), names_in(home + "/lib")};
}

std::vector<Runtime> list_runtimes(std::span<const std::string> folders) {
  std::vector<Runtime> runtimes;
  for (const auto& folder : folders) add_runtimes(runtimes, folder, names_in(folder));
  return runtimes;
}

Status check_runtime_file(const std::string& path, std::uint32_t owner) {
  struct stat file, folder;
  if (stat(path.c_str(), &file) != 0) {
    return Fail{ErrorId::cfg_runtime_missing, "runtime " + quote(path) + " cannot be examined",
                errno};
  }
  if (!S_ISREG(file.st_mode) || access(path.c_str(), R_OK) != 0) {
    return Fail{ErrorId::cfg_runtime_missing, "runtime " + quote(path) + " is not a readable file"};
  }
  std::string parent = path.substr(0, path.rfind('/'));
  if (stat(parent.empty() ? "/" : parent.c_str(), &folder) != 0) {
    return Fail{ErrorId::cfg_runtime_missing, "folder " + quote(parent) + " cannot be examined",
                errno};
  }
  if (is_writable_by_others(file, owner) || is_writable_by_others(folder, owner))
    return unsafe(path);
  return ok();
}

}  // namespace wsgi::config

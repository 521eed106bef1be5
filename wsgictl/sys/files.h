// SPDX-License-Identifier: Apache-2.0
// The file system as one narrow interface, so that a transaction can be tested with a fake that
// records every operation and fails at any of them. Paths are absolute and already below --root.
// All calls block; each changing call has reached the disk when it returns (fsync of file and
// folder). Errors carry the path in their text and errno in `sys`.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace wsgictl::sys {

using wsgi::Fail;
using wsgi::Result;
using wsgi::Status;

// "WHAT PATH: No such file or directory"
Fail failure(std::string_view what, std::string_view path, int error);

enum class FileKind { file, folder, link, other };

struct FileInfo {
  FileKind kind = FileKind::file;
  int mode = 0;  // permission bits
  uid_t uid = 0;
  gid_t gid = 0;
};

class Files {
 public:
  virtual ~Files() = default;

  // Looks at PATH itself, not at what a link points to; nothing if it does not exist.
  virtual Result<std::optional<FileInfo>> look(const std::string& path) = 0;
  virtual Result<std::string> read(const std::string& path) = 0;
  virtual Result<std::string> read_link(const std::string& path) = 0;
  // Names in a folder, sorted; a folder that does not exist has none.
  virtual Result<std::vector<std::string>> list(const std::string& path) = 0;

  // Replace PATH as a whole; the old or the new content is there at every moment. Refused where
  // PATH is a link (for write) or its folder can be written by others.
  virtual Status write(const std::string& path, std::string_view content, int mode) = 0;
  virtual Status write_link(const std::string& path, const std::string& target) = 0;
  // Adds a line; the file is made with mode 0600 where it does not exist.
  virtual Status append(const std::string& path, std::string_view line) = 0;
  // A file or a link; not existing is success.
  virtual Status remove(const std::string& path) = 0;
  // An empty folder; not existing is success.
  virtual Status remove_folder(const std::string& path) = 0;
  // All missing folders down to PATH; the last one gets MODE, the others 0755.
  virtual Status make_folder(const std::string& path, int mode) = 0;
};

// The one that acts on the disk. Stateless; may be used from any thread.
Files& real_files();

// Removes a folder with all that is in it; links are removed, not followed.
Status remove_tree(Files& files, const std::string& path);

// PATH (absolute) below ROOT ("/" or a folder).
std::string below(std::string_view root, std::string_view path);

}  // namespace wsgictl::sys

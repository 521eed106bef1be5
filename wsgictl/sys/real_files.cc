// SPDX-License-Identifier: Apache-2.0
// The Files that acts on the disk, and what is common to every Files. No state, any thread.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "sys/atomic_file.h"
#include "sys/files.h"

namespace wsgictl::sys {
namespace {

Status sync_parent(const std::string& path) {
  WSGI_ASSIGN(wsgi::Fd folder, open_parent(path));
  if (::fsync(folder.get()) != 0) return failure("cannot write the folder of", path, errno);
  return wsgi::ok();
}

FileKind kind_of(mode_t mode) {
  if (S_ISREG(mode)) return FileKind::file;
  if (S_ISDIR(mode)) return FileKind::folder;
  return S_ISLNK(mode) ? FileKind::link : FileKind::other;
}

class RealFiles final : public Files {
 public:
  Result<std::optional<FileInfo>> look(const std::string& path) override {
    struct stat info;
    if (::lstat(path.c_str(), &info) != 0) {
      if (errno == ENOENT || errno == ENOTDIR) return std::optional<FileInfo>();
      return failure("cannot look at", path, errno);
    }
    return std::optional<FileInfo>(FileInfo{
        kind_of(info.st_mode), static_cast<int>(info.st_mode & 07777), info.st_uid, info.st_gid});
  }

  Result<std::string> read(const std::string& path) override { return read_file(path); }

  Result<std::string> read_link(const std::string& path) override {
    char buffer[4096];
    const ssize_t n = ::readlink(path.c_str(), buffer, sizeof buffer);
    if (n < 0) return failure("cannot read the link", path, errno);
    return std::string(buffer, static_cast<std::size_t>(n));
  }

  Result<std::vector<std::string>> list(const std::string& path) override {
    std::vector<std::string> names;
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), ::closedir);
    if (!folder && errno == ENOENT) return names;
    if (!folder) return failure("cannot list", path, errno);
    while (const dirent* entry = ::readdir(folder.get()))
      if (std::strcmp(entry->d_name, ".") != 0 && std::strcmp(entry->d_name, "..") != 0)
        names.emplace_back(entry->d_name);
    std::sort(names.begin(), names.end());
    return names;
  }

  Status write(const std::string& path, std::string_view content, int mode) override {
    return replace_file(path, content, mode);
  }

  Status write_link(const std::string& path, const std::string& target) override {
    return replace_link(path, target);
  }

  Status append(const std::string& path, std::string_view line) override {
    const wsgi::Fd fd(
        ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd) return failure("cannot open", path, errno);
    std::string whole(line);
    whole += '\n';
    // One write, so that a kill leaves at most one incomplete line at the end.
    if (::write(fd.get(), whole.data(), whole.size()) != static_cast<ssize_t>(whole.size()))
      return failure("cannot write", path, errno != 0 ? errno : ENOSPC);
    if (::fsync(fd.get()) != 0) return failure("cannot write", path, errno);
    return wsgi::ok();
  }

  Status remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) {
      if (errno == ENOENT || errno == ENOTDIR) return wsgi::ok();
      return failure("cannot remove", path, errno);
    }
    return sync_parent(path);
  }

  Status remove_folder(const std::string& path) override {
    if (::rmdir(path.c_str()) != 0 && errno != ENOENT)
      return failure("cannot remove the folder", path, errno);
    return wsgi::ok();
  }

  Status make_folder(const std::string& path, int mode) override {
    for (std::size_t at = path.find('/', 1);; at = path.find('/', at + 1)) {
      const bool last = at == std::string::npos;
      const std::string part = path.substr(0, at);
      if (::mkdir(part.c_str(), 0700) == 0) {
        // Not by mkdir's argument: the umask would cut it.
        if (::chmod(part.c_str(), static_cast<mode_t>(last ? mode : 0755)) != 0)
          return failure("cannot set the mode of", part, errno);
        WSGI_TRY(sync_parent(part));
      } else if (errno != EEXIST) {
        return failure("cannot make the folder", part, errno);
      }
      if (last) return wsgi::ok();
    }
  }
};

}  // namespace

Fail failure(std::string_view what, std::string_view path, int error) {
  std::string text(what);
  text += ' ';
  text += path;
  text += ": ";
  text += std::strerror(error);
  return Fail{wsgi::ErrorId::internal, std::move(text), error};
}

Files& real_files() {
  static RealFiles files;
  return files;
}

Status remove_tree(Files& files, const std::string& path) {
  WSGI_ASSIGN(const std::optional<FileInfo> info, files.look(path));
  if (!info) return wsgi::ok();
  if (info->kind != FileKind::folder) return files.remove(path);
  WSGI_ASSIGN(const std::vector<std::string> names, files.list(path));
  for (const std::string& name : names) WSGI_TRY(remove_tree(files, path + "/" + name));
  return files.remove_folder(path);
}

std::string below(std::string_view root, std::string_view path) {
  while (!root.empty() && root.back() == '/') root.remove_suffix(1);
  return std::string(root) + std::string(path);
}

}  // namespace wsgictl::sys

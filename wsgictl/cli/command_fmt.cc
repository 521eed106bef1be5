// SPDX-License-Identifier: Apache-2.0
// wsgictl fmt: canonical layout of definitions, in place. Nothing is written unless all files named
// can be formatted; a file is replaced as a whole, with its mode and owner.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <ostream>

#include "cli/commands.h"
#include "diag/codes.h"
#include "json/json.h"
#include "model/load.h"
#include "yaml/format.h"

namespace wsgictl::cli {
namespace {

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

// The file that a link leads to is replaced, not the link. 0 or an errno.
int replace(const std::string& path, std::string_view text) {
  std::error_code error;
  const std::string real = std::filesystem::canonical(path, error).string();
  struct stat old {};
  if (error || ::stat(real.c_str(), &old) != 0) return ENOENT;
  std::string name = real + ".XXXXXX";
  const int fd = ::mkostemp(name.data(), O_CLOEXEC);
  if (fd < 0) return errno;
  struct stat fresh {};
  bool good = ::fstat(fd, &fresh) == 0;
  if (good && (fresh.st_uid != old.st_uid || fresh.st_gid != old.st_gid))
    good = ::fchown(fd, old.st_uid, old.st_gid) == 0;
  good = good && ::fchmod(fd, old.st_mode & 07777) == 0 && write_all(fd, text) && ::fsync(fd) == 0;
  int failed = good ? 0 : errno;
  ::close(fd);
  if (failed == 0 && ::rename(name.c_str(), real.c_str()) != 0) failed = errno;
  if (failed != 0) ::unlink(name.c_str());
  return failed;
}

struct Formatted {
  std::string name, before, after;
};

bool write(Context& context, const Formatted& file) {
  const int error = replace(file.name, file.after);
  if (error != 0)
    context.diagnostics.add(
        diag::make(error == EACCES || error == EPERM ? "WCTL1002" : "WCTL0003", {file.name, {}, {}},
                   fmt::format("cannot write the file: {}", std::strerror(error)),
                   "run as a user who may write it and its folder"));
  return error == 0;
}

std::vector<Formatted> format_all(Context& context) {
  std::vector<std::string> paths = context.options.files;
  paths.insert(paths.end(), context.options.arguments.begin(), context.options.arguments.end());
  std::vector<Formatted> out;
  for (auto& source : model::read_sources(paths, context.diagnostics,
                                          {&context.streams.in, context.options.stdin_name})) {
    context.diagnostics.add_source(source.name, source.text);
    const yaml::Source text(source.name, source.text);
    if (auto formatted = yaml::format(text, context.diagnostics))
      out.push_back({std::move(source.name), std::move(source.text), std::move(*formatted)});
  }
  return out;
}

void format(Context& context, bool check) {
  const bool text = context.options.format == Format::text;
  if (context.options.files.empty() && context.options.arguments.empty()) {
    add_usage_error(context, "no file named", "name files or folders, or - for standard input");
    report(context, "fmt", kUsage);
    return;
  }
  const std::vector<Formatted> files = format_all(context);
  Json list = Json::array();
  bool changed = false;
  for (const Formatted& file : files) {
    if (context.diagnostics.has_errors()) break;
    const bool differs = file.before != file.after;
    changed = changed || differs;
    Json row = {{"file", file.name}, {"changed", differs}};
    if (file.name == context.options.stdin_name && !check) {
      if (text) context.streams.out << file.after;
      row["content"] = file.after;
    } else if (differs && (check || write(context, file))) {
      if (text && !context.options.quiet) context.streams.out << file.name << '\n';
    }
    list.push_back(std::move(row));
  }
  const int code = context.diagnostics.has_errors() ? failure_code(context)
                   : check && changed               ? static_cast<int>(kNo)
                                                    : static_cast<int>(kDone);
  report(context, "fmt", code, {{"files", list}});
}

}  // namespace

void register_fmt(CLI::App& app, Context& context) {
  Command command = add_command(app, context, "fmt", "Put definitions into canonical layout.",
                                "wsgictl fmt blog.yaml");
  add_file_arguments(command, context);
  auto check = std::make_shared<bool>(false);
  command.flag("--check", *check, "Write nothing; exit with 1 if a file would change");
  command.callback([&context, check] { format(context, *check); });
}

}  // namespace wsgictl::cli

// SPDX-License-Identifier: Apache-2.0
// A host in memory for tests of wsgictl: files, an Apache, answers and a clock. Every changing
// operation is recorded and counted; at a chosen one the host fails once, or "is killed": that
// operation and all later ones have no effect. Header only, one thread.
#pragma once

#include <cerrno>
#include <map>
#include <string>
#include <vector>

#include "apply/health.h"
#include "host/server.h"
#include "sys/clock.h"
#include "sys/files.h"

namespace wsgictl::fake {

// Decides about each changing operation of all parts of one host.
struct Fate {
  int count = 0;
  int fail_at = 0;  // this one fails, once
  int kill_at = 0;  // this one and all later ones do nothing and fail
  std::vector<std::string> log;

  bool allows(const std::string& what) {
    ++count;
    const bool allowed = count != fail_at && (kill_at == 0 || count < kill_at);
    log.push_back((allowed ? "" : "FAILED ") + what);
    return allowed;
  }
};

class Files final : public sys::Files {
 public:
  struct Entry {
    sys::FileKind kind = sys::FileKind::file;
    int mode = 0644;
    std::string content;  // or a link's target
    bool operator==(const Entry&) const = default;
  };

  explicit Files(Fate& fate) : fate_(fate) {}

  std::map<std::string, Entry> entries;  // folders are entries too

  sys::Result<std::optional<sys::FileInfo>> look(const std::string& path) override {
    const auto it = entries.find(path);
    if (it == entries.end()) return std::optional<sys::FileInfo>();
    return std::optional<sys::FileInfo>(sys::FileInfo{it->second.kind, it->second.mode, 0, 0});
  }
  sys::Result<std::string> read(const std::string& path) override {
    const auto it = entries.find(path);
    if (it == entries.end()) return sys::failure("cannot read", path, ENOENT);
    if (it->second.kind != sys::FileKind::file) return sys::failure("cannot read", path, ELOOP);
    return it->second.content;
  }
  sys::Result<std::string> read_link(const std::string& path) override {
    const auto it = entries.find(path);
    if (it == entries.end()) return sys::failure("cannot read", path, ENOENT);
    return it->second.content;
  }
  sys::Result<std::vector<std::string>> list(const std::string& path) override {
    std::vector<std::string> names;
    for (const auto& [name, entry] : entries)
      if (name.starts_with(path + "/") && name.find('/', path.size() + 1) == std::string::npos)
        names.push_back(name.substr(path.size() + 1));
    return names;
  }
  sys::Status write(const std::string& path, std::string_view content, int mode) override {
    return put("write", path, {sys::FileKind::file, mode, std::string(content)});
  }
  sys::Status write_link(const std::string& path, const std::string& target) override {
    return put("link", path, {sys::FileKind::link, 0777, target});
  }
  sys::Status append(const std::string& path, std::string_view line) override {
    const auto it = entries.find(path);
    const std::string old = it == entries.end() ? "" : it->second.content;
    return put("append", path, {sys::FileKind::file, 0600, old + std::string(line) + "\n"});
  }
  sys::Status remove(const std::string& path) override {
    if (!entries.contains(path)) return wsgi::ok();
    if (!fate_.allows("remove " + path)) return sys::failure("cannot remove", path, EIO);
    entries.erase(path);
    return wsgi::ok();
  }
  sys::Status remove_folder(const std::string& path) override {
    const auto names = list(path);
    if (!names->empty()) return sys::failure("cannot remove the folder", path, ENOTEMPTY);
    return remove(path);
  }
  sys::Status make_folder(const std::string& path, int mode) override {
    if (entries.contains(path)) return wsgi::ok();
    if (!fate_.allows("make " + path)) return sys::failure("cannot make the folder", path, EIO);
    for (std::size_t at = path.find('/', 1); at != std::string::npos; at = path.find('/', at + 1))
      entries.try_emplace(path.substr(0, at), Entry{sys::FileKind::folder, 0755, ""});
    entries[path] = {sys::FileKind::folder, mode, ""};
    return wsgi::ok();
  }

  void add_folder(const std::string& path) { entries[path] = {sys::FileKind::folder, 0755, ""}; }

 private:
  sys::Status put(const char* what, const std::string& path, Entry entry) {
    const std::string folder = path.substr(0, path.rfind('/'));
    if (!entries.contains(folder)) return sys::failure("cannot write", path, ENOENT);
    if (!fate_.allows(std::string(what) + " " + path))
      return sys::failure("cannot write", path, EIO);
    entries[path] = std::move(entry);
    return wsgi::ok();
  }

  Fate& fate_;
};

// An Apache whose configuration is every file below /etc. A file with the word BROKEN fails the
// configuration test; one with FATAL passes it, but ends the server at a reload.
class Server final : public host::Server {
 public:
  Server(Files& files, Fate& fate) : files_(files), fate_(fate) {}

  pid_t pid = 100;                              // 0: stopped
  std::map<std::string, Files::Entry> serving;  // as of the last reload
  int reloads = 0;

  wsgi::Status test() override {
    if (has("BROKEN")) return wsgi::Fail{wsgi::ErrorId::internal, "AH00526: Syntax error", 0};
    return wsgi::ok();
  }
  wsgi::Result<host::ServerFacts> facts() override { return host::ServerFacts{}; }
  pid_t parent() override { return pid; }
  wsgi::Status reload() override {
    if (!fate_.allows("reload")) return wsgi::Fail{wsgi::ErrorId::internal, "cannot reload", EIO};
    ++reloads;
    if (has("FATAL")) {
      pid = 0;
      return wsgi::Fail{wsgi::ErrorId::internal, "Apache ended during the reload", 0};
    }
    serving = configuration();
    return wsgi::ok();
  }
  wsgi::Status start() override {
    if (!fate_.allows("start")) return wsgi::Fail{wsgi::ErrorId::internal, "cannot start", EIO};
    if (has("FATAL")) return wsgi::Fail{wsgi::ErrorId::internal, "Apache did not start", 0};
    pid = 200;
    serving = configuration();
    return wsgi::ok();
  }
  wsgi::Status stop() override {
    if (!fate_.allows("stop")) return wsgi::Fail{wsgi::ErrorId::internal, "cannot stop", EIO};
    pid = 0;
    return wsgi::ok();
  }
  std::string log_since_reload() override { return log; }

  std::string log;

  std::map<std::string, Files::Entry> configuration() const {
    std::map<std::string, Files::Entry> found;
    for (const auto& [path, entry] : files_.entries)
      if (path.starts_with("/etc/")) found[path] = entry;
    return found;
  }

 private:
  bool has(const char* word) const {
    for (const auto& [path, entry] : configuration())
      if (entry.content.find(word) != std::string::npos) return true;
    return false;
  }

  Files& files_;
  Fate& fate_;
};

// Answers with the status given for the host name, 200 if none is.
class Prober final : public apply::Prober {
 public:
  std::map<std::string, int> status;
  std::vector<std::string> asked;

  apply::Answer ask(const plan::HealthTarget& target, std::chrono::milliseconds) override {
    asked.push_back(target.url());
    const auto it = status.find(target.host);
    const int answer = it == status.end() ? 200 : it->second;
    return {answer, answer == 0 ? "connection refused" : ""};
  }
};

// Sleeping takes no time but moves the clock.
class Clock final : public sys::Clock {
 public:
  Milliseconds now{0};
  Milliseconds steady() override { return now; }
  std::string utc() override { return "2026-01-02T03:04:05Z"; }
  void sleep(Milliseconds time) override { now += time; }
};

}  // namespace wsgictl::fake

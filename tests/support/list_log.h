// SPDX-License-Identifier: Apache-2.0
// A log that keeps its records, for tests of any layer. Any thread.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "base/log.h"

namespace wsgi::test {

class ListLog : public Log {
 public:
  struct Record {
    Level level;
    LogStream stream;
    std::string text;
  };

  explicit ListLog(Level most = Level::trace8) : most_(most) {}
  bool enabled(Level level) const override { return level <= most_; }
  void write(Level level, LogStream stream, std::string_view text) override {
    std::lock_guard lock(mutex_);
    records_.push_back({level, stream, std::string(text)});
  }
  std::vector<Record> records() const {
    std::lock_guard lock(mutex_);
    return records_;
  }
  // The texts of one stream.
  std::vector<std::string> lines(LogStream stream) const {
    std::vector<std::string> found;
    for (const auto& record : records()) {
      if (record.stream == stream) found.push_back(record.text);
    }
    return found;
  }
  // All texts, one a line.
  std::string text() const {
    std::string all;
    for (const auto& record : records()) all += record.text + "\n";
    return all;
  }
  void clear() {
    std::lock_guard lock(mutex_);
    records_.clear();
  }
  bool has(std::string_view part) const {
    for (const auto& record : records()) {
      if (record.text.find(part) != std::string::npos) return true;
    }
    return false;
  }

 private:
  const Level most_;
  mutable std::mutex mutex_;
  std::vector<Record> records_;
};

}  // namespace wsgi::test

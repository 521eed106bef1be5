// SPDX-License-Identifier: Apache-2.0
// A Log that keeps its records for tests. Any thread may write; read when writers are done.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "base/log.h"

namespace wsgi::test {

struct Record {
  Level level;
  LogStream stream;
  std::string text;
};

class FakeLog final : public Log {
 public:
  bool enabled(Level level) const override { return level <= limit; }
  void write(Level level, LogStream stream, std::string_view text) override {
    std::lock_guard guard(lock_);
    records_.push_back({level, stream, std::string(text)});
  }

  std::vector<Record> records() const {
    std::lock_guard guard(lock_);
    return records_;
  }
  // All texts, one a line.
  std::string text() const {
    std::string all;
    for (const auto& record : records()) all += record.text + "\n";
    return all;
  }
  bool contains(std::string_view part) const { return text().find(part) != std::string::npos; }
  std::vector<std::string> lines(LogStream stream) const {
    std::vector<std::string> found;
    for (const auto& record : records()) {
      if (record.stream == stream) found.push_back(record.text);
    }
    return found;
  }
  void clear() {
    std::lock_guard guard(lock_);
    records_.clear();
  }

  Level limit = Level::info;

 private:
  mutable std::mutex lock_;
  std::vector<Record> records_;
};

}  // namespace wsgi::test

// SPDX-License-Identifier: Apache-2.0
// The one way to say anything about input or about a step that failed: what, where, what to do.
// Plain data, collected in the order found; printing is cli/report's job.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "diag/file_name.h"

namespace wsgictl::diag {

// Lines and columns count from 1, columns in Unicode code points; bytes count from 0.
struct Position {
  int line = 1;
  int column = 1;
  std::size_t byte = 0;
};

// A range in a file, end exclusive. An empty file name means "not about a file".
struct Mark {
  FileName file;
  Position start;
  Position end;
};

enum class Severity { error, warning, note };

struct Related {
  Mark mark;
  std::string message;
};

struct Diagnostic {
  std::string code;  // WCTLnnnn, stable, never reused: diag/codes.def
  Severity severity = Severity::error;
  Mark mark;
  std::string message;      // what is wrong, with the value quoted
  std::string hint;         // what to do; never merged into the message
  std::string path;         // JSON pointer of the key, "" if none
  std::string replacement;  // text to put in place of the range, "" if none
  std::vector<Related> related;
  std::string docs;  // "wsgictl explain apps.daemon.processes"
};

// Collects diagnostics. A step that adds an error returns no value, and the pipeline stops there.
// It also keeps the texts that marks point into, so that an excerpt can be shown, and the ranges in
// them that must not be.
class Diagnostics {
 public:
  void add(Diagnostic d) { items_.push_back(std::move(d)); }
  const std::vector<Diagnostic>& items() const { return items_; }
  bool has_errors() const {
    for (const auto& d : items_)
      if (d.severity == Severity::error) return true;
    return false;
  }

  void add_source(std::string file, std::string text) {
    sources_.insert_or_assign(std::move(file), std::move(text));
  }
  const std::map<std::string, std::string>& sources() const { return sources_; }
  void add_sensitive(Mark mark) { sensitive_.push_back(std::move(mark)); }
  const std::vector<Mark>& sensitive() const { return sensitive_; }

 private:
  std::vector<Diagnostic> items_;
  std::map<std::string, std::string> sources_;
  std::vector<Mark> sensitive_;
};

}  // namespace wsgictl::diag

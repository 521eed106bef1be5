// SPDX-License-Identifier: Apache-2.0
// The name of a file in a mark. A definition of a thousand applications has some hundred thousand
// marks and a few files, so each text is kept once, until the process ends, and a name is a pointer
// to it. Reads like a std::string. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace wsgictl::diag {

class FileName {
 public:
  FileName() = default;
  FileName(std::string_view name);  // NOLINT: stands for its text
  FileName(const std::string& name) : FileName(std::string_view(name)) {}  // NOLINT: the same
  FileName(const char* name) : FileName(std::string_view(name)) {}         // NOLINT: the same

  const std::string& str() const { return *text_; }
  operator const std::string&() const { return *text_; }  // NOLINT: the same
  operator std::string_view() const { return *text_; }    // NOLINT: the same
  bool empty() const { return text_->empty(); }

  friend bool operator==(FileName a, FileName b) { return a.text_ == b.text_; }
  friend bool operator==(FileName a, const std::string& b) { return *a.text_ == b; }
  friend bool operator==(FileName a, const char* b) { return *a.text_ == b; }

 private:
  static const std::string kNone;
  const std::string* text_ = &kNone;
};

}  // namespace wsgictl::diag

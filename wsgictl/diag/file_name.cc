// SPDX-License-Identifier: Apache-2.0
// The texts of file names; see file_name.h.
#include "diag/file_name.h"

#include <mutex>
#include <unordered_set>

namespace wsgictl::diag {

const std::string FileName::kNone;

FileName::FileName(std::string_view name) {
  static std::mutex mutex;
  static std::unordered_set<std::string> texts;  // nodes stay where they are
  if (name.empty()) return;
  const std::lock_guard<std::mutex> lock(mutex);
  text_ = &*texts.emplace(name).first;
}

}  // namespace wsgictl::diag

// SPDX-License-Identifier: Apache-2.0
// Runs a function when the scope ends, on every path.
#pragma once

#include <utility>

namespace wsgi {

template <typename F>
class ScopeExit {
 public:
  explicit ScopeExit(F f) : f_(std::move(f)) {}
  ScopeExit(const ScopeExit&) = delete;
  ScopeExit& operator=(const ScopeExit&) = delete;
  ~ScopeExit() { f_(); }

 private:
  F f_;
};

}  // namespace wsgi

// SPDX-License-Identifier: Apache-2.0
// Errors as values: Result<T> is a T or a Fail, Status is success or a Fail. A Fail names the error
// id, says in words what happened, and may carry an errno. It is made where the failure is seen,
// gets context once on the way up and is logged once, at the rim. (std::expected is C++23.)
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "base/error_id.h"

namespace wsgi {

struct [[nodiscard]] Fail {
  ErrorId id = ErrorId::internal;
  std::string text;
  int sys = 0;  // errno, 0 if no system call failed
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}   // NOLINT: implicit
  Result(Fail fail) : state_(std::in_place_index<1>, std::move(fail)) {}  // NOLINT: implicit

  explicit operator bool() const { return state_.index() == 0; }
  T& value() & { return *std::get_if<0>(&state_); }
  const T& value() const& { return *std::get_if<0>(&state_); }
  T&& value() && { return std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const Fail& error() const& { return *std::get_if<1>(&state_); }
  Fail&& error() && { return std::move(*std::get_if<1>(&state_)); }

 private:
  std::variant<T, Fail> state_;
};

struct Unit {};

class [[nodiscard]] Status : public Result<Unit> {
 public:
  Status() : Result<Unit>(Unit{}) {}
  Status(Fail fail) : Result<Unit>(std::move(fail)) {}  // NOLINT: implicit
};

inline Status ok() { return {}; }

}  // namespace wsgi

// WSGI_TRY(f()); returns f's Fail from the enclosing function.
#define WSGI_TRY(expr)                         \
  do {                                         \
    if (auto wsgi_try_ = (expr); !wsgi_try_) { \
      return std::move(wsgi_try_).error();     \
    }                                          \
  } while (false)

// WSGI_ASSIGN(auto x, f()); binds f's value or returns its Fail.
#define WSGI_CONCAT2_(a, b) a##b
#define WSGI_CONCAT_(a, b) WSGI_CONCAT2_(a, b)
#define WSGI_ASSIGN(decl, expr) WSGI_ASSIGN_(WSGI_CONCAT_(wsgi_result_, __LINE__), decl, expr)
#define WSGI_ASSIGN_(tmp, decl, expr)      \
  auto tmp = (expr);                       \
  if (!tmp) return std::move(tmp).error(); \
  decl = std::move(*tmp)

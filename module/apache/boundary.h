// SPDX-License-Identifier: Apache-2.0
// Callbacks for httpd: c_hook<&fn, on_throw> is a noexcept function of fn's type that catches what
// fn throws, logs it under one id and returns on_throw. Behind it exceptions are not used for flow;
// in practice only bad_alloc is expected. For functions that return void: c_hook<&fn>.
#pragma once

#include <exception>
#include <type_traits>

#include "apache/httpd_api.h"

namespace wsgi::apache {

// Logs the exception that is being handled. Call from a catch block only.
inline void log_thrown() noexcept {
  const char* what = "not a standard exception";
  try {
    throw;
  } catch (const std::exception& e) {
    what = e.what();
  } catch (...) {
  }
  ap_log_error(APLOG_MARK, APLOG_ERR, 0, nullptr,
               "WSGI1000: a callback ended with an exception: %s", what);
}

template <auto Fn, auto OnThrow, typename Signature = decltype(Fn)>
struct Shim;

template <auto Fn, auto OnThrow, typename R, typename... A>
struct Shim<Fn, OnThrow, R (*)(A...)> {
  static R call(A... args) noexcept {
    try {
      return Fn(args...);
    } catch (...) {
      log_thrown();
      if constexpr (!std::is_void_v<R>) return static_cast<R>(OnThrow);
    }
  }
};

template <auto Fn, auto OnThrow = nullptr>
inline constexpr auto c_hook = &Shim<Fn, OnThrow>::call;

}  // namespace wsgi::apache

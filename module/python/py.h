// SPDX-License-Identifier: Apache-2.0
// The project's own thin layer over CPython's C API: one owning reference, one error scope, one
// shim for functions that the interpreter calls. Everything here needs an attached thread state.
// An empty Ref that a function returned means: the Python error indicator is set.
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "python/compat.h"

namespace wsgi::py {

// Owns one reference. Move-only: share() says where a count goes up.
class [[nodiscard]] Ref {
 public:
  Ref() = default;
  Ref(Ref&& other) noexcept : object_(other.release()) {}
  Ref& operator=(Ref&& other) noexcept {
    // The old object is dropped last: its destructor may run code that looks at this Ref.
    PyObject* old = std::exchange(object_, other.release());
    Py_XDECREF(old);
    return *this;
  }
  Ref(const Ref&) = delete;
  Ref& operator=(const Ref&) = delete;
  ~Ref() { Py_XDECREF(object_); }

  PyObject* get() const { return object_; }
  explicit operator bool() const { return object_ != nullptr; }
  Ref share() const {
    Py_XINCREF(object_);
    return Ref(object_);
  }
  [[nodiscard]] PyObject* release() { return std::exchange(object_, nullptr); }
  void reset() { *this = Ref(); }

  friend Ref steal(PyObject* object);
  friend Ref borrow(PyObject* object);

 private:
  explicit Ref(PyObject* object) : object_(object) {}
  PyObject* object_ = nullptr;
};

// Takes over a reference that the caller owns; borrow() makes an own one.
inline Ref steal(PyObject* object) { return Ref(object); }
inline Ref borrow(PyObject* object) {
  Py_XINCREF(object);
  return Ref(object);
}

// Keeps a pending error aside while other Python code runs, and puts it back.
class ErrorScope {
 public:
  ErrorScope() { PyErr_Fetch(&type_, &value_, &trace_); }
  ErrorScope(const ErrorScope&) = delete;
  ErrorScope& operator=(const ErrorScope&) = delete;
  ~ErrorScope() { PyErr_Restore(type_, value_, trace_); }

 private:
  PyObject* type_ = nullptr;
  PyObject* value_ = nullptr;
  PyObject* trace_ = nullptr;
};

inline Ref text(std::string_view latin1) {
  return steal(
      PyUnicode_DecodeLatin1(latin1.data(), static_cast<Py_ssize_t>(latin1.size()), nullptr));
}
// A path: the file-system encoding with surrogateescape, latin-1 if that fails.
Ref path_text(std::string_view path);
// UTF-8 of a str; lone surrogates as \udcxx. Never fails: "" when memory is short.
std::string utf8(PyObject* unicode);

inline PyObject* none() {
  Py_INCREF(Py_None);
  return Py_None;
}

template <typename R>
constexpr R failure() {
  if constexpr (std::is_same_v<R, int>) {
    return -1;
  } else {
    return nullptr;
  }
}

// Functions handed to CPython: an exception (only bad_alloc is possible) becomes a Python error.
template <auto Fn>
struct Hook;
template <typename R, typename... A, R (*Fn)(A...)>
struct Hook<Fn> {
  static R call(A... args) noexcept {
    try {
      return Fn(args...);
    } catch (...) {
      PyErr_NoMemory();
      return failure<R>();
    }
  }
};

// PyMethodDef's and PyType_Slot's untyped function members.
template <auto Fn>
PyCFunction method() {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(&Hook<Fn>::call));
}
template <auto Fn>
void* slot() {
  return reinterpret_cast<void*>(&Hook<Fn>::call);
}

}  // namespace wsgi::py

// SPDX-License-Identifier: Apache-2.0
// Building dictionaries and lists of numbers for Python without an error check at each step: a Dict
// is whole, or empty with the Python error set. Attached.
#pragma once

#include <cstdint>
#include <string>

#include "python/py.h"

namespace wsgi::engine {

inline py::Ref value(double number) { return py::steal(PyFloat_FromDouble(number)); }
inline py::Ref value(std::uint64_t number) {
  return py::steal(PyLong_FromUnsignedLongLong(number));
}

class Dict {
 public:
  Dict() : dict_(py::steal(PyDict_New())) {}
  Dict& add(const std::string& key, py::Ref item) {
    if (dict_ && (!item || PyDict_SetItemString(dict_.get(), key.c_str(), item.get()) < 0)) {
      dict_.reset();
    }
    return *this;
  }
  template <typename T>
  Dict& put(const std::string& key, T number) {
    return add(key, value(number));
  }
  [[nodiscard]] PyObject* release() { return dict_.release(); }
  py::Ref take() { return std::move(dict_); }

 private:
  py::Ref dict_;
};

template <typename Items, typename F>
py::Ref list_of(const Items& items, F make) {
  py::Ref list = py::steal(PyList_New(0));
  for (const auto& item : items) {
    py::Ref one = list ? make(item) : py::Ref();
    if (!one || PyList_Append(list.get(), one.get()) < 0) return {};
  }
  return list;
}

}  // namespace wsgi::engine

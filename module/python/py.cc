// SPDX-License-Identifier: Apache-2.0
#include "python/py.h"

namespace wsgi::py {

Ref path_text(std::string_view path) {
  Ref decoded =
      steal(PyUnicode_DecodeFSDefaultAndSize(path.data(), static_cast<Py_ssize_t>(path.size())));
  if (decoded) return decoded;
  PyErr_Clear();
  return text(path);
}

std::string utf8(PyObject* unicode) {
  Ref bytes = steal(PyUnicode_AsEncodedString(unicode, "utf-8", "backslashreplace"));
  if (!bytes) {
    PyErr_Clear();
    return {};
  }
  return {PyBytes_AS_STRING(bytes.get()), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.get()))};
}

}  // namespace wsgi::py

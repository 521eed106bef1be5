// SPDX-License-Identifier: Apache-2.0
// Validation of what start_response was given. Texts are part of the contract.
#include <algorithm>

#include "engine/header_rules.h"
#include "engine/start_response.h"

namespace wsgi::engine {
namespace {

bool value_error(const char* text, std::string_view value) {
  py::Ref bytes =
      py::steal(PyBytes_FromStringAndSize(value.data(), static_cast<Py_ssize_t>(value.size())));
  if (bytes) PyErr_Format(PyExc_ValueError, "%s: %R", text, bytes.get());
  return false;
}

// The latin-1 bytes of a str, as a view into it. Strings that hold larger characters have another
// representation, and encoding them raises the error that the contract names.
bool latin1(PyObject* object, std::string_view& text) {
  if (!PyUnicode_Check(object)) {
    PyErr_Format(PyExc_TypeError, "must be str, not %.200s", Py_TYPE(object)->tp_name);
    return false;
  }
  if (!py::ready(object)) return false;
  if (PyUnicode_KIND(object) != PyUnicode_1BYTE_KIND) {
    py::Ref raises = py::steal(PyUnicode_AsLatin1String(object));
    if (raises) PyErr_SetString(PyExc_ValueError, "not a latin-1 string");
    return false;
  }
  text = {reinterpret_cast<const char*>(PyUnicode_1BYTE_DATA(object)),
          static_cast<std::size_t>(PyUnicode_GET_LENGTH(object))};
  return true;
}

bool control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
bool digit(char c) { return c >= '0' && c <= '9'; }

bool check_status(std::string_view text, HeadText& draft) {
  if (text.size() < 3 || !digit(text[0]) || !digit(text[1]) || !digit(text[2]) ||
      (text.size() > 3 && digit(text[3]))) {
    return value_error("status code must be a 3 digit integer", text);
  }
  if (text.size() > 3 && text[3] != ' ') {
    return value_error("no space following status code", text);
  }
  std::string_view reason = text.size() > 4 ? text.substr(4) : std::string_view();
  if (std::any_of(reason.begin(), reason.end(), control)) {
    return value_error("control character in status reason phrase", text);
  }
  draft.status =
      static_cast<std::uint16_t>((text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0'));
  draft.reason = draft.add(reason);
  return true;
}

bool check_name(std::string_view name) {
  if (name.empty()) {
    PyErr_SetString(PyExc_ValueError, "header name is empty");
    return false;
  }
  for (char c : name) {
    if (control(c)) return value_error("control character in header name", name);
    if (c == ' ') return value_error("space character in header name", name);
  }
  return true;
}

bool check_value(std::string_view value) {
  for (char c : value) {
    if (c == '\r' || c == '\n') {
      return value_error("carriage return/line feed character in header value", value);
    }
    if (c == '\0') return value_error("null character in header value", value);
  }
  return true;
}

bool check_header(PyObject* item, HeadText& draft) {
  if (!PyTuple_Check(item)) {
    PyErr_Format(PyExc_TypeError, "each header must be a 2-tuple, not %.200s",
                 Py_TYPE(item)->tp_name);
    return false;
  }
  if (PyTuple_GET_SIZE(item) != 2) {
    PyErr_Format(PyExc_ValueError, "each header must be a 2-tuple, got length %zd",
                 PyTuple_GET_SIZE(item));
    return false;
  }
  std::string_view name, value;
  if (!latin1(PyTuple_GET_ITEM(item, 0), name) || !latin1(PyTuple_GET_ITEM(item, 1), value) ||
      !check_name(name) || !check_value(value)) {
    return false;
  }
  if (!hop_by_hop(name)) draft.fields.push_back({draft.add(name), draft.add(value)});
  return true;
}

}  // namespace

bool validate_head(PyObject* status, PyObject* headers, HeadText& draft) {
  draft.clear();
  std::string_view text;
  if (!latin1(status, text) || !check_status(text, draft)) return false;
  // Nothing below runs code of the application, so the list cannot change meanwhile.
  Py_ssize_t count = PyList_GET_SIZE(headers);
  draft.fields.reserve(static_cast<std::size_t>(count));
  for (Py_ssize_t i = 0; i < count; ++i) {
    if (!check_header(PyList_GET_ITEM(headers, i), draft)) return false;
  }
  return true;
}

}  // namespace wsgi::engine

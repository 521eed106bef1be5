// SPDX-License-Identifier: Apache-2.0
#include "python/traceback.h"

#include "python/attach.h"

namespace wsgi::python {
namespace {

void append_lines(std::vector<std::string>& lines, std::string_view text) {
  while (!text.empty()) {
    auto end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    std::string safe;
    for (char c : line) {
      if (c == '\0') {
        safe += "\\x00";
      } else {
        safe += c;
      }
    }
    lines.push_back(std::move(safe));
  }
}

// A list of str, as the functions of the traceback module return it.
bool append_list(std::vector<std::string>& lines, const py::Ref& list) {
  if (!list || !PyList_Check(list.get())) return false;
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list.get()); ++i) {
    PyObject* item = PyList_GET_ITEM(list.get(), i);
    if (PyUnicode_Check(item)) append_lines(lines, py::utf8(item));
  }
  return true;
}

py::Ref traceback_module() { return py::steal(PyImport_ImportModule("traceback")); }

}  // namespace

Caught catch_error() {
  PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
  PyErr_Fetch(&type, &value, &trace);
  if (type == nullptr) return {};
  PyErr_NormalizeException(&type, &value, &trace);
  if (trace != nullptr && value != nullptr) PyException_SetTraceback(value, trace);
  return {py::steal(type), py::steal(value), py::steal(trace)};
}

std::string class_name(PyObject* type) {
  const char* name = PyExceptionClass_Check(type) ? PyExceptionClass_Name(type) : nullptr;
  if (name == nullptr) return "exception";
  std::string_view full = name;
  for (std::string_view module : {"builtins.", "__main__."}) {
    if (full.starts_with(module)) full.remove_prefix(module.size());
  }
  return std::string(full);
}

std::vector<std::string> traceback_lines(const Caught& caught) {
  std::vector<std::string> lines;
  if (py::Ref module = traceback_module()) {
    py::Ref list = py::steal(PyObject_CallMethod(module.get(), "format_exception", "OOO",
                                                 caught.type.get(), caught.value.get(),
                                                 caught.trace ? caught.trace.get() : Py_None));
    if (append_list(lines, list) && !lines.empty()) return lines;
  }
  PyErr_Clear();
  lines.assign(1, class_name(caught.type.get()) + ": (the traceback cannot be formatted)");
  return lines;
}

void log_lines(Log& log, ErrorId id, Level level, const std::vector<std::string>& lines) {
  Detached detached;
  for (const auto& line : lines) log.message(id, level, line);
}

void log_exception(Log& log, ErrorId id, std::string_view header, const Caught& caught) {
  auto lines = traceback_lines(caught);
  Detached detached;
  Level level = error_info(id).level;
  log.message(id, level, header);
  for (const auto& line : lines) log.message(ErrorId::traceback, level, line);
}

void log_pending(Log& log, ErrorId id, std::string_view header) {
  Caught caught = catch_error();
  if (caught) {
    log_exception(log, id, header, caught);
  } else {
    Detached detached;
    log.message(id, header);
  }
}

std::vector<std::string> stack_of_caller() {
  py::ErrorScope keep;
  std::vector<std::string> lines;
  if (py::Ref module = traceback_module()) {
    append_list(lines, py::steal(PyObject_CallMethod(module.get(), "format_stack", nullptr)));
  }
  PyErr_Clear();
  return lines;
}

std::vector<std::string> stacks(unsigned long only) {
  py::ErrorScope keep;
  std::vector<std::string> lines;
  py::Ref module = traceback_module();
  PyObject* current_frames = PySys_GetObject("_current_frames");
  if (module && current_frames != nullptr) {
    py::Ref frames = py::steal(PyObject_CallNoArgs(current_frames));
    PyObject *ident = nullptr, *frame = nullptr;
    Py_ssize_t at = 0;
    while (frames && PyDict_Next(frames.get(), &at, &ident, &frame)) {
      unsigned long number = PyLong_AsUnsignedLong(ident);
      if (only != 0 && number != only) continue;
      lines.push_back("Thread " + std::to_string(number) + ":");
      append_list(lines, py::steal(PyObject_CallMethod(module.get(), "format_stack", "O", frame)));
    }
  }
  PyErr_Clear();
  return lines;
}

}  // namespace wsgi::python

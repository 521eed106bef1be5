// SPDX-License-Identifier: Apache-2.0
#include "python/log_handler.h"

#include "python/attach.h"
#include "python/interpreter.h"
#include "python/module.h"

namespace wsgi::python {
namespace {

// Exception, not BaseException: an injected RequestTimeout must reach the top of its request.
constexpr const char* kSource = R"(
import logging

class LogHandler(logging.Handler):
    """Writes records to Apache's error log."""

    def emit(self, record, _enabled=_enabled, _write=_write):
        try:
            if _enabled(record.levelno):
                _write(record.levelno, self.format(record), record.pathname, record.lineno)
        except Exception:
            self.handleError(record)
)";

Level level_of(long python) {
  if (python >= 50) return Level::crit;
  if (python >= 40) return Level::error;
  if (python >= 30) return Level::warning;
  return python >= 20 ? Level::info : Level::debug;
}

PyObject* enabled(PyObject* module, PyObject* number) {
  long level = PyLong_AsLong(number);
  if (level == -1 && PyErr_Occurred() != nullptr) return nullptr;
  return PyBool_FromLong(interpreter_of(module).setup().current_log().enabled(level_of(level)));
}

std::string encoded(PyObject* text) {
  py::Ref bytes = py::steal(PyUnicode_AsEncodedString(text, "utf-8", "replace"));
  if (!bytes) return {};
  return {PyBytes_AS_STRING(bytes.get()), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.get()))};
}

PyObject* write(PyObject* module, PyObject* args) {
  long level = 0;
  PyObject *text = nullptr, *path = nullptr;
  unsigned line = 0;
  if (!PyArg_ParseTuple(args, "lUUI", &level, &text, &path, &line)) return nullptr;
  std::string lines = encoded(text), file = encoded(path);
  if (PyErr_Occurred() != nullptr) return nullptr;
  if (!lines.empty() && lines.back() == '\n') lines.pop_back();
  Log& log = interpreter_of(module).setup().current_log();
  {
    Detached detached;
    std::string_view left = lines;
    for (auto end = left.find('\n');; end = left.find('\n')) {
      std::string_view one = left.substr(0, end);
      log.write_from({file, line}, level_of(level), LogStream::handler,
                     one.substr(0, one.find('\0')));
      if (end == std::string_view::npos) break;
      left.remove_prefix(end + 1);
    }
  }
  return py::none();
}

}  // namespace

py::Ref make_log_handler(PyObject* module) {
  static PyMethodDef functions[] = {
      {"_enabled", py::method<enabled>(), METH_O, "Would a record of this level be logged?"},
      {"_write", py::method<write>(), METH_VARARGS, "_write(level, text, path, line)"}};
  py::Ref names = py::steal(
      Py_BuildValue("{s:s,s:O}", "__name__", "mod_wsgi", "__builtins__", PyEval_GetBuiltins()));
  if (!names) return {};
  for (PyMethodDef& function : functions) {
    py::Ref made = py::steal(PyCFunction_New(&function, module));
    if (!made || PyDict_SetItemString(names.get(), function.ml_name, made.get()) < 0) return {};
  }
  py::Ref code = py::steal(Py_CompileString(kSource, "<mod_wsgi.LogHandler>", Py_file_input));
  if (!code || !py::steal(PyEval_EvalCode(code.get(), names.get(), names.get()))) return {};
  return py::borrow(PyDict_GetItemString(names.get(), "LogHandler"));
}

}  // namespace wsgi::python

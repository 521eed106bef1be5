// SPDX-License-Identifier: Apache-2.0
#include "python/site.h"

#include "python/attach.h"
#include "python/traceback.h"

namespace wsgi::python {
namespace {

PyObject* sys_path() {
  PyObject* path = PySys_GetObject("path");
  if (path == nullptr || !PyList_Check(path)) {
    PyErr_SetString(PyExc_RuntimeError, "sys.path is not a list");
    return nullptr;
  }
  return path;
}

// What addsitedir appended goes to the front, in its order; entries that were there stay put.
bool move_new_to_front(PyObject* path, const py::Ref& before) {
  py::Ref fresh = py::steal(PyList_New(0));
  py::Ref rest = py::steal(PyList_New(0));
  if (!fresh || !rest) return false;
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(path); ++i) {
    py::Ref item = py::borrow(PyList_GET_ITEM(path, i));
    int known = PySequence_Contains(before.get(), item.get());
    if (known < 0 || PyList_Append(known ? rest.get() : fresh.get(), item.get()) < 0) return false;
  }
  Py_ssize_t count = PyList_GET_SIZE(fresh.get());
  return PyList_SetSlice(path, 0, PyList_GET_SIZE(path), fresh.get()) == 0 &&
         PyList_SetSlice(path, count, count, rest.get()) == 0;
}

bool add_directory(PyObject* site, std::string_view directory) {
  py::Ref name = py::path_text(directory);
  return name && py::steal(PyObject_CallMethod(site, "addsitedir", "O", name.get()));
}

bool add_all(std::string_view directories, Log& log, std::string_view& failed) {
  PyObject* path = sys_path();
  py::Ref site = path != nullptr ? py::steal(PyImport_ImportModule("site")) : py::Ref();
  py::Ref before = site ? py::steal(PyList_GetSlice(path, 0, PyList_GET_SIZE(path))) : py::Ref();
  if (!before) return false;
  bool good = true;
  while (good && !directories.empty()) {
    auto end = directories.find(':');
    std::string_view directory = directories.substr(0, end);
    directories.remove_prefix(end == std::string_view::npos ? directories.size() : end + 1);
    if (directory.empty()) continue;
    good = add_directory(site.get(), directory);
    if (!good) failed = directory;
    Detached detached;
    if (good) log.message(ErrorId::path_add, "'" + std::string(directory) + "' added to sys.path");
  }
  // site may have replaced the list.
  path = sys_path();
  py::ErrorScope keep;
  return path != nullptr && move_new_to_front(path, before) && good;
}

}  // namespace

void add_python_path(std::string_view directories, Log& log) {
  std::string_view failed = directories;
  if (!directories.empty() && !add_all(directories, log, failed)) {
    log_pending(log, ErrorId::py_path,
                "'" + std::string(failed) + "' of the Python path cannot be added");
  }
}

bool put_first(std::string_view directory) {
  PyObject* path = sys_path();
  py::Ref name = path != nullptr ? py::path_text(directory) : py::Ref();
  return name && PyList_Insert(path, 0, name.get()) == 0;
}

}  // namespace wsgi::python

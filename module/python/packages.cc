// SPDX-License-Identifier: Apache-2.0
#include "python/packages.h"

#include <cstdio>

#include "python/traceback.h"

namespace wsgi::python {
namespace {

// What the finders of sys.meta_path say. importlib.util.find_spec would look into sys.modules first
// and find ours. Empty: an error, or (without one) nobody knows it.
py::Ref find_spec(const char* name) {
  PyObject* finders = PySys_GetObject("meta_path");
  py::Ref all = finders != nullptr ? py::steal(PySequence_Tuple(finders)) : py::Ref();
  if (!all) return {};
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(all.get()); ++i) {
    PyObject* finder = PyTuple_GET_ITEM(all.get(), i);
    py::Ref spec = py::steal(PyObject_CallMethod(finder, "find_spec", "sO", name, Py_None));
    if (!spec) return {};
    if (spec.get() != Py_None) return spec;
  }
  return {};
}

bool adopt(PyObject* module) {
  py::Ref spec = find_spec("mod_wsgi");
  if (!spec) return PyErr_Occurred() == nullptr;
  py::Ref places = py::steal(PyObject_GetAttrString(spec.get(), "submodule_search_locations"));
  if (!places) return false;
  // A plain module of that name has no submodules to lend.
  return places.get() == Py_None || PyObject_SetAttrString(module, "__path__", places.get()) == 0;
}

py::Ref base_module(bool adopt, Log& log) {
  if (adopt) {
    py::Ref spec = find_spec("apache");
    py::Ref found = spec ? py::steal(PyImport_ImportModule("apache")) : py::Ref();
    if (found) return found;
    if (PyErr_Occurred() != nullptr) {
      log_pending(log, ErrorId::pkg_import, "the module 'apache' cannot be imported");
    }
  }
  py::Ref made = py::steal(PyModule_New("apache"));
  bool known = made && PyDict_SetItemString(PyImport_GetModuleDict(), "apache", made.get()) == 0;
  return known ? std::move(made) : py::Ref();
}

bool put(PyObject* module, const char* name, py::Ref value) {
  return value && PyObject_SetAttrString(module, name, value.get()) == 0;
}

}  // namespace

py::Ref version_of(const std::string& text) {
  int numbers[3] = {0, 0, 0};
  std::sscanf(text.c_str(), "%d.%d.%d", &numbers[0], &numbers[1], &numbers[2]);
  return py::steal(Py_BuildValue("(iii)", numbers[0], numbers[1], numbers[2]));
}

void adopt_package_path(PyObject* module, Log& log) {
  if (!adopt(module)) {
    log_pending(log, ErrorId::pkg_import, "the package 'mod_wsgi' cannot be looked up");
  }
}

void make_apache_module(const config::ApacheFacts& facts, bool adopt, Log& log) {
  py::Ref made = base_module(adopt, log);
  PyObject* module = made.get();
  bool done =
      made && put(module, "version", version_of(facts.version)) &&
      put(module, "maximum_processes", py::steal(PyLong_FromLong(facts.maximum_processes))) &&
      put(module, "threads_per_process", py::steal(PyLong_FromLong(facts.threads_per_process))) &&
      put(module, "description", py::text(facts.description)) &&
      put(module, "mpm_name", py::text(facts.mpm_name)) &&
      put(module, "build_date", py::text(facts.build_date));
  if (!done) log_pending(log, ErrorId::pkg_import, "the module 'apache' cannot be made");
}

}  // namespace wsgi::python

// SPDX-License-Identifier: Apache-2.0
#include "engine/input.h"

#include "engine/object.h"

namespace wsgi::engine {
namespace {

Request* running(PyObject* self, const char* method) {
  Request* request = request_of(self);
  if (request == nullptr) {
    PyErr_Format(PyExc_RuntimeError, "%s() called on wsgi.input after request completed", method);
  }
  return request;
}

// The optional size of read(), readline() and readlines(); -1 if it is not given.
bool size_argument(PyObject* const* args, Py_ssize_t count, const char* method, Py_ssize_t& size) {
  size = -1;
  if (count > 1) {
    PyErr_Format(PyExc_TypeError, "%s() takes at most 1 argument (%zd given)", method, count);
    return false;
  }
  if (count == 0) return true;
  size = PyNumber_AsSsize_t(args[0], PyExc_OverflowError);
  return size != -1 || PyErr_Occurred() == nullptr;
}

PyObject* read(PyObject* self, PyObject* const* args, Py_ssize_t count) {
  Request* request = running(self, "read");
  Py_ssize_t size = -1;
  if (request == nullptr || !size_argument(args, count, "read", size)) return nullptr;
  Visit visit(*request);
  return request->body.read(size).release();
}

PyObject* readline(PyObject* self, PyObject* const* args, Py_ssize_t count) {
  Request* request = running(self, "readline");
  Py_ssize_t size = -1;
  if (request == nullptr || !size_argument(args, count, "readline", size)) return nullptr;
  Visit visit(*request);
  return request->body.line(size).release();
}

PyObject* readlines(PyObject* self, PyObject* const* args, Py_ssize_t count) {
  Request* request = running(self, "readlines");
  Py_ssize_t hint = -1;
  if (request == nullptr || !size_argument(args, count, "readlines", hint)) return nullptr;
  Visit visit(*request);
  py::Ref lines = py::steal(PyList_New(0));
  Py_ssize_t total = 0;
  while (lines) {
    py::Ref line = request->body.line(-1);
    if (!line) return nullptr;
    Py_ssize_t size = PyBytes_GET_SIZE(line.get());
    if (size == 0) break;
    if (PyList_Append(lines.get(), line.get()) < 0) return nullptr;
    total += size;
    if (hint > 0 && total >= hint) break;
  }
  return lines.release();
}

PyObject* close(PyObject* self, PyObject*) {
  return running(self, "close") != nullptr ? py::none() : nullptr;
}

PyObject* next(PyObject* self) {
  Request* request = request_of(self);
  if (request == nullptr) {
    PyErr_SetString(PyExc_RuntimeError,
                    "iteration of wsgi.input attempted after request completed");
    return nullptr;
  }
  Visit visit(*request);
  py::Ref line = request->body.line(-1);
  if (!line || PyBytes_GET_SIZE(line.get()) == 0) return nullptr;
  return line.release();
}

PyObject* iterate(PyObject* self) {
  if (request_of(self) == nullptr) {
    PyErr_SetString(PyExc_RuntimeError,
                    "iteration of wsgi.input attempted after request completed");
    return nullptr;
  }
  return py::borrow(self).release();
}

}  // namespace

py::Ref make_input_type() {
  static PyMethodDef methods[] = {
      {"read", py::method<read>(), METH_FASTCALL, "read([size]) -> bytes"},
      {"readline", py::method<readline>(), METH_FASTCALL, "readline([size]) -> bytes"},
      {"readlines", py::method<readlines>(), METH_FASTCALL, "readlines([hint]) -> list of bytes"},
      {"close", py::method<close>(), METH_NOARGS, "Does nothing."},
      {nullptr, nullptr, 0, nullptr}};
  PyType_Slot slots[] = {{Py_tp_dealloc, reinterpret_cast<void*>(request_object_dealloc)},
                         {Py_tp_iter, py::slot<iterate>()},
                         {Py_tp_iternext, py::slot<next>()},
                         {Py_tp_methods, methods},
                         {0, nullptr}};
  return make_closed_type("mod_wsgi.Input", sizeof(RequestObject), 0, slots);
}

py::Ref make_input(Request& request) {
  return make_request_object(request.state.input_type, &request);
}

}  // namespace wsgi::engine

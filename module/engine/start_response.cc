// SPDX-License-Identifier: Apache-2.0
#include "engine/start_response.h"

#include "engine/object.h"
#include "engine/request_events.h"

namespace wsgi::engine {
namespace {

// The given exception with its traceback becomes the pending error. (PEP 3333: exc_info)
PyObject* raise_again(PyObject* info) {
  PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
  if (!PyArg_ParseTuple(info, "OOO:start_response", &type, &value, &trace)) return nullptr;
  if (!PyExceptionClass_Check(type) && !PyExceptionInstance_Check(value)) {
    PyErr_SetString(PyExc_TypeError, "start_response() argument 'exc_info' holds no exception");
    return nullptr;
  }
  if (!PyExceptionClass_Check(type)) type = reinterpret_cast<PyObject*>(Py_TYPE(value));
  bool traced = PyTraceBack_Check(trace);
  PyErr_Restore(py::borrow(type).release(), py::borrow(value).release(),
                traced ? py::borrow(trace).release() : nullptr);
  return nullptr;
}

bool check_arguments(PyObject* const* args, Py_ssize_t count, PyObject* names) {
  if (names != nullptr && PyTuple_GET_SIZE(names) != 0) {
    PyErr_SetString(PyExc_TypeError, "start_response() takes no keyword arguments");
    return false;
  }
  if (count < 2 || count > 3) {
    PyErr_Format(PyExc_TypeError, "start_response() takes at %s %d arguments (%zd given)",
                 count < 2 ? "least" : "most", count < 2 ? 2 : 3, count);
    return false;
  }
  if (!PyList_Check(args[1])) {
    PyErr_Format(PyExc_TypeError, "start_response() argument 2 must be list, not %.200s",
                 Py_TYPE(args[1])->tp_name);
    return false;
  }
  if (count == 3 && args[2] != Py_None && !PyTuple_Check(args[2])) {
    PyErr_SetString(PyExc_RuntimeError,
                    "start_response() argument 'exc_info' must be a 3-tuple or None");
    return false;
  }
  return true;
}

PyObject* write(PyObject* self, PyObject* const* args, size_t packed, PyObject* names) {
  Request* request = request_of(self);
  if (request == nullptr) {
    PyErr_SetString(PyExc_RuntimeError, "write() called after request completed");
    return nullptr;
  }
  Py_ssize_t count = PyVectorcall_NARGS(packed);
  if (count != 1 || (names != nullptr && PyTuple_GET_SIZE(names) != 0)) {
    PyErr_Format(PyExc_TypeError, "write() takes exactly one argument (%zd given)", count);
    return nullptr;
  }
  if (!PyBytes_Check(args[0])) {
    PyErr_Format(PyExc_TypeError, "write() argument must be bytes, not %.200s",
                 Py_TYPE(args[0])->tp_name);
    return nullptr;
  }
  Visit visit(*request);
  std::string_view text(PyBytes_AS_STRING(args[0]),
                        static_cast<std::size_t>(PyBytes_GET_SIZE(args[0])));
  return request->response.write(as_bytes(text)) ? py::none() : nullptr;
}

PyObject* start_response(PyObject* self, PyObject* const* args, size_t packed, PyObject* names) {
  Request* request = request_of(self);
  if (request == nullptr) {
    PyErr_SetString(PyExc_RuntimeError, "start_response() called after request completed");
    return nullptr;
  }
  Py_ssize_t count = PyVectorcall_NARGS(packed);
  if (!check_arguments(args, count, names)) return nullptr;
  Response& response = request->response;
  bool with_error = count == 3 && args[2] != Py_None;
  if (response.committed()) {
    if (with_error) return raise_again(args[2]);
    PyErr_SetString(PyExc_RuntimeError, "start_response() called more than once without exc_info");
    return nullptr;
  }
  if (heard(*request)) {
    announce_response(*request, args[0], args[1], with_error ? args[2] : Py_None);
  }
  if (!validate_head(args[0], args[1], response.draft())) return nullptr;
  response.accept();
  return request->write_callable().release();
}

py::Ref callable_type(const char* name) {
  static PyMemberDef members[] = {
      {"__vectorcalloffset__", Py_T_PYSSIZET, offsetof(RequestObject, call), Py_READONLY, nullptr},
      {nullptr, 0, 0, 0, nullptr}};
  PyType_Slot slots[] = {{Py_tp_dealloc, reinterpret_cast<void*>(request_object_dealloc)},
                         {Py_tp_call, reinterpret_cast<void*>(PyVectorcall_Call)},
                         {Py_tp_members, members},
                         {0, nullptr}};
  return make_closed_type(name, sizeof(RequestObject), Py_TPFLAGS_HAVE_VECTORCALL, slots);
}

}  // namespace

py::Ref make_start_response_type() { return callable_type("mod_wsgi.StartResponse"); }
py::Ref make_write_type() { return callable_type("mod_wsgi.Write"); }

py::Ref make_start_response(Request& request) {
  return make_request_object(request.state.start_response_type, &request,
                             &py::Hook<start_response>::call);
}

py::Ref make_write(Request& request) {
  return make_request_object(request.state.write_type, &request, &py::Hook<write>::call);
}

}  // namespace wsgi::engine

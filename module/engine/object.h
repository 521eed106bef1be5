// SPDX-License-Identifier: Apache-2.0
// The shape that wsgi.input, start_response and write share: a small Python object that holds a
// pointer to the running request, null once it has ended. Attached.
#pragma once

#include "engine/request.h"

namespace wsgi::engine {

struct RequestObject {
  PyObject_HEAD Request* request;
  vectorcallfunc call;  // of types that can be called
};

inline Request*& request_of(PyObject* self) {
  return reinterpret_cast<RequestObject*>(self)->request;
}

inline void request_object_dealloc(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  type->tp_free(self);
  Py_DECREF(type);
}

inline py::Ref make_request_object(const py::Ref& type, Request* request,
                                   vectorcallfunc call = nullptr) {
  auto* object = PyObject_New(RequestObject, reinterpret_cast<PyTypeObject*>(type.get()));
  if (object == nullptr) return {};
  object->request = request;
  object->call = call;
  return py::steal(reinterpret_cast<PyObject*>(object));
}

// A type whose instances only this module makes.
py::Ref make_closed_type(const char* name, int size, unsigned long flags, PyType_Slot* slots);

}  // namespace wsgi::engine

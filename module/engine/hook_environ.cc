// SPDX-License-Identifier: Apache-2.0
#include "engine/hook_environ.h"

#include <mutex>

#include "engine/environ.h"
#include "python/module.h"
#include "python/packages.h"

namespace wsgi::engine {
namespace {

// What the functions' capsule holds. The lock is for threads of the script that still look when the
// hook ends, where there is no GIL.
struct Lookup {
  std::mutex lock;
  HookHost* host;
};

Lookup* lookup_of(PyObject* capsule) {
  return static_cast<Lookup*>(PyCapsule_GetPointer(capsule, nullptr));
}

PyObject* over() {
  PyErr_SetString(PyExc_RuntimeError, "mod_ssl functions are valid during the hook only");
  return nullptr;
}

PyObject* is_https(PyObject* self, PyObject*) {
  Lookup* lookup = lookup_of(self);
  if (lookup == nullptr) return nullptr;
  std::lock_guard guard(lookup->lock);
  return lookup->host != nullptr ? PyLong_FromLong(lookup->host->is_https()) : over();
}

PyObject* var_lookup(PyObject* self, PyObject* argument) {
  py::Ref name = PyUnicode_Check(argument) ? py::steal(PyUnicode_AsLatin1String(argument))
                                           : py::borrow(argument);
  if (!name) return nullptr;
  if (!PyBytes_Check(name.get())) {
    return PyErr_Format(PyExc_TypeError, "the name must be str or bytes, not %.200s",
                        Py_TYPE(argument)->tp_name);
  }
  char* key = nullptr;
  if (PyBytes_AsStringAndSize(name.get(), &key, nullptr) < 0) return nullptr;
  Lookup* lookup = lookup_of(self);
  if (lookup == nullptr) return nullptr;
  std::lock_guard guard(lookup->lock);
  if (lookup->host == nullptr) return over();
  const char* value = lookup->host->ssl_variable(key);
  return value != nullptr ? py::text(value).release() : py::none();
}

bool put(PyObject* environ, const char* key, const py::Ref& value) {
  return value && PyDict_SetItemString(environ, key, value.get()) == 0;
}

// Of a dispatch script's variables: what it decides itself, and what SetEnv would forge.
bool is_foreign(std::string_view name) {
  return name == "mod_wsgi.callable_object" || name.starts_with("wsgi.") ||
         name.starts_with("mod_ssl.") || name.starts_with("apache.");
}

bool put_variables(State& state, PyObject* environ, const HookCall& call) {
  for (const EnvVar& v : call.variables) {
    if (call.kind == HookKind::dispatch && is_foreign(v.name)) continue;
    PyObject* atom = v.atom != Atom::none ? state.interpreter.atoms().key(v.atom) : nullptr;
    py::Ref key = atom != nullptr ? py::borrow(atom) : state.interpreter.atoms().key(v.name);
    py::Ref value = value_of(v);
    if (!key || !value || PyDict_SetItem(environ, key.get(), value.get()) < 0) return false;
  }
  return true;
}

}  // namespace

SslLookup::~SslLookup() {
  if (!self_) return;
  Lookup* lookup = lookup_of(self_.get());
  std::lock_guard guard(lookup->lock);
  lookup->host = nullptr;
}

bool SslLookup::add_to(PyObject* environ) {
  static PyMethodDef functions[] = {
      {"is_https", py::method<is_https>(), METH_NOARGS, "1 if the connection is TLS, else 0."},
      {"var_lookup", py::method<var_lookup>(), METH_O, "The value of a mod_ssl variable, or None."},
  };
  auto* lookup = new Lookup{{}, &host_};
  self_ = py::steal(PyCapsule_New(lookup, nullptr, [](PyObject* c) { delete lookup_of(c); }));
  if (!self_) {
    delete lookup;
    return false;
  }
  return put(environ, "mod_ssl.is_https", py::steal(PyCFunction_New(&functions[0], self_.get()))) &&
         put(environ, "mod_ssl.var_lookup", py::steal(PyCFunction_New(&functions[1], self_.get())));
}

py::Ref make_hook_environ(Request& request, const HookCall& call, SslLookup& ssl) {
  State& state = request.state;
  py::Ref environ = py::steal(PyDict_New());
  if (!environ || !put_variables(state, environ.get(), call)) return {};
  PyObject* e = environ.get();
  bool done = put(e, "mod_wsgi.process_group", py::text("")) &&
              put(e, "mod_wsgi.application_group", py::text(call.application_group)) &&
              put(e, "wsgi.errors", request.errors.text.share());
  if (done && call.kind != HookKind::dispatch) {
    done = put(e, "apache.version", python::version_of(state.options.apache.version)) &&
           put(e, "mod_wsgi.version", python::version_tuple()) && ssl.add_to(e);
  }
  if (done && call.request != nullptr) {
    done = put(e, "apache.request_rec", py::steal(PyCapsule_New(call.request, nullptr, nullptr)));
  }
  return done ? std::move(environ) : py::Ref();
}

}  // namespace wsgi::engine

// SPDX-License-Identifier: Apache-2.0
#include "engine/environ.h"

#include "base/clock.h"
#include "engine/threads.h"
#include "python/module.h"
#include "python/packages.h"

namespace wsgi::engine {
namespace {

constexpr std::uint32_t kTemplateFlags = kHttps | kMultithread | kMultiprocess | kRunOnce;
constexpr std::size_t kTemplates = 32;
bool set(PyObject* environ, PyObject* key, const py::Ref& value) {
  return value && PyDict_SetItem(environ, key, value.get()) == 0;
}

bool set_variable(State& state, PyObject* environ, PyObject* constants, const EnvVar& variable) {
  python::Atoms& atoms = state.interpreter.atoms();
  bool known = static_cast<std::size_t>(variable.atom) < kAtomLimit;
  PyObject* atom = known ? atoms.key(variable.atom) : nullptr;
  py::Ref key = atom != nullptr ? py::borrow(atom) : atoms.key(variable.name);
  if (!key) return false;
  return is_hidden(variable, key.get(), constants) || set(environ, key.get(), value_of(variable));
}

// Without a fitting shape: one variable after the other.
py::Ref fill_plainly(State& state, const RequestHead& head, PyObject* constants) {
  py::Ref environ = py::steal(PyDict_Copy(constants));
  if (!environ) return {};
  for (const EnvVar& variable : head.variables) {
    if (!set_variable(state, environ.get(), constants, variable)) return {};
  }
  return environ;
}

bool put(PyObject* dict, const char* key, const py::Ref& value) {
  py::Ref name = py::steal(PyUnicode_InternFromString(key));
  return name && set(dict, name.get(), value);
}

py::Ref boolean(bool value) { return py::steal(PyBool_FromLong(value)); }

bool fill_template(State& state, const RequestHead& head, PyObject* dict) {
  std::uint32_t flags = head.flags;
  const ScriptTarget& target = head.target;
  return put(dict, "wsgi.version", py::steal(Py_BuildValue("(ii)", 1, 0))) &&
         put(dict, "wsgi.url_scheme", py::text(flags & kHttps ? "https" : "http")) &&
         put(dict, "wsgi.input_terminated", boolean(true)) &&
         put(dict, "wsgi.multithread", boolean(flags & kMultithread)) &&
         put(dict, "wsgi.multiprocess", boolean(flags & kMultiprocess)) &&
         put(dict, "wsgi.run_once", boolean(flags & kRunOnce)) &&
         put(dict, "wsgi.file_wrapper", state.file_wrapper_type.share()) &&
         put(dict, "mod_wsgi.version", python::version_tuple()) &&
         put(dict, "apache.version", python::version_of(state.options.apache.version)) &&
         put(dict, "mod_wsgi.process_group", py::text(target.process_group)) &&
         put(dict, "mod_wsgi.application_group", py::text(target.application_group)) &&
         put(dict, "mod_wsgi.callable_object", py::text(target.callable));
}

bool fits(const EnvironTemplate& kept, const RequestHead& head) {
  return kept.flags == (head.flags & kTemplateFlags) && kept.callable == head.target.callable &&
         kept.process_group == head.target.process_group &&
         kept.application_group == head.target.application_group;
}

// Borrowed from the state, or made for this request alone when there are too many.
py::Ref template_of(State& state, const RequestHead& head) {
  for (const auto& kept : state.templates) {
    if (fits(kept, head)) return kept.dict.share();
  }
  py::Ref dict = py::steal(PyDict_New());
  if (!dict || !fill_template(state, head, dict.get())) return {};
  if (!py::kFreeThreadedBuild && state.templates.size() < kTemplates) {
    const ScriptTarget& t = head.target;
    state.templates.push_back({head.flags & kTemplateFlags, std::string(t.process_group),
                               std::string(t.application_group), std::string(t.callable),
                               dict.share()});
  }
  return dict;
}

py::Ref seconds(std::uint64_t microseconds) {
  return py::steal(PyFloat_FromDouble(static_cast<double>(microseconds) / 1e6));
}

py::Ref server_pid_text(State& state, std::uint32_t pid) {
  if (!state.last_server_pid || state.last_server_pid_value != pid) {
    state.last_server_pid = py::text(std::to_string(pid));
    state.last_server_pid_value = pid;
  }
  return state.last_server_pid.share();
}

// What is made for each request, and wins over anything configured under the same name.
bool set_own_keys(Request& request, PyObject* environ) {
  State& s = request.state;
  const RequestHead& head = request.head;
  const Timings& times = head.timings;
  if (!head.request_id.empty() && !set(environ, s.request_id.get(), request.id.share())) {
    return false;
  }
  if (!head.connection_id.empty() &&
      !set(environ, s.connection_id.get(), py::text(head.connection_id))) {
    return false;
  }
  return set(environ, s.server_pid.get(), server_pid_text(s, head.server_pid)) &&
         set(environ, s.thread_id.get(), py::steal(PyLong_FromLong(thread_index()))) &&
         set(environ, s.request_start.get(), seconds(times.request_us)) &&
         set(environ, s.queue_start.get(), seconds(times.queue_us)) &&
         set(environ, s.daemon_start.get(), seconds(times.daemon_us)) &&
         PyDict_SetItem(environ, s.wsgi_input.get(), request.input.get()) == 0 &&
         PyDict_SetItem(environ, s.wsgi_errors.get(), request.errors.text.get()) == 0 &&
         set(environ, s.application_start.get(), seconds(request.application_us = wall_us()));
}

}  // namespace

py::Ref make_environ(Request& request) {
  State& s = request.state;
  const RequestHead& head = request.head;
  py::Ref constants = template_of(s, head);
  if (!constants) return {};
  std::shared_ptr<Shape> shape;
  if (!py::kFreeThreadedBuild) shape = s.shapes.find(constants.get(), head);
  py::Ref environ = shape ? shape->fill(head) : fill_plainly(s, head, constants.get());
  if (!environ || !set_own_keys(request, environ.get())) return {};
  if (!shape && !py::kFreeThreadedBuild) {
    PyObject* own[] = {s.request_id.get(),       s.connection_id.get(), s.server_pid.get(),
                       s.thread_id.get(),        s.request_start.get(), s.queue_start.get(),
                       s.daemon_start.get(),     s.wsgi_input.get(),    s.wsgi_errors.get(),
                       s.application_start.get()};
    s.shapes.learn(s.interpreter, constants.get(), head, environ.get(), own);
  }
  // After learning: a shape may not keep the request of one for another.
  bool done =
      head.apache == nullptr || put(environ.get(), "apache.request_rec",
                                    py::steal(PyCapsule_New(head.apache, nullptr, nullptr)));
  return done ? std::move(environ) : py::Ref();
}

}  // namespace wsgi::engine

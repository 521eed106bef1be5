// SPDX-License-Identifier: Apache-2.0
#include "engine/errors.h"

#include <atomic>
#include <cstring>
#include <new>
#include <unordered_map>

#include "engine/object.h"
#include "python/attach.h"

namespace wsgi::engine {
namespace {

constexpr std::size_t kIdleStreams = 64;
constexpr std::size_t kMostUnfinished = 8 * 1024;  // of one line; a record holds no more
constexpr std::size_t kMostStrays = 64;            // lines kept of threads that may have ended

// Unfinished lines of threads that serve no request, by the id of the thread state: that of a
// thread that has ended is not given out again.
struct Strays {
  std::mutex lock;
  std::unordered_map<std::uint64_t, std::string> rests;
};

std::uint64_t thread_id() { return PyThreadState_GetID(PyThreadState_Get()); }

struct LogObject {
  PyObject_HEAD Request* request;  // of wsgi.errors; null: the calling thread's, or over
  Strays* strays;                  // of sys.stdout and sys.stderr; null: wsgi.errors
  LogStream stream;
  bool touched;
};

LogObject* object_of(PyObject* self) { return reinterpret_cast<LogObject*>(self); }

// Complete lines of rest + text go to the log; what follows the last newline stays in `rest`, but
// for whole records of it.
void emit(Log& log, LogStream stream, std::string& rest, std::string_view text) {
  std::string lines;
  if (auto last = text.rfind('\n'); last != std::string_view::npos) {
    lines = std::exchange(rest, {});
    lines += text.substr(0, last + 1);
    text.remove_prefix(last + 1);
  }
  rest += text;
  std::size_t whole = 0;
  for (; rest.size() - whole >= kMostUnfinished; whole += kMostUnfinished) {
    lines.append(rest, whole, kMostUnfinished).push_back('\n');
  }
  rest.erase(0, whole);
  if (lines.empty()) return;
  python::Detached detached;
  for (std::string_view left = lines; !left.empty();) {
    auto end = left.find('\n');
    std::string_view line = left.substr(0, end);
    left.remove_prefix(end + 1);
    log.write(Level::error, stream, line.substr(0, line.find('\0')));
  }
}

// The request whose log takes the text. False: Python error set.
bool target(LogObject* self, const char* method, Request*& request) {
  self->touched = true;
  request = self->strays != nullptr ? current_request() : self->request;
  // sys.stderr inside a request of another interpreter cannot be: a thread runs one request.
  if (request != nullptr || self->strays != nullptr) return true;
  PyErr_Format(PyExc_RuntimeError, "%s() called on wsgi.errors after request completed", method);
  return false;
}

// Which threads have ended is not known: of too many lines all are written as far as they are.
void keep_rest(LogObject& self, std::uint64_t thread, std::string rest) {
  decltype(Strays::rests) all;
  {
    std::lock_guard guard(self.strays->lock);
    auto& rests = self.strays->rests;
    if (rest.empty()) {
      rests.erase(thread);
    } else {
      rests[thread] = std::move(rest);
    }
    if (rests.size() > kMostStrays) all.swap(rests);
  }
  for (auto& [id, line] : all) emit(current_log(), self.stream, line, "\n");
}

bool put(LogObject* self, const char* method, std::string_view text) {
  Request* request = nullptr;
  if (!target(self, method, request)) return false;
  if (request != nullptr) {
    Visit visit(*request);
    emit(request->log, self->stream, request->rests[static_cast<std::size_t>(self->stream)], text);
    return true;
  }
  std::string rest;
  const std::uint64_t thread = thread_id();
  {
    std::lock_guard guard(self->strays->lock);
    rest = std::exchange(self->strays->rests[thread], {});
  }
  emit(current_log(), self->stream, rest, text);
  keep_rest(*self, thread, std::move(rest));
  return true;
}

bool warn_about_str() {
  static std::atomic<bool> warned{false};
  if (warned.exchange(true)) return true;
  return PyErr_WarnEx(PyExc_DeprecationWarning, "mod_wsgi.Log.write() expects bytes, not str", 1) ==
         0;
}

bool put_object(PyObject* self, const char* method, PyObject* data, Py_ssize_t* size) {
  if (PyUnicode_Check(data)) {
    py::Ref bytes = py::steal(PyUnicode_AsEncodedString(data, "utf-8", "replace"));
    if (!bytes || !warn_about_str()) return false;
    *size = PyUnicode_GET_LENGTH(data);
    return put(
        object_of(self), method,
        {PyBytes_AS_STRING(bytes.get()), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.get()))});
  }
  Py_buffer view;
  if (PyObject_GetBuffer(data, &view, PyBUF_SIMPLE) < 0) return false;
  *size = view.len;
  bool done = put(object_of(self), method,
                  {static_cast<const char*>(view.buf), static_cast<std::size_t>(view.len)});
  PyBuffer_Release(&view);
  return done;
}

PyObject* write(PyObject* self, PyObject* data) {
  Py_ssize_t size = 0;
  return put_object(self, "write", data, &size) ? PyLong_FromSsize_t(size) : nullptr;
}

PyObject* writelines(PyObject* self, PyObject* lines) {
  Request* request = nullptr;
  if (!target(object_of(self), "writelines", request)) return nullptr;
  py::Ref iterator = py::steal(PyObject_GetIter(lines));
  if (!iterator) return nullptr;
  while (py::Ref line = py::steal(PyIter_Next(iterator.get()))) {
    Py_ssize_t size = 0;
    if (!put_object(self, "writelines", line.get(), &size)) return nullptr;
  }
  return PyErr_Occurred() == nullptr ? py::none() : nullptr;
}

// The line is finished where it is.
PyObject* flush(PyObject* self, PyObject*) {
  LogObject* object = object_of(self);
  object->touched = true;
  Request* request = object->strays != nullptr ? current_request() : object->request;
  bool pending = false;
  if (request != nullptr) {
    Visit visit(*request);
    pending = !request->rests[static_cast<std::size_t>(object->stream)].empty();
  } else if (object->strays != nullptr) {
    std::lock_guard guard(object->strays->lock);
    pending = object->strays->rests.contains(thread_id());
  }
  // A stream that is over has handed out its rest when the request ended.
  if (pending && !put(object, "flush", "\n")) return nullptr;
  return py::none();
}

PyObject* close(PyObject* self, PyObject*) { return flush(self, nullptr); }
PyObject* answer_false(PyObject*, PyObject*) { return PyBool_FromLong(0); }
PyObject* answer_true(PyObject*, PyObject*) { return PyBool_FromLong(1); }

PyObject* fileno(PyObject*, PyObject*) {
  PyErr_SetString(PyExc_OSError, "a log stream of mod_wsgi has no file descriptor");
  return nullptr;
}

PyObject* closed(PyObject*, void*) { return PyBool_FromLong(0); }
PyObject* encoding(PyObject*, void*) { return PyUnicode_FromString("utf-8"); }
PyObject* error_mode(PyObject*, void*) { return PyUnicode_FromString("replace"); }
PyObject* name(PyObject* self, void*) {
  LogObject* object = object_of(self);
  if (object->strays == nullptr) return PyUnicode_FromString("<wsgi.errors>");
  return PyUnicode_FromString(object->stream == LogStream::stdout_ ? "<stdout>" : "<stderr>");
}

void dealloc(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  if (Strays* strays = object_of(self)->strays) {
    for (const auto& [thread, rest] : strays->rests) {
      current_log().write(Level::error, object_of(self)->stream, rest);
    }
    delete strays;
  }
  type->tp_free(self);
  Py_DECREF(type);
}

py::Ref make_log(State& state, LogStream stream, bool standard) {
  auto* object = PyObject_New(LogObject, reinterpret_cast<PyTypeObject*>(state.log_type.get()));
  if (object == nullptr) return {};
  object->request = nullptr;
  object->strays = nullptr;
  object->stream = stream;
  object->touched = false;
  py::Ref owned = py::steal(reinterpret_cast<PyObject*>(object));
  if (standard) object->strays = new Strays;
  return owned;
}

py::Ref wrap(State& state, const py::Ref& log) {
  if (!log) return {};
  py::Ref arguments = py::steal(PyTuple_Pack(1, log.get()));
  if (!arguments) return {};
  return py::steal(
      PyObject_Call(state.text_io_wrapper.get(), arguments.get(), state.text_io_arguments.get()));
}

}  // namespace

py::Ref make_log_type() {
  static PyMethodDef methods[] = {
      {"write", py::method<write>(), METH_O, "write(bytes) -> number of bytes"},
      {"writelines", py::method<writelines>(), METH_O, "Writes each item."},
      {"flush", py::method<flush>(), METH_NOARGS, "Finishes the line."},
      {"close", py::method<close>(), METH_NOARGS, "The same as flush()."},
      {"isatty", py::method<answer_false>(), METH_NOARGS, "False"},
      {"readable", py::method<answer_false>(), METH_NOARGS, "False"},
      {"seekable", py::method<answer_false>(), METH_NOARGS, "False"},
      {"writable", py::method<answer_true>(), METH_NOARGS, "True"},
      {"fileno", py::method<fileno>(), METH_NOARGS, "Raises OSError."},
      {nullptr, nullptr, 0, nullptr}};
  static PyGetSetDef attributes[] = {{"closed", closed, nullptr, nullptr, nullptr},
                                     {"encoding", encoding, nullptr, nullptr, nullptr},
                                     {"errors", error_mode, nullptr, nullptr, nullptr},
                                     {"name", name, nullptr, nullptr, nullptr},
                                     {nullptr, nullptr, nullptr, nullptr, nullptr}};
  PyType_Slot slots[] = {{Py_tp_dealloc, reinterpret_cast<void*>(dealloc)},
                         {Py_tp_methods, methods},
                         {Py_tp_getset, attributes},
                         {0, nullptr}};
  return make_closed_type("mod_wsgi.Log", sizeof(LogObject), 0, slots);
}

bool take_errors(Request& request) {
  State& state = request.state;
  if (!state.idle_errors.empty()) {
    request.errors = std::move(state.idle_errors.back());
    state.idle_errors.pop_back();
  } else {
    request.errors.log = make_log(state, LogStream::wsgi_errors, false);
    request.errors.text = wrap(state, request.errors.log);
  }
  if (!request.errors.text) return false;
  object_of(request.errors.log.get())->request = &request;
  return true;
}

void give_back_errors(Request& request) {
  ErrorStream stream = std::move(request.errors);
  if (!stream.log) return;
  LogObject* log = object_of(stream.log.get());
  log->request = nullptr;
  // One reference to the text layer is ours; of the log's two the other is the text layer's.
  bool unseen = !log->touched && Py_REFCNT(stream.text.get()) == 1 && Py_REFCNT(log) == 2;
  auto& idle = request.state.idle_errors;
  if (py::kFreeThreadedBuild || !unseen || idle.size() >= kIdleStreams) return;
  idle.push_back(std::move(stream));
}

py::Ref make_standard_stream(State& state, LogStream stream) {
  return wrap(state, make_log(state, stream, true));
}

}  // namespace wsgi::engine

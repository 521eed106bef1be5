// SPDX-License-Identifier: Apache-2.0
#include "engine/state.h"

#include "engine/errors.h"
#include "engine/file_wrapper.h"
#include "engine/input.h"
#include "engine/metrics_api.h"
#include "engine/object.h"
#include "engine/start_response.h"

namespace wsgi::engine {
namespace {

bool make_types(State& s) {
  s.input_type = make_input_type();
  s.log_type = make_log_type();
  s.start_response_type = make_start_response_type();
  s.write_type = make_write_type();
  s.file_wrapper_type = make_file_wrapper_type();
  return s.input_type && s.log_type && s.start_response_type && s.write_type && s.file_wrapper_type;
}

bool make_names(State& s) {
  struct {
    py::Ref& ref;
    const char* text;
  } names[] = {{s.close_name, "close"},
               {s.fileno_name, "fileno"},
               {s.tell_name, "tell"},
               {s.wsgi_input, "wsgi.input"},
               {s.wsgi_errors, "wsgi.errors"},
               {s.request_id, "mod_wsgi.request_id"},
               {s.connection_id, "mod_wsgi.connection_id"},
               {s.server_pid, "mod_wsgi.server_pid"},
               {s.thread_id, "mod_wsgi.thread_id"},
               {s.request_start, "mod_wsgi.request_start"},
               {s.queue_start, "mod_wsgi.queue_start"},
               {s.daemon_start, "mod_wsgi.daemon_start"},
               {s.application_start, "mod_wsgi.application_start"}};
  for (auto& [ref, text] : names) {
    ref = py::steal(PyUnicode_InternFromString(text));
    if (!ref || PyObject_Hash(ref.get()) == -1) return false;
  }
  return true;
}

bool make_streams(State& s) {
  py::Ref io = py::steal(PyImport_ImportModule("io"));
  if (!io) return false;
  s.text_io_wrapper = py::steal(PyObject_GetAttrString(io.get(), "TextIOWrapper"));
  s.text_io_arguments =
      py::steal(Py_BuildValue("{s:s,s:s,s:O,s:O}", "encoding", "utf-8", "errors", "replace",
                              "line_buffering", Py_True, "write_through", Py_True));
  if (!s.text_io_wrapper || !s.text_io_arguments) return false;
  py::Ref error = make_standard_stream(s, LogStream::stderr_);
  if (!error || PySys_SetObject("stderr", error.get()) < 0) return false;
  if (s.options.single_process) return true;
  py::Ref output = make_standard_stream(s, LogStream::stdout_);
  return output && PySys_SetObject("stdout", output.get()) == 0;
}

}  // namespace

py::Ref make_closed_type(const char* name, int size, unsigned long flags, PyType_Slot* slots) {
  PyType_Spec spec = {name, size, 0,
                      static_cast<unsigned>(Py_TPFLAGS_DEFAULT | flags | py::kNoInstances), slots};
  py::Ref type = py::steal(PyType_FromSpec(&spec));
  if (type) py::forbid_instances(reinterpret_cast<PyTypeObject*>(type.get()));
  return type;
}

std::unique_ptr<State> make_state(python::Interpreter& interpreter, PyObject* module,
                                  const EngineOptions& options, Metrics& metrics) {
  auto state = std::make_unique<State>(interpreter, options, metrics);
  bool made = make_types(*state) && make_names(*state) &&
              PyObject_SetAttrString(module, "FileWrapper", state->file_wrapper_type.get()) == 0 &&
              add_metrics_functions(module) && make_streams(*state);
  return made ? std::move(state) : nullptr;
}

}  // namespace wsgi::engine

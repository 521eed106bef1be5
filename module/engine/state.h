// SPDX-License-Identifier: Apache-2.0
// The engine's part of an interpreter: the types of the WSGI objects and what requests share.
// Owned by python::Interpreter as its Extension; attached only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/exchange.h"
#include "engine/engine.h"
#include "engine/metrics.h"
#include "engine/shape.h"
#include "python/interpreter.h"

namespace wsgi::engine {

// The constant part of the environ of one target: copied, then filled in for each request.
struct EnvironTemplate {
  std::uint32_t flags = 0;  // the RequestFlags that environ depends on
  std::string process_group, application_group, callable;
  py::Ref dict;
};

// environ['wsgi.errors'] and the object that it writes to.
struct ErrorStream {
  py::Ref text, log;
};

struct State final : python::Extension {
  State(python::Interpreter& of, const EngineOptions& with, Metrics& all)
      : interpreter(of), options(with), metrics(all) {}

  python::Interpreter& interpreter;
  const EngineOptions& options;
  Metrics& metrics;  // of the process

  py::Ref input_type, log_type, start_response_type, write_type, file_wrapper_type;
  // Interned names that requests look up.
  py::Ref close_name, fileno_name, tell_name;
  py::Ref wsgi_input, wsgi_errors, request_id, connection_id, server_pid, thread_id;
  py::Ref request_start, queue_start, daemon_start, application_start;
  py::Ref text_io_wrapper;               // io.TextIOWrapper
  py::Ref text_io_arguments;             // its keywords
  std::vector<ErrorStream> idle_errors;  // that nobody has seen, for the next requests

  std::vector<EnvironTemplate> templates;
  Shapes shapes;
  py::Ref last_server_pid;
  std::uint32_t last_server_pid_value = 0;
};

inline State& state_of(python::Interpreter& interpreter) {
  return static_cast<State&>(interpreter.extension());
}

// Makes the types, adds the public ones to the module, replaces sys.stderr and sys.stdout.
// null: Python error set.
std::unique_ptr<State> make_state(python::Interpreter& interpreter, PyObject* module,
                                  const EngineOptions& options, Metrics& metrics);

}  // namespace wsgi::engine

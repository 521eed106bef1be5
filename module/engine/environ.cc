// SPDX-License-Identifier: Apache-2.0
#include "engine/environ.h"

#include <algorithm>
#include <bitset>
#include <cstdio>
#include <cstring>

#include "base/clock.h"
#include "engine/threads.h"
#include "python/module.h"

namespace wsgi::engine {
namespace {

constexpr std::uint32_t kTemplateFlags = kHttps | kMultithread | kMultiprocess | kRunOnce;
constexpr std::size_t kTemplates = 32;
constexpr std::size_t kKeptValue = 256;

// Keys whose value is mostly that of the request before. Nothing secret, nothing of one client.
constexpr Atom kSteady[] = {Atom::REQUEST_METHOD,
                            Atom::SCRIPT_NAME,
                            Atom::SERVER_NAME,
                            Atom::SERVER_PORT,
                            Atom::SERVER_PROTOCOL,
                            Atom::SERVER_SOFTWARE,
                            Atom::SERVER_ADDR,
                            Atom::SERVER_ADMIN,
                            Atom::DOCUMENT_ROOT,
                            Atom::REMOTE_ADDR,
                            Atom::CONTEXT_DOCUMENT_ROOT,
                            Atom::CONTEXT_PREFIX,
                            Atom::REQUEST_SCHEME,
                            Atom::SCRIPT_FILENAME,
                            Atom::CONTENT_TYPE,
                            Atom::HTTP_HOST,
                            Atom::HTTP_USER_AGENT,
                            Atom::HTTP_ACCEPT,
                            Atom::HTTP_CONNECTION,
                            Atom::HTTP_ACCEPT_ENCODING,
                            Atom::HTTP_ACCEPT_LANGUAGE,
                            Atom::QUERY_STRING,
                            Atom::PATH_INFO,
                            Atom::REQUEST_URI};

const std::bitset<kAtomLimit>& steady() {
  static const auto set = [] {
    std::bitset<kAtomLimit> bits;
    for (Atom atom : kSteady) bits.set(static_cast<std::size_t>(atom));
    return bits;
  }();
  return set;
}

bool is_path(Atom atom) { return atom == Atom::DOCUMENT_ROOT || atom == Atom::SCRIPT_FILENAME; }

bool equals(PyObject* text, std::string_view bytes) {
  return text != nullptr && PyUnicode_KIND(text) == PyUnicode_1BYTE_KIND &&
         static_cast<std::size_t>(PyUnicode_GET_LENGTH(text)) == bytes.size() &&
         std::memcmp(PyUnicode_1BYTE_DATA(text), bytes.data(), bytes.size()) == 0;
}

bool is_ascii(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; });
}

bool set(PyObject* environ, PyObject* key, const py::Ref& value) {
  return value && PyDict_SetItem(environ, key, value.get()) == 0;
}

// A key that is no atom. Those of the wire are hidden, and SetEnv cannot forge the constant ones.
bool set_named(State& state, PyObject* environ, PyObject* constants, const EnvVar& variable) {
  std::string_view text = variable.name;
  if (text.empty() || text.starts_with("mod_wsgi.x-")) return true;
  py::Ref name = state.interpreter.atoms().key(text);
  if (!name) return false;
  if (text.find('.') != std::string_view::npos) {
    int constant = PyDict_Contains(constants, name.get());
    if (constant != 0) return constant > 0;
  }
  return set(environ, name.get(), py::text(variable.value));
}

bool set_variable(State& state, PyObject* environ, PyObject* constants, const EnvVar& variable) {
  auto index = static_cast<std::size_t>(variable.atom);
  PyObject* key = index < kAtomLimit ? state.interpreter.atoms().key(variable.atom) : nullptr;
  if (key == nullptr) {
    return set_named(state, environ, constants, variable);
  }
  if (variable.atom == Atom::HTTPS) return true;
  // ASCII reads the same in every file-system encoding, so only that is kept for paths.
  bool keep = !py::kFreeThreadedBuild && steady().test(index) &&
              variable.value.size() <= kKeptValue &&
              (!is_path(variable.atom) || is_ascii(variable.value));
  if (!keep) {
    return set(environ, key,
               is_path(variable.atom) ? py::path_text(variable.value) : py::text(variable.value));
  }
  py::Ref& last = state.last_values[index];
  if (!equals(last.get(), variable.value)) last = py::text(variable.value);
  return set(environ, key, last);
}

// "2.4.71" as (2, 4, 71).
py::Ref version_of(const std::string& text) {
  int numbers[3] = {0, 0, 0};
  std::sscanf(text.c_str(), "%d.%d.%d", &numbers[0], &numbers[1], &numbers[2]);
  return py::steal(Py_BuildValue("(iii)", numbers[0], numbers[1], numbers[2]));
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
         put(dict, "apache.version", version_of(state.options.server_software_version)) &&
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

}  // namespace

py::Ref make_environ(Request& request) {
  State& s = request.state;
  const RequestHead& head = request.head;
  py::Ref base = template_of(s, head);
  py::Ref made = base ? py::steal(PyDict_Copy(base.get())) : py::Ref();
  if (!made) return {};
  PyObject* environ = made.get();
  for (const EnvVar& variable : head.variables) {
    if (!set_variable(s, environ, base.get(), variable)) return {};
  }
  if (!head.request_id.empty() && !set(environ, s.request_id.get(), py::text(head.request_id))) {
    return {};
  }
  if (!head.connection_id.empty() &&
      !set(environ, s.connection_id.get(), py::text(head.connection_id))) {
    return {};
  }
  bool done = set(environ, s.server_pid.get(), server_pid_text(s, head.server_pid)) &&
              set(environ, s.thread_id.get(), py::steal(PyLong_FromLong(thread_index()))) &&
              set(environ, s.request_start.get(), seconds(head.timings.request_us)) &&
              set(environ, s.queue_start.get(), seconds(head.timings.queue_us)) &&
              set(environ, s.daemon_start.get(), seconds(head.timings.daemon_us)) &&
              PyDict_SetItem(environ, s.wsgi_input.get(), request.input.get()) == 0 &&
              PyDict_SetItem(environ, s.wsgi_errors.get(), request.errors.text.get()) == 0 &&
              set(environ, s.application_start.get(), seconds(wall_us()));
  return done ? std::move(made) : py::Ref();
}

}  // namespace wsgi::engine

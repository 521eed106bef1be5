// SPDX-License-Identifier: Apache-2.0
// Every way out of here that is not an answer the contract knows is `failed`: the callers refuse.
#include "engine/hook.h"

#include <string>

#include "engine/hook_environ.h"
#include "python/attach.h"
#include "python/traceback.h"

namespace wsgi::engine {
namespace {

// A hook reads no body and sends none; a request needs both.
struct NoBody final : BodySource {
  Result<std::size_t> read(ByteSpan) override { return std::size_t{0}; }
};
struct NoSink final : ResponseSink {
  Status head(const ResponseHead&) override { return ok(); }
  Status data(ByteView, More) override { return ok(); }
  Status file(Fd, std::uint64_t, std::uint64_t) override { return ok(); }
  bool aborted() const override { return false; }
};

constexpr const char* kFunctions[] = {"allow_access", "check_password", "get_realm_hash",
                                      "groups_for_user"};
// In the order of Route.
constexpr const char* kRoutes[] = {"process_group", "application_group", "callable_object"};

class Hook {
 public:
  Hook(Request& request, const HookCall& call, HookHost& host)
      : request_(request), call_(call), host_(host), ssl_(host) {}

  HookAnswer run(std::optional<std::int64_t> mtime) {
    if (!request_.open()) return raised("the hook");
    py::Ref module = find_module(mtime);
    if (!module) return HookAnswer::failed;
    environ_ = make_hook_environ(request_, call_, ssl_);
    if (!environ_) return raised("the hook");
    PyObject* names = PyModule_GetDict(module.get());
    if (call_.kind == HookKind::dispatch) return dispatch(names);
    const char* name = kFunctions[static_cast<std::size_t>(call_.kind)];
    PyObject* function = PyDict_GetItemString(names, name);
    if (function == nullptr) {
      return fail(ErrorId::hook_missing, std::string("there is no function ") + name + "() in");
    }
    py::Ref result = invoke(function);
    return result ? judge(name, result.get()) : raised(name);
  }

 private:
  bool dispatches() const { return call_.kind == HookKind::dispatch; }
  ErrorId id(ErrorId other) const { return dispatches() ? ErrorId::dispatch_failed : other; }
  std::string where() const {
    return " script '" + std::string(call_.script) + "' in " +
           request_.state.interpreter.describe();
  }

  HookAnswer fail(ErrorId other, const std::string& text) {
    PyErr_Clear();
    std::string line = text + where();
    python::Detached detached;
    request_.log.message(id(other), line);
    return HookAnswer::failed;
  }

  HookAnswer raised(const char* name) {
    python::Caught caught = python::catch_error();
    std::string type = caught ? python::class_name(caught.type.get()) : "exception";
    python::log_exception(request_.log, id(ErrorId::hook_exception),
                          type + " exception raised by " + name + " of" + where(), caught);
    return HookAnswer::failed;
  }

  HookAnswer wrong(const char* name, PyObject* value, const char* allowed) {
    return fail(ErrorId::hook_result, std::string(name) + "() must return " + allowed +
                                          ", but returned " + Py_TYPE(value)->tp_name + ";");
  }

  py::Ref find_module(std::optional<std::int64_t> mtime) {
    python::Interpreter& interpreter = request_.state.interpreter;
    auto& scripts = interpreter.scripts();
    py::Ref module = scripts.find(interpreter, call_.script);
    bool changed =
        call_.reloading && module && scripts.stale(module.get(), mtime, "", request_.log);
    if (module && !changed) return module;
    return scripts
        .load(interpreter, call_.script, module.get(), id(ErrorId::app_load), request_.log)
        .module;
  }

  py::Ref invoke(PyObject* function) {
    py::Ref keep = py::borrow(function);
    py::Ref arguments = py::steal(PyTuple_New(static_cast<Py_ssize_t>(call_.arguments.size()) + 1));
    if (!arguments) return {};
    PyTuple_SET_ITEM(arguments.get(), 0, environ_.share().release());
    Py_ssize_t at = 1;
    for (std::string_view argument : call_.arguments) {
      py::Ref text = py::text(argument);
      if (!text) return {};
      PyTuple_SET_ITEM(arguments.get(), at++, text.release());
    }
    return py::steal(PyObject_Call(function, arguments.get(), nullptr));
  }

  // The bytes of a str or bytes; empty: another type, not encodable (with an error), or a NUL in
  // it, at which C would cut the text.
  static py::Ref bytes_of(PyObject* value, bool utf8) {
    py::Ref bytes;
    if (PyBytes_Check(value)) bytes = py::borrow(value);
    if (PyUnicode_Check(value)) {
      bytes = py::steal(utf8 ? PyUnicode_AsUTF8String(value) : PyUnicode_AsLatin1String(value));
    }
    if (bytes && view(bytes).find('\0') != std::string_view::npos) return {};
    return bytes;
  }
  static std::string_view view(const py::Ref& bytes) {
    return {PyBytes_AS_STRING(bytes.get()),
            static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.get()))};
  }

  HookAnswer judge(const char* name, PyObject* result) {
    if (call_.kind == HookKind::groups) return groups(name, result);
    if (result == Py_None) return HookAnswer::no_opinion;
    bool boolean = call_.kind != HookKind::realm_hash;
    if (boolean && result == Py_True) return HookAnswer::yes;
    if (boolean && result == Py_False) return HookAnswer::no;
    if (call_.kind == HookKind::access) return wrong(name, result, "True, False or None");
    bool password = call_.kind == HookKind::password;
    const char* allowed = password ? "True, False, None or a non-empty str"
                                   : "a non-empty str or bytes of latin-1, or None";
    py::Ref bytes;
    if (!password || PyUnicode_Check(result)) bytes = bytes_of(result, password);
    if (!bytes || view(bytes).empty()) return wrong(name, result, allowed);
    host_.answer(0, view(bytes));
    return HookAnswer::text;
  }

  HookAnswer groups(const char* name, PyObject* result) {
    constexpr const char* kAllowed = "an iterable of str (latin-1) or bytes";
    py::Ref iterator = py::steal(PyObject_GetIter(result));
    if (!iterator) return wrong(name, result, kAllowed);
    while (py::Ref item = py::steal(PyIter_Next(iterator.get()))) {
      py::Ref bytes = bytes_of(item.get(), false);
      if (!bytes) return wrong(name, item.get(), kAllowed);
      host_.answer(0, view(bytes));
    }
    return PyErr_Occurred() == nullptr ? HookAnswer::text : raised(name);
  }

  HookAnswer dispatch(PyObject* names) {
    for (std::uint8_t which = 0; which < 3; ++which) {
      const char* name = kRoutes[which];
      PyObject* function = PyDict_GetItemString(names, name);
      if (function == nullptr) continue;
      // Changes to the dict have no effect, on the other functions neither.
      py::Ref original = environ_.share();
      environ_ = py::steal(PyDict_Copy(original.get()));
      py::Ref result = environ_ ? invoke(function) : py::Ref();
      environ_ = std::move(original);
      if (!result) return raised(name);
      if (result.get() == Py_None) continue;
      py::Ref bytes = bytes_of(result.get(), false);
      if (!bytes) return wrong(name, result.get(), "a str of latin-1, bytes or None");
      host_.answer(which, view(bytes));
    }
    return HookAnswer::text;
  }

  Request& request_;
  const HookCall& call_;
  HookHost& host_;
  SslLookup ssl_;
  py::Ref environ_;
};

}  // namespace

HookAnswer run_hook(python::Interpreter& interpreter, const HookCall& call, HookHost& host,
                    Log& log) {
  if (python::thread_state(interpreter) == nullptr) {
    log.message(ErrorId::hook_interp, "no memory for a thread state");
    return HookAnswer::failed;
  }
  std::optional<std::int64_t> mtime;
  if (call.reloading) mtime = python::modified_us(call.script);
  RequestHead head;
  head.variables = call.variables;
  head.target.script = call.script;
  head.target.application_group = call.application_group;
  NoBody body;
  NoSink sink;
  python::Attached attached(interpreter);
  Request request(state_of(interpreter), head, body, sink, log);
  request.serves = false;
  HookAnswer answer = Hook(request, call, host).run(mtime);
  request.close();
  return answer;
}

}  // namespace wsgi::engine

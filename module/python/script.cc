// SPDX-License-Identifier: Apache-2.0
#include "python/script.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>

#include "base/fd.h"
#include "python/attach.h"
#include "python/interpreter.h"
#include "python/md5.h"
#include "python/traceback.h"

namespace wsgi::python {
namespace {

// One load at a time in the process: scripts often configure process-wide things when imported.
std::mutex& load_lock() {
  static std::mutex lock;
  return lock;
}

// Taken detached: the thread that holds it needs the GIL to get on.
class LoadLock {
 public:
  LoadLock() {
    Detached detached;
    load_lock().lock();
  }
  LoadLock(const LoadLock&) = delete;
  LoadLock& operator=(const LoadLock&) = delete;
  ~LoadLock() { load_lock().unlock(); }
};

std::int64_t microseconds(const struct stat& info) {
  return std::int64_t{info.st_mtim.tv_sec} * 1'000'000 + info.st_mtim.tv_nsec / 1000;
}

struct Source {
  std::string text;
  std::int64_t mtime = 0;
  int error = 0;
};

Source read_source(const std::string& path) {
  Source source;
  Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info {};
  if (!file || ::fstat(file.get(), &info) != 0) {
    source.error = errno;
    return source;
  }
  source.mtime = microseconds(info);
  char block[16384];
  ssize_t got = 0;
  while ((got = ::read(file.get(), block, sizeof block)) > 0) {
    source.text.append(block, static_cast<std::size_t>(got));
  }
  if (got < 0) source.error = errno;
  return source;
}

// Reads, compiles and executes; Python error set on failure. The module is in sys.modules after it.
py::Ref execute(PyObject* name, const std::string& path) {
  Source source = [&] {
    Detached detached;
    return read_source(path);
  }();
  py::Ref file = py::path_text(path);
  if (!file) return {};
  if (source.error != 0) {
    errno = source.error;
    PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, file.get());
    return {};
  }
  if (source.text.find('\0') != std::string::npos) {
    PyErr_SetString(PyExc_ValueError, "source code cannot contain null bytes");
    return {};
  }
  py::Ref code = py::steal(
      Py_CompileStringObject(source.text.c_str(), file.get(), Py_file_input, nullptr, -1));
  if (!code) return {};
  py::Ref module = py::steal(PyImport_ExecCodeModuleObject(name, code.get(), file.get(), nullptr));
  if (!module) return {};
  py::Ref mtime = py::steal(PyLong_FromLongLong(source.mtime));
  if (!mtime || PyObject_SetAttrString(module.get(), "__mtime__", mtime.get()) < 0) return {};
  return module;
}

bool asks_for_reload(PyObject* dict, std::string_view resource, Log& log) {
  PyObject* hook = PyDict_GetItemString(dict, "reload_required");
  if (hook == nullptr) return false;
  py::Ref keep = py::borrow(hook);
  py::Ref path = py::path_text(resource);
  py::Ref answer = path ? py::steal(PyObject_CallOneArg(hook, path.get())) : py::Ref();
  int yes = answer ? PyObject_IsTrue(answer.get()) : -1;
  if (yes < 0) {
    log_pending(log, ErrorId::app_reload_hook, "reload_required() raised; the script is kept");
  }
  return yes > 0;
}

void report_failure(Interpreter& interpreter, std::string_view path, ErrorId id, Log& log) {
  std::string where = " script '" + std::string(path) + "' in " + interpreter.describe();
  bool exits = PyErr_ExceptionMatches(PyExc_SystemExit) != 0;
  if (exits) {
    PyErr_Clear();
    if (interpreter.setup().is_service()) return;  // how such a script ends
    Detached detached;
    ErrorId used = id == ErrorId::app_load ? ErrorId::app_load_exit : id;
    log.message(used, "SystemExit exception raised when loading WSGI" + where + " ignored");
    return;
  }
  Caught caught = catch_error();
  std::string type = caught ? class_name(caught.type.get()) : "exception";
  log_exception(log, id, type + " exception raised loading WSGI" + where, caught);
}

}  // namespace

std::optional<std::int64_t> modified_us(std::string_view path) {
  struct stat info {};
  if (::stat(std::string(path).c_str(), &info) != 0) return std::nullopt;
  return microseconds(info);
}

void say_unexamined(std::string_view path, Log& log) {
  struct stat info {};
  const int error = ::stat(std::string(path).c_str(), &info) == 0 ? 0 : errno;
  log.fail({ErrorId::stat_script,
            "the script '" + std::string(path) + "' cannot be examined as uid=" +
                std::to_string(::geteuid()) + " and counts as changed",
            error});
}

std::string module_name(std::string_view path, bool case_sensitive) {
  std::string text(path);
  if (!case_sensitive) {
    std::transform(text.begin(), text.end(), text.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    });
  }
  return "_mod_wsgi_" + md5_hex(text);
}

ScriptCache::Entry* ScriptCache::entry(Interpreter& interpreter, std::string_view path) {
  if (auto found = entries_.find(path); found != entries_.end()) return &found->second;
  py::Ref name = py::text(module_name(path, interpreter.setup().case_sensitive));
  if (!name || PyObject_Hash(name.get()) == -1) return nullptr;
  return &entries_.emplace(path, Entry{std::move(name)}).first->second;
}

py::Ref ScriptCache::find(Interpreter& interpreter, std::string_view path) {
  if (!modules_) modules_ = py::borrow(PyImport_GetModuleDict());
  Entry* e = entry(interpreter, path);
  PyObject* module = nullptr;
  if (e != nullptr && !e->loading) {
    module = PyDict_GetItemWithError(modules_.get(), e->name.get());
  }
  if (module == nullptr) PyErr_Clear();
  return module != nullptr && PyModule_Check(module) ? py::borrow(module) : py::Ref();
}

bool ScriptCache::stale(PyObject* module, std::optional<std::int64_t> mtime,
                        std::string_view resource, Log& log) const {
  PyObject* dict = PyModule_GetDict(module);
  PyObject* stamp = PyDict_GetItemString(dict, "__mtime__");
  if (stamp == nullptr || !PyLong_Check(stamp) || !mtime) return true;
  int overflow = 0;
  if (PyLong_AsLongLongAndOverflow(stamp, &overflow) != *mtime || overflow != 0) return true;
  return !resource.empty() && asks_for_reload(dict, resource, log);
}

Loaded ScriptCache::load(Interpreter& interpreter, std::string_view path, PyObject* replace,
                         ErrorId id, Log& log) {
  py::Ref old = py::borrow(replace);
  LoadLock lock;
  py::Ref there = find(interpreter, path);
  if (there && there.get() != replace) return {std::move(there), false};
  Entry* e = entry(interpreter, path);
  if (e == nullptr) {
    report_failure(interpreter, path, id, log);
    return {};
  }
  bool first = !e->loaded;
  if (there && PyDict_DelItem(modules_.get(), e->name.get()) < 0) PyErr_Clear();
  std::string what = "WSGI script '" + std::string(path) + "' in " + interpreter.describe();
  {
    Detached detached;
    if (there) log.message(ErrorId::app_reload, "Reloading " + what);
    log.message(ErrorId::load, "Loading " + what);
  }
  e->loading = true;
  py::Ref module = execute(e->name.get(), std::string(path));
  if (!module) {
    report_failure(interpreter, path, id, log);
    // One whose __mtime__ could not be set is still there.
    if (PyDict_DelItem(modules_.get(), e->name.get()) < 0) PyErr_Clear();
  }
  e->loading = false;
  if (!module) return {};
  e->loaded = true;
  return {std::move(module), first};
}

void ScriptCache::clear() {
  entries_.clear();
  modules_.reset();
}

}  // namespace wsgi::python

// SPDX-License-Identifier: Apache-2.0
#include "python/runtime.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "python/py.h"

namespace wsgi::python {
namespace {

// The PyStatus functions and PyConfig's fields, so that each step can be one line.
class Config {
 public:
  // Before anything of Python's allocates: what the environment says of its allocators
  // (PYTHONMALLOC, PYTHONDEVMODE) applies from here on, and memory of before could not be freed.
  Config() {
    PyPreConfig before;
    PyPreConfig_InitPythonConfig(&before);
    before.parse_argv = 0;
    status_ = Py_PreInitialize(&before);
    PyConfig_InitPythonConfig(&config_);
  }
  Config(const Config&) = delete;
  Config& operator=(const Config&) = delete;
  ~Config() { PyConfig_Clear(&config_); }

  PyConfig& get() { return config_; }
  void text(wchar_t** field, const std::string& value) {
    if (good()) status_ = PyConfig_SetBytesString(&config_, field, value.c_str());
  }
  void append(PyWideStringList& list, const std::string& value) {
    wchar_t* wide = good() ? Py_DecodeLocale(value.c_str(), nullptr) : nullptr;
    if (wide == nullptr) return;
    status_ = PyWideStringList_Append(&list, wide);
    PyMem_RawFree(wide);
  }
  bool good() const { return PyStatus_Exception(status_) == 0; }
  bool start() {
    if (good()) status_ = Py_InitializeFromConfig(&config_);
    return good();
  }
  std::string why() const {
    if (PyStatus_IsExit(status_)) return "exit code " + std::to_string(status_.exitcode);
    return status_.err_msg != nullptr ? status_.err_msg : "unknown reason";
  }

 private:
  PyConfig config_;
  PyStatus status_ = PyStatus_Ok();
};

void apply(Config& config, const config::PythonSettings& settings, bool free_threading) {
  PyConfig& c = config.get();
  c.install_signal_handlers = 0;
  c.parse_argv = 0;
  c.configure_c_stdio = 0;
  c.pathconfig_warnings = 0;
  if (settings.optimize > 0) c.optimization_level = settings.optimize;
  if (settings.dont_write_bytecode) c.write_bytecode = 0;
  if (settings.hash_seed) {
    c.use_hash_seed = 1;
    c.hash_seed = *settings.hash_seed;
  } else if (settings.hash_seed_random) {
    c.use_hash_seed = 0;
  }
  py::set_free_threading(c, free_threading);
  config.append(c.argv, "mod_wsgi");
  for (const auto& filter : settings.warnings) config.append(c.warnoptions, filter);
}

void warn_version(Log& log) {
  int major = 0, minor = 0;
  if (std::sscanf(Py_GetVersion(), "%d.%d", &major, &minor) == 2 && major == PY_MAJOR_VERSION &&
      minor == PY_MINOR_VERSION) {
    return;
  }
  log.message(ErrorId::py_version,
              "built for Python " PY_VERSION ", running with " + std::string(Py_GetVersion()));
}

std::string where_from(const std::string& home) {
  if (!home.empty()) return "Python home '" + home + "' (python-home or WSGIPythonHome)";
  const char* environment = std::getenv("PYTHONHOME");
  if (environment != nullptr) return "Python home '" + std::string(environment) + "' (PYTHONHOME)";
  return "built-in Python home";
}

}  // namespace

HomeChoice choose_home(const std::string& home, Log& log) {
  HomeChoice choice;
  if (home.empty()) {
    // Without this Python would search PATH for "python3", which may be another installation.
    if (::access(WSGI_PYTHON_EXECUTABLE, X_OK) == 0) choice.executable = WSGI_PYTHON_EXECUTABLE;
    return choice;
  }
  struct stat info {};
  std::string text = "Python home '" + home + "' ";
  if (::stat(home.c_str(), &info) != 0) {
    log.message(ErrorId::py_home, text + "does not exist or cannot be reached");
  } else if (!S_ISDIR(info.st_mode)) {
    log.message(ErrorId::py_home, text + "is not a directory");
  } else if (::access(home.c_str(), X_OK) != 0) {
    log.message(ErrorId::py_home,
                text + "cannot be searched by uid=" + std::to_string(::geteuid()));
  }
  if (::access((home + "/pyvenv.cfg").c_str(), R_OK) == 0) {
    choice.executable = home + "/bin/python";
  } else {
    choice.home = home;
  }
  return choice;
}

Status start_python(const config::PythonSettings& settings, bool free_threading, Log& log) {
  Config config;
  apply(config, settings, free_threading);
  HomeChoice choice = choose_home(settings.home, log);
  if (!choice.home.empty()) config.text(&config.get().home, choice.home);
  if (!choice.executable.empty()) {
    config.text(&config.get().program_name, choice.executable);
    config.text(&config.get().executable, choice.executable);
  }
  if (!config.good()) {
    return Fail{ErrorId::py_config, "the Python configuration cannot be built: " + config.why()};
  }
  if (!config.start()) {
    return Fail{ErrorId::py_init, "Python " PY_VERSION " does not start: " + config.why() + "; " +
                                      where_from(settings.home)};
  }
  warn_version(log);
  log.message(ErrorId::py_start,
              "Python " + std::string(Py_GetVersion()) + " has started, " +
                  (free_threading && py::kFreeThreadedBuild ? "free threading" : "with GIL"));
  return ok();
}

void end_python(Log& log) {
  if (Py_FinalizeEx() < 0) {
    log.message(ErrorId::atexit, "Python could not write out its last buffered output");
  }
}

}  // namespace wsgi::python

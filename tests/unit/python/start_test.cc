// SPDX-License-Identifier: Apache-2.0
// How Python starts and ends, seen from outside: each case is a child process of the test, because
// one process starts Python once.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

#include "python/attach.h"
#include "python/registry.h"
#include "python/runtime.h"
#include "python/site.h"
#include "support/list_log.h"

namespace wsgi::python {
namespace {

// Runs in a forked child; what it returns comes back as text.
std::string in_child(const std::function<std::string()>& work) {
  int ends[2];
  if (::pipe(ends) != 0) return "pipe failed";
  pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    std::string text = work();
    (void)!::write(ends[1], text.data(), text.size());
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string all;
  char block[4096];
  ssize_t got = 0;
  while ((got = ::read(ends[0], block, sizeof block)) > 0) {
    all.append(block, static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) all += " (died)";
  return all;
}

// str() of a Python expression.
std::string evaluate(const char* expression) {
  py::Ref names = py::steal(PyDict_New());
  PyDict_SetItemString(names.get(), "__builtins__", PyEval_GetBuiltins());
  py::Ref value = py::steal(PyRun_String(expression, Py_eval_input, names.get(), names.get()));
  py::Ref text = value ? py::steal(PyObject_Str(value.get())) : py::Ref();
  if (!text) {
    PyErr_Print();
    return "raised";
  }
  return py::utf8(text.get());
}

std::string started(const config::PythonSettings& settings, const char* expression) {
  return in_child([&]() -> std::string {
    test::ListLog log;
    Status status = start_python(settings, false, log);
    if (!status) return error_code(status.error().id) + ": " + status.error().text;
    return evaluate(expression);
  });
}

Log* g_log = nullptr;

// Interpreters without an engine.
python::Setup plain_setup(Log& log) {
  python::Setup setup;
  g_log = &log;
  setup.pid = ::getpid();
  setup.current_log = []() -> Log& { return *g_log; };
  setup.request_data = [](Interpreter&) -> PyObject* { return nullptr; };
  setup.extend = [](Interpreter&, PyObject*) { return std::make_unique<Extension>(); };
  return setup;
}

std::string scratch() {
  std::string folder = (std::filesystem::temp_directory_path() / "wsgi-start-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) std::abort();
  return folder;
}

TEST(Start, SettingsReachPython) {
  config::PythonSettings settings;
  settings.optimize = 2;
  settings.dont_write_bytecode = true;
  settings.hash_seed = 7;
  settings.warnings = {"error::UserWarning", "ignore"};
  EXPECT_EQ(started(settings,
                    "(lambda s: (s.flags.optimize, s.dont_write_bytecode, s.warnoptions, s.argv, "
                    "s.flags.hash_randomization))(__import__('sys'))"),
            "(2, True, ['error::UserWarning', 'ignore'], ['mod_wsgi'], 1)");
  EXPECT_EQ(started(settings, "hash('a')"), started(settings, "hash('a')"));
  settings.hash_seed.reset();
  settings.hash_seed_random = true;
  EXPECT_NE(started(settings, "hash('a')"), started(settings, "hash('a')"));
}

// Both replace the allocators before Python starts.
TEST(Start, AllocatorsOfTheEnvironmentAreThereFromTheBeginning) {
  struct Row {
    const char *name, *value, *expression, *expected;
  } rows[] = {{"PYTHONDEVMODE", "1", "__import__('sys').flags.dev_mode", "True"},
              {"PYTHONMALLOC", "debug", "__import__('sys').argv", "['mod_wsgi']"},
              {"PYTHONUTF8", "1", "__import__('sys').flags.utf8_mode", "1"}};
  config::PythonSettings settings;
  settings.warnings = {"ignore"};
  for (const Row& row : rows) {
    ::setenv(row.name, row.value, 1);
    EXPECT_EQ(started(settings, row.expression), row.expected) << row.name;
    ::unsetenv(row.name);
  }
}

TEST(Start, VirtualEnvironmentIsFound) {
  std::string folder = scratch();
  std::filesystem::create_directories(folder + "/bin");
  std::filesystem::create_symlink(WSGI_PYTHON_EXECUTABLE, folder + "/bin/python");
  std::string bin = std::filesystem::path(WSGI_PYTHON_EXECUTABLE).parent_path();
  std::ofstream(folder + "/pyvenv.cfg")
      << "home = " << bin << "\ninclude-system-site-packages = false\n";
  config::PythonSettings settings;
  settings.home = folder;
  EXPECT_EQ(started(settings, "__import__('sys').prefix"), folder);
  EXPECT_EQ(started(settings, "__import__('sys').prefix != __import__('sys').base_prefix"), "True");
  EXPECT_EQ(started(settings, "__import__('json').dumps([1])"), "[1]");
  std::filesystem::remove_all(folder);
}

TEST(Start, HomeWithoutALibraryFailsWithItsName) {
  std::string folder = scratch();
  config::PythonSettings settings;
  settings.home = folder;
  testing::internal::CaptureStderr();
  std::string text = started(settings, "1");
  testing::internal::GetCapturedStderr();
  EXPECT_EQ(text.substr(0, 10), "WSGI3002: ");
  EXPECT_NE(text.find("Python home '" + folder + "'"), std::string::npos) << text;
  std::filesystem::remove_all(folder);
}

TEST(Site, DirectoriesGoToTheFrontInOrder) {
  std::string folder = scratch();
  for (const char* name : {"/one", "/two", "/extra"}) {
    std::filesystem::create_directory(folder + name);
  }
  std::ofstream(folder + "/one/more.pth") << folder + "/extra\n";
  std::string path = in_child([&]() -> std::string {
    test::ListLog log;
    if (!start_python({}, false, log)) return "not started";
    add_python_path(folder + "/one:" + folder + "/two", log);
    put_first("/home");
    return evaluate("':'.join(__import__('sys').path[:4])");
  });
  EXPECT_EQ(path, "/home:" + folder + "/one:" + folder + "/extra:" + folder + "/two");
  std::filesystem::remove_all(folder);
}

// The order of the end: threads are joined, exit functions run, in every interpreter.
class EndTest : public testing::TestWithParam<const char*> {};

TEST_P(EndTest, ExitFunctionsRunInEveryInterpreter) {
  std::string folder = scratch();
  std::ofstream(folder + "/app.py") << R"(
import atexit, os, threading, mod_wsgi
name = mod_wsgi.application_group
def note(text):
    with open(os.path.dirname(__file__) + '/out', 'a') as out: out.write(text + '\n')
atexit.register(note, 'exit ' + name)
threading.Thread(target=lambda: (threading.main_thread(), note('thread ' + name))).start()
if name == 'daemon':
    threading.Thread(target=threading.Event().wait, daemon=True).start()
)";
  std::string result = in_child([&]() -> std::string {
    static test::ListLog log;
    auto setup = plain_setup(log);
    if (!start_python({}, false, log)) return "not started";
    Registry registry(setup);
    if (!registry.add_main()) return "no main interpreter";
    PyEval_SaveThread();
    for (const char* name : {"", "sub", GetParam()}) {
      auto interpreter = registry.get(name);
      if (!interpreter) return log.text();
      Attached attached(**interpreter);
      auto loaded = (*interpreter)
                        ->scripts()
                        .load(**interpreter, folder + "/app.py", nullptr, ErrorId::app_load, log);
      if (!loaded.module) return log.text();
    }
    registry.end();
    return "ended";
  });
  EXPECT_EQ(result, "ended");
  std::ifstream file(folder + "/out");
  std::string out((std::istreambuf_iterator<char>(file)), {});
  for (const char* name : {"", "sub", GetParam()}) {
    EXPECT_NE(out.find(std::string("thread ") + name + "\n"), std::string::npos) << out;
    EXPECT_NE(out.find(std::string("exit ") + name + "\n"), std::string::npos) << out;
  }
  std::filesystem::remove_all(folder);
}

INSTANTIATE_TEST_SUITE_P(Interpreters, EndTest, testing::Values("other", "daemon"));

TEST(Registry, LimitsInterpreters) {
  std::string result = in_child([&]() -> std::string {
    static test::ListLog log(Level::warning);
    auto setup = plain_setup(log);
    if (!start_python({}, false, log)) return "not started";
    Registry registry(setup);
    if (!registry.add_main()) return "no main interpreter";
    PyEval_SaveThread();
    std::size_t made = 0;
    while (made <= kMaximumInterpreters) {
      auto interpreter = registry.get("n" + std::to_string(made));
      if (!interpreter) return std::to_string(made) + " " + error_code(interpreter.error().id);
      ++made;
    }
    return "no limit";
  });
  EXPECT_EQ(result, "256 WSGI3008");
}

}  // namespace
}  // namespace wsgi::python

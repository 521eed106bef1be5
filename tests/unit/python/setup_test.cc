// SPDX-License-Identifier: Apache-2.0
// What needs no running Python: interpreter options, module names, home of an environment.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "python/md5.h"
#include "python/runtime.h"
#include "python/script.h"
#include "python/setup.h"
#include "support/list_log.h"

namespace wsgi::python {
namespace {

using config::InterpreterOptions;

TEST(Md5, KnownAnswersOfRfc1321) {
  EXPECT_EQ(md5_hex(""), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(md5_hex("abc"), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(
      md5_hex("12345678901234567890123456789012345678901234567890123456789012345678901234567890"),
      "57edf4a22be3c955ac49da2e2107b67a");
  // Lengths around the padding's boundary.
  EXPECT_EQ(md5_hex(std::string(55, 'a')), "ef1772b6dff9a122358552954ad0df65");
  EXPECT_EQ(md5_hex(std::string(56, 'a')), "3b0c8ac703f828b04c6c197006d17218");
  EXPECT_EQ(md5_hex(std::string(64, 'a')), "014842d480b571495a4a0363793f7367");
}

TEST(ModuleName, FollowsCaseSensitivity) {
  EXPECT_EQ(module_name("/a", true), "_mod_wsgi_" + md5_hex("/a"));
  EXPECT_EQ(module_name("/A", false), module_name("/a", true));
  EXPECT_NE(module_name("/A", true), module_name("/a", true));
}

TEST(ModifiedTime, IsNothingForAMissingFile) {
  EXPECT_FALSE(modified_us("/no/such/file"));
  EXPECT_TRUE(modified_us("/"));
}

TEST(Options, MoreSpecificAndLaterSectionsWin) {
  config::PythonSettings settings;
  settings.base.restrict_stdin = true;
  InterpreterOptions both, group, later, other;
  both.process_group = "g", both.application_group = "a", both.restrict_stdout = true;
  both.python_path = "/both";
  group.process_group = "g", group.restrict_stdout = false, group.restrict_signal = true;
  group.python_path = "/group";
  later.process_group = "g", later.restrict_signal = false;
  other.process_group = "h", other.restrict_stdin = false;
  settings.containers = {both, group, later, other};

  auto options = resolve_options(settings, "g", "a");
  EXPECT_TRUE(options.restrict_stdin);
  EXPECT_TRUE(options.restrict_stdout);
  EXPECT_FALSE(options.restrict_signal);
  EXPECT_EQ(options.paths, (std::vector<std::string>{"/group", "/both"}));
  EXPECT_FALSE(resolve_options(settings, "g", "b").restrict_stdout);
  EXPECT_FALSE(resolve_options(settings, "h", "a").restrict_stdin);
  auto plain = resolve_options({}, "", "");
  EXPECT_TRUE(plain.restrict_signal);
  EXPECT_FALSE(plain.restrict_stdin || plain.restrict_stdout || plain.own_gil);
}

TEST(Options, SwitchIntervalIsOfWhoOwnsTheLock) {
  config::PythonSettings settings;
  settings.base.switch_interval = 0.5;
  EXPECT_EQ(resolve_options(settings, "g", "").switch_interval, 0.5);
  EXPECT_EQ(resolve_options(settings, "g", "sub").switch_interval, 0);
  EXPECT_FALSE(resolve_options(settings, "g", "sub").switch_interval_skipped);
  InterpreterOptions section;
  section.application_group = "sub", section.switch_interval = 0.1;
  settings.containers = {section};
  EXPECT_TRUE(resolve_options(settings, "g", "sub").switch_interval_skipped);
}

TEST(Options, OwnLockIsNeverTheMainInterpreters) {
  config::PythonSettings settings;
  settings.base.per_interpreter_gil = true;
  EXPECT_FALSE(resolve_options(settings, "", "").own_gil);
  EXPECT_EQ(resolve_options(settings, "", "sub").own_gil,
            py::kOwnGilPossible && !py::kFreeThreadedBuild);
}

TEST(Options, FreeThreadingIsOfTheProcess) {
  config::PythonSettings settings;
  InterpreterOptions ignored, counted;
  ignored.application_group = "", ignored.free_threading = true;
  settings.containers = {ignored};
  EXPECT_FALSE(resolve_free_threading(settings, "g"));
  counted.process_group = "g", counted.free_threading = true;
  settings.containers.push_back(counted);
  EXPECT_TRUE(resolve_free_threading(settings, "g"));
  EXPECT_FALSE(resolve_free_threading(settings, "h"));
}

TEST(Home, VirtualEnvironmentOrPrefixOrWarning) {
  test::ListLog log;
  std::string folder = (std::filesystem::temp_directory_path() / "wsgi-home-XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  auto prefix = choose_home(folder, log);
  EXPECT_EQ(prefix.home, folder);
  EXPECT_EQ(prefix.executable, "");
  std::ofstream(folder + "/pyvenv.cfg") << "home = /usr/bin\n";
  auto environment = choose_home(folder, log);
  EXPECT_EQ(environment.home, "");
  EXPECT_EQ(environment.executable, folder + "/bin/python");
  EXPECT_EQ(log.records().size(), 0u);
  choose_home(folder + "/none", log);
  EXPECT_TRUE(log.has("WSGI3004: Python home '" + folder + "/none' does not exist"));
  choose_home(folder + "/pyvenv.cfg", log);
  EXPECT_TRUE(log.has("is not a directory"));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace wsgi::python

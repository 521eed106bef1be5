// SPDX-License-Identifier: Apache-2.0
// Choice of a runtime, from facts; and reading the facts.
#include "config/runtimes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace wsgi::config {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<Runtime> kInstalled = {
    {"3.11", "/r/d311", "/r/e311"}, {"3.13", "/r/d313", ""}, {"3.13t", "/r/d313t", "/r/e313t"}};

std::string chosen(const RuntimeRequest& request, bool embedded = false) {
  auto choice = choose_runtime(request, kInstalled, embedded);
  return choice ? choice->runtime.version + " by " + choice->origin : choice.error().text;
}

TEST(Runtimes, OrderOfPrecedence) {
  RuntimeRequest request{"app", "", "", {}, "", "3.11"};
  EXPECT_EQ(chosen(request), "3.11 by the version this module was built with");
  request.server_wide = "3.13";
  EXPECT_EQ(chosen(request), "3.13 by WSGIPythonRuntime");
  request.home = "/venv";
  request.home_facts.libraries = {"python3", "python3.13t", "site"};
  EXPECT_EQ(chosen(request), "3.13t by lib/python3.13t of '/venv'");
  request.home_facts.config = "home = /usr/bin\nversion = 3.11.2\n";
  EXPECT_EQ(chosen(request), "3.11 by pyvenv.cfg of '/venv'");
  request.python = "3.13";
  EXPECT_EQ(chosen(request), "3.13 by python=3.13");
}

TEST(Runtimes, AHomeWithSeveralPythonsSaysNothing) {
  RuntimeRequest request{"app", "", "/usr", {"", {"python3.11", "python3.13"}}, "", "3.11"};
  EXPECT_EQ(chosen(request), "3.11 by the version this module was built with");
}

TEST(Runtimes, MissingIsAnErrorThatTellsAll) {
  RuntimeRequest request{"app", "", "/venv", {"version = 3.12.1", {}}, "3.11", "3.11"};
  EXPECT_EQ(chosen(request),
            "process group 'app': no runtime for Python 3.12 (from pyvenv.cfg of '/venv'); "
            "installed: 3.11 3.13 3.13t; build it with: wsgictl runtime build --python PATH");
  request = {"", "3.13", "", {}, "", ""};
  EXPECT_THAT(chosen(request, true), HasSubstr("embedded mode: no runtime for Python 3.13"));
  EXPECT_THAT(chosen(request, true), HasSubstr("installed: 3.11 3.13t;"));
  auto none = choose_runtime(request, {});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().id, ErrorId::cfg_runtime_missing);
  EXPECT_THAT(none.error().text, HasSubstr("installed: none"));
}

TEST(Runtimes, APathIsTaken) {
  RuntimeRequest request{"app", "/opt/wsgi-daemon-py3.12", "", {}, "", "3.11"};
  auto choice = choose_runtime(request, kInstalled);
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->runtime, (Runtime{"3.12", "/opt/wsgi-daemon-py3.12", ""}));
  request.python = "/opt/custom";
  EXPECT_EQ(choose_runtime(request, kInstalled)->runtime, (Runtime{"", "/opt/custom", ""}));
}

TEST(Runtimes, VersionOfConfig) {
  EXPECT_EQ(version_of_config("home=/x\r\nversion_info = 3.9.2.final.0\r\n"), "3.9");
  EXPECT_EQ(version_of_config("VERSION=3.14.0a1"), "3.14");
  EXPECT_EQ(version_of_config("version = 3.11.2\nversion = 3.12.1"), "3.11");
  for (std::string_view bad :
       {"", "version", "version = ", "version = x", "version = 3", "=3.11", "versions = 3.11"}) {
    EXPECT_EQ(version_of_config(bad), std::nullopt) << bad;
  }
}

TEST(Runtimes, Folders) {
  const std::string path[] = {"/opt/r"};
  EXPECT_THAT(runtime_folders(path, "/opt/w", 1),
              ElementsAre("/opt/r", "/opt/w/lib/wsgictl/abi-1", "/usr/local/lib/wsgictl/abi-1",
                          "/usr/lib/wsgictl/abi-1"));
  EXPECT_THAT(runtime_folders({}, "/usr", 2),
              ElementsAre("/usr/lib/wsgictl/abi-2", "/usr/local/lib/wsgictl/abi-2"));
}

TEST(Runtimes, NamesInFolders) {
  std::vector<Runtime> known;
  const std::string names[] = {
      "wsgi-daemon-py3.11",     "wsgi-embedded-py3.11.so",    "wsgi-daemon-py3",
      "wsgi-daemon-py3.13t",    "wsgi-embedded-py3.13t.so.1", "README",
      "wsgi-embedded-py3.14.so"};
  add_runtimes(known, "/a", names);
  const std::string again[] = {"wsgi-daemon-py3.11", "wsgi-daemon-py3.14"};
  add_runtimes(known, "/b", again);
  EXPECT_THAT(known,
              ElementsAre(Runtime{"3.11", "/a/wsgi-daemon-py3.11", "/a/wsgi-embedded-py3.11.so"},
                          Runtime{"3.13t", "/a/wsgi-daemon-py3.13t", ""},
                          Runtime{"3.14", "/b/wsgi-daemon-py3.14", "/a/wsgi-embedded-py3.14.so"}));
}

class RuntimeFiles : public testing::Test {
 protected:
  RuntimeFiles() {
    std::string pattern = (fs::temp_directory_path() / "wsgi-runtimes-XXXXXX").string();
    folder = mkdtemp(pattern.data());
  }
  ~RuntimeFiles() override { fs::remove_all(folder); }
  std::string file(const std::string& name, std::string_view text, mode_t mode) {
    std::string path = folder + "/" + name;
    fs::create_directories(fs::path(path).parent_path());
    std::ofstream(path) << text;
    chmod(path.c_str(), mode);
    return path;
  }
  std::string folder;
};

TEST_F(RuntimeFiles, AreRead) {
  file("pyvenv.cfg", "version = 3.11.2\n", 0644);
  file("lib/python3.11/x", "", 0644);
  file("wsgi-daemon-py3.11", "", 0755);
  HomeFacts home = read_home(folder);
  EXPECT_EQ(version_of_config(home.config), "3.11");
  EXPECT_THAT(home.libraries, testing::Contains("python3.11"));
  const std::string folders[] = {folder, folder + "/missing"};
  EXPECT_THAT(list_runtimes(folders),
              ElementsAre(Runtime{"3.11", folder + "/wsgi-daemon-py3.11", ""}));
  EXPECT_TRUE(read_home(folder + "/missing").libraries.empty());
}

TEST_F(RuntimeFiles, MustNotBeWritableByOthers) {
  std::string path = file("wsgi-daemon-py3.11", "", 0755);
  chmod(folder.c_str(), 0755);
  EXPECT_TRUE(check_runtime_file(path, geteuid()));
  auto id = [&] {
    Status status = check_runtime_file(path, geteuid());
    return status ? ErrorId{} : status.error().id;
  };
  chmod(path.c_str(), 0775);
  EXPECT_EQ(id(), ErrorId::cfg_runtime_unsafe);
  chmod(path.c_str(), 0757);
  EXPECT_EQ(id(), ErrorId::cfg_runtime_unsafe);
  chmod(path.c_str(), 0755);
  chmod(folder.c_str(), 0777);
  EXPECT_EQ(id(), ErrorId::cfg_runtime_unsafe);
  chmod(folder.c_str(), 0755);
  unlink(path.c_str());
  EXPECT_EQ(id(), ErrorId::cfg_runtime_missing);
  path = folder;
  EXPECT_EQ(id(), ErrorId::cfg_runtime_missing);
}

}  // namespace
}  // namespace wsgi::config

// SPDX-License-Identifier: Apache-2.0
// Switches that a Python does not have: said for whom, and not for whom they do not concern.
#include "config/interpreter_switches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wsgi::config {
namespace {

std::vector<std::string> texts(const PythonSettings& settings, std::vector<PythonUser> users) {
  std::vector<std::string> found;
  for (const auto& notice : switches_without_effect(settings, users)) {
    EXPECT_EQ(notice.id, ErrorId::cfg_no_effect);
    found.push_back(notice.text);
  }
  return found;
}

TEST(Switches, OwnGilNeeds312) {
  PythonSettings settings;
  settings.base.per_interpreter_gil = true;
  EXPECT_THAT(texts(settings, {{"", "3.11"}, {"a", "3.11"}, {"b", "3.12"}, {"c", "3.13t"}}),
              testing::ElementsAre(
                  "WSGIPerInterpreterGIL has no effect with Python 3.11: it needs 3.12 or later "
                  "(Apache's own processes, group 'a')"));
  EXPECT_THAT(texts(settings, {{"a", "3.9"}}), testing::SizeIs(1));
  EXPECT_THAT(texts(settings, {{"a", "3.14"}, {"b", "4.0"}, {"c", ""}}), testing::IsEmpty());
}

TEST(Switches, FreeThreadingNeedsItsBuild) {
  PythonSettings settings;
  settings.base.free_threading = true;
  EXPECT_THAT(texts(settings, {{"", "3.13t"}, {"a", "3.13"}}),
              testing::ElementsAre("WSGIFreeThreading has no effect with Python 3.13: it needs a "
                                   "free-threaded build (group 'a')"));
}

TEST(Switches, SectionsConcernTheirGroup) {
  PythonSettings settings;
  settings.containers.resize(2);
  settings.containers[0].process_group = "a";
  settings.containers[0].per_interpreter_gil = true;
  settings.containers[1].free_threading = false;
  EXPECT_THAT(texts(settings, {{"", "3.11"}, {"b", "3.11"}}), testing::IsEmpty());
  EXPECT_THAT(texts(settings, {{"", "3.11"}, {"a", "3.11"}}), testing::SizeIs(1));
}

}  // namespace
}  // namespace wsgi::config

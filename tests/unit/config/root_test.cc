// SPDX-License-Identifier: Apache-2.0
// Paths seen from another root directory: runtime.md 6.5.
#include "config/root.h"

#include <gtest/gtest.h>

namespace wsgi::test {
namespace {

using config::inside_root;

TEST(RootTest, WhatIsBelow) {
  EXPECT_EQ(inside_root("/srv/jail", "/srv/jail/app/x.wsgi"), "/app/x.wsgi");
  EXPECT_EQ(inside_root("/srv/jail//", "/srv/jail/app"), "/app");
  EXPECT_EQ(inside_root("/srv/jail", "/srv/jail/"), "/");
  EXPECT_EQ(inside_root("/srv/jail", "/srv/jail"), "/");
  EXPECT_EQ(inside_root("/", "/srv/x"), "/srv/x");
  EXPECT_EQ(inside_root("", "/srv/x"), "/srv/x");
}

TEST(RootTest, WhatIsOutside) {
  for (const char* path : {"/srv", "/srv/jailed/x", "/srv/other", "/", "", "srv/jail/x"}) {
    EXPECT_FALSE(inside_root("/srv/jail", path)) << path;
  }
}

}  // namespace
}  // namespace wsgi::test

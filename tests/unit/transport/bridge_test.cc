// SPDX-License-Identifier: Apache-2.0
// The bridge: an elder generation serves until one of our own processes is ready.
#include <gtest/gtest.h>

#include "support/asking.h"

namespace wsgi::transport {
namespace {

using namespace test;

TEST(Bridge, ServesFromTheElderUntilOurOwnIsReady) {
  FakeGroup elder, own;
  elder.occupy(0, 1, echo("elder"));
  GroupClient client(usual(), own.ends(), elder.ends());
  ListLog log;
  EXPECT_EQ(ask(client, log).body, "elder");
  EXPECT_EQ(own.page.counts().bridged, 1u);
  own.occupy(0, 1, echo("own"));
  own.page.state().ever_ready = 1;
  EXPECT_EQ(ask(client, log).body, "own");
  // Ready once: the elder is not used any more, even when nothing of ours is free.
  own.stop(0);
  set_state(own.page, 0, SlotState::broken);
  EXPECT_EQ(ask(client, log).fail->id, ErrorId::conn_broken);
}

TEST(Bridge, NotToASupersededElder) {
  FakeGroup elder, own;
  elder.occupy(0, 1, echo("elder"));
  elder.page.state().superseded = 1;
  set_state(own.page, 0, SlotState::broken);
  GroupClient client(usual(), own.ends(), elder.ends());
  ListLog log;
  EXPECT_EQ(ask(client, log).fail->id, ErrorId::conn_broken);
}

}  // namespace
}  // namespace wsgi::transport

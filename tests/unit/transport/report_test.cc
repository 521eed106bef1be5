// SPDX-License-Identifier: Apache-2.0
// A page as JSON, through a read-only foreign mapping, as the tool reads it.
#include "transport/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "transport/control.h"

namespace wsgi::transport {
namespace {

using testing::HasSubstr;

TEST(Report, ShowsSlotsFlightsAndDeaths) {
  PageShape shape;
  shape.slots = 2;
  shape.threads = 3;
  auto page = Page::create("grp", shape, {});
  ASSERT_TRUE(page);
  set_ready(*page, 1, 5);
  page->slot(1).occupant.pid = 99;
  page->slot(1).counts.served = 7;
  Cell& cell = page->cell(1, 5, 2);
  cell.started_us = 1234;
  store_text(cell.method, "GET");
  store_text(cell.path, "/a\"\n\xe9");
  page->record_death(0, 3, 42, DeathHow::signal, 9, 10, "bye");
  page->ends().by_cause[static_cast<std::size_t>(Cause::script_reload)] = 2;
  page->ends().by_cause[0] = 1;
  const auto foreign = Page::map_foreign(page->fd());
  ASSERT_TRUE(foreign);
  const auto json = report_json("grp", take_snapshot(*foreign));
  EXPECT_EQ(json.front(), '{');
  EXPECT_EQ(json.back(), '}');
  EXPECT_THAT(json, HasSubstr(R"("group":"grp","processes":2,"threads":3)"));
  EXPECT_THAT(json, HasSubstr(R"({"state":"starting","generation":0,"in_use":0)"));
  EXPECT_THAT(json, HasSubstr(R"({"state":"ready","generation":5,"in_use":0,"pid":99)"));
  EXPECT_THAT(json, HasSubstr(R"("method":"GET","path":"/a\u0022\u000a\u00e9")"));
  EXPECT_THAT(json, HasSubstr(R"("ended":{"crash":1,"script_reload":2})"));
  EXPECT_THAT(json, HasSubstr(R"("pid":42,"how":"signal","status":9,"cause":"script_reload")"));
}

}  // namespace
}  // namespace wsgi::transport

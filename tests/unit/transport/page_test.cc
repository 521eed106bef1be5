// SPDX-License-Identifier: Apache-2.0
// The group page: layout, seals, readers that do not believe it.
#include "transport/page.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cerrno>

#include "transport/permits.h"

namespace wsgi::transport {
namespace {

PageShape shape_of(std::uint16_t slots, std::uint32_t threads) {
  PageShape shape;
  shape.slots = slots;
  shape.threads = threads;
  return shape;
}

Page make(const PageShape& shape) {
  auto page = Page::create("grp", shape, SettingsHash{7});
  EXPECT_TRUE(page);
  return std::move(*page);
}

TEST(Page, HasTheSizeOfTheSpecification) { EXPECT_EQ(shape_of(5, 15).size(), 60u * 1024); }

TEST(Page, CannotBeShrunkOrGrown) {
  const Page page = make(shape_of(2, 3));
  EXPECT_EQ(::ftruncate(page.fd(), 10), -1);
  EXPECT_EQ(errno, EPERM);
  EXPECT_EQ(::ftruncate(page.fd(), 1 << 20), -1);
}

TEST(Page, OtherMappingsSeeTheSame) {
  const Page page = make(shape_of(2, 3));
  auto other = Page::map(page.fd(), page.shape());
  ASSERT_TRUE(other);
  page.cell(1, 5, 2).count = 42;
  EXPECT_EQ(other->cell(1, 5, 2).count, 42u);
  EXPECT_EQ(other->cell(1, 4, 2).count, 0u) << "banks of odd and even generations are apart";
  EXPECT_EQ(other->birth().settings_hash[0], 7);
}

TEST(Page, CellsDoNotOverlapSlotsOrWarmList) {
  const Page page = make(shape_of(3, 4));
  const auto* base = reinterpret_cast<const char*>(&page.birth()) - 64;
  const auto* first = reinterpret_cast<const char*>(&page.cell(0, 0, 0));
  const auto* last = reinterpret_cast<const char*>(&page.cell(2, 1, 3));
  EXPECT_EQ(first - base, static_cast<std::ptrdiff_t>(512 + 3 * 512));
  EXPECT_EQ(last + 256 - base, static_cast<std::ptrdiff_t>(page.shape().warm_off()));
}

TEST(Page, RefusesAnotherShape) {
  const Page page = make(shape_of(2, 3));
  EXPECT_FALSE(Page::map(page.fd(), shape_of(2, 4)));
  EXPECT_FALSE(Page::map(page.fd(), shape_of(200, 3)));
  Fd other(::memfd_create("x", MFD_CLOEXEC));
  ASSERT_EQ(::ftruncate(other.get(), static_cast<off_t>(shape_of(2, 3).size())), 0);
  EXPECT_FALSE(Page::map(other.get(), shape_of(2, 3))) << "no magic";
  EXPECT_FALSE(Page::map_foreign(other.get()));
}

TEST(Page, ForeignReaderChecksTheHeadAgainstTheSize) {
  const Page page = make(shape_of(2, 3));
  auto foreign = Page::map_foreign(page.fd());
  ASSERT_TRUE(foreign);
  EXPECT_EQ(foreign->shape().slots, 2);
  EXPECT_EQ(foreign->shape().threads, 3u);
  const std::uint16_t many = 9999;  // what an application could write
  ASSERT_EQ(::pwrite(page.fd(), &many, sizeof many, 6), 2);
  EXPECT_FALSE(Page::map_foreign(page.fd()));
}

TEST(Page, WarmListKeepsOrderIgnoresDoublesAndIsBounded) {
  const Page page = make(shape_of(1, 1));
  page.add_warm({"/a.wsgi", ""});
  page.add_warm({"/b.wsgi", "g"});
  page.add_warm({"/a.wsgi", ""});
  EXPECT_EQ(page.warm(), (std::vector<WarmScript>{{"/a.wsgi", ""}, {"/b.wsgi", "g"}}));
  for (int k = 0; k < 200; ++k) page.add_warm({"/" + std::to_string(k), ""});
  EXPECT_EQ(page.warm().size(), kMaxWarm);
  const Page other = make(shape_of(1, 1));
  for (int k = 0; k < 10; ++k)
    other.add_warm({"/" + std::to_string(k) + std::string(4000, 'x'), ""});
  EXPECT_EQ(other.warm().size(), 4u) << "16 KiB in all";
}

TEST(Page, WarmListSurvivesGarbage) {
  const Page page = make(shape_of(1, 1));
  for (unsigned char fill : {0xff, 0x41, 0x01}) {
    const std::vector<unsigned char> junk(kWarmBytes, fill);
    ASSERT_EQ(
        ::pwrite(page.fd(), junk.data(), junk.size(), static_cast<off_t>(page.shape().warm_off())),
        static_cast<ssize_t>(junk.size()));
    EXPECT_LE(page.warm().size(), kMaxWarm);
  }
}

TEST(Page, RecordsADeath) {
  const Page page = make(shape_of(1, 1));
  page.record_death(0, 3, 1234, DeathHow::signal, 9, 5, std::string(60, 'x'));
  const SlotDeath& death = page.slot(0).death;
  EXPECT_EQ(death.generation, 3u);
  EXPECT_EQ(death.pid, 1234u);
  EXPECT_EQ(death.status, 9);
  EXPECT_EQ(std::string_view(death.text, 40), std::string(40, 'x'));
}

TEST(Page, TextsAndHistograms) {
  const Page page = make(shape_of(1, 1));
  Cell& cell = page.cell(0, 0, 0);
  store_text(cell.path, "/a/rather/long/path");
  EXPECT_EQ(load_text(cell.path), "/a/rather/long/path");
  store_text(cell.path, "/b");
  EXPECT_EQ(load_text(cell.path), "/b");
  store_text(cell.path, "12345678");
  EXPECT_EQ(load_text(cell.path), "12345678");
  store_text(cell.path, std::string(500, 'p'));
  EXPECT_EQ(load_text(cell.path).size(), 192u);
  auto& times = page.slot(0).request_time;
  count_time(times, 0);
  count_time(times, 999);
  count_time(times, 1000);
  count_time(times, 3000);
  count_time(times, ~std::uint64_t{0});
  EXPECT_EQ(times[0], 2u);
  EXPECT_EQ(times[1], 1u);
  EXPECT_EQ(times[2], 1u);
  EXPECT_EQ(times[15], 1u);
}

}  // namespace
}  // namespace wsgi::transport

// SPDX-License-Identifier: Apache-2.0
// The tables that other programs and people rely on: message ids with their remedies, environ
// atoms.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "base/env_atoms.h"
#include "base/error_id.h"
#include "base/message_reference.h"

namespace wsgi {
namespace {

TEST(ErrorTable, NumbersAndKeysAreUniqueAndOfTheirForm) {
  std::set<std::uint16_t> numbers;
  std::set<std::string_view> keys;
  const std::regex key("[a-z][a-z0-9_]*[a-z0-9]");
  for (const ErrorInfo& row : error_table()) {
    EXPECT_TRUE(numbers.insert(static_cast<std::uint16_t>(row.id)).second) << row.key;
    EXPECT_TRUE(keys.insert(row.key).second) << row.key;
    EXPECT_TRUE(std::regex_match(std::string(row.key), key)) << row.key;
    EXPECT_FALSE(row.phrase.empty()) << row.key;
    EXPECT_LE(row.level, Level::trace8) << row.key;
    EXPECT_EQ(&error_info(row.id), &row);
  }
}

TEST(ErrorTable, CodeHasFourDigits) {
  EXPECT_EQ(error_code(ErrorId::internal), "WSGI1000");
  EXPECT_EQ(error_code(static_cast<ErrorId>(7)), "WSGI0007");
}

TEST(ErrorTable, UnknownNumberIsABugOfOurs) {
  EXPECT_EQ(error_info(static_cast<ErrorId>(9999)).id, ErrorId::internal);
}

TEST(MessageReference, EveryMessageHasARemedy) {
  for (const ErrorInfo& row : error_table()) {
    const std::string remedy(error_remedy(row.id));
    ASSERT_FALSE(remedy.empty()) << row.key << " is missing in error_remedies.def";
    EXPECT_EQ(remedy.back(), '.') << row.key;
    EXPECT_EQ(remedy.find('|'), std::string::npos) << row.key << ": ends a cell of the page";
  }
}

TEST(MessageReference, IsFoundByItsId) {
  ASSERT_NE(find_error("wsgi2004"), nullptr);
  EXPECT_EQ(find_error("WSGI2004")->id, ErrorId::daemon_start_failed);
  EXPECT_EQ(find_error("WSGI20040"), nullptr);
  EXPECT_EQ(find_error(""), nullptr);
  EXPECT_EQ(level_name(Level::trace8), "trace8");
}

// docs/messages/README.md is made from the tables; WSGI_BLESS=1 writes it.
TEST(MessageReference, PageIsThatOfTheTables) {
  const std::string path = std::string(WSGI_SOURCE_DIR) + "/docs/messages/README.md";
  if (std::getenv("WSGI_BLESS")) std::ofstream(path) << messages_markdown();
  std::ostringstream page;
  page << std::ifstream(path).rdbuf();
  EXPECT_EQ(page.str(), messages_markdown()) << "run this test with WSGI_BLESS=1";
}

TEST(Atoms, NamesAreUniqueAndFitAByte) {
  std::set<std::string_view> names;
  for (const std::string_view name : kAtomNames) {
    if (name.empty()) continue;
    EXPECT_TRUE(names.insert(name).second) << name;
  }
  EXPECT_TRUE(kAtomNames[0].empty()) << "0 says that the name follows as text";
  EXPECT_EQ(atom_name(Atom::REQUEST_METHOD), "REQUEST_METHOD");
}

}  // namespace
}  // namespace wsgi

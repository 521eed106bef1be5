// SPDX-License-Identifier: Apache-2.0
// The two tables that other programs rely on: message ids and environ atoms. Neither may hold a
// number or a name twice.
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <string>

#include "base/env_atoms.h"
#include "base/error_id.h"

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

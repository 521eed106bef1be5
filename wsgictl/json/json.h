// SPDX-License-Identifier: Apache-2.0
// The JSON of the tool: one type, read and written in one place. json.cc holds the library's
// templates; every other file would compile its own copies of them, seconds each. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace wsgictl {

// Members keep the order in which they were added.
using Json = nlohmann::ordered_json;

// What TEXT says; is_discarded() when it is not JSON (RFC 8259).
Json parse_json(std::string_view text);

// On one line, or INDENT columns a level. Bytes that are not UTF-8 become U+FFFD: names of files
// may hold them, and a report of them must not fail.
std::string json_text(const Json& json, int indent = -1);

}  // namespace wsgictl

extern template class nlohmann::basic_json<nlohmann::ordered_map>;

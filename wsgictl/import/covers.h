// SPDX-License-Identifier: Apache-2.0
// Which sections of paths hold for a route, and when Apache merges them. Pure.
// Source: httpd manual, "sections"; the order of <Directory> by the number of parts of the path.
#pragma once

#include <string>

#include "import/routes.h"

namespace wsgictl::importing {

enum class Covers { no, yes, perhaps };  // perhaps: an expression that only Apache can judge

// NODE holds for all that ROUTE answers. Of <Location>: only plain paths.
Covers covers(const Node& node, const Route& route);

// The larger, the later; sections of the main server come before those of the host.
int merge_rank(const Node& node, bool in_directory);

// NODE may hold for a part of what is below ROUTE, and not for all of it.
bool may_cover_part(const Node& node, const Route& route);

// <Directory>, <Files>, <Location> and their forms with expressions.
bool is_section_of_paths(const Node& node);

// One path without wildcards.
bool is_plain(const Node& section);

}  // namespace wsgictl::importing

// SPDX-License-Identifier: Apache-2.0
// A snapshot as text for machines. Texts of the page come from applications: bytes outside
// printable ASCII are escaped. Pure.
#pragma once

#include <string>
#include <string_view>

#include "transport/snapshot.h"

namespace wsgi::transport {

// One JSON object, without a newline at the end.
std::string report_json(std::string_view group, const GroupSnapshot& snapshot);

}  // namespace wsgi::transport

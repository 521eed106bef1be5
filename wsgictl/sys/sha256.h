// SPDX-License-Identifier: Apache-2.0
// SHA-256 as 64 lower-case hexadecimal digits. Pure.
#pragma once

#include <string>
#include <string_view>

namespace wsgictl::sys {

std::string sha256(std::string_view bytes);

}  // namespace wsgictl::sys

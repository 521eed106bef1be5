// SPDX-License-Identifier: Apache-2.0
// MD5 (RFC 1321) of a path, for the module names that applications and pickles rely on. Not for
// security: hosts in FIPS mode refuse the library versions, which is why this one exists.
#pragma once

#include <string>
#include <string_view>

namespace wsgi::python {

// 32 lower-case hexadecimal digits.
std::string md5_hex(std::string_view text);

}  // namespace wsgi::python

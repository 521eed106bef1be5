// SPDX-License-Identifier: Apache-2.0
// Names of request headers to environ keys, pure. Well-known names are found by a table that is
// hashed at compile time, so that a warm request allocates nothing for them.
#pragma once

#include <string_view>

#include "apache/httpd_api.h"
#include "base/env_atoms.h"

namespace wsgi::apache {

enum class Treatment { unknown, pass, drop, authorization, proxy_authorization };

struct Known {
  Treatment treatment = Treatment::unknown;
  Atom atom = Atom::none;
};

// What is known of a header, by its name in any case.
Known known_header(std::string_view name);

// "X-Foo" to "HTTP_X_FOO", in the pool. Null if the name has other characters than letters, digits
// and '-': X_Foo and X-Foo would be one key (runtime.md, 3.2).
char* environ_name(std::string_view name, apr_pool_t* pool);

}  // namespace wsgi::apache

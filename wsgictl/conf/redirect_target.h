// SPDX-License-Identifier: Apache-2.0
// Where a redirect leads: as the definition has it, a URL, and as RedirectMatch takes it, whose
// path Apache escapes itself before it is sent. Pure. Measured on Apache 2.4.71: the path is
// escaped but for letters, digits and !$&'()*+,-./:;=@_~ ; a query or fragment is sent as it is.
#pragma once

#include <string>
#include <string_view>

namespace wsgictl::conf {

struct RedirectTarget {
  std::string text;     // for RedirectMatch, nothing special escaped in it
  std::string refused;  // the escape that would not come back ("%2F"), or ""
  std::string why;      // of that one
};

// URL with the escapes of its path taken off; TEXT means nothing if one is refused.
RedirectTarget redirect_target(std::string_view url);

// The way back: TEXT as a URL.
std::string url_of_target(std::string_view text);

}  // namespace wsgictl::conf

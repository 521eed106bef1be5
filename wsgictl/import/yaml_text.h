// SPDX-License-Identifier: Apache-2.0
// A tree as the text of a definition, in the layout that fmt keeps. Pure.
#pragma once

#include <string>

#include "import/values.h"

namespace wsgictl::importing {

// Values of environment variables are left out ("(sensitive)" stands for them) unless SECRETS.
std::string yaml_text(const Json& definition, bool secrets);

}  // namespace wsgictl::importing

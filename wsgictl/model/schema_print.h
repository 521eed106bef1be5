// SPDX-License-Identifier: Apache-2.0
// The JSON Schema (draft 2020-12) of definitions, from the table in keys.h. For editors; the
// decoder is the judge. Pure and deterministic.
#pragma once

#include "json/json.h"

namespace wsgictl::model {

Json schema();

}  // namespace wsgictl::model

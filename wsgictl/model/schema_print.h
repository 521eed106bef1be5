// SPDX-License-Identifier: Apache-2.0
// The JSON Schema (draft 2020-12) of definitions, from the table in keys.h. For editors; the
// decoder is the judge. Pure and deterministic.
#pragma once

#include <nlohmann/json.hpp>

namespace wsgictl::model {

nlohmann::ordered_json schema();

}  // namespace wsgictl::model

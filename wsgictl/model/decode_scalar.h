// SPDX-License-Identifier: Apache-2.0
// One scalar by its row: type, unit, range, choice. Used by decode.cc.
#pragma once

#include <optional>
#include <string>

#include "diag/diagnostic.h"
#include "model/keys.h"
#include "model/place.h"
#include "yaml/node.h"

namespace wsgictl::model {

// The value of NODE as KEY wants it; nothing if it is none, DIAGNOSTICS then says why. PLACE is
// where it stands.
std::optional<Parsed> decode_scalar(const Key& key, const yaml::Node& node, const Place& place,
                                    diag::Diagnostics& diagnostics);

// The default of KEY, a row of the table itself, or nothing if it has none.
const std::optional<Parsed>& fallback(const Key& key);

}  // namespace wsgictl::model

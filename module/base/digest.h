// SPDX-License-Identifier: Apache-2.0
// SHA-256 (FIPS 180-4), for fingerprints of settings: equal bytes, equal digest, in every process
// and release. Self-contained, because nothing in Apache's processes links a cryptographic library
// for us. Pure.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace wsgi {

using Digest = std::array<std::uint8_t, 32>;

Digest sha256(ByteView bytes);

}  // namespace wsgi

// SPDX-License-Identifier: Apache-2.0
// Views of bytes. Text and bytes are the same to a protocol, so one view type serves both.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace wsgi {

using ByteView = std::span<const std::byte>;
using ByteSpan = std::span<std::byte>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace wsgi

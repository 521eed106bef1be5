// SPDX-License-Identifier: Apache-2.0
// A setting that remembers whether it was given, and merging by it: the inner value, else the
// outer. Structs take part by listing their members in fields(a, b, f).
#pragma once

#include <optional>

namespace wsgi::config {

template <typename T>
using Setting = std::optional<T>;

// Inner wins where it was given.
template <typename T>
void merge_setting(Setting<T>& inner, const Setting<T>& outer) {
  if (!inner) inner = outer;
}

}  // namespace wsgi::config

// SPDX-License-Identifier: Apache-2.0
// Numbers for well-known environ keys; shared by who builds a request head, who sends it, and who
// turns it into a dict. Names that are not in the table travel as text (atom 0).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace wsgi {

inline constexpr std::size_t kAtomLimit = 128;

enum class Atom : std::uint8_t {
  none = 0,
#define WSGI_ATOM(number, name) name = number,
#include "base/env_atoms.def"
#undef WSGI_ATOM
};

// Index = atom number; empty where no atom is defined.
inline constexpr std::array<std::string_view, kAtomLimit> kAtomNames = [] {
  std::array<std::string_view, kAtomLimit> names{};
#define WSGI_ATOM(number, name) names[number] = #name;
#include "base/env_atoms.def"
#undef WSGI_ATOM
  return names;
}();

inline std::string_view atom_name(Atom atom) {
  return kAtomNames[static_cast<std::size_t>(atom) % kAtomLimit];
}

}  // namespace wsgi

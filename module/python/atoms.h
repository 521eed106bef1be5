// SPDX-License-Identifier: Apache-2.0
// Interned, pre-hashed names of one interpreter: the well-known environ keys of base/env_atoms.h,
// and a bounded cache of other keys (header names come from clients, so it must not grow for ever).
// Attached only.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/env_atoms.h"
#include "python/py.h"

namespace wsgi::python {

class Atoms {
 public:
  // False: Python error set.
  bool init();
  void clear();

  // Borrowed; valid until clear(). null for Atom::none and numbers without a name.
  PyObject* key(Atom atom) const { return names_[static_cast<std::size_t>(atom)].get(); }
  // The key of a name that is no atom; latin-1.
  py::Ref key(std::string_view name);

 private:
  static constexpr std::size_t kCachedNames = 512;
  static constexpr std::size_t kCachedLength = 64;
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
  };

  std::array<py::Ref, kAtomLimit> names_;
  std::unordered_map<std::string, py::Ref, Hash, std::equal_to<>> others_;
};

}  // namespace wsgi::python

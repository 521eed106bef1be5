// SPDX-License-Identifier: Apache-2.0
#include "python/atoms.h"

namespace wsgi::python {
namespace {

py::Ref interned(std::string_view name) {
  PyObject* text = py::text(name).release();
  if (text == nullptr) return {};
  PyUnicode_InternInPlace(&text);
  if (PyObject_Hash(text) == -1) PyErr_Clear();
  return py::steal(text);
}

}  // namespace

bool Atoms::init() {
  for (std::size_t i = 1; i < kAtomLimit; ++i) {
    if (kAtomNames[i].empty()) continue;
    names_[i] = interned(kAtomNames[i]);
    if (!names_[i]) return false;
  }
  return true;
}

void Atoms::clear() {
  for (auto& name : names_) name.reset();
  others_.clear();
}

py::Ref Atoms::key(std::string_view name) {
  // Without a GIL the map would need a lock; the plain way costs less than that.
  if (py::kFreeThreadedBuild || name.size() > kCachedLength) return py::text(name);
  if (auto found = others_.find(name); found != others_.end()) return found->second.share();
  if (others_.size() >= kCachedNames) return py::text(name);
  py::Ref key = py::text(name);
  if (key && PyObject_Hash(key.get()) != -1) others_.emplace(name, key.share());
  return key;
}

}  // namespace wsgi::python

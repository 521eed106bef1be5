// SPDX-License-Identifier: Apache-2.0
#include "engine/shape.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace wsgi::engine {
namespace {

constexpr std::size_t kKeptValue = 256;

constexpr auto kSteady = [] {
  std::array<bool, kAtomLimit> steady{};
  for (Atom atom : {Atom::REQUEST_METHOD,
                    Atom::SCRIPT_NAME,
                    Atom::PATH_INFO,
                    Atom::SERVER_NAME,
                    Atom::SERVER_PORT,
                    Atom::SERVER_PROTOCOL,
                    Atom::SERVER_SOFTWARE,
                    Atom::SERVER_ADDR,
                    Atom::SERVER_ADMIN,
                    Atom::REMOTE_ADDR,
                    Atom::DOCUMENT_ROOT,
                    Atom::CONTEXT_DOCUMENT_ROOT,
                    Atom::CONTEXT_PREFIX,
                    Atom::REQUEST_SCHEME,
                    Atom::SCRIPT_FILENAME,
                    Atom::CONTENT_TYPE,
                    Atom::HTTP_HOST,
                    Atom::HTTP_USER_AGENT,
                    Atom::HTTP_ACCEPT,
                    Atom::HTTP_ACCEPT_ENCODING,
                    Atom::HTTP_ACCEPT_LANGUAGE,
                    Atom::HTTP_CONNECTION}) {
    steady[static_cast<std::size_t>(atom)] = true;
  }
  return steady;
}();

bool is_path(Atom atom) { return atom == Atom::DOCUMENT_ROOT || atom == Atom::SCRIPT_FILENAME; }

bool is_ascii(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; });
}

// A str made by value_of() from a steady variable is one byte a character.
bool equals(PyObject* text, std::string_view bytes) {
  return static_cast<std::size_t>(PyUnicode_GET_LENGTH(text)) == bytes.size() &&
         std::memcmp(PyUnicode_1BYTE_DATA(text), bytes.data(), bytes.size()) == 0;
}

std::uint64_t hash_of(PyObject* constants, const RequestHead& head) {
  std::uint64_t hash = reinterpret_cast<std::uintptr_t>(constants);
  auto mix = [&](std::uint64_t number) { hash = (hash ^ number) * 0x100000001b3ULL; };
  mix(head.connection_id.empty());
  mix(head.request_id.empty());
  for (const EnvVar& variable : head.variables) {
    mix(static_cast<std::uint64_t>(variable.atom));
    if (variable.atom == Atom::none) mix(std::hash<std::string_view>{}(variable.name));
  }
  return hash;
}

}  // namespace

bool is_steady(const EnvVar& variable) {
  if (variable.value.size() > kKeptValue) return false;
  if (variable.atom == Atom::none) return variable.name.starts_with("mod_wsgi.");
  // ASCII reads the same in every file-system encoding.
  return kSteady[static_cast<std::size_t>(variable.atom) % kAtomLimit] &&
         (!is_path(variable.atom) || is_ascii(variable.value));
}

bool is_hidden(const EnvVar& variable, PyObject* name, PyObject* constants) {
  if (variable.atom != Atom::none) return variable.atom == Atom::HTTPS;
  if (variable.name.empty() || variable.name.starts_with("mod_wsgi.x-")) return true;
  if (variable.name.find('.') == std::string_view::npos) return false;
  return PyDict_GetItemWithError(constants, name) != nullptr;
}

py::Ref value_of(const EnvVar& variable) {
  return is_path(variable.atom) ? py::path_text(variable.value) : py::text(variable.value);
}

bool Shape::fits(PyObject* constants, const RequestHead& head) const {
  if (constants_.get() != constants || slots_.size() != head.variables.size() ||
      with_connection_ == head.connection_id.empty() || with_request_ == head.request_id.empty()) {
    return false;
  }
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const EnvVar& variable = head.variables[i];
    if (slots_[i].atom != variable.atom) return false;
    if (variable.atom == Atom::none && slots_[i].name != variable.name) return false;
  }
  return true;
}

py::Ref Shape::fill(const RequestHead& head) {
  // Nothing in this loop can run Python code or let another thread in; the copy is made from what
  // it leaves. Only afterwards other threads may change the shape.
  std::uint64_t plain[2] = {0, 0};
  static_assert(sizeof plain * 8 >= 128);
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    const EnvVar& variable = head.variables[i];
    if (!slot.key || (slot.value && equals(slot.value.get(), variable.value))) continue;
    if (!slot.value || !is_steady(variable)) {
      plain[i / 64] |= std::uint64_t{1} << (i % 64);
      continue;
    }
    py::Ref value = value_of(variable);
    if (!value || PyDict_SetItem(dict_.get(), slot.key.get(), value.get()) < 0) return {};
    slot.value = std::move(value);
  }
  py::Ref environ = py::steal(PyDict_Copy(dict_.get()));
  if (!environ) return {};
  for (std::size_t word = 0; word < 2; ++word) {
    for (std::uint64_t bits = plain[word]; bits != 0; bits &= bits - 1) {
      std::size_t i = word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
      py::Ref value = value_of(head.variables[i]);
      if (!value || PyDict_SetItem(environ.get(), slots_[i].key.get(), value.get()) < 0) return {};
    }
  }
  return environ;
}

std::shared_ptr<Shape> Shapes::find(PyObject* constants, const RequestHead& head) const {
  for (const auto& shape : shapes_) {
    if (shape->fits(constants, head)) return shape;
  }
  return nullptr;
}

void Shapes::learn(python::Interpreter& interpreter, PyObject* constants, const RequestHead& head,
                   PyObject* environ, std::span<PyObject* const> per_request) {
  std::uint64_t hash = hash_of(constants, head);
  if (std::exchange(last_miss_, hash) != hash || head.variables.size() > kVariables) return;
  auto shape = std::make_shared<Shape>();
  shape->constants_ = py::borrow(constants);
  shape->with_connection_ = !head.connection_id.empty();
  shape->with_request_ = !head.request_id.empty();
  shape->dict_ = py::steal(PyDict_Copy(environ));
  bool good = bool(shape->dict_);
  auto forget = [&](PyObject* key) {
    return PyDict_SetItem(shape->dict_.get(), key, Py_None) == 0;
  };
  Py_ssize_t own = 0;
  for (PyObject* key : per_request) {
    if (!good || PyDict_GetItemWithError(environ, key) == nullptr) continue;
    good = forget(key);
    ++own;
  }
  Py_ssize_t shown = 0;
  for (const EnvVar& variable : head.variables) {
    if (!good) break;
    PyObject* atom = interpreter.atoms().key(variable.atom);
    py::Ref key = atom != nullptr ? py::borrow(atom) : interpreter.atoms().key(variable.name);
    py::Ref value;
    good = bool(key);
    if (good && is_hidden(variable, key.get(), constants)) {
      key.reset();
    } else if (good) {
      ++shown;
      if (is_steady(variable)) value = py::borrow(PyDict_GetItemWithError(environ, key.get()));
      good = value || forget(key.get());
    }
    shape->slots_.push_back(
        {variable.atom, std::string(variable.name), std::move(key), std::move(value)});
  }
  // With a key that occurs twice the order would matter: such a list has no shape.
  good = good && PyDict_Size(environ) == PyDict_Size(constants) + own + shown;
  if (!good) {
    PyErr_Clear();
    return;
  }
  if (shapes_.size() < kShapes) {
    shapes_.push_back(std::move(shape));
  } else {
    shapes_[oldest_++ % kShapes] = std::move(shape);
  }
}

}  // namespace wsgi::engine

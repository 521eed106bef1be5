// SPDX-License-Identifier: Apache-2.0
// Most requests of a server have the same environ keys, and half of their values too. A shape is a
// ready dict for one list of variables: values that seldom change are brought up to date in it,
// then it is copied, so that per request only what differs is decoded and stored. Attached; not
// used where Python has no GIL. What is one client's own (queries, cookies, headers that are not in
// the list of steady atoms) is never kept. Source: PERFORMANCE.md, environ from a template.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/exchange.h"
#include "python/interpreter.h"

namespace wsgi::engine {

// Whether a variable's value may be kept for the next request.
bool is_steady(const EnvVar& variable);
// Never shown to applications: what travels for us alone, what wsgi.url_scheme tells, and names by
// which a configuration would forge one of the `constants`. `name` is the key of a variable that is
// no atom.
bool is_hidden(const EnvVar& variable, PyObject* name, PyObject* constants);
// The str of a variable: latin-1, paths in the file-system encoding.
py::Ref value_of(const EnvVar& variable);

class Shape {
 public:
  // `constants`: the dict of the target that this shape was made with; its identity is compared.
  bool fits(PyObject* constants, const RequestHead& head) const;
  // A new dict with all variables; the keys that are made per request hold None.
  py::Ref fill(const RequestHead& head);

 private:
  friend class Shapes;
  struct Slot {
    Atom atom;
    std::string name;
    py::Ref key;    // empty: hidden
    py::Ref value;  // the one in dict_; empty: not steady
  };

  py::Ref constants_, dict_;
  std::vector<Slot> slots_;
  bool with_connection_ = false, with_request_ = false;
};

class Shapes {
 public:
  // Shared, because a garbage collection within fill() can let another thread replace the shape.
  std::shared_ptr<Shape> find(PyObject* constants, const RequestHead& head) const;
  // Called with a finished environ that no shape fitted; the second such in a row becomes one, so
  // clients that send ever new headers cost little. `per_request`: keys to leave out.
  void learn(python::Interpreter& interpreter, PyObject* constants, const RequestHead& head,
             PyObject* environ, std::span<PyObject* const> per_request);
  void clear() { shapes_.clear(); }

 private:
  static constexpr std::size_t kShapes = 16;
  static constexpr std::size_t kVariables = 128;

  std::vector<std::shared_ptr<Shape>> shapes_;
  std::size_t oldest_ = 0;
  std::uint64_t last_miss_ = 0;
};

}  // namespace wsgi::engine

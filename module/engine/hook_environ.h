// SPDX-License-Identifier: Apache-2.0
// The environ of a hook: the variables that Apache's side chose, and the keys that no configuration
// can set. `mod_ssl.*` functions reach the host until ssl.end(); then they raise RuntimeError.
// Attached. Source: runtime.md, sections 9.2 and 9.4.
#pragma once

#include "base/hook.h"
#include "engine/request.h"

namespace wsgi::engine {

// Ties the two functions to one call. Attached.
class SslLookup {
 public:
  explicit SslLookup(HookHost& host) : host_(host) {}
  SslLookup(const SslLookup&) = delete;
  SslLookup& operator=(const SslLookup&) = delete;
  ~SslLookup();

  // Adds mod_ssl.is_https and mod_ssl.var_lookup. False: Python error set.
  bool add_to(PyObject* environ);

 private:
  HookHost& host_;
  py::Ref self_;
};

// A new dict; empty: Python error set.
py::Ref make_hook_environ(Request& request, const HookCall& call, SslLookup& ssl);

}  // namespace wsgi::engine

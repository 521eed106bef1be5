// SPDX-License-Identifier: Apache-2.0
// The dlopened Python runtime of an Apache child (wsgi-embedded-pyX.Y.so), reached through the
// plain C table of base/embedded_abi.h. Opened in child_init, when privileges are gone; never in
// the parent.
#pragma once

#include <string>
#include <string_view>

#include "apache/httpd_api.h"
#include "base/embedded_abi.h"
#include "base/result.h"

namespace wsgi::apache {

class EmbeddedRuntime {
 public:
  // RTLD_GLOBAL: extension modules need the symbols of libpython. `settings` as the ABI says.
  // Failure leaves the object without Python: available() is false.
  Status start(const std::string& library, std::string_view settings, server_rec* log_for);
  void stop();

  bool available() const { return table_ != nullptr; }
  const wsgi_embedded_runtime_t& table() const { return *table_; }

 private:
  const wsgi_embedded_runtime_t* table_ = nullptr;
};

}  // namespace wsgi::apache

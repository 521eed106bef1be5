// SPDX-License-Identifier: Apache-2.0
// The request body as wsgi.input reads it: exact blocks and lines over a BodySource. Attached; the
// source is called detached. One reader at a time; a second thread waits detached.
// Source: runtime.md 4.2.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "base/exchange.h"
#include "base/log.h"
#include "engine/meter.h"
#include "python/py.h"

namespace wsgi::engine {

class Body {
 public:
  Body(BodySource& source, std::optional<std::uint64_t> length, Meter& meter)
      : source_(source), length_(length), meter_(meter) {}

  // bytes, or empty with OSError set. size < 0: to the end.
  py::Ref read(Py_ssize_t size);
  // Through the next newline, at most `limit` bytes (< 0: no limit).
  py::Ref line(Py_ssize_t limit);

  std::uint32_t reads() const { return reads_; }
  std::uint64_t bytes() const { return bytes_; }

 private:
  // Detached inside. 0: end or failure; failed_ tells.
  std::size_t fetch(char* into, std::size_t size);
  bool fill();
  py::Ref exactly(std::size_t size);
  bool check();
  std::size_t take(char* into, std::size_t size);

  BodySource& source_;
  std::optional<std::uint64_t> length_;
  Meter& meter_;
  std::mutex turn_;
  std::string ahead_;     // read for a line, not yet given out
  std::size_t used_ = 0;  // of ahead_
  bool ended_ = false;
  bool failed_ = false;
  std::string failure_;  // reason of the failure that the present call must raise
  std::uint32_t reads_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace wsgi::engine

// SPDX-License-Identifier: Apache-2.0
// Who wants to hear of events in one interpreter: the three lists of the module `mod_wsgi`, and
// delivery to them. Attached to the interpreter, except used(). Nothing is built for nobody: the
// callers ask any() before they make a payload. Source: python-api.md, section 5.1.
#pragma once

#include <atomic>

#include "base/log.h"
#include "python/py.h"

namespace wsgi::python {

// Decides which list hears of an event after `event_callbacks`.
enum class Topic : std::uint8_t { request, stopping, signal };

class Subscribers {
 public:
  // Makes the lists, attributes of `module`. False: Python error set.
  bool init(PyObject* module);
  void clear();

  // Would anybody be told of a request event?
  bool any() const { return PyList_GET_SIZE(events_.get()) != 0; }
  // Has anybody ever subscribed to anything? Any thread, attached or not.
  bool used() const { return used_.load(std::memory_order_relaxed); }
  // False: Python error set.
  bool add(Topic topic, PyObject* callback);

  // callback(event, **payload) for each; a dict that one returns is merged into the payload for
  // the next. What a callback raises is logged (event_callback), with `where`, and ends there. No
  // error may be pending.
  void publish(Topic topic, const char* event, PyObject* payload, Log& log,
               std::string_view where) const;

 private:
  const py::Ref& list(Topic topic) const;

  py::Ref events_, stopping_, signals_;
  std::atomic<bool> used_{false};
};

}  // namespace wsgi::python

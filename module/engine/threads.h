// SPDX-License-Identifier: Apache-2.0
// Who runs what: the request of each thread, found by the thread itself and, by its index, by the
// monitor that wants to interrupt it. Indexes are small numbers: the daemon's own for its workers,
// else given in order of first use; the process's main thread is 0. (runtime.md 10.5)
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/engine.h"
#include "python/interpreter.h"

namespace wsgi::engine {

struct Request;

// Index of the calling thread.
std::uint32_t thread_index();

// Written by the thread itself, attached to `interpreter`; read by others attached to the same.
struct ThreadSlot {
  std::atomic<python::Interpreter*> interpreter{nullptr};
  std::atomic<Request*> request{nullptr};
  std::atomic<unsigned long> ident{0};
};
// null: an index beyond what can be interrupted.
ThreadSlot* thread_slot(std::uint32_t index);

// Attached. The request that the calling thread runs, null for none.
void set_current_request(Request* request);
Request* current_request();

// Raises RequestTimeout in the thread of that index. Not attached. False: it runs no request, or
// was interrupted before within this one.
bool interrupt_thread(std::uint32_t index, Log& log, std::string_view process_group);

}  // namespace wsgi::engine

// SPDX-License-Identifier: Apache-2.0
// One running request: what its WSGI objects point to. Lives on the stack of Engine::run; the
// objects that an application may keep lose their pointer when it ends. Belongs to one thread;
// other threads of the application may use its objects only while it runs (see Visit).
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>

#include "base/exchange.h"
#include "base/log.h"
#include "engine/body.h"
#include "engine/response.h"
#include "engine/state.h"

namespace wsgi::engine {

// Application text is collected until a newline; one rest per stream.
inline constexpr std::size_t kStreams = 5;

struct Request {
  Request(State& s, const RequestHead& h, BodySource& source, ResponseSink& sink, Log& l);
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;
  ~Request() = default;

  State& state;
  const RequestHead& head;
  Log& log;
  Meter meter;
  Body body;
  Response response;
  std::array<std::string, kStreams> rests;
  py::Ref id;    // head.request_id, key in active_requests; empty: none
  py::Ref data;  // mod_wsgi.request_data()
  py::Ref input, start_response, write;
  ErrorStream errors;
  bool injected = false;
  bool serves = true;                // not a hook: mod_wsgi.request_data() works
  bool called = false;               // the application was
  std::uint64_t application_us = 0;  // just before that

  // Makes the WSGI objects and becomes the thread's request. False: Python error set. Attached.
  bool open();
  // Takes the objects away from the application; returns when no other thread uses them. Attached.
  void close();
  // The one write callable of the request; made when first asked for.
  py::Ref write_callable();
  // Emits unfinished lines. Attached.
  void flush_rests();
  // Is the calling thread the request's own?
  bool own_thread() const;

 private:
  friend class Visit;
  void wait_for_visitors();

  Request* outer_ = nullptr;  // that this one runs within: a sub-request while a body is sent
  unsigned long thread_;
  std::mutex visitors_lock_;
  std::condition_variable visitors_gone_;
  bool opened_ = false;
  int visitors_ = 0;
};

// Held while a WSGI object's method uses the request, so that it cannot end below another thread
// that waits detached. Costs a comparison on the request's own thread.
class Visit {
 public:
  explicit Visit(Request& request);
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;
  ~Visit();

 private:
  Request* foreign_ = nullptr;
};

// The request that the calling thread runs, or null.
Request* current_request();
// The log of current_request(), else the process's.
Log& current_log();
void set_process_log(Log& log);

}  // namespace wsgi::engine

// SPDX-License-Identifier: Apache-2.0
#include "engine/request.h"

#include "engine/errors.h"
#include "engine/input.h"
#include "engine/object.h"
#include "engine/start_response.h"
#include "engine/threads.h"
#include "python/attach.h"

namespace wsgi::engine {
namespace {

Log* g_process_log = nullptr;

bool is_head(const RequestHead& head) {
  for (const EnvVar& variable : head.variables) {
    if (variable.atom == Atom::REQUEST_METHOD) return variable.value == "HEAD";
  }
  return false;
}

}  // namespace

void set_process_log(Log& log) { g_process_log = &log; }

Log& current_log() {
  Request* request = current_request();
  return request != nullptr ? request->log : *g_process_log;
}

Request::Request(State& s, const RequestHead& h, BodySource& source, ResponseSink& sink, Log& l)
    : state(s),
      head(h),
      log(l),
      body(source, h.content_length, meter),
      response(sink, l, is_head(h), meter),
      thread_(PyThread_get_thread_ident()) {}

bool Request::own_thread() const { return PyThread_get_thread_ident() == thread_; }

bool Request::open() {
  data = py::steal(PyDict_New());
  input = make_input(*this);
  start_response = make_start_response(*this);
  if (!data || !input || !start_response || !take_errors(*this)) return false;
  if (!head.request_id.empty()) {
    id = py::text(head.request_id);
    if (!id) return false;
    PyObject* active = state.interpreter.active_requests();
    if (PyDict_SetItem(active, id.get(), data.get()) < 0) return false;
  }
  outer_ = current_request();
  opened_ = true;
  set_current_request(this);
  return true;
}

py::Ref Request::write_callable() {
  if (!write) write = make_write(*this);
  return write.share();
}

void Request::close() {
  flush_rests();
  if (opened_) set_current_request(outer_);
  // Too late for this request, and the next one of this thread must not get it.
  if (injected) PyThreadState_SetAsyncExc(thread_, nullptr);
  if (input) request_of(input.get()) = nullptr;
  if (start_response) request_of(start_response.get()) = nullptr;
  if (write) request_of(write.get()) = nullptr;
  give_back_errors(*this);
  wait_for_visitors();
  if (id && PyDict_DelItem(state.interpreter.active_requests(), id.get()) < 0) PyErr_Clear();
}

void Request::flush_rests() {
  for (std::size_t i = 0; i < kStreams; ++i) {
    if (rests[i].empty()) continue;
    std::string rest = std::exchange(rests[i], {});
    python::Detached detached;
    log.write(Level::error, static_cast<LogStream>(i), rest);
  }
}

void Request::wait_for_visitors() {
  std::unique_lock lock(visitors_lock_);
  if (visitors_ == 0) return;
  lock.unlock();
  python::Detached detached;
  lock.lock();
  visitors_gone_.wait(lock, [&] { return visitors_ == 0; });
}

Visit::Visit(Request& request) {
  if (request.own_thread()) return;
  foreign_ = &request;
  std::lock_guard lock(request.visitors_lock_);
  ++request.visitors_;
}

Visit::~Visit() {
  if (foreign_ == nullptr) return;
  // Notified under the lock: once it is free the request may be gone.
  std::lock_guard lock(foreign_->visitors_lock_);
  if (--foreign_->visitors_ == 0) foreign_->visitors_gone_.notify_all();
}

}  // namespace wsgi::engine

// SPDX-License-Identifier: Apache-2.0
#include "engine/request_events.h"

#include "base/clock.h"
#include "engine/threads.h"

namespace wsgi::engine {
namespace {

constexpr double kMicro = 1e6, kNano = 1e9;

py::Ref number(std::uint64_t value) { return py::steal(PyLong_FromUnsignedLongLong(value)); }
py::Ref seconds(double value) { return py::steal(PyFloat_FromDouble(value)); }
py::Ref stamp(std::uint64_t us) { return seconds(static_cast<double>(us) / kMicro); }
py::Ref span(std::uint64_t ns) { return seconds(static_cast<double>(ns) / kNano); }

// A dict that is either whole or empty with the Python error set.
class Payload {
 public:
  explicit Payload(Request& request) : request_(request), dict_(py::steal(PyDict_New())) {
    if (request.id) add("request_id", request.id.share());
    add("request_data", request.data.share());
  }
  Payload& add(const char* key, py::Ref value) {
    if (dict_ && (!value || PyDict_SetItemString(dict_.get(), key, value.get()) < 0)) dict_.reset();
    return *this;
  }
  Payload& add(const char* key, PyObject* borrowed) { return add(key, py::borrow(borrowed)); }

  // request_started and request_finished begin alike.
  Payload& add_origin() {
    const Timings& times = request_.head.timings;
    return add("thread_id", number(thread_index()))
        .add("server_pid", number(request_.head.server_pid))
        .add("request_start", stamp(times.request_us))
        .add("queue_start", stamp(times.queue_us))
        .add("daemon_start", stamp(times.daemon_us))
        .add("application_start", stamp(request_.application_us));
  }

  // The payload afterwards; empty: it could not be built, which has been logged.
  py::Ref publish(const char* event) {
    python::Interpreter& interpreter = request_.state.interpreter;
    if (dict_) {
      interpreter.subscribers().publish(python::Topic::request, event, dict_.get(), request_.log,
                                        interpreter.describe());
    } else {
      python::log_pending(request_.log, ErrorId::event_callback,
                          std::string("no memory for event '") + event + "'");
    }
    return std::move(dict_);
  }

 private:
  Request& request_;
  py::Ref dict_;
};

double since(const timeval& now, const timeval& then) {
  return static_cast<double>(now.tv_sec - then.tv_sec) +
         static_cast<double>(now.tv_usec - then.tv_usec) / kMicro;
}

}  // namespace

CpuTime cpu_time(const Meter& meter, double wall) {
  rusage now{};
  ::getrusage(RUSAGE_THREAD, &now);
  CpuTime cpu{since(now.ru_utime, meter.cpu.ru_utime), since(now.ru_stime, meter.cpu.ru_stime)};
  double sum = cpu.user + cpu.system;
  if (sum > wall && sum > 0) {
    cpu.user *= wall / sum;
    cpu.system *= wall / sum;
  }
  return cpu;
}

int status_of(const Request& request, OutcomeCode code) {
  if (code == OutcomeCode::timed_out && !request.response.sent()) return 504;
  return request.response.started() ? request.response.status() : 500;
}

py::Ref announce_started(Request& request, py::Ref application, PyObject* environ) {
  Payload payload(request);
  payload.add_origin()
      .add("daemon_connects", number(request.head.connects))
      .add("daemon_restarts", number(request.head.rejections))
      .add("application_object", application.get())
      .add("callable_object", py::text(request.head.target.callable))
      .add("request_environ", environ);
  py::Ref after = payload.publish("request_started");
  PyObject* chosen =
      after ? PyDict_GetItemString(after.get(), "application_object") : application.get();
  return py::borrow(chosen != nullptr ? chosen : application.get());
}

void announce_response(Request& request, PyObject* status, PyObject* headers, PyObject* exc_info) {
  Payload(request)
      .add("response_status", status)
      .add("response_headers", headers)
      .add("exception_info", exc_info)
      .publish("response_started")
      .reset();
}

void announce_exception(Request& request, const python::Caught& caught) {
  PyObject* trace = caught.trace ? caught.trace.get() : Py_None;
  Payload(request)
      .add("exception_info",
           py::steal(PyTuple_Pack(3, caught.type.get(), caught.value.get(), trace)))
      .publish("request_exception")
      .reset();
}

void announce_finished(Request& request, OutcomeCode code) {
  const std::uint64_t now = wall_us();
  const double wall =
      now > request.application_us ? static_cast<double>(now - request.application_us) / kMicro : 0;
  const Meter& meter = request.meter;
  Payload payload(request);
  payload.add_origin()
      .add("status", number(static_cast<std::uint64_t>(status_of(request, code))))
      .add("input_reads", number(request.body.reads()))
      .add("input_length", number(request.body.bytes()))
      .add("input_time", span(meter.input_ns))
      .add("output_writes", number(request.response.blocks()))
      .add("output_length", number(request.response.bytes()))
      .add("output_time", span(meter.output_ns))
      .add("application_finish", stamp(now))
      .add("application_time", seconds(wall))
      .add("gil_wait_time", span(meter.gil_ns))
      .add("gil_wait_count", number(meter.gil_count));
  if (meter.heard) {
    CpuTime cpu = cpu_time(meter, wall);
    payload.add("cpu_user_time", seconds(cpu.user))
        .add("cpu_system_time", seconds(cpu.system))
        .add("cpu_time", seconds(cpu.user + cpu.system));
  }
  payload.publish("request_finished").reset();
}

}  // namespace wsgi::engine

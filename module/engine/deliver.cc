// SPDX-License-Identifier: Apache-2.0
#include "engine/deliver.h"

#include "engine/file_wrapper.h"
#include "engine/request_events.h"
#include "python/attach.h"
#include "python/traceback.h"

namespace wsgi::engine {
namespace {

std::string where(const Request& request) {
  const std::string& group = request.state.options.process_group;
  return "WSGI script '" + std::string(request.head.target.script) + "' in " +
         request.state.interpreter.describe() +
         (group.empty() ? ", embedded" : " of process group '" + group + "'");
}

OutcomeCode interrupted(Request& request) {
  bool sent = request.response.sent();
  python::Detached detached;
  if (sent) {
    request.log.message(ErrorId::app_timeout_truncated,
                        "Request interrupted by RequestTimeout in " + where(request));
  } else {
    request.log.message(
        ErrorId::app_timeout_recovered,
        "Request interrupted by RequestTimeout; thread recovered. " + where(request));
  }
  return OutcomeCode::timed_out;
}

// One item; false: stop iterating, with or without a Python error.
bool send_item(Request& request, PyObject* item, More more) {
  if (!PyBytes_Check(item)) {
    PyErr_Format(PyExc_TypeError, "response iterable must yield bytes, not %.200s",
                 Py_TYPE(item)->tp_name);
    return false;
  }
  std::string_view text(PyBytes_AS_STRING(item), static_cast<std::size_t>(PyBytes_GET_SIZE(item)));
  if (text.empty()) return true;
  // After `done` nothing may follow, log lines of this request included.
  if (more == More::done) request.flush_rests();
  return request.response.data(as_bytes(text), more);
}

// Exactly a list or tuple: no code of the application runs between the items, nor after the last.
bool send_sequence(Request& request, PyObject* result) {
  bool list = PyList_CheckExact(result);
  auto size = [&] { return list ? PyList_GET_SIZE(result) : PyTuple_GET_SIZE(result); };
  for (Py_ssize_t i = 0; i < size(); ++i) {
    // Another thread may change the list while this one waits detached.
    py::Ref item = py::borrow(list ? PyList_GET_ITEM(result, i) : PyTuple_GET_ITEM(result, i));
    if (!send_item(request, item.get(), i + 1 == size() ? More::done : More::yes)) return false;
  }
  return true;
}

bool send_iterable(Request& request, PyObject* result) {
  py::Ref iterator = py::steal(PyObject_GetIter(result));
  if (!iterator) return false;
  while (py::Ref item = py::steal(PyIter_Next(iterator.get()))) {
    if (!send_item(request, item.get(), More::yes)) return false;
  }
  return PyErr_Occurred() == nullptr;
}

bool send_result(Request& request, PyObject* result) {
  if (PyList_CheckExact(result) || PyTuple_CheckExact(result)) {
    return send_sequence(request, result);
  }
  if (!request.response.committed()) {
    if (auto part = file_part(request.state, result)) {
      return request.response.file(std::move(part->file), part->offset, part->size);
    }
  }
  return send_iterable(request, result);
}

// Exactly once, whatever happened; its failure does not change the response.
void close_result(Request& request, PyObject* result) {
  PyObject* found = nullptr;
  if (py::optional_attribute(result, request.state.close_name.get(), &found) < 0) {
    python::log_pending(request.log, ErrorId::app_close_lookup,
                        "looking up close() of the response failed in " + where(request));
    return;
  }
  py::Ref function = py::steal(found);
  if (function && !py::steal(PyObject_CallNoArgs(function.get()))) {
    (void)fail_request(request, ErrorId::app_exception, OutcomeCode::app_error);
  }
}

OutcomeCode code_of(Request& request) {
  Response& response = request.response;
  if (response.stopped()) return *response.stopped();
  if (response.length_short()) return OutcomeCode::length_short;
  return OutcomeCode::ok;
}

}  // namespace

OutcomeCode fail_request(Request& request, ErrorId id, OutcomeCode code) {
  if (PyErr_ExceptionMatches(request.state.interpreter.request_timeout())) {
    PyErr_Clear();
    return interrupted(request);
  }
  if (request.response.stopped() == OutcomeCode::bad_response) {
    // The refused head has been logged where it was refused.
    PyErr_Clear();
    return OutcomeCode::bad_response;
  }
  python::Caught caught = python::catch_error();
  std::string type = caught ? python::class_name(caught.type.get()) : "exception";
  if (PyErr_GivenExceptionMatches(caught.type.get(), PyExc_SystemExit)) {
    python::log_exception(request.log, ErrorId::app_systemexit,
                          "SystemExit exception raised by " + where(request) + " ignored", caught);
  } else {
    python::log_exception(request.log, id, type + " exception raised processing " + where(request),
                          caught);
  }
  if (request.called && caught && heard(request)) announce_exception(request, caught);
  return code;
}

OutcomeCode deliver(Request& request, py::Ref result) {
  bool plain = PyList_CheckExact(result.get()) || PyTuple_CheckExact(result.get());
  bool done = send_result(request, result.get()) && request.response.end();
  OutcomeCode code = OutcomeCode::ok;
  if (!done && PyErr_Occurred() != nullptr) {
    code = fail_request(request, ErrorId::app_exception, OutcomeCode::app_error);
  }
  if (!plain) close_result(request, result.get());
  if (code == OutcomeCode::ok) code = code_of(request);
  if (code == OutcomeCode::client_gone && request.log.enabled(Level::trace1)) {
    python::Detached detached;
    request.log.message(
        ErrorId::app_client_gone,
        "the client went away after " + std::to_string(request.response.bytes()) + " bytes");
  }
  if (done) request.response.log_lengths();
  return code;
}

}  // namespace wsgi::engine

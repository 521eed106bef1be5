// SPDX-License-Identifier: Apache-2.0
#include "python/subscribers.h"

#include "python/traceback.h"

namespace wsgi::python {
namespace {

bool make_list(PyObject* module, const char* name, py::Ref& list) {
  list = py::steal(PyList_New(0));
  return list && PyObject_SetAttrString(module, name, list.get()) == 0;
}

}  // namespace

bool Subscribers::init(PyObject* module) {
  return make_list(module, "event_callbacks", events_) &&
         make_list(module, "shutdown_callbacks", stopping_) &&
         make_list(module, "signal_callbacks", signals_);
}

void Subscribers::clear() {
  events_.reset();
  stopping_.reset();
  signals_.reset();
  used_ = false;
}

const py::Ref& Subscribers::list(Topic topic) const {
  if (topic == Topic::request) return events_;
  return topic == Topic::stopping ? stopping_ : signals_;
}

bool Subscribers::add(Topic topic, PyObject* callback) {
  if (!events_) return true;  // an atexit callback subscribes: nothing will be published any more
  if (PyList_Append(list(topic).get(), callback) < 0) return false;
  used_.store(true, std::memory_order_relaxed);
  return true;
}

void Subscribers::publish(Topic topic, const char* event, PyObject* payload, Log& log,
                          std::string_view where) const {
  // Snapshots: a callback may add and remove others.
  py::Ref all = py::steal(PyList_AsTuple(events_.get()));
  if (all && topic != Topic::request) {
    py::Ref more = py::steal(PyList_AsTuple(list(topic).get()));
    all = more ? py::steal(PySequence_Concat(all.get(), more.get())) : py::Ref();
  }
  py::Ref arguments = all ? py::steal(Py_BuildValue("(s)", event)) : py::Ref();
  const auto failed = [&](const char* what) {
    log_pending(log, ErrorId::event_callback,
                std::string(what) + " event '" + event + "' in " + std::string(where));
  };
  if (!arguments) return failed("no memory for");
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(all.get()); ++i) {
    py::Ref result =
        py::steal(PyObject_Call(PyTuple_GET_ITEM(all.get(), i), arguments.get(), payload));
    bool merged =
        result && (!PyDict_Check(result.get()) || PyDict_Update(payload, result.get()) == 0);
    if (!merged) failed("exception raised by a subscriber of");
  }
}

}  // namespace wsgi::python

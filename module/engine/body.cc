// SPDX-License-Identifier: Apache-2.0
#include "engine/body.h"

#include <algorithm>
#include <cstring>

#include "engine/turn.h"

namespace wsgi::engine {
namespace {

constexpr std::size_t kLineBlock = 8192;
constexpr std::size_t kGrowth = 65536;
constexpr const char* kError = "mod_wsgi request data read error: ";

}  // namespace

bool Body::check() {
  if (!failed_) return true;
  PyErr_Format(PyExc_OSError, "%s%s", kError,
               failure_.empty() ? "input is already in error state" : failure_.c_str());
  failure_.clear();
  return false;
}

std::size_t Body::fetch(char* into, std::size_t size) {
  if (ended_ || failed_) return 0;
  std::size_t got = 0;
  {
    Away away(meter_, meter_.input_ns);
    auto result = source_.read({reinterpret_cast<std::byte*>(into), size});
    if (result) {
      got = *result;
    } else {
      failed_ = true;
      failure_ = describe(result.error());
    }
  }
  ++reads_;
  bytes_ += got;
  if (got == 0 && !failed_) ended_ = true;
  return got;
}

std::size_t Body::take(char* into, std::size_t size) {
  std::size_t count = std::min(size, ahead_.size() - used_);
  if (count == 0) return 0;
  std::memcpy(into, ahead_.data() + used_, count);
  used_ += count;
  if (used_ == ahead_.size()) {
    ahead_.clear();
    used_ = 0;
  }
  return count;
}

// Grows a bytes object until `size` is reached or the body ends; `size` is a client's or an
// application's number, so memory is taken only as data arrives.
py::Ref Body::exactly(std::size_t size) {
  std::size_t ahead = ahead_.size() - used_;
  std::size_t first = std::min(size, std::max(kGrowth, ahead));
  if (length_) {
    first = std::min<std::uint64_t>(
        size, std::max<std::uint64_t>(first, std::min<std::uint64_t>(*length_ + 1, 64 * kGrowth)));
  }
  PyObject* bytes = PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(first));
  if (bytes == nullptr) return {};
  std::size_t capacity = first;
  std::size_t filled = take(PyBytes_AS_STRING(bytes), capacity);
  while (filled < size && !ended_ && !failed_) {
    if (filled == capacity) {
      capacity = std::min(size, capacity * 2);
      if (_PyBytes_Resize(&bytes, static_cast<Py_ssize_t>(capacity)) < 0) return {};
    }
    filled += fetch(PyBytes_AS_STRING(bytes) + filled, capacity - filled);
  }
  if (filled != capacity && _PyBytes_Resize(&bytes, static_cast<Py_ssize_t>(filled)) < 0) return {};
  return py::steal(bytes);
}

py::Ref Body::read(Py_ssize_t size) {
  Turn turn(turn_);
  if (!check()) return {};
  if (size == 0) {
    // As the very first operation it makes the client send the body (100-continue).
    if (reads_ == 0) fill();
    return check() ? py::steal(PyBytes_FromStringAndSize(nullptr, 0)) : py::Ref();
  }
  std::size_t wanted =
      size < 0 ? static_cast<std::size_t>(PY_SSIZE_T_MAX) : static_cast<std::size_t>(size);
  py::Ref bytes = exactly(wanted);
  if (!check()) return {};
  return bytes;
}

bool Body::fill() {
  ahead_.erase(0, used_);
  used_ = 0;
  std::size_t before = ahead_.size();
  ahead_.resize(before + kLineBlock);
  std::size_t got = fetch(ahead_.data() + before, kLineBlock);
  ahead_.resize(before + got);
  return got != 0;
}

py::Ref Body::line(Py_ssize_t limit) {
  Turn turn(turn_);
  if (!check()) return {};
  if (limit == 0) return py::steal(PyBytes_FromStringAndSize(nullptr, 0));
  std::size_t most = limit < 0 ? std::string::npos : static_cast<std::size_t>(limit);
  std::size_t searched = 0;
  std::size_t count = 0;
  while (true) {
    std::size_t have = ahead_.size() - used_;
    auto newline = ahead_.find('\n', used_ + searched);
    if (newline != std::string::npos) {
      count = std::min(newline - used_ + 1, most);
      break;
    }
    searched = have;
    if (have >= most || !fill()) {
      count = std::min(ahead_.size() - used_, most);
      break;
    }
  }
  if (!check()) return {};
  py::Ref bytes = py::steal(PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(count)));
  if (bytes) take(PyBytes_AS_STRING(bytes.get()), count);
  return bytes;
}

}  // namespace wsgi::engine

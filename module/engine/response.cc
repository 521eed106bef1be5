// SPDX-License-Identifier: Apache-2.0
#include "engine/response.h"

#include <algorithm>
#include <charconv>

#include "engine/header_rules.h"
#include "engine/turn.h"
#include "python/attach.h"

namespace wsgi::engine {
namespace {

constexpr std::size_t kUsualHead = 256;

}  // namespace

HeadText::Piece HeadText::add(std::string_view text) {
  Piece piece{static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(text.size())};
  text_ += text;
  return piece;
}

void HeadText::clear() {
  text_.clear();
  text_.reserve(kUsualHead);
  fields.clear();
  status = 0;
}

void Response::accept() {
  std::swap(head_, draft_);
  started_ = true;
}

// The decision which runtime.md puts at the moment the head is needed, once.
bool Response::commit() {
  if (stopped_) return false;
  if (committed_) return true;
  if (!started_) {
    PyErr_SetString(PyExc_RuntimeError,
                    "start_response() must be called before response content is produced");
    return false;
  }
  if (head_.status >= 100 && head_.status < 200) {
    // A client would take it for an interim response and go on waiting.
    return refuse({ErrorId::app_status_interim,
                   "status " + std::to_string(head_.status) + " cannot be a final status"});
  }
  if (!parse_length()) return false;
  committed_ = true;
  return true;
}

// Several: the last one wins, and the others are not sent.
bool Response::parse_length() {
  constexpr std::size_t kNone = SIZE_MAX;
  std::size_t last = kNone;
  for (std::size_t i = 0; i < head_.fields.size(); ++i) {
    if (!same_name(head_.view(head_.fields[i].name), "content-length")) continue;
    if (last != kNone) head_.fields.erase(head_.fields.begin() + static_cast<long>(last)), --i;
    last = i;
  }
  if (last == kNone) return true;
  std::string_view text = head_.view(head_.fields[last].value);
  std::uint64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  // Apache counts in signed numbers.
  if (text.empty() || error != std::errc() || end != text.data() + text.size() ||
      number > INT64_MAX) {
    return refuse({ErrorId::app_length_bad,
                   "invalid Content-Length '" + escaped(text) + "' from the application"});
  }
  length_ = number;
  return true;
}

// One line in the log, and a ValueError for an application that is inside write().
bool Response::refuse(const Fail& failure) {
  stopped_ = OutcomeCode::bad_response;
  {
    python::Detached detached;
    log_.fail(failure);
  }
  PyErr_SetString(PyExc_ValueError, failure.text.c_str());
  return false;
}

std::uint64_t Response::clip(std::uint64_t size) const {
  if (!length_) return size;
  return std::min(size, *length_ - std::min(*length_, bytes_));
}

// Detached. The views live until the call returns.
Status Response::send_head() {
  std::vector<Header> headers;
  headers.reserve(head_.fields.size());
  for (const auto& field : head_.fields) {
    headers.push_back({head_.view(field.name), head_.view(field.value)});
  }
  return sink_.head({head_.status, head_.view(head_.reason), headers});
}

bool Response::settle(Status status) {
  if (status) return true;
  if (status.error().id == ErrorId::app_response) return refuse(status.error());
  bool gone = status.error().id == ErrorId::app_client_gone;
  stopped_ = OutcomeCode::client_gone;
  gone_ = gone ? "mod_wsgi client connection closed"
               : "mod_wsgi failed to write response data: " + describe(status.error());
  return false;
}

bool Response::data(ByteView bytes, More more) {
  Turn turn(turn_);
  if (!commit()) return false;
  std::uint64_t take = clip(bytes.size());
  surplus_ += bytes.size() - take;
  bool head = !sent_;
  if (take == 0 && !head) return true;
  sent_ = true;
  bytes_ += take;
  ++blocks_;
  if (more == More::yes && length_ && bytes_ == *length_) more = More::last;
  Status status;
  {
    Away away(meter_, meter_.output_ns);
    if (head) status = send_head();
    if (status && (take != 0 || more == More::done)) status = sink_.data(bytes.first(take), more);
  }
  return settle(std::move(status));
}

bool Response::write(ByteView bytes) {
  bool done = true;
  if (!bytes.empty()) {
    done = data(bytes, More::yes);
  } else {
    Turn turn(turn_);
    done = commit();
  }
  if (!done && PyErr_Occurred() == nullptr) {
    PyErr_SetString(PyExc_OSError,
                    gone_.empty() ? "mod_wsgi client connection closed" : gone_.c_str());
  }
  return done;
}

bool Response::file(Fd file, std::uint64_t offset, std::uint64_t size) {
  Turn turn(turn_);
  if (!commit()) return false;
  if (!length_) {
    HeadText::Field field;
    field.name = head_.add("Content-Length");
    field.value = head_.add(std::to_string(size));
    head_.fields.push_back(field);
    length_ = size;
  }
  std::uint64_t take = clip(size);
  sent_ = true;
  Status status;
  {
    Away away(meter_, meter_.output_ns);
    status = send_head();
    if (status && take != 0) status = sink_.file(std::move(file), offset, take);
  }
  if (status) bytes_ += take, ++blocks_;
  return settle(std::move(status));
}

bool Response::end() {
  Turn turn(turn_);
  if (sent_) return !stopped_;
  if (!commit()) return false;
  sent_ = true;
  Status status;
  {
    Away away(meter_, meter_.output_ns);
    status = send_head();
  }
  return settle(std::move(status));
}

bool Response::length_short() const {
  // HEAD, 204 and 304 declare a length of a body that is not sent. (RFC 9110, 8.6)
  bool no_body = head_request_ || head_.status == 204 || head_.status == 304;
  return length_ && bytes_ < *length_ && !no_body;
}

void Response::log_lengths() {
  auto say = [&](ErrorId id, std::uint64_t produced) {
    log_.message(id, "the application produced " + std::to_string(produced) + " bytes, " +
                         std::to_string(*length_) + " were declared");
  };
  if (surplus_ != 0 && log_.enabled(Level::debug)) say(ErrorId::app_length_over, bytes_ + surplus_);
  if (length_short()) say(ErrorId::app_length_under, bytes_);
}

}  // namespace wsgi::engine

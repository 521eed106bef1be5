// SPDX-License-Identifier: Apache-2.0
// Heads of request and answer to bytes and back. Lengths are checked before anything is built.
#include "transport/head_codec.h"

#include <algorithm>
#include <limits>

#include "transport/frame.h"

namespace wsgi::transport {
namespace {

constexpr std::uint64_t kUnknownLength = ~std::uint64_t{0};
constexpr std::size_t kMaxHeadPart = kMaxRequest - kMaxInlineBody;

Fail violation(std::string_view what) { return {ErrorId::conn_protocol, std::string(what)}; }

bool is_clean(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

std::size_t encoded_size(const RequestHead& head, std::span<const std::string_view> strings) {
  std::size_t size = sizeof(RequestFixed);
  for (auto text : strings) size += 4 + text.size();
  for (const auto& var : head.variables) {
    size += 5 + var.value.size() + (var.atom == Atom::none ? 2 + var.name.size() : 0);
  }
  return size;
}

}  // namespace

Status encode_request(const RequestHead& head, Bytes& out) {
  const ScriptTarget& target = head.target;
  const std::string_view strings[kRequestStrings] = {
      target.script,   target.callable, target.process_group, target.application_group,
      target.resource, head.request_id, head.connection_id};
  const std::size_t size = encoded_size(head, strings);
  if (size > kMaxHeadPart) {
    return Fail{ErrorId::conn_send, "the request's variables are larger than 16 MiB"};
  }
  out.reserve(out.size() + size);
  Writer to(out);
  to.put(RequestFixed{head.timings.request_us, head.timings.queue_us,
                      head.content_length.value_or(kUnknownLength), head.connects, head.rejections,
                      head.server_pid, head.flags, static_cast<std::uint8_t>(head.log_level),
                      static_cast<std::uint8_t>(head.handler), kRequestStrings,
                      static_cast<std::uint32_t>(head.variables.size())});
  for (auto text : strings) to.sized<std::uint32_t>(text);
  for (const auto& var : head.variables) {
    to.put(static_cast<std::uint8_t>(var.atom));
    if (var.atom == Atom::none) {
      if (var.name.size() > std::numeric_limits<std::uint16_t>::max()) {
        return Fail{ErrorId::conn_send, "the name of a variable is larger than 64 KiB"};
      }
      to.sized<std::uint16_t>(var.name);
    }
    to.sized<std::uint32_t>(var.value);
  }
  return ok();
}

Status decode_request(ByteView payload, DecodedRequest& into) {
  Reader in(payload);
  const auto fixed = in.get<RequestFixed>();
  if (!in.good() || fixed.strings != kRequestStrings) {
    return violation("a request head of an unknown form");
  }
  if (fixed.handler_kind > static_cast<std::uint8_t>(HandlerKind::handler_script) ||
      fixed.log_level > static_cast<std::uint8_t>(Level::trace8)) {
    return violation("a request head with a value out of range");
  }
  std::string_view strings[kRequestStrings];
  for (auto& text : strings) text = in.sized<std::uint32_t>();
  // Each variable takes five bytes at least: bounds the allocation by what has really come.
  if (!in.good() || fixed.variables > in.left() / 5) {
    return violation("a request head whose lengths do not fit");
  }
  into.variables.clear();
  into.variables.reserve(fixed.variables);
  for (std::uint32_t i = 0; i < fixed.variables; ++i) {
    EnvVar var;
    const auto atom = in.get<std::uint8_t>();
    if (atom >= kAtomLimit) return violation("a variable with an unknown number");
    var.atom = static_cast<Atom>(atom);
    if (var.atom == Atom::none) var.name = in.sized<std::uint16_t>();
    var.value = in.sized<std::uint32_t>();
    into.variables.push_back(var);
  }
  if (!in.good()) return violation("a request head whose lengths do not fit");

  RequestHead& head = into.head;
  head.variables = into.variables;
  head.target = {strings[0], strings[1], strings[2], strings[3], strings[4]};
  head.content_length.reset();
  if (fixed.content_length != kUnknownLength) head.content_length = fixed.content_length;
  head.flags = fixed.flags;
  head.handler = static_cast<HandlerKind>(fixed.handler_kind);
  head.log_level = static_cast<Level>(fixed.log_level);
  head.timings = {fixed.request_us, fixed.queue_us, 0};
  head.connects = fixed.connects;
  head.rejections = fixed.rejections;
  head.server_pid = fixed.server_pid;
  head.request_id = strings[5];
  head.connection_id = strings[6];
  into.rest = in.rest();
  return ok();
}

Status encode_head(const ResponseHead& head, Bytes& out) {
  std::size_t size = 10 + head.reason.size();
  for (const auto& header : head.headers) size += 6 + header.name.size() + header.value.size();
  if (size > kMaxHead || head.headers.size() > kMaxHeaders || head.reason.size() > 0xffff) {
    return Fail{ErrorId::app_response, "the response has more than 1000 headers or 1 MiB of them"};
  }
  out.reserve(out.size() + size);
  Writer to(out);
  to.put(head.status);
  to.put(static_cast<std::uint16_t>(head.headers.size()));
  to.put(std::uint32_t{0});
  to.sized<std::uint16_t>(head.reason);
  for (const auto& header : head.headers) {
    if (header.name.size() > 0xffff) {
      return Fail{ErrorId::app_response, "the name of a response header is larger than 64 KiB"};
    }
    to.put(static_cast<std::uint16_t>(header.name.size()));
    to.put(static_cast<std::uint32_t>(header.value.size()));
    to.text(header.name);
    to.text(header.value);
  }
  return ok();
}

Status decode_head(ByteView payload, std::size_t max_line, DecodedHead& into) {
  Reader in(payload);
  const auto malformed = [] { return Fail{ErrorId::resp_malformed, "a malformed response head"}; };
  into.head.status = in.get<std::uint16_t>();
  const auto count = in.get<std::uint16_t>();
  const bool zero = in.get<std::uint32_t>() == 0;
  into.head.reason = in.sized<std::uint16_t>();
  if (!in.good() || !zero || count > kMaxHeaders || count > in.left() / 6) return malformed();
  // Any code but an interim one, which a client would not take for the end (runtime.md, 5.1).
  const bool interim = into.head.status >= 100 && into.head.status < 200;
  if (interim || into.head.status > 999 || !is_clean(into.head.reason)) {
    return malformed();
  }
  into.headers.clear();
  into.headers.reserve(count);
  for (std::uint16_t i = 0; i < count; ++i) {
    const auto name_size = in.get<std::uint16_t>();
    const auto value_size = in.get<std::uint32_t>();
    const auto name = in.text(name_size);
    const auto value = in.text(value_size);
    if (!in.good() || name.empty() || !is_clean(name) || !is_clean(value)) return malformed();
    if (max_line != 0 && name.size() + 2 + value.size() > max_line) {
      return Fail{ErrorId::resp_toolong, "the header '" + std::string(name.substr(0, 256)) +
                                             "' is longer than " + std::to_string(max_line) +
                                             " bytes; see header-buffer-size"};
    }
    into.headers.push_back({name, value});
  }
  if (!in.complete()) return malformed();
  into.head.headers = into.headers;
  return ok();
}

}  // namespace wsgi::transport

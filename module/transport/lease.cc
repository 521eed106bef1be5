// SPDX-License-Identifier: Apache-2.0
// One conversation as the child sees it. A request is placed again only while it cannot have
// started; what ends it otherwise becomes one Fail.
#include "transport/lease.h"

#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace wsgi::transport {
namespace {

constexpr int kDeathWaitMs = 20;
constexpr std::uint32_t kQuickResets = 3;
constexpr std::size_t kBodyFrame = 256 * 1024;

}  // namespace

Status LeaseState::encode() {
  RequestHead head = *ask.head;
  head.connects = connects;
  head.rejections = rejections;
  request.assign(sizeof(FrameHeader), std::byte{});
  WSGI_TRY(encode_request(head, request));
  const std::uint8_t flags = static_cast<std::uint8_t>(
      (ask.inline_body.empty() ? 0 : kRequestInline) | (ask.body_follows ? kRequestBody : 0) |
      (ask.can_continue ? kRequestCanWait : 0));
  const auto header = make_header(FrameType::request, flags,
                                  request.size() - sizeof(FrameHeader) + ask.inline_body.size());
  std::memcpy(request.data(), &header, sizeof header);
  return ok();
}

Fail LeaseState::protocol() const {
  return {ErrorId::conn_protocol, "group '" + group() + "': the daemon broke the protocol"};
}

Deadline LeaseState::wait_limit() const {
  const auto& options = client.options;
  auto time = options.queue_timeout;
  // queue-timeout counts from the moment Apache had the request line.
  if (const auto since = ask.head->timings.request_us; time.count() != 0 && since != 0) {
    const auto now = wall_us();
    const std::chrono::milliseconds gone(now > since ? (now - since) / 1000 : 0);
    time = gone < time ? time - gone : std::chrono::milliseconds(1);
  }
  if (time.count() == 0 || (options.socket_timeout.count() != 0 && options.socket_timeout < time)) {
    time = options.socket_timeout;
  }
  const Deadline most = time.count() == 0 ? Deadline() : Deadline::in(time);
  if (deadline.never()) return most;
  return most.never() || deadline.left_ms() < most.left_ms() ? deadline : most;
}

Status LeaseState::settle_place() {
  const Deadline patience = wait_limit();
  bool closed_idle = false;
  for (;;) {
    WSGI_ASSIGN(place, client.find(patience));
    WSGI_TRY(encode());
    const Request parts{part_of(request), part_of(ask.inline_body)};
    Ends& ends = *place.ends;
    const auto way = ends.send(place.permit, parts, log, connection, connects);
    if (way == Ends::Way::sent) {
      channel.emplace(connection->socket.get(), connection->in, Peer::daemon);
      at = At::asked;
      any_frame = accepted = false;
      limit = {};
      return ok();
    }
    const int sys = errno;
    give_back(ends.page(), place.permit);
    ends.page().counts().undelivered.fetch_add(1, std::memory_order_relaxed);
    if (way == Ends::Way::no_descriptors && !closed_idle) {
      closed_idle = true;
      client.own.pool().close_all();
      if (client.elder) client.elder->pool().close_all();
      continue;
    }
    if (way == Ends::Way::other_slot) continue;
    return Fail{way == Ends::Way::no_descriptors ? ErrorId::conn_exhausted : ErrorId::conn_socket,
                "group '" + group() + "': no connection can be made", sys};
  }
}

Status LeaseState::place_again(std::string_view why) {
  channel.reset();
  connection.reset();
  at = At::lost;
  ++attempts;
  client.own.page().counts().replacements.fetch_add(1, std::memory_order_relaxed);
  log.message(ErrorId::conn_retry, "group '" + group() + "': " + std::string(why) +
                                       ", the request is placed again (attempt " +
                                       std::to_string(attempts + 1) + ")");
  return settle_place();
}

std::string LeaseState::cause_of_death() const {
  const Page& page = place.ends->page();
  const SlotDeath& death = page.slot(place.permit.slot).death;
  const Deadline patience = Deadline::in(std::chrono::milliseconds(kDeathWaitMs));
  count_waiter(page);
  bool known = false;
  for (;;) {
    const auto seen = page.bell().bell.load();
    known = death.generation.load(std::memory_order_acquire) == place.permit.generation;
    if (known || patience.expired()) break;
    wait_bell(page, seen, patience);
  }
  uncount_waiter(page);
  const std::string pid = std::to_string(page.slot(place.permit.slot).occupant.pid.load());
  if (!known) return "; its process was " + pid + ", look for a crash or a killed process";
  const auto how = static_cast<DeathHow>(death.how.load());
  std::string text(death.text, ::strnlen(death.text, sizeof death.text));
  return "; process " + std::to_string(death.pid.load()) +
         (how == DeathHow::signal ? " died of signal " : " ended with status ") +
         std::to_string(death.status.load()) + (text.empty() ? "" : " (" + text + ")");
}

// Why nothing more comes, when it cannot be placed again.
Fail LeaseState::ended(Got got) {
  const bool before = at == At::asked;
  at = At::lost;
  const std::string name = "group '" + group() + "': ";
  switch (got) {
    case Got::timeout:
      return {before ? ErrorId::resp_timeout : ErrorId::resp_body_read,
              name + (before ? "no response within " : "no more of the response within ") +
                  std::to_string(client.options.socket_timeout.count() / 1000) +
                  " s; see socket-timeout"};
    case Got::eof:
    case Got::reset:
      return {before ? ErrorId::resp_early_close : ErrorId::resp_daemon_died,
              name +
                  (before ? "the daemon closed the connection before its response"
                          : "the daemon closed the connection within its response") +
                  cause_of_death()};
    case Got::violation:
      return protocol();
    default:
      return {before ? ErrorId::resp_early_close : ErrorId::resp_body_read,
              name + "reading the response failed", errno};
  }
}

std::optional<Status> LeaseState::judge(Got got) {
  const bool may_not_have_started = at == At::asked && got == Got::reset && !any_frame && !accepted;
  if (!may_not_have_started) return ended(got);
  if (++resets > 2 * processes() + 8) {
    at = At::lost;
    return Fail{ErrorId::conn_restarts, "group '" + group() + "': given back " +
                                            std::to_string(resets) + " times in a row"};
  }
  if (resets > kQuickResets) {
    const long ms = 1L << std::min<std::uint32_t>(resets - kQuickResets - 1, 7);
    const timespec time{0, ms * 1'000'000};
    ::nanosleep(&time, nullptr);
  }
  if (auto placed = place_again("a daemon gave it back"); !placed) return placed;
  return std::nullopt;
}

std::optional<Status> LeaseState::judge_frame(const Frame& frame) {
  const auto violation = [&]() -> Status {
    at = At::lost;
    return protocol();
  };
  any_frame = true;
  if (frame.type == FrameType::log && limit.never() && client.options.socket_timeout.count() != 0) {
    limit = Deadline::in(client.options.socket_timeout);
  } else if (frame.type != FrameType::log) {
    limit = {};
  }
  switch (frame.type) {
    case FrameType::log:
      return ok();
    case FrameType::go:
      if (at != At::asked || !ask.body_follows || accepted) return violation();
      accepted = true;
      return ok();
    case FrameType::again: {
      if (at != At::asked || accepted) return violation();
      place.ends->avoid(place.permit);
      if (++rejections > 2 * processes() + 1) {
        at = At::lost;
        return Fail{ErrorId::conn_restarts, "group '" + group() + "': turned away " +
                                                std::to_string(rejections) +
                                                " times in a row by daemons that restart"};
      }
      if (auto placed = place_again("a script has changed"); !placed) return placed;
      return std::nullopt;
    }
    case FrameType::head:
      if (at != At::asked) return violation();
      at = At::head;
      return ok();
    case FrameType::data:
      return at == At::head ? ok() : violation();
    case FrameType::file:
      // Its descriptor stays open until the request ends: without a limit one response could take
      // all that the child has.
      if (at != At::head || any_file) return violation();
      any_file = true;
      return ok();
    case FrameType::end:
      at = At::done;
      finish_body();
      return ok();
    default:
      return violation();
  }
}

// The daemon waits for the rest of a body that it has asked for.
void LeaseState::finish_body() {
  if (!accepted || body_done) return;
  body_done = true;
  if (header_left != 0 || frame_left != 0) {
    at = At::lost;  // a frame cannot be left half sent
    return;
  }
  FrameHeader header = make_header(FrameType::body, kBodyLast | kBodyAbandoned, 0);
  iovec part{&header, sizeof header};
  if (channel->send({&part, 1}) != Sent::all) at = At::lost;
}

void LeaseState::release() {
  const bool good = at == At::done && channel && channel->quiet() && !client.options.once;
  channel.reset();
  if (good) place.ends->pool().put(place.permit.slot, std::move(connection));
  connection.reset();
}

BodyStep LeaseState::step_body(ByteView bytes, bool last, Status& status) {
  BodyStep step;
  for (;;) {
    const ByteView rest = bytes.subspan(step.taken);
    if (rest.empty() && header_left == 0 && frame_left != 0) return step;
    if (header_left == 0 && frame_left == 0) {
      if (body_done || (rest.empty() && !last)) {
        step.done = true;
        return step;
      }
      frame_left = std::min(rest.size(), kBodyFrame);
      const bool ends = last && frame_left == rest.size();
      body_header = make_header(FrameType::body, ends ? kBodyLast : 0, frame_left);
      header_left = sizeof body_header;
    }
    auto* header = reinterpret_cast<std::byte*>(&body_header);
    iovec parts[2] = {{header + sizeof body_header - header_left, header_left},
                      part_of(rest.first(std::min(frame_left, rest.size())))};
    std::span<iovec> to_send(parts);
    const std::size_t offered = parts[1].iov_len;
    const auto sent = channel->send_some(to_send);
    header_left = to_send.size() == 2 ? to_send.front().iov_len : 0;
    const std::size_t left = to_send.empty() ? 0 : to_send.back().iov_len;
    step.taken += offered - left;
    frame_left -= offered - left;
    if (sent.sent != Sent::all) {
      status = Fail{ErrorId::body_relay, "the daemon does not take the body", errno};
      return step;
    }
    if (!sent.all) return step;
    if (header_left == 0 && frame_left == 0 && (body_header.flags & kBodyLast)) body_done = true;
  }
}

}  // namespace wsgi::transport

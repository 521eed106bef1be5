// SPDX-License-Identifier: Apache-2.0
// From an event to a conversation and back into the set.
#include "daemon/worker.h"

#include <sys/epoll.h>

#include <cerrno>
#include <chrono>

#include "transport/handover.h"

namespace wsgi::daemon {

using transport::give_back;
using transport::HandOverGot;

void Worker::run() {
  while (!server_.draining_) {
    epoll_event event{};
    const int count = ::epoll_wait(server_.epoll_.get(), &event, 1, -1);
    if (count < 0 && errno != EINTR) return;
    if (count <= 0 || event.data.u64 == kStopEvent) continue;
    if (event.data.u64 == kHandOverEvent) {
      take_handovers();
    } else if (const auto connection = server_.connections_->claim(event.data.u64)) {
      serve(*connection);
    }
  }
}

// All that is queued is taken, so that nobody waits behind a request; the first is served here, the
// others wake workers.
void Worker::take_handovers() {
  const auto& parts = server_.parts_;
  std::optional<Connections::Busy> mine;
  bool watch = true;
  for (;;) {
    auto got = transport::receive_handover(parts.receiving);
    if (got.got == HandOverGot::empty) break;
    if (got.got == HandOverGot::ended) {
      watch = false;  // a level-triggered watch would spin
      break;
    }
    if (got.got == HandOverGot::bad) {
      parts.log.message(ErrorId::conn_protocol, "something that is no hand-over was received");
      continue;
    }
    const std::uint32_t generation = got.message.generation;
    if (got.got == HandOverGot::no_room) {
      server_.complain_of_descriptors();
      give_back(parts.page, {static_cast<std::uint16_t>(parts.boot.slot), generation});
      continue;
    }
    if (generation != parts.boot.generation || server_.draining_) {
      got.connection.reset();  // closed unread: the child places the request anew
      give_back(parts.page, {static_cast<std::uint16_t>(parts.boot.slot), generation});
      // The slot is a successor's, and so is what else comes: not ours to throw back, again and
      // again, until DRAIN arrives or, where our supervisor has died, the monitor has noticed. A
      // predecessor's may have been sent late, and the word is the predecessor's until we are
      // ready.
      const auto word = transport::load_word(parts.page, parts.boot.slot);
      if (generation > parts.boot.generation && word.generation == generation) {
        watch = false;
        break;
      }
      continue;
    }
    const std::chrono::milliseconds timeout(parts.boot.socket_timeout_ms);
    if (timeout.count() != 0) transport::set_timeouts(got.connection.get(), timeout);
    auto added = server_.connections_->add(std::move(got.connection),
                                           got.message.flags & transport::kHandOverOnce);
    if (!added) {
      give_back(parts.page, server_.occupant());
    } else if (!mine) {
      mine = added;
    } else {
      server_.connections_->rest(*added);
    }
  }
  if (watch && !server_.draining_) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLONESHOT;
    event.data.u64 = kHandOverEvent;
    ::epoll_ctl(server_.epoll_.get(), EPOLL_CTL_MOD, parts.receiving, &event);
  }
  if (mine) serve(*mine);
}

bool Worker::expired(const RequestHead& head) const {
  const std::uint64_t limit = server_.parts_.boot.options.queue_timeout;
  const std::uint64_t since = head.timings.request_us;
  return limit != 0 && since != 0 && head.timings.daemon_us > since + limit * 1'000'000;
}

void Worker::serve(const Connections::Busy& connection) {
  auto& parts = server_.parts_;
  if (server_.draining_) {
    server_.connections_->drop(connection);
    return;
  }
  Vitals& vitals = parts.vitals;
  vitals.active.fetch_add(1);
  Conversation conversation(connection.fd, scratch_, vitals, parts.log);
  const auto asked = conversation.receive();
  bool again = false;
  if (asked == Conversation::Asked::request) {
    again = converse(conversation);
  } else if (asked == Conversation::Asked::violation) {
    parts.log.message(ErrorId::conn_protocol, "a request that is not of the protocol was received");
  }
  again = again && !connection.once && !server_.draining_;
  // Before the connection can carry the next request, so that its child finds this permit.
  if (asked != Conversation::Asked::closed) give_back(parts.page, server_.occupant());
  if (again) {
    server_.connections_->rest(connection);
  } else {
    server_.connections_->drop(connection);
  }
  vitals.active.fetch_sub(1);
  if (server_.draining_) parts.wake();
}

// True: the connection may be used again.
bool Worker::converse(Conversation& conversation) {
  auto& parts = server_.parts_;
  const RequestHead& head = conversation.head();
  if (expired(head)) {
    parts.log.message(ErrorId::conn_queue,
                      "group '" + parts.boot.options.name +
                          "': a request waited longer than queue-timeout and is dropped");
    return conversation.finish({OutcomeCode::expired});
  }
  // Asked before the body is; without one, run() finds out by itself.
  const bool asks = conversation.body_follows();
  if (asks && (head.flags & kReloading)) {
    if (parts.engine.script_changed(head)) {
      parts.leave(transport::Cause::script_reload);
      conversation.turn_away();
      return false;
    }
    conversation.script_is_current();
  }
  const std::uint64_t started = mono_us();
  if (!(head.flags & kIgnoreActivity)) parts.vitals.note_activity();
  Flight& flight = parts.vitals.flights[index_];
  flight.count.fetch_add(1, std::memory_order_relaxed);
  flight.started_us.store(started, std::memory_order_release);
  server_.cells_.begin(index_, head, head.timings.daemon_us);

  bool again = false;
  Outcome outcome{OutcomeCode::client_gone};
  if (conversation.accept()) {
    outcome = parts.engine.run(head, conversation, conversation, conversation.log());
    if (outcome.code == OutcomeCode::reload) {
      parts.leave(transport::Cause::script_reload);
      conversation.turn_away();
    } else {
      again = conversation.finish(outcome);
    }
  }
  server_.cells_.end(index_, conversation.counted(outcome), mono_us() - started);
  flight.started_us.store(0, std::memory_order_release);
  const std::uint64_t most = parts.boot.options.maximum_requests;
  if (parts.vitals.served.fetch_add(1) + 1 == most) parts.full();
  return again;
}

}  // namespace wsgi::daemon

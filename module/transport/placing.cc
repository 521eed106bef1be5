// SPDX-License-Identifier: Apache-2.0
// Permit first, then a connection of that slot, newest idle one first, else a hand-over.
#include "transport/placing.h"

#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/scope_exit.h"

namespace wsgi::transport {
namespace {

constexpr std::int64_t kFullPauseUs = 100'000;
constexpr std::int64_t kComplainUs = 60'000'000;
constexpr std::size_t kMostHints = 64;

std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now().time_since_epoch())
      .count();
}

void pause_ms(long ms) {
  const timespec time{ms / 1000, (ms % 1000) * 1'000'000};
  ::nanosleep(&time, nullptr);
}

}  // namespace

Ends::Ends(const GroupEnds& ends, const ClientOptions& options)
    : ends_(ends), options_(options), pool_(*ends.page), marks_(ends.page->shape().slots) {}

std::optional<Permit> Ends::take(SlotState state) {
  std::array<SlotHint, kMostHints> space;
  std::vector<SlotHint> many;
  std::span<SlotHint> hints(space.data(), std::min(marks_.size(), kMostHints));
  if (marks_.size() > kMostHints) {
    many.resize(marks_.size());
    hints = many;
  }
  for (std::size_t k = 0; k < hints.size(); ++k) {
    const auto until = marks_[k].until_us.load(std::memory_order_relaxed);
    const auto gone = marks_[k].gone.load(std::memory_order_relaxed);
    hints[k].usable =
        (until == 0 || now_us() >= until) && (gone == 0 || gone != load_word(page(), k).generation);
    hints[k].idle = pool_.has_idle(k);
  }
  return try_take(page(), state, hints, turn_.fetch_add(1, std::memory_order_relaxed));
}

bool Ends::all_broken() const {
  for (std::size_t k = 0; k < page().shape().slots; ++k) {
    const SlotState state = load_word(page(), k).state;
    if (state != SlotState::broken && state != SlotState::stopped) return false;
  }
  return true;
}

bool Ends::paused() const {
  const auto now = now_us();
  return std::any_of(marks_.begin(), marks_.end(), [&](const Mark& m) { return m.until_us > now; });
}

Ends::Way Ends::send(const Permit& permit, const Request& request, Log& log,
                     std::unique_ptr<Connection>& connection, std::uint32_t& connects) {
  while (auto idle = pool_.take(permit)) {
    Request parts = request;
    Channel channel(idle->socket.get(), idle->in, Peer::daemon);
    // Only whole requests start: whatever went wrong, this one has not.
    if (channel.send(parts) == Sent::all) {
      connection = std::move(idle);
      return Way::sent;
    }
  }
  ++connects;
  return send_fresh(permit, request, log, connection);
}

Ends::Way Ends::send_fresh(const Permit& permit, const Request& request, Log& log,
                           std::unique_ptr<Connection>& connection) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
    return errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS
               ? Way::no_descriptors
               : Way::failed;
  }
  auto fresh = std::make_unique<Connection>();
  fresh->socket.reset(pair[0]);
  fresh->generation = permit.generation;
  Fd far(pair[1]);
  if (options_.socket_timeout.count() != 0) set_timeouts(pair[0], options_.socket_timeout);
  const auto size = [&](int option, std::uint32_t value) {
    const int bytes = static_cast<int>(std::min<std::uint32_t>(value, 1u << 30));
    if (value != 0) ::setsockopt(pair[1], SOL_SOCKET, option, &bytes, sizeof bytes);
  };
  size(SO_SNDBUF, options_.send_buffer);
  size(SO_RCVBUF, options_.receive_buffer);

  // Written before it is handed over, so that the worker that wakes finds it; a request larger
  // than the socket's buffer goes on afterwards, when somebody reads.
  Request parts = request;
  std::span<iovec> rest(parts);
  Channel channel(pair[0], fresh->in, Peer::daemon);
  const auto written = channel.send_some(rest);
  if (written.sent != Sent::all) return Way::failed;
  HandOver message;
  message.version = kIpcVersion;
  message.flags = options_.once ? kHandOverOnce : std::uint16_t{0};
  message.generation = permit.generation;
  message.child_pid = static_cast<std::uint32_t>(::getpid());
  message.serial = serial_.fetch_add(1, std::memory_order_relaxed) + 1;
  const Way way = judge(send_handover(ends_.sending[permit.slot], message, far.get()), permit, log);
  if (way != Way::sent) return way;
  // A supervisor records a death, then throws back what is queued: what it did not see was sent
  // after the record. Nobody runs it; it would wait until a successor has started.
  if (page().slot(permit.slot).death.generation.load() == permit.generation) {
    avoid(permit);
    return Way::other_slot;
  }
  page().counts().handovers.fetch_add(1, std::memory_order_relaxed);
  far.reset();
  // Lost while it is written: the reading side of the table decides (ECONNRESET).
  if (!written.all) (void)channel.send(rest);
  connection = std::move(fresh);
  return Way::sent;
}

Ends::Way Ends::judge(HandOverSent sent, const Permit& permit, Log& log) {
  Mark& mark = marks_[permit.slot];
  switch (sent) {
    case HandOverSent::sent:
      return Way::sent;
    case HandOverSent::gone:
      avoid(permit);
      return Way::other_slot;
    case HandOverSent::in_flight: {
      const auto now = now_us();
      auto last = complained_us_.load();
      if (now - last >= kComplainUs && complained_us_.compare_exchange_strong(last, now)) {
        log.message(ErrorId::descriptor_limit,
                    "group '" + options_.group +
                        "': more connections are on their way than the soft limit of open files; "
                        "raise the limit");
      }
      mark.until_us = now + kFullPauseUs;
      return Way::other_slot;
    }
    case HandOverSent::full:
      mark.until_us = now_us() + kFullPauseUs;
      return Way::other_slot;
    case HandOverSent::no_descriptors:
      return Way::no_descriptors;
    case HandOverSent::failed:
      return Way::failed;
  }
  return Way::failed;
}

GroupClientState::GroupClientState(ClientOptions given, GroupEnds own_ends,
                                   std::optional<GroupEnds> elder_ends)
    : options(std::move(given)), own(own_ends, options) {
  if (elder_ends && elder_ends->page->birth().settings_hash == own_ends.page->birth().settings_hash)
    elder.emplace(*elder_ends, options);
}

// Until the first process of our own generation is ready, the elder's serve.
bool GroupClientState::bridging() const {
  return elder && own.page().state().ever_ready == 0 && elder->page().state().superseded == 0;
}

std::optional<GroupClientState::Place> GroupClientState::look() {
  for (auto state : {SlotState::ready, SlotState::fading}) {
    if (auto permit = own.take(state)) return Place{&own, *permit};
  }
  if (!bridging()) return std::nullopt;
  for (auto state : {SlotState::ready, SlotState::fading}) {
    if (auto permit = elder->take(state)) {
      own.page().counts().bridged.fetch_add(1, std::memory_order_relaxed);
      return Place{&*elder, *permit};
    }
  }
  return std::nullopt;
}

Result<GroupClientState::Place> GroupClientState::find(const Deadline& deadline) {
  if (auto place = look()) return *place;
  const Deadline patience = Deadline::in(options.connect_timeout);
  // The line is as long as it may be: try again, as with a full backlog, until connect-timeout.
  PageBell& bell = own.page().bell();
  long step_ms = 5;
  while (bell.waiters.load() >= own.page().shape().backlog) {
    if (own.all_broken()) break;
    if (patience.expired() || deadline.expired()) {
      own.page().counts().refused_full.fetch_add(1, std::memory_order_relaxed);
      return Fail{ErrorId::conn_exhausted,
                  "group '" + options.group + "': no process was free and " +
                      std::to_string(own.page().shape().backlog) +
                      " requests were waiting already; processes, threads or listen-backlog may be "
                      "too small"};
    }
    pause_ms(step_ms);
    step_ms = std::min(step_ms * 2, 125L);
    if (auto place = look()) return *place;
  }
  return wait(deadline);
}

Result<GroupClientState::Place> GroupClientState::wait(const Deadline& deadline) {
  PageBell& bell = own.page().bell();
  PageCounts& counts = own.page().counts();
  const auto started = Clock::now();
  count_waiter(own.page());
  const ScopeExit done([&] {
    uncount_waiter(own.page());
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - started);
    counts.waits.fetch_add(1, std::memory_order_relaxed);
    counts.wait_us.fetch_add(static_cast<std::uint64_t>(us.count()), std::memory_order_relaxed);
  });
  for (;;) {
    const std::uint32_t seen = bell.bell.load();
    if (auto place = look()) return *place;
    if (own.all_broken()) {
      counts.refused_broken.fetch_add(1, std::memory_order_relaxed);
      return Fail{ErrorId::conn_broken, "group '" + options.group + "': no process can start"};
    }
    if (deadline.expired()) return too_late();
    // The elder rings its own bell, and the end of a pause rings none.
    const auto longest = std::chrono::milliseconds(bridging() ? 20 : own.paused() ? 100 : 1000);
    const Deadline soon = Deadline::in(longest);
    wait_bell(own.page(), seen,
              deadline.never() || deadline.left_ms() > soon.left_ms() ? soon : deadline);
  }
}

Fail GroupClientState::too_late() const {
  return {ErrorId::conn_queue,
          "group '" + options.group + "': no process was free in time; see queue-timeout"};
}

}  // namespace wsgi::transport

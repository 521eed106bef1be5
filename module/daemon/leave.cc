// SPDX-License-Identifier: Apache-2.0
// The main thread's sleep, and the order of stopping.
#include "daemon/leave.h"

#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "daemon/server.h"
#include "transport/boot.h"
#include "transport/permits.h"

namespace wsgi::daemon {

using transport::Cause;

namespace {

constexpr std::uint64_t kSecond = 1'000'000;
constexpr std::uint64_t kAloneUs = 60 * kSecond;

// Nobody holds a sending end any more: Apache has gone with all its children.
bool senders_gone() {
  pollfd receiving{transport::kReceivingFd, 0, 0};
  return ::poll(&receiving, 1, 0) > 0 && (receiving.revents & POLLHUP) != 0;
}

}  // namespace

void Leave::say_trigger(Cause cause, std::string_view what) {
  log_.message(ErrorId::proc_trigger,
               "group '" + boot_.options.name + "': " + std::string(transport::cause_name(cause)) +
                   ", " + std::string(what) +
                   "; active requests: " + std::to_string(vitals_.active.load()));
}

void Leave::ask_recycle(Cause cause) {
  if (leaving_ != 0 || recycling_.exchange(true)) return;
  const bool overlap = boot_.options.overlap;
  std::uint32_t grace_s = boot_.options.graceful_timeout;
  if (cause == Cause::eviction_signal) grace_s = boot_.options.eviction_timeout;
  if (!overlap && grace_s == 0) return ask_leave(cause);
  say_trigger(cause, "a replacement is asked for");
  if (!transport::send_control(transport::kControlFd,
                               transport::RecycleMessage{cause, vitals_.active})) {
    return;  // no supervisor: see tick()
  }
  if (!overlap) {
    fade_until_us_ = mono_us() + grace_s * kSecond;
    fading_ = static_cast<std::uint8_t>(cause);
    Signals::wake();
  }
}

void Leave::ask_leave(Cause cause) {
  std::uint8_t none = 0;
  if (!leaving_.compare_exchange_strong(none, static_cast<std::uint8_t>(cause))) return;
  std::uint64_t within_s = boot_.options.shutdown_timeout;
  // Left alone nobody is in a hurry: what runs may end, as in a generation that drains.
  if (cause == Cause::supervisor_gone) within_s = 0;
  // Without a supervisor to say DRAIN; the same time as with one.
  if (cause == Cause::replaced && within_s != 0) within_s += boot_.options.graceful_timeout;
  if (!told_.exchange(true)) {
    if (within_s != 0) abort_at_us_ = mono_us() + within_s * kSecond;
    say_trigger(cause, "the process stops");
    (void)transport::send_control(
        transport::kControlFd,
        transport::LeavingMessage{cause, vitals_.active, saturated_ms(within_s)});
  }
  Signals::wake();
}

void Leave::tick() {
  const auto word = transport::load_word(page_, boot_.slot);
  if (word.generation != boot_.generation && word.state == transport::SlotState::ready) {
    ask_leave(Cause::replaced);
  }
  const auto alone = alone_since_us_.load();
  if (alone == 0) return;
  const bool apache_gone = senders_gone();
  if (apache_gone || mono_us() - alone >= kAloneUs) ask_leave(Cause::supervisor_gone);
  const std::uint32_t within_s = boot_.options.shutdown_timeout;
  if (apache_gone && within_s != 0 && abort_at_us_ == 0) {
    abort_at_us_ = mono_us() + within_s * kSecond;
  }
}

void Leave::on_signal(int number) {
  switch (number) {
    case SIGTERM:
    case SIGINT:
      return ask_leave(Cause::shutdown_signal);
    case SIGUSR1:
      return ask_recycle(boot_.options.eviction_timeout ? Cause::eviction_signal
                                                        : Cause::graceful_signal);
    case SIGXCPU:
      return ask_recycle(Cause::cpu_time_limit);
    default:
      if (deliver_ && leaving_ == 0) deliver_(number);
      return;
  }
}

void Leave::on_control(engine::Engine* engine) {
  std::array<std::byte, transport::kMaxControl> buffer;
  auto got = transport::receive_control(transport::kControlFd, buffer);
  if (!got || got->message.empty()) {
    if (!got && (got.error().sys == EAGAIN || got.error().sys == EINTR)) return;
    control_open_ = false;
    alone_since_us_ = mono_us();
    return;
  }
  const auto message = transport::decode_control(got->message, transport::Peer::child);
  if (!message) {
    log_.fail(message.error());
    return;
  }
  if (const auto* drain = std::get_if<transport::DrainMessage>(&*message)) {
    told_ = true;
    if (drain->within_ms != 0) abort_at_us_ = mono_us() + std::uint64_t{drain->within_ms} * 1000;
    std::uint8_t none = 0;
    leaving_.compare_exchange_strong(none, static_cast<std::uint8_t>(drain->cause));
    if (leaving_ == 0) leaving_ = static_cast<std::uint8_t>(Cause::stop);
  } else if (std::holds_alternative<transport::DumpMessage>(*message) && engine != nullptr) {
    engine->log_stacks(log_);
  } else if (std::holds_alternative<transport::ScoredMessage>(*message) && scored_) {
    scored_(std::move(got->descriptor));
  }
}

// Sleeps until something happens, and lets it happen.
void Leave::wait(std::optional<std::uint64_t> until_us, int receiving) {
  pollfd fds[3] = {{signals_.fd(), POLLIN, 0},
                   {control_open_ ? transport::kControlFd : -1, POLLIN, 0},
                   {receiving, POLLIN, 0}};
  int timeout = -1;
  if (until_us) {
    const auto now = mono_us();
    timeout =
        *until_us > now
            ? static_cast<int>(std::min<std::uint64_t>((*until_us - now) / 1000 + 1, INT32_MAX))
            : 0;
  }
  if (::poll(fds, 3, timeout) <= 0) return;
  if (fds[0].revents) {
    while (const auto number = signals_.next()) on_signal(*number);
  }
  if (fds[1].revents) on_control(engine_);
}

// With overlap=off: the first moment without a request, or the end of the grace.
bool Leave::due() const {
  return fading_ != 0 && (vitals_.active == 0 || mono_us() >= fade_until_us_);
}

void Leave::serve(engine::Engine& engine) {
  engine_ = &engine;
  while (leaving_ == 0) {
    // While fading, an idle moment is looked for often; nobody rings for it.
    std::optional<std::uint64_t> until;
    if (fading_ != 0) until = mono_us() + kSecond / 50;
    wait(until, -1);
    if (due()) ask_leave(static_cast<Cause>(fading_.load()));
  }
}

bool Leave::drain(engine::Engine& engine, Server& server) {
  server.stop_accepting();
  engine.announce_stop(transport::cause_name(cause()));
  if (cause() == Cause::request_timeout) engine.log_stacks(log_);
  while (vitals_.active != 0) {
    const auto abort_at = abort_at_us_.load();
    const auto now = mono_us();
    if (abort_at != 0 && now >= abort_at) return false;
    // Twice a second: a connection that began to rest while the others were closed.
    const auto soon = now + kSecond / 2;
    wait(abort_at != 0 && abort_at < soon ? abort_at : soon,
         transport::load_word(page_, boot_.slot).generation == boot_.generation
             ? transport::kReceivingFd
             : -1);
    server.return_late();
    server.connections().close_idle();
  }
  return true;
}

}  // namespace wsgi::daemon

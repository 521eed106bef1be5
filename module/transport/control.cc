// SPDX-License-Identifier: Apache-2.0
// Control messages to bytes and back; sending and receiving them.
#include "transport/control.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "transport/descriptor.h"

namespace wsgi::transport {
namespace {

constexpr std::string_view kCauses[kCauseCount] = {"none",
                                                   "maximum_requests",
                                                   "restart_interval",
                                                   "cpu_time_limit",
                                                   "graceful_signal",
                                                   "eviction_signal",
                                                   "request_timeout",
                                                   "startup_timeout",
                                                   "inactivity_timeout",
                                                   "deadlock_timeout",
                                                   "script_reload",
                                                   "shutdown_signal",
                                                   "signal_pipe_error",
                                                   "restart",
                                                   "stop",
                                                   "replaced",
                                                   "supervisor_gone",
                                                   "start_failed",
                                                   "finished",
                                                   "killed",
                                                   "memory"};
constexpr std::string_view kSteps[kStartStepCount] = {
    "none", "descriptors", "priority", "chroot",      "group", "supplementary_groups",
    "user", "directory",   "limits",   "environment", "exec",  "boot_record",
    "page", "python",      "threads"};

// A path or a name in a message; two of them fit beside the rest.
std::string_view cut(std::string_view text) { return text.substr(0, 4000); }

struct Encoder {
  Writer to;
  ControlKind operator()(const FailedMessage& m) {
    to.put(static_cast<std::uint8_t>(m.step));
    to.put(m.sys);
    to.text(m.text.substr(0, kMaxLogText));
    return ControlKind::failed;
  }
  ControlKind operator()(const ReadyMessage& m) {
    to.put(m.ipc);
    to.put(m.python_flags);
    to.sized<std::uint16_t>(cut(m.python_version));
    to.sized<std::uint16_t>(cut(m.build));
    return ControlKind::ready;
  }
  ControlKind operator()(const LoadedMessage& m) {
    to.sized<std::uint16_t>(cut(m.script));
    to.sized<std::uint16_t>(cut(m.application_group));
    return ControlKind::loaded;
  }
  ControlKind operator()(const RecycleMessage& m) {
    to.put(static_cast<std::uint8_t>(m.cause));
    to.put(m.active);
    return ControlKind::recycle;
  }
  ControlKind operator()(const LeavingMessage& m) {
    to.put(static_cast<std::uint8_t>(m.cause));
    to.put(m.active);
    to.put(m.within_ms);
    return ControlKind::leaving;
  }
  ControlKind operator()(const DrainMessage& m) {
    to.put(static_cast<std::uint8_t>(m.cause));
    to.put(m.within_ms);
    return ControlKind::drain;
  }
  ControlKind operator()(const ScoreMessage&) { return ControlKind::score; }
  ControlKind operator()(const DumpMessage&) { return ControlKind::dump; }
  ControlKind operator()(const ScoredMessage&) { return ControlKind::scored; }
};

Cause get_cause(Reader& in) {
  const auto value = in.get<std::uint8_t>();
  return value < kCauseCount ? static_cast<Cause>(value) : Cause::none;
}

ControlMessage decode_ready(Reader& in) {
  ReadyMessage m;
  m.ipc = in.get<std::uint16_t>();
  m.python_flags = in.get<std::uint32_t>();
  m.python_version = in.sized<std::uint16_t>();
  m.build = in.sized<std::uint16_t>();
  return m;
}

ControlMessage decode_failed(Reader& in) {
  FailedMessage m;
  const auto step = in.get<std::uint8_t>();
  m.step = step < kStartStepCount ? static_cast<StartStep>(step) : StartStep::none;
  m.sys = in.get<std::int32_t>();
  m.text = in.text(in.left());
  return m;
}

ControlMessage decode_body(ControlKind kind, Reader& in) {
  switch (kind) {
    case ControlKind::failed:
      return decode_failed(in);
    case ControlKind::ready:
      return decode_ready(in);
    case ControlKind::loaded: {
      LoadedMessage m;
      m.script = in.sized<std::uint16_t>();
      m.application_group = in.sized<std::uint16_t>();
      return m;
    }
    case ControlKind::recycle:
      return RecycleMessage{get_cause(in), in.get<std::uint32_t>()};
    case ControlKind::leaving:
      return LeavingMessage{get_cause(in), in.get<std::uint32_t>(), in.get<std::uint32_t>()};
    case ControlKind::drain:
      return DrainMessage{get_cause(in), in.get<std::uint32_t>()};
    case ControlKind::dump:
      return DumpMessage{};
    case ControlKind::scored:
      return ScoredMessage{};
    default:
      return ScoreMessage{};
  }
}

bool known(std::uint16_t kind, Peer from) {
  const auto first = from == Peer::daemon ? ControlKind::failed : ControlKind::drain;
  const auto last = from == Peer::daemon ? ControlKind::score : ControlKind::scored;
  return kind >= static_cast<std::uint16_t>(first) && kind <= static_cast<std::uint16_t>(last);
}

}  // namespace

std::string_view cause_name(Cause cause) {
  return kCauses[std::min<std::size_t>(static_cast<std::size_t>(cause), kCauseCount - 1)];
}

std::string_view start_step_name(StartStep step) {
  return kSteps[std::min<std::size_t>(static_cast<std::size_t>(step), kStartStepCount - 1)];
}

void encode_control(const ControlMessage& message, Bytes& out) {
  const std::size_t start = out.size();
  Writer(out).put(ControlHeader{});
  ControlHeader header{};
  if (const auto* log = std::get_if<LogRecord>(&message)) {
    encode_log(*log, out);
    header.kind = static_cast<std::uint16_t>(ControlKind::log);
  } else {
    Encoder encoder{Writer(out)};
    header.kind = static_cast<std::uint16_t>(std::visit(
        [&](const auto& m) {
          if constexpr (std::is_same_v<std::decay_t<decltype(m)>, LogRecord>) {
            return ControlKind::log;
          } else {
            return encoder(m);
          }
        },
        message));
  }
  header.length = static_cast<std::uint32_t>(out.size() - start - sizeof header);
  std::memcpy(out.data() + start, &header, sizeof header);
}

Result<ControlMessage> decode_control(ByteView message, Peer from) {
  const auto violation = [](const char* what) { return Fail{ErrorId::control_protocol, what}; };
  Reader in(message);
  const auto header = in.get<ControlHeader>();
  if (!in.good() || header.flags != 0 || header.length != in.left() ||
      message.size() > kMaxControl) {
    return violation("a control message whose header does not fit");
  }
  if (!known(header.kind, from)) return violation("a control message of an unknown kind");
  if (header.kind == static_cast<std::uint16_t>(ControlKind::log)) {
    auto record = decode_log(in.rest());
    if (!record) return violation("a log message whose lengths do not fit");
    return ControlMessage(*record);
  }
  ControlMessage decoded = decode_body(static_cast<ControlKind>(header.kind), in);
  if (!in.complete()) return violation("a control message of the wrong length");
  return decoded;
}

Status send_control(int control, const ControlMessage& message) {
  Bytes bytes;
  encode_control(message, bytes);
  ssize_t sent;
  do {
    sent = ::send(control, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) {
    return Fail{ErrorId::control_protocol, "a control message cannot be sent", errno};
  }
  return ok();
}

Status send_control(int control, const ControlMessage& message, int descriptor) {
  Bytes bytes;
  encode_control(message, bytes);
  iovec part{bytes.data(), bytes.size()};
  if (send_message(control, {&part, 1}, descriptor, 0) >= 0) return ok();
  return Fail{ErrorId::control_protocol, "a control message cannot be sent", errno};
}

Result<ReceivedControl> receive_control(int control, ByteSpan buffer) {
  iovec part{buffer.data(), buffer.size()};
  MessageGot message = receive_message(control, part, 0);
  // A dead peer may be reported as a reset; both mean that nobody will ever speak again.
  if (message.size < 0 && errno == ECONNRESET) return ReceivedControl{};
  if (message.size < 0) {
    return Fail{ErrorId::control_protocol, "a control message cannot be received", errno};
  }
  ReceivedControl got;
  got.descriptor = std::move(message.descriptor);
  if (message.flags & (MSG_TRUNC | MSG_CTRUNC)) {
    return Fail{ErrorId::control_protocol, "a control message is too long"};
  }
  got.message = ByteView(buffer).first(static_cast<std::size_t>(message.size));
  return got;
}

}  // namespace wsgi::transport

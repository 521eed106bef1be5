// SPDX-License-Identifier: Apache-2.0
// Messages between a supervisor and one daemon over a SEQPACKET pair. Encoders append to `out` the
// whole message with its header; decoders take one whole message. Views die with the message.
// Source: daemon-ipc.md, section 8.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "base/fd.h"
#include "base/result.h"
#include "transport/frame.h"

namespace wsgi::transport {

inline constexpr std::size_t kMaxControl = 8 * 1024 + 512;

enum class ControlKind : std::uint16_t {
  // to the supervisor
  failed = 1,
  ready = 2,
  log = 3,
  loaded = 4,
  recycle = 5,
  leaving = 6,
  score = 7,
  // to the daemon
  drain = 32,
  dump = 33,
  scored = 34,
};

struct ControlHeader {
  std::uint16_t kind;
  std::uint16_t flags;
  std::uint32_t length;  // of what follows
};
static_assert(sizeof(ControlHeader) == 8);

// Why an occupant leaves or ended; append only. Names are runtime.md's reasons.
enum class Cause : std::uint8_t {
  none = 0,
  maximum_requests,
  restart_interval,
  cpu_time_limit,
  graceful_signal,
  eviction_signal,
  request_timeout,
  startup_timeout,
  inactivity_timeout,
  deadlock_timeout,
  script_reload,
  shutdown_signal,
  signal_pipe_error,
  restart,          // the generation is retired
  stop,             // Apache stops
  replaced,         // a newer occupant has the slot
  supervisor_gone,  // end of control
  start_failed,
  finished,  // a group without threads: its scripts have ended
  killed,    // the supervisor's own SIGKILL
  memory,    // the kernel's OOM killer
};
inline constexpr std::uint8_t kCauseCount = 21;
std::string_view cause_name(Cause cause);  // "maximum_requests", …

// How a daemon exits that abandoned requests at the end of its shutdown-timeout; as timeout(1).
inline constexpr int kForcedExit = 124;

// Where a start failed.
enum class StartStep : std::uint8_t {
  none = 0,
  descriptors,
  priority,
  chroot,
  group,
  supplementary_groups,
  user,
  directory,
  limits,
  environment,
  exec,
  boot_record,
  page,
  python,
  threads,
};
inline constexpr std::uint8_t kStartStepCount = 15;
std::string_view start_step_name(StartStep step);

struct FailedMessage {
  StartStep step = StartStep::none;
  std::int32_t sys = 0;  // errno
  std::string_view text;
};
struct ReadyMessage {
  std::uint16_t ipc = kIpcVersion;
  std::uint32_t python_flags = 0;   // 1: free-threaded
  std::string_view python_version;  // "3.11.2"
  std::string_view build;           // version of the runtime
};
struct LoadedMessage {
  std::string_view script, application_group;
};
struct RecycleMessage {
  Cause cause = Cause::none;
  std::uint32_t active = 0;
};
struct LeavingMessage {
  Cause cause = Cause::none;
  std::uint32_t active = 0;
  std::uint32_t within_ms = 0;  // SIGKILL after it; 0 never
};
struct ScoreMessage {};
struct DrainMessage {
  Cause cause = Cause::none;
  std::uint32_t within_ms = 0;  // SIGKILL after it; 0 never
};
struct DumpMessage {};
struct ScoredMessage {};  // one descriptor

using ControlMessage =
    std::variant<FailedMessage, ReadyMessage, LogRecord, LoadedMessage, RecycleMessage,
                 LeavingMessage, ScoreMessage, DrainMessage, DumpMessage, ScoredMessage>;

// Texts are cut to what fits.
void encode_control(const ControlMessage& message, Bytes& out);
// Fail id: control_protocol. `from` daemon accepts the kinds to the supervisor, child (the
// supervisor's side) those to the daemon.
Result<ControlMessage> decode_control(ByteView message, Peer from);

// MSG_NOSIGNAL. Blocks only if the socket does; EAGAIN is a Fail with sys. Async-signal-safe apart
// from the buffer, so it may be used between fork and exec with a fixed message.
Status send_control(int control, const ControlMessage& message);
// The same with a descriptor (SCORED), which stays the caller's.
Status send_control(int control, const ControlMessage& message, int descriptor);

// One message into the caller's buffer (at least kMaxControl). nullopt-like: size 0 = the other
// end has closed; Fail with sys EAGAIN when nothing is there and the socket does not block.
struct ReceivedControl {
  ByteView message;
  Fd descriptor;
};
Result<ReceivedControl> receive_control(int control, ByteSpan buffer);

}  // namespace wsgi::transport

// SPDX-License-Identifier: Apache-2.0
// What a request and a response are: all that the engine shares with its two callers (the embedded
// exchange in an Apache child, the conversation of a daemon). Plain data and two interfaces.
// Views point into memory of the caller (r->pool, or the worker's receive buffer) and die with the
// request. Body and sink are called with Python *detached*.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/env_atoms.h"
#include "base/fd.h"
#include "base/level.h"
#include "base/result.h"

namespace wsgi {

// One CGI-like variable. `name` is filled only if atom is none. Values are raw bytes (latin-1).
struct EnvVar {
  Atom atom = Atom::none;
  std::string_view name;
  std::string_view value;
};

struct ScriptTarget {
  std::string_view script;             // absolute path of the file that defines the callable
  std::string_view callable;           // "application"
  std::string_view process_group;      // "" embedded
  std::string_view application_group;  // "" main interpreter
  std::string_view resource;           // r->filename, for reload_required and [script …]
};

enum class HandlerKind : std::uint8_t { script = 0, handler_script = 1 };

// Bits of RequestHead::flags; they travel as they are.
enum RequestFlag : std::uint32_t {
  kChunked = 1,          // no usable Content-Length
  kReloading = 2,        // WSGIScriptReloading On
  kIgnoreActivity = 4,   // WSGIIgnoreActivity On
  kSendfile = 8,         // WSGIEnableSendfile On
  kHttps = 16,           // wsgi.url_scheme is https
  kMultithread = 32,     // wsgi.multithread
  kMultiprocess = 64,    // wsgi.multiprocess
  kRunOnce = 128,        // wsgi.run_once
  kErrorOverride = 256,  // WSGIErrorOverride On
};

// Microseconds since the epoch, 0 = not applicable.
struct Timings {
  std::uint64_t request_us = 0;  // Apache received the request line
  std::uint64_t queue_us = 0;    // child began to contact the daemon
  std::uint64_t daemon_us = 0;   // a daemon worker began with it
};

struct RequestHead {
  std::span<const EnvVar> variables;
  ScriptTarget target;
  std::optional<std::uint64_t> content_length;
  std::uint32_t flags = 0;  // RequestFlag
  HandlerKind handler = HandlerKind::script;
  Level log_level = Level::warning;  // effective level of the request
  Timings timings;
  std::uint32_t connects = 0;
  std::uint32_t rejections = 0;
  std::uint32_t server_pid = 0;
  std::string_view request_id;
  std::string_view connection_id;
  void* apache = nullptr;  // request_rec for environ['apache.request_rec']; never travels
};

struct Header {
  std::string_view name;
  std::string_view value;
};

// Already validated (PEP 3333): latin-1, no CR, LF or NUL, no hop-by-hop header.
struct ResponseHead {
  std::uint16_t status = 0;
  std::string_view reason;
  std::span<const Header> headers;
};

// yes: more may follow; last: the declared length is reached, code of the application may still
// run; done: nothing follows and no code of the application runs any more.
enum class More : std::uint8_t { yes, last, done };

struct BodySource {
  // Blocks until at least one byte is there. 0 = end of the body; Fail ids: body_*.
  virtual Result<std::size_t> read(ByteSpan into) = 0;
  virtual ~BodySource() = default;
};

struct ResponseSink {
  // At most once, before data; may be held back until the first data or the end. Fail id
  // app_response: the way to the client does not take such a head, and nothing of it was sent.
  virtual Status head(const ResponseHead& head) = 0;
  // Bytes are valid for the call only. Fail id app_client_gone: nobody listens any more.
  virtual Status data(ByteView bytes, More more) = 0;
  // Takes the descriptor of a regular file.
  virtual Status file(Fd file, std::uint64_t offset, std::uint64_t length) = 0;
  virtual bool aborted() const = 0;
  virtual ~ResponseSink() = default;
};

enum class OutcomeCode : std::uint8_t {
  ok = 0,
  app_error,
  load_failed,
  no_callable,
  bad_response,
  timed_out,
  expired,
  client_gone,
  length_short,
  interpreter_limit,
  no_threads,
  internal,
  reload,  // the script changed and this process must be replaced; nothing was started
};
inline constexpr std::uint8_t kOutcomeCount = 13;

struct Outcome {
  OutcomeCode code = OutcomeCode::ok;
  std::uint32_t reads = 0;  // calls of BodySource::read
  std::uint64_t in = 0;     // bytes of body read
  std::uint64_t out = 0;    // bytes of body sent
  std::uint64_t app_us = 0;
  std::uint64_t cpu_us = 0;
};

}  // namespace wsgi

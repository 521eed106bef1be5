// SPDX-License-Identifier: Apache-2.0
// The face of the child's side: everything it decides is in lease.cc and placing.cc.
#include "transport/client.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "transport/lease.h"

namespace wsgi::transport {

Lease::Lease(std::unique_ptr<LeaseState> state) : state_(std::move(state)) {}
Lease::Lease(Lease&&) noexcept = default;
Lease& Lease::operator=(Lease&& other) noexcept {
  if (state_) state_->release();
  state_ = std::move(other.state_);
  return *this;
}
Lease::~Lease() {
  if (state_) state_->release();
}

Result<Frame> Lease::next() {
  LeaseState& s = *state_;
  for (;;) {
    if (!s.channel || (s.at != At::asked && s.at != At::head)) {
      return Fail{ErrorId::internal, "a lease is read after its end"};
    }
    Frame frame;
    const Got got = s.channel->receive(frame, s.limit);
    const auto verdict = got == Got::frame ? s.judge_frame(frame) : s.judge(got);
    if (!verdict) continue;
    if (!*verdict) return verdict->error();
    return frame;
  }
}

Status Lease::read_head(const Frame& head, DecodedHead& into) const {
  return decode_head(head.payload, state_->client.options.header_buffer, into);
}

Result<FileRange> Lease::read_file(const Frame& file) const {
  WSGI_ASSIGN(FileRange range, decode_file(file.payload));
  struct stat st {};
  const int mode = ::fcntl(file.file.get(), F_GETFL);
  if (::fstat(file.file.get(), &st) != 0 || !S_ISREG(st.st_mode) || mode < 0 ||
      (mode & O_ACCMODE) != O_RDONLY) {
    return Fail{ErrorId::conn_protocol,
                "group '" + state_->group() + "': a passed file is not a regular file, read-only"};
  }
  const auto size = static_cast<std::uint64_t>(st.st_size);
  range.offset = std::min(range.offset, size);
  range.length = std::min(range.length, size - range.offset);
  return range;
}

Result<BodyStep> Lease::send_body(ByteView bytes, bool last) {
  LeaseState& s = *state_;
  if (s.at == At::done || s.body_done) return BodyStep{bytes.size(), true};
  if (!s.accepted || s.at == At::lost) {
    return Fail{ErrorId::body_relay, "the daemon has not asked for the body, or is gone"};
  }
  Status status;
  BodyStep total;
  for (;;) {
    const auto step = s.step_body(bytes.subspan(total.taken), last, status);
    total.taken += step.taken;
    total.done = step.done;
    if (!status) return std::move(status).error();
    if (step.done) return total;
    const auto limit = s.client.options.socket_timeout.count();
    const short ready = Channel::wait_ready(s.connection->socket.get(), POLLIN | POLLOUT,
                                            limit == 0 ? -1 : static_cast<int>(limit));
    if (ready == 0) return Fail{ErrorId::body_relay, "the daemon does not take the body in time"};
    if (ready & POLLIN) return total;
  }
}

Status Lease::fail_body(BodyFailure why) {
  LeaseState& s = *state_;
  if (s.at == At::done || s.body_done || !s.accepted) return ok();
  if (s.header_left != 0 || s.frame_left != 0) {
    s.at = At::lost;
    return Fail{ErrorId::body_relay, "the body ended within a frame"};
  }
  s.body_done = true;
  FrameHeader header = make_header(FrameType::body, kBodyLast | kBodyFailed, 1);
  iovec parts[2] = {{&header, sizeof header}, {&why, 1}};
  if (s.channel->send(parts) == Sent::all) return ok();
  return Fail{ErrorId::body_relay, "the daemon does not take the end of the body", errno};
}

namespace {

Verdict verdict_before(const GroupClientState& client, ErrorId id) {
  switch (id) {
    case ErrorId::conn_broken: {
      const auto after = client.own.page().state().retry_after_s.load();
      return {503, std::clamp<std::uint32_t>(after, 1, 3600), false};
    }
    case ErrorId::conn_exhausted:
    case ErrorId::conn_restarts:
      return {503, 0, false};
    case ErrorId::conn_queue:
    case ErrorId::resp_timeout:
      return {504, 0, false};
    case ErrorId::resp_early_close:
      return {502, 0, false};
    default:
      return {500, 0, false};
  }
}

}  // namespace

bool Lease::ready(int wait_ms) const {
  if (state_->channel && state_->channel->buffered()) return true;
  return Channel::wait_ready(socket(), POLLIN, wait_ms) != 0;
}

int Lease::socket() const { return state_->connection->socket.get(); }

Verdict Lease::verdict(const Fail& fail) const {
  switch (fail.id) {
    case ErrorId::resp_daemon_died:
    case ErrorId::resp_body_read:
      return {500, 0, true};
    default:
      return verdict_before(state_->client, fail.id);
  }
}

Verdict Lease::verdict(const Outcome& outcome) const {
  switch (outcome.code) {
    case OutcomeCode::no_callable:
      return {404, 0, false};
    case OutcomeCode::timed_out:
    case OutcomeCode::expired:
      return {504, 0, false};
    case OutcomeCode::interpreter_limit:
      return {503, 0, false};
    default:
      return {500, 0, false};
  }
}

std::uint32_t Lease::daemon_pid() const {
  return state_->place.ends->page().slot(state_->place.permit.slot).occupant.pid;
}
std::uint32_t Lease::connects() const { return state_->connects; }
std::uint32_t Lease::rejections() const { return state_->rejections; }

GroupClient::GroupClient(ClientOptions options, GroupEnds own, std::optional<GroupEnds> elder)
    : state_(std::make_unique<GroupClientState>(std::move(options), std::move(own),
                                                std::move(elder))) {}
GroupClient::~GroupClient() = default;

Result<Lease> GroupClient::lease(Deadline deadline, const Ask& ask, Log& log) {
  auto state = std::make_unique<LeaseState>(*state_, ask, log);
  state->deadline = deadline;
  WSGI_TRY(state->settle_place());
  return Lease(std::move(state));
}

Verdict GroupClient::verdict(const Fail& fail) const { return verdict_before(*state_, fail.id); }

}  // namespace wsgi::transport

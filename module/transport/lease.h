// SPDX-License-Identifier: Apache-2.0
// Inside of a Lease: the child's states of one conversation and the lower half of the retry table.
// Used by client.cc only; one thread. Source: daemon-ipc.md, sections 6 and 7.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "transport/client.h"
#include "transport/placing.h"

namespace wsgi::transport {

enum class At : std::uint8_t { asked, head, done, lost };

struct LeaseState {
  LeaseState(GroupClientState& owner, const Ask& given, Log& to)
      : client(owner), ask(given), log(to) {}

  GroupClientState& client;
  Ask ask;
  Log& log;
  Deadline deadline;
  Deadline limit;  // set by the first LOG in a row: LOG does not put the end off again and again
  GroupClientState::Place place;
  std::unique_ptr<Connection> connection;
  std::optional<Channel> channel;
  Bytes request;
  At at = At::lost;
  bool any_frame = false;  // of this attempt
  bool any_file = false;
  bool accepted = false;  // GO has come
  bool body_done = false;
  std::uint32_t connects = 0, rejections = 0, resets = 0, attempts = 0;
  // BODY frame in progress: bytes of header and payload still to be sent.
  FrameHeader body_header{};
  std::size_t header_left = 0, frame_left = 0;

  std::uint32_t processes() const { return client.own.page().shape().slots; }
  const std::string& group() const { return client.options.group; }

  // Takes permits until the request is on its way.
  Status settle_place();
  // After a failed read. nullopt: placed again, read on.
  std::optional<Status> judge(Got got);
  // nullopt: it was not for the caller. Otherwise success, or a violation.
  std::optional<Status> judge_frame(const Frame& frame);
  // Pools or closes the connection.
  void release();
  // Writes as much of a body as fits. Frame boundaries are kept over calls.
  BodyStep step_body(ByteView bytes, bool last, Status& status);

 private:
  Status encode();
  Deadline wait_limit() const;
  Status place_again(std::string_view why);
  Fail ended(Got got);
  std::string cause_of_death() const;
  Fail protocol() const;
  void finish_body();
};

}  // namespace wsgi::transport

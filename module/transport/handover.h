// SPDX-License-Identifier: Apache-2.0
// A slot's SEQPACKET pair, over which children give connections to whoever occupies the slot. One
// way: the parent shuts the receiving end's writing direction. No call blocks.
// Source: daemon-ipc.md, section 4; behaviour of the kernel measured there.
#pragma once

#include <cstdint>

#include "base/fd.h"
#include "base/result.h"

namespace wsgi::transport {

inline constexpr std::uint32_t kHandOverMagic = 0x48475357;  // "WSGH" in memory
inline constexpr std::uint16_t kHandOverOnce = 1;            // close after this request

struct HandOver {
  std::uint32_t magic = kHandOverMagic;
  std::uint16_t version;
  std::uint16_t flags = 0;
  std::uint32_t generation = 0;
  std::uint32_t child_pid = 0;
  std::uint64_t serial = 0;
  std::uint64_t zero = 0;
};
static_assert(sizeof(HandOver) == 32);

struct HandOverPair {
  Fd sending;    // parent, children
  Fd receiving;  // parent, supervisor, occupant
};
// The parent, for each slot. Close-on-exec. Fail id: supervisor_start.
Result<HandOverPair> make_handover_pair(std::uint32_t threads);

enum class HandOverSent : std::uint8_t {
  sent,
  full,            // EAGAIN: not this slot for 100 ms
  gone,            // ECONNRESET, EPIPE: not this slot until its generation changes
  in_flight,       // ETOOMANYREFS: as full, one log line a minute
  no_descriptors,  // EMFILE, ENFILE, ENOMEM, ENOBUFS
  failed,          // anything else; errno is set
};
HandOverSent send_handover(int sending, const HandOver& message, int connection);

enum class HandOverGot : std::uint8_t {
  connection,
  empty,    // nothing more now
  ended,    // no sender is left: stop watching
  bad,      // not a hand-over; what came was closed
  no_room,  // one whose connection the kernel closed: the descriptor table is full
};
struct ReceivedHandOver {
  HandOverGot got = HandOverGot::empty;
  HandOver message{};
  Fd connection;  // close-on-exec, blocking
};
ReceivedHandOver receive_handover(int receiving);

// The supervisor after a death: receives and closes all that is queued, so that each sender sees
// ECONNRESET at once. Returns how many.
std::size_t flush_handovers(int receiving);

}  // namespace wsgi::transport

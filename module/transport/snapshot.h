// SPDX-License-Identifier: Apache-2.0
// A group page as plain numbers, for the status handler and wsgictl. Taken without stopping anyone:
// values of one moment each, not all of the same. Works on read-only mappings. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "transport/page.h"
#include "transport/permits.h"

namespace wsgi::transport {

struct FlightSnapshot {
  std::uint32_t worker = 0;
  std::uint64_t started_us = 0;  // 0 idle
  std::uint64_t count = 0, busy_us = 0;
  std::string method, path;
};

struct SlotSnapshot {
  SlotWord word;
  std::uint32_t pid = 0;
  std::uint64_t since_ms = 0, rss = 0;
  std::uint64_t served = 0, failed = 0, busy_us = 0, bytes_in = 0, bytes_out = 0;
  std::array<std::uint64_t, kHistogram> queue_time{}, request_time{};
  std::vector<FlightSnapshot> flights;  // workers that have served at least once
  // the last death; generation 0: none
  std::uint32_t death_generation = 0, death_pid = 0;
  DeathHow death_how = DeathHow::none;
  std::uint16_t death_status = 0;
  std::uint8_t death_cause = 0;
  std::uint64_t death_ms = 0;
  std::string death_text;
};

struct GroupSnapshot {
  PageShape shape;
  std::uint64_t born_ms = 0;
  std::uint32_t waiters = 0;
  bool ever_ready = false, superseded = false, broken = false;
  std::uint32_t retry_after_s = 0;
  std::uint64_t handovers = 0, replacements = 0, waits = 0, wait_us = 0;
  std::uint64_t refused_full = 0, refused_broken = 0, bridged = 0, undelivered = 0;
  std::array<std::uint32_t, kEndCauses> ended{};  // processes, by Cause
  std::vector<SlotSnapshot> slots;
};

GroupSnapshot take_snapshot(const Page& page);
std::string_view slot_state_name(SlotState state);
// Of an index of `ended`: cause_name(), and "crash" for none.
std::string_view end_name(std::size_t cause);

}  // namespace wsgi::transport

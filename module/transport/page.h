// SPDX-License-Identifier: Apache-2.0
// The group page: one sealed memfd for each process group and generation, mapped by parent,
// supervisor, children and daemons. Each 64-byte line has one kind of writer. All of it is
// untrusted: offsets are computed from a shape that the reader knows, never read from the page.
// Any thread; no call blocks. Source: daemon-ipc.md, section 2.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"

namespace wsgi::transport {

inline constexpr std::uint32_t kPageMagic = 0x50475357;  // "WSGP" in memory
inline constexpr std::uint32_t kMaxCells = 1024;
inline constexpr std::uint32_t kMaxWarm = 64;
inline constexpr std::uint32_t kWarmBytes = 16 * 1024;
inline constexpr std::size_t kHistogram = 16;  // bounds: 1 ms * 2^n, the last is open

using Atomic32 = std::atomic<std::uint32_t>;
using Atomic64 = std::atomic<std::uint64_t>;
static_assert(Atomic32::is_always_lock_free && Atomic64::is_always_lock_free);
static_assert(sizeof(Atomic32) == 4 && sizeof(Atomic64) == 8);

// Offset 0; the parent, before sharing.
struct alignas(64) PageHead {
  std::uint32_t magic;
  std::uint16_t version, slots;
  std::uint32_t threads, backlog, cells;
  std::uint32_t slot_off, cell_off, warm_off;
};
// Offset 64; the parent, before sharing.
struct alignas(64) PageBirth {
  std::array<std::uint8_t, 32> settings_hash;
  std::uint64_t born_ms;  // since the epoch
};
// Offset 128; children, occupants, supervisor.
struct alignas(64) PageBell {
  Atomic32 bell, waiters;
};
// Offset 192; supervisors, `superseded` also the parent.
struct alignas(64) PageState {
  Atomic32 ever_ready, superseded, broken, retry_after_s;
};
// Offset 256; children.
struct alignas(64) PageCounts {
  Atomic64 handovers, replacements, waits, wait_us, refused_full, refused_broken, bridged,
      undelivered;
};

// Offset 320; supervisor: how many processes have ended, by Cause; those that nobody asked to end
// (a crash, a signal, os._exit) under Cause::none.
inline constexpr std::size_t kEndCauses = 32;
struct alignas(64) PageEnds {
  Atomic32 by_cause[kEndCauses];
};
static_assert(sizeof(PageEnds) <= 512 - 320);

struct alignas(64) SlotOccupant {  // supervisor
  Atomic32 pid, generation;
  Atomic64 since_ms, rss;
};
enum class DeathHow : std::uint8_t { none = 0, exit = 1, signal = 2 };
// Supervisor; `generation` is stored last, so a reader that sees it sees the rest.
struct alignas(64) SlotDeath {
  Atomic32 generation, pid;
  std::atomic<std::uint8_t> how, cause;  // DeathHow, control.h Cause
  std::atomic<std::uint16_t> status;     // exit code or signal number
  std::uint32_t pad;
  Atomic64 at_ms;
  char text[40];  // escaped when shown; ends at NUL or at 40
};
struct alignas(64) SlotCounts {  // occupant, by atomic addition
  Atomic64 served, failed, busy_us, bytes_in, bytes_out;
};
struct alignas(64) Slot {
  struct alignas(64) {
    Atomic64 word;  // permits.h
  } line0;
  SlotOccupant occupant;
  SlotDeath death;
  SlotCounts counts;
  Atomic64 queue_time[kHistogram];
  Atomic64 request_time[kHistogram];
};
static_assert(sizeof(SlotDeath) == 64 && offsetof(SlotDeath, at_ms) == 16 &&
              offsetof(SlotDeath, text) == 24);
static_assert(sizeof(Slot) == 512 && offsetof(Slot, queue_time) == 256);

// Flight record of one worker; occupant. started_us is stored last and is 0 while idle.
struct alignas(64) Cell {
  Atomic64 started_us;  // since the epoch
  Atomic64 count, busy_us;
  Atomic32 thread;
  Atomic32 pad;
  std::array<Atomic64, 2> method;  // text, NUL-padded
  std::array<Atomic64, 24> path;   // path only, no query, cut
};
static_assert(sizeof(Cell) == 256);

// What a reader knows beforehand; the layout follows from it.
struct PageShape {
  std::uint16_t slots = 1;
  std::uint32_t threads = 1;
  std::uint32_t backlog = 100;

  std::uint32_t cells() const { return threads < kMaxCells ? threads : kMaxCells; }
  std::size_t slot_off() const { return 512; }
  std::size_t cell_off() const { return slot_off() + 512 * std::size_t{slots}; }
  std::size_t warm_off() const { return cell_off() + 512 * std::size_t{slots} * cells(); }
  std::size_t size() const { return (warm_off() + kWarmBytes + 4095) & ~std::size_t{4095}; }
};

using SettingsHash = std::array<std::uint8_t, 32>;

struct WarmScript {
  std::string script, application_group;
  bool operator==(const WarmScript&) const = default;
};

// A mapping. Moves; unmaps at the end. The memfd may be closed once every process has its map.
class Page {
 public:
  Page() = default;
  // The parent: creates, sizes, seals (shrink, grow, seal) and fills the two constant lines.
  // Named wsgi-page:GROUP. Fail id: supervisor_start.
  static Result<Page> create(std::string_view group, const PageShape& shape,
                             const SettingsHash& hash);
  // Who inherited or received the descriptor and knows the shape. The descriptor is borrowed.
  // Fail id: control_protocol when size or constants differ.
  static Result<Page> map(int fd, const PageShape& shape);
  // A reader without configuration (wsgictl): takes the shape from the head, after checking it
  // against the size. Read-only mapping; do not call anything that writes.
  static Result<Page> map_foreign(int fd);

  Page(Page&& other) noexcept;
  Page& operator=(Page&& other) noexcept;
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;
  ~Page();

  explicit operator bool() const { return base_ != nullptr; }
  int fd() const { return fd_.get(); }  // create() only; -1 in other mappings
  void close_fd() { fd_.reset(); }      // where the map alone is needed
  const PageShape& shape() const { return shape_; }
  void dont_fork() const;  // MADV_DONTFORK: children of a daemon do not get the map

  const PageBirth& birth() const { return at<PageBirth>(64); }
  PageBell& bell() const { return at<PageBell>(128); }
  PageState& state() const { return at<PageState>(192); }
  PageCounts& counts() const { return at<PageCounts>(256); }
  PageEnds& ends() const { return at<PageEnds>(320); }
  // slot < shape().slots, thread < shape().cells()
  Slot& slot(std::size_t index) const;
  Atomic64& word(std::size_t index) const { return slot(index).line0.word; }
  Cell& cell(std::size_t slot, std::uint32_t generation, std::size_t thread) const;

  // Warm list: written by the one supervisor of the generation; bounded, duplicates ignored.
  void add_warm(const WarmScript& script) const;
  std::vector<WarmScript> warm() const;

  // Supervisor, in the order that a waiting child relies on.
  void record_death(std::size_t slot, std::uint32_t generation, std::uint32_t pid, DeathHow how,
                    std::uint16_t status, std::uint8_t cause, std::string_view text) const;

 private:
  Page(void* base, const PageShape& shape, Fd fd)
      : base_(base), shape_(shape), fd_(std::move(fd)) {}
  template <typename T>
  T& at(std::size_t offset) const {
    return *reinterpret_cast<T*>(static_cast<std::byte*>(base_) + offset);
  }
  void* base_ = nullptr;
  PageShape shape_;
  Fd fd_;
};

// Text in whole words, so that a reader in another process never sees a torn one beyond a word.
void store_text(std::span<Atomic64> words, std::string_view text);
std::string load_text(std::span<const Atomic64> words);

// Adds to the histogram bucket of a duration.
void count_time(std::span<Atomic64, kHistogram> histogram, std::uint64_t us);

}  // namespace wsgi::transport

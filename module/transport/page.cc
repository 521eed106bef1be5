// SPDX-License-Identifier: Apache-2.0
// Making, sealing and mapping group pages; the parts of them that are more than a counter.
#include "transport/page.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <utility>

#include "transport/frame.h"

namespace wsgi::transport {
namespace {

PageHead head_of(const PageShape& shape) {
  return {kPageMagic,
          kIpcVersion,
          shape.slots,
          shape.threads,
          shape.backlog,
          shape.cells(),
          static_cast<std::uint32_t>(shape.slot_off()),
          static_cast<std::uint32_t>(shape.cell_off()),
          static_cast<std::uint32_t>(shape.warm_off())};
}

Fail broken(const char* what, int sys = 0) { return {ErrorId::control_protocol, what, sys}; }

bool has_size(int fd, std::size_t size) {
  struct stat st {};
  return ::fstat(fd, &st) == 0 && static_cast<std::size_t>(st.st_size) == size;
}

}  // namespace

Page::Page(Page&& other) noexcept
    : base_(std::exchange(other.base_, nullptr)), shape_(other.shape_), fd_(std::move(other.fd_)) {}

Page& Page::operator=(Page&& other) noexcept {
  if (this != &other) {
    if (base_) ::munmap(base_, shape_.size());
    base_ = std::exchange(other.base_, nullptr);
    shape_ = other.shape_;
    fd_ = std::move(other.fd_);
  }
  return *this;
}

Page::~Page() {
  if (base_) ::munmap(base_, shape_.size());
}

Result<Page> Page::create(std::string_view group, const PageShape& shape,
                          const SettingsHash& hash) {
  const auto failed = [](const char* what) { return Fail{ErrorId::supervisor_start, what, errno}; };
  // The kernel takes names of up to 249 bytes.
  const std::string name = "wsgi-page:" + std::string(group.substr(0, 200));
  Fd fd(::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) return failed("a group's shared page cannot be created");
  if (::ftruncate(fd.get(), static_cast<off_t>(shape.size())) != 0 ||
      ::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    return failed("a group's shared page cannot be sized and sealed");
  }
  void* base = ::mmap(nullptr, shape.size(), PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (base == MAP_FAILED) return failed("a group's shared page cannot be mapped");
  Page page(base, shape, std::move(fd));
  page.at<PageHead>(0) = head_of(shape);
  auto& birth = page.at<PageBirth>(64);
  birth.settings_hash = hash;
  birth.born_ms = wall_us() / 1000;
  return page;
}

Result<Page> Page::map(int fd, const PageShape& shape) {
  if (shape.slots == 0 || !has_size(fd, shape.size())) return broken("a page of another size");
  void* base = ::mmap(nullptr, shape.size(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (base == MAP_FAILED) return broken("the page cannot be mapped", errno);
  Page page(base, shape, Fd());
  const PageHead expected = head_of(shape);
  const PageHead found = page.at<PageHead>(0);
  if (found.magic != expected.magic || found.version != expected.version ||
      found.slots != expected.slots || found.threads != expected.threads) {
    return broken("a page of another form");
  }
  return page;
}

Result<Page> Page::map_foreign(int fd) {
  PageHead head{};
  if (::pread(fd, &head, sizeof head, 0) != static_cast<ssize_t>(sizeof head)) {
    return broken("not a group page", errno);
  }
  PageShape shape;
  shape.slots = head.slots;
  shape.threads = head.threads;
  shape.backlog = head.backlog;
  if (head.magic != kPageMagic || head.version != kIpcVersion || shape.slots == 0 ||
      !has_size(fd, shape.size())) {
    return broken("not a group page of this version");
  }
  void* base = ::mmap(nullptr, shape.size(), PROT_READ, MAP_SHARED, fd, 0);
  if (base == MAP_FAILED) return broken("the page cannot be mapped", errno);
  return Page(base, shape, Fd());
}

void Page::dont_fork() const { ::madvise(base_, shape_.size(), MADV_DONTFORK); }

Slot& Page::slot(std::size_t index) const {
  return at<Slot>(shape_.slot_off() + sizeof(Slot) * index);
}

Cell& Page::cell(std::size_t slot, std::uint32_t generation, std::size_t thread) const {
  const std::size_t bank = 2 * slot + generation % 2;
  return at<Cell>(shape_.cell_off() + sizeof(Cell) * (bank * shape_.cells() + thread));
}

void Page::record_death(std::size_t slot_index, std::uint32_t generation, std::uint32_t pid,
                        DeathHow how, std::uint16_t status, std::uint8_t cause,
                        std::string_view text) const {
  SlotDeath& death = slot(slot_index).death;
  death.generation.store(0, std::memory_order_release);
  death.pid = pid;
  death.how = static_cast<std::uint8_t>(how);
  death.cause = cause;
  death.status = status;
  death.at_ms = wall_us() / 1000;
  std::memset(death.text, 0, sizeof death.text);
  std::memcpy(death.text, text.data(), std::min(text.size(), sizeof death.text));
  death.generation.store(generation, std::memory_order_release);
}

// Warm list: u32 count, then {u16 script length, u16 group length, script, group}.

void Page::add_warm(const WarmScript& script) const {
  auto list = warm();
  if (list.size() >= kMaxWarm || std::find(list.begin(), list.end(), script) != list.end()) return;
  std::size_t used = 4;
  for (const auto& one : list) used += 4 + one.script.size() + one.application_group.size();
  const std::size_t size = 4 + script.script.size() + script.application_group.size();
  if (script.script.size() > 0xffff || script.application_group.size() > 0xffff ||
      used + size > kWarmBytes) {
    return;
  }
  auto* to = static_cast<std::byte*>(base_) + shape_.warm_off() + used;
  const std::uint16_t lengths[2] = {static_cast<std::uint16_t>(script.script.size()),
                                    static_cast<std::uint16_t>(script.application_group.size())};
  std::memcpy(to, lengths, sizeof lengths);
  std::memcpy(to + 4, script.script.data(), script.script.size());
  std::memcpy(to + 4 + script.script.size(), script.application_group.data(),
              script.application_group.size());
  at<Atomic32>(shape_.warm_off())
      .store(static_cast<std::uint32_t>(list.size() + 1), std::memory_order_release);
}

std::vector<WarmScript> Page::warm() const {
  std::vector<WarmScript> list;
  const auto count =
      std::min(at<Atomic32>(shape_.warm_off()).load(std::memory_order_acquire), kMaxWarm);
  // Copied first: an application may rewrite the page while it is read.
  std::vector<std::byte> copy(kWarmBytes);
  std::memcpy(copy.data(), static_cast<std::byte*>(base_) + shape_.warm_off(), kWarmBytes);
  Reader in(copy);
  in.get<std::uint32_t>();
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto script_size = in.get<std::uint16_t>();
    const auto group_size = in.get<std::uint16_t>();
    const auto script = in.text(script_size);
    const auto group = in.text(group_size);
    if (!in.good()) break;
    list.push_back({std::string(script), std::string(group)});
  }
  return list;
}

void store_text(std::span<Atomic64> words, std::string_view text) {
  for (auto& word : words) {
    std::uint64_t value = 0;
    const auto part = text.substr(0, sizeof value);
    std::memcpy(&value, part.data(), part.size());
    text.remove_prefix(part.size());
    word.store(value, std::memory_order_relaxed);
    if (part.empty()) break;  // the zero that ends the text is written
  }
}

std::string load_text(std::span<const Atomic64> words) {
  std::string text;
  for (const auto& word : words) {
    const auto value = word.load(std::memory_order_relaxed);
    char part[sizeof value];
    std::memcpy(part, &value, sizeof value);
    const auto end = std::find(part, part + sizeof part, '\0');
    text.append(part, end);
    if (end != part + sizeof part) break;
  }
  return text;
}

void count_time(std::span<Atomic64, kHistogram> histogram, std::uint64_t us) {
  const auto bucket = static_cast<std::size_t>(std::bit_width(us / 1000));
  histogram[std::min(bucket, kHistogram - 1)].fetch_add(1, std::memory_order_relaxed);
}

}  // namespace wsgi::transport

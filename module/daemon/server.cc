// SPDX-License-Identifier: Apache-2.0
// Making the set and the threads; stopping them in order.
#include "daemon/server.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "daemon/fork_guard.h"
#include "daemon/worker.h"
#include "transport/handover.h"

namespace wsgi::daemon {
namespace {

// A quarter of what may be open, and never more than a page of entries is worth.
std::size_t idle_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return std::clamp<std::size_t>(limit.rlim_cur / 4, 64, 8192);
}

struct WorkerStart {
  Server* server;
  std::uint32_t index;
};

}  // namespace

Server::Server(ServerParts parts)
    : parts_(std::move(parts)),
      cells_(parts_.page, {static_cast<std::uint16_t>(parts_.boot.slot), parts_.boot.generation}) {}

Server::~Server() {
  join();
  guard_connections(nullptr, -1);
}

void Server::join() {
  for (pthread_t thread : threads_) ::pthread_join(thread, nullptr);
  threads_.clear();
}

Status Server::start() {
  const auto failed = [](const char* what, int sys) {
    return Fail{ErrorId::thread_create, what, sys};
  };
  epoll_.reset(::epoll_create1(EPOLL_CLOEXEC));
  stop_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!epoll_ || !stop_) return failed("the epoll set cannot be made", errno);
  const std::uint32_t threads = parts_.boot.options.threads;
  connections_ = std::make_unique<Connections>(epoll_.get(), idle_limit(), threads);
  epoll_event event{};
  event.events = EPOLLIN;  // level-triggered: it wakes every worker, once written
  event.data.u64 = kStopEvent;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, stop_.get(), &event);
  event.events = EPOLLIN | EPOLLONESHOT;
  event.data.u64 = kHandOverEvent;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, parts_.receiving, &event) != 0) {
    return failed("the receiving end cannot be watched", errno);
  }
  guard_connections(connections_.get(), epoll_.get());

  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  if (parts_.boot.options.stack_size != 0) {
    ::pthread_attr_setstacksize(&attributes, parts_.boot.options.stack_size);
  }
  int error = 0;
  for (std::uint32_t k = 0; k < threads && error == 0; ++k) {
    auto start = std::make_unique<WorkerStart>(WorkerStart{this, k});
    pthread_t thread;
    error = ::pthread_create(&thread, &attributes, &Server::run_worker, start.get());
    if (error != 0) break;
    (void)start.release();
    threads_.push_back(thread);
  }
  ::pthread_attr_destroy(&attributes);
  if (error != 0) {
    stop_accepting();
    return failed("a worker thread cannot be created; see threads and stack-size", error);
  }
  return ok();
}

void* Server::run_worker(void* start) {
  std::unique_ptr<WorkerStart> mine(static_cast<WorkerStart*>(start));
  // Python counts threads from 1; 0 is the main thread.
  engine::set_thread_index(mine->index + 1);
  Worker(*mine->server, mine->index).run();
  return nullptr;
}

void Server::stop_accepting() {
  if (draining_.exchange(true)) return;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, parts_.receiving, nullptr);
  return_late();
  connections_->close_idle();
  const std::uint64_t one = 1;
  if (::write(stop_.get(), &one, sizeof one) < 0) return;  // cannot fail: nothing else writes it
}

// The child places the request elsewhere, or here again: once a second is often enough to say so.
void Server::complain_of_descriptors() {
  const std::uint64_t now = mono_us();
  std::uint64_t last = complained_us_.load();
  if (now - last < 1'000'000 || !complained_us_.compare_exchange_strong(last, now)) return;
  parts_.log.message(ErrorId::descriptor_limit,
                     "group '" + parts_.boot.options.name +
                         "': connections cannot be taken, all descriptors are in use; raise the "
                         "limit, or look for files that the application leaves open");
}

void Server::return_late() const {
  // Once a successor has the slot, what arrives is the successor's.
  if (transport::load_word(parts_.page, parts_.boot.slot).generation != parts_.boot.generation) {
    return;
  }
  for (;;) {
    const auto got = transport::receive_handover(parts_.receiving);
    if (got.got == transport::HandOverGot::empty || got.got == transport::HandOverGot::ended) break;
    if (got.got == transport::HandOverGot::connection ||
        got.got == transport::HandOverGot::no_room) {
      transport::give_back(parts_.page, {occupant().slot, got.message.generation});
    }
  }
}

}  // namespace wsgi::daemon

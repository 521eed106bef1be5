// SPDX-License-Identifier: Apache-2.0
#include "engine/threads.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <array>

#include "engine/request.h"
#include "python/attach.h"
#include "python/traceback.h"

namespace wsgi::engine {
namespace {

constexpr std::uint32_t kNoIndex = UINT32_MAX;
constexpr std::size_t kSlots = 2048;

thread_local std::uint32_t t_index = kNoIndex;
thread_local Request* t_request = nullptr;

}  // namespace

void set_thread_index(std::uint32_t index) { t_index = index; }

std::uint32_t thread_index() {
  if (t_index == kNoIndex) {
    static std::atomic<std::uint32_t> last{0};
    bool main = ::syscall(SYS_gettid) == ::getpid();
    t_index = main ? 0 : last.fetch_add(1, std::memory_order_relaxed) + 1;
  }
  return t_index;
}

ThreadSlot* thread_slot(std::uint32_t index) {
  static std::array<ThreadSlot, kSlots> slots;
  return index < kSlots ? &slots[index] : nullptr;
}

Request* current_request() { return t_request; }

void set_current_request(Request* request) {
  t_request = request;
  ThreadSlot* slot = thread_slot(thread_index());
  if (slot == nullptr) return;
  if (request != nullptr) {
    slot->interpreter.store(&request->state.interpreter, std::memory_order_relaxed);
    slot->ident.store(PyThread_get_thread_ident(), std::memory_order_relaxed);
  }
  slot->request.store(request, std::memory_order_release);
}

bool interrupt_thread(std::uint32_t index, Log& log, std::string_view process_group) {
  ThreadSlot* slot = thread_slot(index);
  if (slot == nullptr || slot->request.load(std::memory_order_acquire) == nullptr) return false;
  python::Interpreter* interpreter = slot->interpreter.load(std::memory_order_relaxed);
  python::Attached attached(*interpreter);
  // Requests begin and end under this GIL: what holds now holds until it is let go.
  Request* request = slot->request.load(std::memory_order_acquire);
  if (request == nullptr || &request->state.interpreter != interpreter || request->injected) {
    return false;
  }
  unsigned long ident = slot->ident.load(std::memory_order_relaxed);
  auto lines = python::stacks(ident);
  // Formatting can run Python code and so let others run: look again.
  if (slot->request.load(std::memory_order_acquire) != request) return false;
  if (PyThreadState_SetAsyncExc(ident, interpreter->request_timeout()) != 1) {
    python::Detached detached;
    log.message(ErrorId::limit_inject_failed,
                "RequestTimeout cannot be injected into thread " + std::to_string(index));
    return false;
  }
  request->injected = true;
  python::log_lines(log, ErrorId::limit_stacks, Level::info, lines);
  python::Detached detached;
  log.message(ErrorId::limit_inject, "Injected RequestTimeout into thread " +
                                         std::to_string(index) + " of process group '" +
                                         std::string(process_group) + "'");
  return true;
}

}  // namespace wsgi::engine

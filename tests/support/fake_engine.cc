// SPDX-License-Identifier: Apache-2.0
// An engine without Python, so that the daemon can be tested as a whole: the path of the request
// says what its "application" does.
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "engine/engine.h"

namespace wsgi::engine {
namespace {

thread_local std::uint32_t thread_index = 0;

std::string_view variable(const RequestHead& head, Atom atom) {
  for (const auto& var : head.variables) {
    if (var.atom == atom) return var.value;
  }
  return {};
}

class FakeEngine final : public Engine {
 public:
  explicit FakeEngine(EngineOptions options, Log& log) : options_(std::move(options)), log_(log) {}

  Outcome run(const RequestHead& head, BodySource& body, ResponseSink& sink, Log& log) override {
    const auto path = variable(head, Atom::REQUEST_URI);
    if (path == "/fail") return {OutcomeCode::app_error};
    if (path == "/changed") return {OutcomeCode::reload};
    if (path == "/abort") std::abort();
    if (path == "/log") log.message(ErrorId::app_output, "said by the application");
    if (path == "/fork") fork_and_hold();
    if (path == "/pieces") return pieces(sink);
    std::string text = path == "/where" ? std::to_string(::getpid()) : "hello";
    if (path == "/fork-and-log") text = fork_and_log(log) ? "clean" : "dirty";
    if (path == "/echo" || path == "/hold") {
      text.clear();
      std::byte buffer[64 * 1024];
      for (;;) {
        const auto got = body.read(buffer);
        if (!got) {
          log.fail(got.error());
          return {OutcomeCode::app_error};
        }
        if (*got == 0) break;
        text += as_text({buffer, *got});
      }
    }
    const Header headers[] = {{"Content-Type", "text/plain"}};
    if (!sink.head({200, "OK", headers}) || !sink.data(as_bytes(text), More::done)) {
      return {OutcomeCode::client_gone};
    }
    return {};
  }

  HookAnswer hook(const HookCall&, HookHost&, Log&) override { return HookAnswer::failed; }
  bool script_changed(const RequestHead& head) override {
    return variable(head, Atom::REQUEST_URI) == "/changed";
  }
  Status preload(std::string_view script, std::string_view application_group) override {
    log_.message(ErrorId::load, "Loading WSGI script '" + std::string(script) + "'");
    options_.loaded(script, application_group);
    return ok();
  }
  void probe() override {}
  bool interrupt(std::uint32_t) override { return false; }
  void log_stacks(Log& log) override { log.message(ErrorId::limit_stacks, "no stacks"); }
  void announce_signal(int) override {}
  void announce_stop(std::string_view reason) override {
    log_.message(ErrorId::event_callback, Level::error, "stopping: " + std::string(reason));
  }
  void finish() override { log_.message(ErrorId::atexit, Level::error, "finished"); }

 private:
  // One block, END of its own: close() runs after the last block.
  static Outcome pieces(ResponseSink& sink) {
    if (!sink.head({200, "OK", {}}) || !sink.data(as_bytes("one "), More::yes) ||
        !sink.data(as_bytes("two"), More::last)) {
      return {OutcomeCode::client_gone};
    }
    return {};
  }
  // A grandchild of the test that lives until its standard input ends, which is never soon: what
  // it inherited must not keep our connections open.
  // True: nothing that a forked process logs arrives in the sockets that it opens.
  bool fork_and_log(Log& log) {
    const pid_t child = ::fork();
    int status = 0;
    if (child != 0) return ::waitpid(child, &status, 0) == child && status == 0;
    int ends[64][2];
    for (auto& pair : ends) {
      if (::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) ::_exit(2);
    }
    log.message(ErrorId::app_output, "a line of the request");
    log_.message(ErrorId::app_output, "a line of the process");
    char c;
    for (const auto& pair : ends) {
      for (const int end : pair) {
        if (::recv(end, &c, 1, MSG_DONTWAIT) > 0) ::_exit(1);
      }
    }
    ::_exit(0);
  }

  static void fork_and_hold() {
    if (::fork() != 0) return;
    ::alarm(20);
    for (;;) ::pause();
  }

  EngineOptions options_;
  Log& log_;
};

}  // namespace

Result<std::unique_ptr<Engine>> Engine::start(EngineOptions options, Log& log) {
  if (options.python.home == "/missing") return Fail{ErrorId::py_init, "Python does not start"};
  return std::unique_ptr<Engine>(std::make_unique<FakeEngine>(std::move(options), log));
}

void set_thread_index(std::uint32_t index) { thread_index = index; }

}  // namespace wsgi::engine

// SPDX-License-Identifier: Apache-2.0
// The steps of a transaction; see transaction.h.
#include "apply/transaction.h"

#include <fmt/format.h>

#include <cerrno>
#include <sstream>

#include "plan/print.h"

namespace wsgictl::apply {
namespace {

using plan::Action;
using plan::FileChange;

wsgi::Fail fail(std::string text) { return {wsgi::ErrorId::internal, std::move(text), 0}; }

// A third party may reload Apache at any moment, so what is included exists before the link to it,
// and a link goes before what it leads to.
std::vector<const FileChange*> in_order(const plan::Plan& plan) {
  std::vector<const FileChange*> order;
  const auto add = [&](const std::vector<FileChange>& files, bool remove, bool link) {
    for (const FileChange& file : files)
      if (file.action != Action::none && (file.action == Action::remove) == remove &&
          file.link == link)
        order.push_back(&file);
  };
  add(plan.modules, false, true);
  add(plan.files, false, false);
  add(plan.files, false, true);
  add(plan.files, true, true);
  add(plan.files, true, false);
  return order;
}

// Lines of the error log at crit, alert or emerg.
std::string grave_lines(const std::string& log) {
  std::string grave;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);)
    for (const char* level : {":crit]", ":alert]", ":emerg]"})
      if (line.find(level) != std::string::npos) grave += line + "\n";
  return grave;
}

class Transaction {
 public:
  Transaction(World& world, const Request& request)
      : world_(world), request_(request), journal_(world.files, world.store) {}

  Outcome run() {
    record_.generation = request_.plan.generation.number;
    record_.user = request_.who.user;
    record_.command = request_.who.command;
    record_.since = request_.who.since;
    if (sys::Status staged = step("stage", [&] { return stage(); }); !staged) {
      (void)world_.store.discard(record_.generation);
      const int error = staged.error().sys;
      outcome_.verdict =
          error == EACCES || error == EPERM ? Verdict::not_permitted : Verdict::refused;
      return finish(staged.error().text);
    }
    sys::Status status = step("write", [&] { return write(); });
    if (status) status = step("configtest", [&] { return world_.server.test(); });
    if (status) status = step("reload", [&] { return reload(); });
    if (status) status = step("verify", [&] { return verify(); });
    if (status) status = step("commit", [&] { return commit(); });
    if (!status) return roll_back(status.error().text);
    clean_up();
    return finish("");
  }

 private:
  template <typename F>
  sys::Status step(const char* name, F&& work) {
    text_.clear();
    sys::Status status = work();
    StepReport report{name, static_cast<bool>(status), status ? text_ : status.error().text};
    if (world_.progress) world_.progress(report);
    outcome_.steps.push_back(std::move(report));
    return status;
  }

  sys::Status stage() {
    WSGI_TRY(world_.server.test());
    record_.was_running = world_.server.parent() != 0;
    WSGI_TRY(world_.store.prepare());
    plan::Generation generation = request_.plan.generation;
    WSGI_TRY(world_.store.save(signed_by(generation), request_.plan.contents));
    std::vector<std::string> paths;
    for (const FileChange* file : in_order(request_.plan)) paths.push_back(file->path);
    WSGI_ASSIGN(record_.undo, journal_.keep(paths, world_.root));
    return journal_.write(record_);
  }

  plan::Generation signed_by(plan::Generation generation) const {
    generation.time = request_.who.since;
    generation.user = request_.who.user;
    generation.command = request_.who.command;
    return generation;
  }

  sys::Status write() {
    for (const FileChange* file : in_order(request_.plan)) {
      const std::string path = sys::below(world_.root, file->path);
      if (file->action == Action::remove) {
        WSGI_TRY(world_.files.remove(path));
        continue;
      }
      // Folders below the state folder are ours to make; a missing folder of Apache's is an error.
      if (path.starts_with(world_.store.path("")))
        WSGI_TRY(world_.files.make_folder(path.substr(0, path.rfind('/')), 0755));
      // One kind is not renamed over the other.
      if (file->action == Action::change && file->link != file->old_link) {
        WSGI_TRY(world_.files.remove(path));
      }
      WSGI_TRY(file->link ? world_.files.write_link(path, *file->after)
                          : world_.files.write(path, *file->after, file->mode));
    }
    text_ = plan::summary(request_.plan);
    return wsgi::ok();
  }

  sys::Status reload() {
    record_.step = Step::reloading;
    WSGI_TRY(journal_.write(record_));
    parent_ = world_.server.parent();
    if (parent_ != 0) {
      text_ = "graceful";
      return world_.server.reload();
    }
    if (!request_.start) {
      text_ = "Apache is stopped and stays so";
      return wsgi::ok();
    }
    text_ = "started";
    WSGI_TRY(world_.server.start());
    parent_ = world_.server.parent();
    return wsgi::ok();
  }

  sys::Status verify() {
    if (parent_ == 0) {
      text_ = "nothing runs, so nothing was asked";
      return wsgi::ok();
    }
    std::string bad;
    for (const Health& health :
         check_health(request_.plan.generation.targets, world_.prober, world_.clock)) {
      std::string& list = health.good ? text_ : bad;
      list += (list.empty() ? "" : "\n") + describe(health);
    }
    const std::string log = world_.server.log_since_reload();
    outcome_.grave_lines = grave_lines(log);
    if (world_.server.parent() != parent_) return fail("Apache ended after the reload\n" + log);
    if (!bad.empty())
      return fail(bad + (log.empty() ? "" : "\nlast lines of the error log:\n" + log));
    return wsgi::ok();
  }

  sys::Status commit() { return world_.store.make_current(signed_by(request_.plan.generation)); }

  // After the commit nothing may fail any more: what is left over is taken up by the next run.
  void clean_up() {
    for (const FileChange& file : request_.plan.files) {
      const std::string path = sys::below(world_.root, file.path);
      if (file.action == Action::remove && path.starts_with(world_.store.path("apps/")))
        (void)world_.files.remove_folder(path.substr(0, path.rfind('/')));
    }
    (void)journal_.clear();
    (void)world_.store.prune();
  }

  // Back to the old files, the old configuration and the old state of running or not.
  sys::Status restore() {
    WSGI_TRY(journal_.undo(record_, world_.root));
    if (record_.step == Step::reloading) {
      const bool running = world_.server.parent() != 0;
      if (record_.was_running) {
        WSGI_TRY(world_.server.test());
        WSGI_TRY(running ? world_.server.reload() : world_.server.start());
        if (world_.server.parent() == 0) return fail("Apache is not running");
      } else if (running) {
        WSGI_TRY(world_.server.stop());
      }
    }
    WSGI_TRY(journal_.clear());
    return world_.store.discard(record_.generation);
  }

  Outcome roll_back(std::string failure) {
    const sys::Status restored = step("rollback", [&] { return restore(); });
    outcome_.verdict = restored ? Verdict::rolled_back : Verdict::rollback_failed;
    if (!restored) outcome_.rollback_failure = restored.error().text;
    return finish(std::move(failure));
  }

  Outcome finish(std::string failure) {
    static constexpr const char* kWords[] = {"done", "refused", "rolled back", "rollback failed",
                                             "not permitted"};
    outcome_.failure = std::move(failure);
    (void)world_.store.add_history({{"time", request_.who.since},
                                    {"user", request_.who.user},
                                    {"command", request_.who.command},
                                    {"generation", record_.generation},
                                    {"summary", plan::summary(request_.plan)},
                                    {"outcome", kWords[static_cast<int>(outcome_.verdict)]},
                                    {"failure", outcome_.failure}});
    return std::move(outcome_);
  }

  World& world_;
  const Request& request_;
  Journal journal_;
  Record record_;
  pid_t parent_ = 0;
  std::string text_;  // of the step under way
  Outcome outcome_;
};

}  // namespace

Outcome apply(World& world, const Request& request) { return Transaction(world, request).run(); }

}  // namespace wsgictl::apply

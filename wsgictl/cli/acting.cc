// SPDX-License-Identifier: Apache-2.0
// Lock, recovery, transaction, report; see acting.h.
#include "cli/acting.h"

#include <fmt/format.h>

#include <cerrno>
#include <ostream>

#include "cli/planning.h"
#include "diag/codes.h"
#include "json/json.h"
#include "plan/print.h"

namespace wsgictl::cli {
namespace {

Json steps_json(const apply::Outcome& outcome) {
  Json steps = Json::array();
  for (const apply::StepReport& step : outcome.steps)
    steps.push_back({{"step", step.name}, {"ok", step.good}, {"text", step.text}});
  return steps;
}

}  // namespace

void add_act_options(Command& command, ActOptions& options) {
  command.flag("--dry-run", options.dry_run, "Show the plan and change nothing");
  command.flag("--start", options.start, "Start Apache if it is stopped");
  command.flag("--take-over", options.take_over, "Overwrite files of ours that were edited");
  command.option("--lock-timeout", options.lock_timeout,
                 "Seconds to wait for another run to end (10)", {.low = 0, .high = 3600});
  add_instance_option(command, options.instance);
}

Acting::Acting(Context& context, const Target& target, const char* command,
               const ActOptions& options)
    : context_(context),
      command_(command),
      options_(options),
      server_(target.instance, sys::real_clock()),
      store_(open_store(context, target)),
      world_{sys::real_files(),    server_, prober_, sys::real_clock(), store_,
             context.options.root, nullptr},
      who_(sys::this_process(fmt::format("wsgictl {}", command), sys::real_clock())) {
  const bool loud = context.options.format == Format::text && !context.options.quiet;
  if (!loud) return;
  world_.progress = [&context](const apply::StepReport& step) {
    context.streams.err << fmt::format("{:<10} {}{}\n", step.name, step.good ? "ok" : "failed",
                                       step.text.empty() || !step.good ? "" : ": " + step.text);
    context.streams.err.flush();
  };
}

int Acting::failed(const char* code, const sys::Fail& fail) {
  context_.diagnostics.add(diag::make(code, {}, fail.text));
  return fail.sys == EACCES || fail.sys == EPERM ? kNotPermitted : kRefused;
}

std::optional<int> Acting::begin() {
  if (sys::Status status = store_.prepare(); !status) return failed("WCTL4005", status.error());
  sys::LockHolder other;
  auto lock =
      sys::Lock::take(store_.path("lock"), who_, std::chrono::seconds(options_.lock_timeout),
                      sys::real_clock(), other);
  if (!lock) return failed("WCTL4005", lock.error());
  if (!*lock) {
    context_.diagnostics.add(
        diag::make("WCTL4003", {},
                   fmt::format("\"{}\" of {} (process {}) holds the lock since {}", other.command,
                               other.user, other.pid, other.since),
                   "wait for it to end, or give it more time with --lock-timeout"));
    return kLocked;
  }
  lock_ = std::move(*lock);
  auto recovered = apply::recover(world_, who_);
  if (!recovered) {
    failed("WCTL4007", recovered.error());
    return kRollbackFailed;
  }
  if (!recovered->empty()) context_.diagnostics.add(diag::make("WCTL4009", {}, *recovered));
  return std::nullopt;
}

// A diagnostic has one line; Apache's own words often are more, and follow as they are.
void Acting::tell(const char* code, const std::string& text, std::string hint) {
  const std::size_t end = text.find('\n');
  context_.diagnostics.add(diag::make(code, {}, text.substr(0, end), std::move(hint)));
  if (end != std::string::npos) details_ += text.substr(end + 1) + "\n";
}

int Acting::code_of(const apply::Outcome& outcome) {
  if (!outcome.grave_lines.empty()) tell("WCTL4011", outcome.grave_lines);
  switch (outcome.verdict) {
    case apply::Verdict::done:
      return kDone;
    case apply::Verdict::refused:
      tell("WCTL4008", outcome.failure);
      return kRefused;
    case apply::Verdict::not_permitted:
      tell("WCTL4008", outcome.failure, "run the command as root");
      return kNotPermitted;
    case apply::Verdict::rolled_back:
      tell("WCTL4006", outcome.failure);
      return kRolledBack;
    case apply::Verdict::rollback_failed:
      tell("WCTL4006", outcome.failure);
      tell("WCTL4007", outcome.rollback_failure,
           "the files as they were: " + store_.path("transaction"));
      return kRollbackFailed;
  }
  return kBug;
}

void Acting::run(const plan::Plan& plan) {
  Json answer = plan::to_json(plan);
  if (!plan.has_changes()) {
    say(context_, "no changes\n");
    report(context_, command_, kDone, answer);
    return;
  }
  say(context_, plan::to_text(plan, false));
  context_.streams.out.flush();
  const apply::Outcome outcome = apply::apply(world_, {plan, who_, options_.start});
  const int code = code_of(outcome);
  answer["changed"] = code == kDone;
  answer["steps"] = steps_json(outcome);
  answer["details"] = details_;
  if (code == kDone) {
    answer["generation"] = plan.generation.number;
    say(context_, fmt::format("generation {} is live\n", plan.generation.number));
  }
  report(context_, command_, code, answer);
  if (context_.options.format == Format::text) context_.streams.err << details_;
}

}  // namespace wsgictl::cli

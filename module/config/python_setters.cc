// SPDX-License-Identifier: Apache-2.0
// Directives about Python, interpreters and telemetry. (directives.md, sections 6, 7, 10)
#include "config/setters.h"

namespace wsgi::config {

Result<double> take_interval(const Call& call) {
  auto seconds = parse_decimal(call.words[0]);
  if (seconds && *seconds > 0) return *seconds;
  return wrong(ErrorId::cfg_interval, about(call), "bad value " + quote(call.words[0]),
               "must be a number of seconds above 0");
}

// At base scope the path is the children's; daemons have python-path=.
Status set_python_path(Call& call) {
  WSGI_ASSIGN(std::string path, take_name(call));
  if (call.to.container) {
    call.to.container->python_path = std::move(path);
  } else {
    call.to.server->global.python.path = std::move(path);
  }
  return ok();
}

Status set_optimize(Call& call) {
  auto level = parse_integer(call.words[0], 0, 2);
  if (!level) {
    return wrong(ErrorId::cfg_optimize, about(call), "bad value " + quote(call.words[0]),
                 "must be one of: 0 | 1 | 2");
  }
  call.to.server->global.python.optimize = static_cast<std::int32_t>(*level);
  return ok();
}

Status add_warning(Call& call) {
  WSGI_ASSIGN(std::string filter, take_name(call));
  call.to.server->global.python.warnings.push_back(std::move(filter));
  return ok();
}

Status set_hash_seed(Call& call) {
  PythonSettings& python = call.to.server->global.python;
  auto seed = parse_integer(call.words[0], 0, UINT32_MAX);
  if (!seed && call.words[0] != "random") {
    return wrong(ErrorId::cfg_hashseed, about(call), "bad value " + quote(call.words[0]),
                 "must be 'random' or a whole number from 0 to 4294967295");
  }
  python.hash_seed_random = !seed;
  python.hash_seed.reset();
  if (seed) python.hash_seed = static_cast<std::uint32_t>(*seed);
  return ok();
}

Status set_switch_interval(Call& call) {
  WSGI_ASSIGN(member<&InterpreterOptions::switch_interval>(call), take_interval(call));
  return ok();
}

Status set_free_threading(Call& call) {
  WSGI_TRY(set_flag<&InterpreterOptions::free_threading>(call));
  if (call.to.notices && call.to.container && call.to.container->application_group) {
    call.to.notices->push_back({ErrorId::cfg_no_effect,
                                "WSGIFreeThreading has no effect in a section with "
                                "application-group: it concerns whole processes (" +
                                    describe(call.to.place) + ")"});
  }
  return ok();
}

Status set_runtime(Call& call) {
  std::string_view text = call.words[0], digits = text;
  if (digits.ends_with('t')) digits.remove_suffix(1);
  std::size_t dot = digits.find('.');
  bool good = dot != std::string_view::npos && parse_integer(digits.substr(0, dot), 3, 99) &&
              parse_integer(digits.substr(dot + 1), 0, 999) &&
              digits.find_first_of("+-") == std::string_view::npos;
  if (!good) {
    return wrong(ErrorId::cfg_value, about(call), "bad value " + quote(text),
                 "must be a version like 3.11 or 3.13t");
  }
  call.to.server->global.python_runtime = text;
  return ok();
}

Status set_runtime_path(Call& call) {
  for (const auto& word : call.words) {
    WSGI_ASSIGN(std::string path, take_absolute(call, word));
    call.to.server->global.runtime_path.push_back(std::move(path));
  }
  return ok();
}

Status open_interpreter_options(Call& call) {
  std::string_view text = call.text;
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  if (!text.ends_with('>')) {
    return wrong(ErrorId::cfg_interp_selector, {"<WSGIInterpreterOptions>", {}, {}},
                 "the closing '>' is missing", "write <WSGIInterpreterOptions ...>");
  }
  text.remove_suffix(1);
  WSGI_ASSIGN(auto section, parse_selectors(text));
  call.to.server->global.python.containers.push_back(std::move(section));
  return ok();
}

Status set_telemetry_service(Call& call) {
  constexpr std::string_view kScheme = "unix:/";
  constexpr std::string_view kInterval = "interval=";
  constexpr double kMinimum = 0.5;
  TelemetrySettings next = call.to.server->global.telemetry;
  next.service = call.words[0];
  next.interval = TelemetrySettings{}.interval;
  if (!next.service.starts_with(kScheme) || next.service.size() == kScheme.size()) {
    return wrong(ErrorId::cfg_telemetry, about(call), "bad target " + quote(next.service),
                 "must be unix:/path of a socket");
  }
  if (call.words.size() > 1) {
    std::string_view word = call.words[1];
    bool named = word.starts_with(kInterval);
    auto value = named ? parse_decimal(word.substr(kInterval.size())) : std::nullopt;
    if (!value || *value < kMinimum || call.words.size() > 2) {
      return wrong(ErrorId::cfg_telemetry, about(call), "bad argument " + quote(call.words.back()),
                   "may be followed by interval=N, at least 0.5 s");
    }
    next.interval = *value;
  }
  call.to.server->global.telemetry = std::move(next);
  return ok();
}

Status set_slow_requests(Call& call) {
  auto seconds = parse_decimal(call.words[0]);
  if (!seconds || *seconds < 0) {
    return wrong(ErrorId::cfg_telemetry, about(call), "bad value " + quote(call.words[0]),
                 "must be a number of seconds, 0 or more");
  }
  call.to.server->global.telemetry.slow_requests = *seconds;
  return ok();
}

Status set_telemetry_options(Call& call) {
  constexpr std::string_view kAllowed =
      "must be None, All, or flags (CaptureUserAgent), all or none of them with + or -";
  bool& capture = call.to.server->global.telemetry.capture_user_agent;
  auto is_sign = [](char c) { return c == '+' || c == '-'; };
  bool relative = !call.words[0].empty() && is_sign(call.words[0][0]);
  bool value = relative && capture;
  for (std::string_view word : call.words) {
    bool is_signed = !word.empty() && is_sign(word[0]);
    std::string_view flag = word.substr(is_signed ? 1 : 0);
    bool whole = same_word(flag, "None") || same_word(flag, "All");
    bool known = same_word(flag, "CaptureUserAgent") || (whole && !is_signed);
    if (is_signed != relative || !known) {
      return wrong(ErrorId::cfg_telemetry, about(call), "bad flag " + quote(word), kAllowed);
    }
    value = !same_word(flag, "None") && !word.starts_with('-');
  }
  capture = value;
  return ok();
}

}  // namespace wsgi::config

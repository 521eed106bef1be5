// SPDX-License-Identifier: Apache-2.0
// Typed settings, plain data. Each struct lists its members once in fields(); the codec (boot
// record), the settings hash and merging are made from that list. 0 and "" mean "not set" unless
// a comment says otherwise. Times are whole seconds unless the name says otherwise.
// Source: directives.md of the specification, sections 3 to 10.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wsgi::config {

// A switch that remembers whether it was given.
using Flag = std::optional<bool>;

// WSGIDaemonProcess: one process group. (directives.md, section 5)
struct DaemonOptions {
  std::string name;
  // identity
  std::string user, group;                        // names or "#id"; "" = Apache's
  std::uint32_t uid = 0, gid = 0;                 // resolved; meaningful when has_identity
  bool has_identity = false;                      // the server starts as root
  std::vector<std::uint32_t> groups;              // supplementary, resolved, without the primary
  std::vector<std::string> supplementary_groups;  // as given; empty and not set = of the user
  bool has_supplementary_groups = false;
  std::string user_name, user_home;  // from the user database: for HOME, USER, …
  std::int32_t umask = -1;           // -1 = inherit
  std::string chroot, home, lang, locale, display_name;
  std::string python_home, python_path, python_eggs;
  std::string python;  // ours: runtime version or path of a daemon executable
  std::vector<std::string> environment_files;  // ours: NAME=VALUE files, set before Python starts
  double switch_interval = 0;
  // concurrency
  std::uint32_t processes = 1;
  bool processes_given = false;
  std::uint32_t threads = 15;
  std::uint64_t stack_size = 0;
  std::uint32_t listen_backlog = 100;
  bool overlap = true;  // ours: a replacement starts before the old one leaves
  // recycling and limits
  std::uint64_t maximum_requests = 0;
  std::uint32_t restart_interval = 0, inactivity_timeout = 0, startup_timeout = 0;
  std::uint32_t request_timeout = 0, interrupt_timeout = 0, deadlock_timeout = 300;
  std::uint32_t graceful_timeout = 15, eviction_timeout = 0, shutdown_timeout = 5;
  // between child, daemon and client
  std::uint32_t connect_timeout = 15, socket_timeout = 0, queue_timeout = 0;
  std::uint32_t response_socket_timeout = 0;
  std::uint32_t response_flush_delay_ms = 5;
  // buffers, limits, ownership
  std::uint64_t send_buffer_size = 0, receive_buffer_size = 0, header_buffer_size = 0;
  std::uint64_t response_buffer_size = 0;
  std::uint32_t cpu_time_limit = 0;
  std::int32_t cpu_priority = 0;
  bool has_cpu_priority = false;
  std::uint64_t memory_limit = 0, virtual_memory_limit = 0;
  std::string socket_user, script_user, script_group;
  bool server_metrics = false;

  bool operator==(const DaemonOptions&) const = default;

  // Every member, in order; the order is part of the settings hash.
  template <typename Self, typename F>
  static void fields(Self& s, F&& f) {
    f(s.name), f(s.user), f(s.group), f(s.uid), f(s.gid), f(s.has_identity), f(s.groups);
    f(s.supplementary_groups), f(s.has_supplementary_groups), f(s.user_name), f(s.user_home);
    f(s.umask), f(s.chroot), f(s.home), f(s.lang), f(s.locale), f(s.display_name);
    f(s.python_home), f(s.python_path), f(s.python_eggs), f(s.python), f(s.environment_files);
    f(s.switch_interval), f(s.processes), f(s.processes_given), f(s.threads), f(s.stack_size);
    f(s.listen_backlog), f(s.overlap), f(s.maximum_requests), f(s.restart_interval);
    f(s.inactivity_timeout), f(s.startup_timeout), f(s.request_timeout), f(s.interrupt_timeout);
    f(s.deadlock_timeout), f(s.graceful_timeout), f(s.eviction_timeout), f(s.shutdown_timeout);
    f(s.connect_timeout), f(s.socket_timeout), f(s.queue_timeout), f(s.response_socket_timeout);
    f(s.response_flush_delay_ms), f(s.send_buffer_size), f(s.receive_buffer_size);
    f(s.header_buffer_size), f(s.response_buffer_size), f(s.cpu_time_limit), f(s.cpu_priority);
    f(s.has_cpu_priority), f(s.memory_limit), f(s.virtual_memory_limit), f(s.socket_user);
    f(s.script_user), f(s.script_group), f(s.server_metrics);
  }
};

// One <WSGIInterpreterOptions> section. Absent selector = any. (directives.md, section 7)
struct InterpreterOptions {
  std::optional<std::string> process_group, application_group;
  Flag per_interpreter_gil, free_threading, restrict_stdin, restrict_stdout, restrict_signal;
  std::optional<double> switch_interval;
  std::optional<std::string> python_path;
  bool operator==(const InterpreterOptions&) const = default;
  template <typename Self, typename F>
  static void fields(Self& s, F&& f) {
    f(s.process_group), f(s.application_group), f(s.per_interpreter_gil), f(s.free_threading);
    f(s.restrict_stdin), f(s.restrict_stdout), f(s.restrict_signal), f(s.switch_interval);
    f(s.python_path);
  }
};

// How Python is started in one process, after merging server and group. (directives.md, 6 and 7)
struct PythonSettings {
  std::string home, path, eggs;  // of this process: WSGIPython* or the group's own
  std::int32_t optimize = 0;     // 0, 1, 2
  std::vector<std::string> warnings;
  std::optional<std::uint32_t> hash_seed;
  bool hash_seed_random = false;
  bool dont_write_bytecode = false;
  bool destroy_interpreter = true;
  InterpreterOptions base;                     // base-scope values of the seven directives
  std::vector<InterpreterOptions> containers;  // in file order
  bool operator==(const PythonSettings&) const = default;
  template <typename Self, typename F>
  static void fields(Self& s, F&& f) {
    f(s.home), f(s.path), f(s.eggs), f(s.optimize), f(s.warnings), f(s.hash_seed);
    f(s.hash_seed_random), f(s.dont_write_bytecode), f(s.destroy_interpreter), f(s.base);
    f(s.containers);
  }
};

// What the Python module `apache` tells of the server. (python-api.md, section 8)
struct ApacheFacts {
  std::string version;      // "2.4.71"
  std::string description;  // as in the Server header with full tokens
  std::string mpm_name;     // "event"
  std::string build_date;
  std::int32_t maximum_processes = 1, threads_per_process = 1;  // the MPM's limits
  bool operator==(const ApacheFacts&) const = default;
  template <typename Self, typename F>
  static void fields(Self& s, F&& f) {
    f(s.version), f(s.description), f(s.mpm_name), f(s.build_date);
    f(s.maximum_processes), f(s.threads_per_process);
  }
};

// What the embedded runtime of a child is started with; crosses the C table encoded by codec.h.
struct EmbeddedSettings {
  PythonSettings python;
  bool case_sensitive = true;
  bool server_metrics = false;  // WSGIServerMetrics
  bool single_process = false;  // apache2 -X
  ApacheFacts apache;
  bool operator==(const EmbeddedSettings&) const = default;
  template <typename Self, typename F>
  static void fields(Self& s, F&& f) {
    f(s.python), f(s.case_sensitive), f(s.server_metrics), f(s.single_process), f(s.apache);
  }
};

}  // namespace wsgi::config

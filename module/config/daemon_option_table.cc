// SPDX-License-Identifier: Apache-2.0
// The rows of WSGIDaemonProcess, in the order of the reference page.
#include <limits>

#include "config/daemon_options.h"

namespace wsgi::config {
namespace {

using D = DaemonOptions;
using T = OptionType;

constexpr std::int64_t kInt = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kLong = std::numeric_limits<std::int64_t>::max();

// A time limit in whole seconds, 0 = none.
constexpr DaemonOption seconds(std::string_view name, std::uint32_t D::*member,
                               std::string_view fallback, std::string_view help) {
  return {name, T::number, member, "s", fallback, help, 0, kInt};
}

constexpr DaemonOption kTable[] = {
    // identity and environment
    {"user", T::user, &D::user, "", "User", "Account of the processes; never root."},
    {"group", T::group, &D::group, "", "Group", "Primary group of the processes."},
    {"supplementary-groups", T::names, &D::supplementary_groups, "", "those of the user",
     "Exactly these groups besides the primary one.", 0, 0, &D::has_supplementary_groups},
    {"umask", T::octal, &D::umask, "", "inherited", "File mode creation mask.", 0, 0777},
    {"chroot", T::path, &D::chroot, "", "none", "Root directory; needs a server started as root.",
     0, 0, nullptr, Effect::deprecated, "prefer a container or the sandbox of the service manager"},
    {"home", T::path, &D::home, "", "home of the user, if it is another than Apache's",
     "Working directory and first entry of sys.path."},
    {"lang", T::text, &D::lang, "", "inherited", "LANG of the processes."},
    {"locale", T::text, &D::locale, "", "inherited", "LC_ALL and C locale of the processes."},
    {"display-name", T::text, &D::display_name, "", "none",
     "Process title; %{GROUP} is '(wsgi:GROUP)'."},
    {"python", T::runtime, &D::python, "", "by python-home, then WSGIPythonRuntime",
     "Python version, or path of a daemon executable. Ours."},
    {"python-home", T::text, &D::python_home, "", "WSGIPythonHome",
     "Virtual environment or prefix of a Python."},
    {"python-path", T::text, &D::python_path, "", "none",
     "Directories, separated by ':', for the front of sys.path."},
    {"python-eggs", T::text, &D::python_eggs, "", "none", "PYTHON_EGG_CACHE of the processes."},
    {"environment-file", T::paths, &D::environment_files, "", "none",
     "Files with NAME=VALUE lines, set before Python starts. Ours."},
    {"switch-interval", T::seconds_f, &D::switch_interval, "s", "Python's own",
     "sys.setswitchinterval of the processes."},
    // concurrency
    {"processes", T::number, &D::processes, "", "1",
     "Number of processes; giving it makes wsgi.multiprocess true.", 1, 65535, &D::processes_given},
    {"threads", T::number, &D::threads, "", "15",
     "Request threads of each process; 0 is a group for service scripts.", 0, 65533},
    {"stack-size", T::number, &D::stack_size, "bytes", "the system's", "Stack of each thread.", 1,
     kLong},
    {"listen-backlog", T::number, &D::listen_backlog, "", "100",
     "Requests that may wait for a free thread.", 0, kInt},
    {"overlap", T::flag, &D::overlap, "", "On",
     "A replacement starts before the old process leaves. Ours."},
    // recycling and time limits of the process
    {"maximum-requests", T::number, &D::maximum_requests, "", "0",
     "Replace a process after so many requests.", 0, kLong},
    seconds("restart-interval", &D::restart_interval, "0", "Replace a process of this age."),
    seconds("inactivity-timeout", &D::inactivity_timeout, "0",
            "Replace a process that had nothing to do for so long."),
    seconds("startup-timeout", &D::startup_timeout, "0",
            "Replace a process whose script does not load within this time."),
    seconds("request-timeout", &D::request_timeout, "0",
            "Limit for one request, scaled by the number of threads."),
    seconds("interrupt-timeout", &D::interrupt_timeout, "0",
            "Grace after RequestTimeout was raised in the thread of a request."),
    seconds("deadlock-timeout", &D::deadlock_timeout, "300",
            "Replace a process whose GIL cannot be had for so long."),
    seconds("graceful-timeout", &D::graceful_timeout, "15",
            "Grace for running requests when a process is replaced."),
    seconds("eviction-timeout", &D::eviction_timeout, "0",
            "The same after the graceful signal; 0: graceful-timeout."),
    seconds("shutdown-timeout", &D::shutdown_timeout, "5",
            "Time to stop before the process is aborted; 0: for ever."),
    // between child, daemon and client
    seconds("connect-timeout", &D::connect_timeout, "15", "Wait for a free thread, then 503."),
    seconds("socket-timeout", &D::socket_timeout, "0",
            "Each read and write between Apache and a daemon; 0: Timeout."),
    seconds("queue-timeout", &D::queue_timeout, "0",
            "Drop a request that waited longer than this for a thread."),
    seconds("response-socket-timeout", &D::response_socket_timeout, "0",
            "Each write to the client; 0: socket-timeout."),
    {"response-flush-delay", T::number, &D::response_flush_delay_ms, "ms", "5",
     "Wait for more data before what is there is flushed.", 0, kInt},
    // buffers, limits, ownership
    {"send-buffer-size", T::buffer, &D::send_buffer_size, "bytes", "0",
     "Buffer of daemons for what they send; 0: the system's.", 512, kInt},
    {"receive-buffer-size", T::buffer, &D::receive_buffer_size, "bytes", "0",
     "Buffer of daemons for what they receive; 0: the system's.", 512, kInt},
    {"header-buffer-size", T::buffer, &D::header_buffer_size, "bytes", "0",
     "Longest header line of a response; 0: 32768.", 8192, kInt},
    {"response-buffer-size", T::buffer, &D::response_buffer_size, "bytes", "0",
     "Flush after so many bytes without a flush; 0: 8388608.", 65536, kInt},
    {"cpu-time-limit", T::number, &D::cpu_time_limit, "s", "0",
     "Replace a process that used so much CPU time.", 0, kInt},
    {"cpu-priority", T::number, &D::cpu_priority, "", "0", "Nice value.", -20, 20,
     &D::has_cpu_priority},
    {"memory-limit", T::number, &D::memory_limit, "bytes", "0", "RLIMIT_DATA of a process.", 0,
     kLong},
    {"virtual-memory-limit", T::number, &D::virtual_memory_limit, "bytes", "0",
     "RLIMIT_AS of a process.", 0, kLong},
    {"socket-user", T::user, &D::socket_user, "", "User", "Accepted; there are no socket files.", 0,
     0, nullptr, Effect::none, "there are no socket files"},
    {"script-user", T::user, &D::script_user, "", "none", "Scripts must belong to this user."},
    {"script-group", T::group, &D::script_group, "", "none", "Scripts must belong to this group."},
    {"server-metrics", T::flag, &D::server_metrics, "", "Off",
     "mod_wsgi.server_metrics() returns data in this group."},
};

}  // namespace

std::span<const DaemonOption> daemon_option_table() { return kTable; }

}  // namespace wsgi::config

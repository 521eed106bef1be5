# SPDX-License-Identifier: Apache-2.0
"""Tells what its process and interpreter are like: what options and directives have done."""

import atexit
import json
import locale
import os
import resource
import signal
import socket
import stat
import sys
import sysconfig
import time

import mod_wsgi


def leave_mark(what):
    folder = os.environ.get("MARKS") or os.path.join(os.path.dirname(__file__), "../marks")
    name = f"{what}-{mod_wsgi.process_group or 'embedded'}-{mod_wsgi.application_group or 'main'}"
    with open(os.path.join(folder, name), "w"):
        pass


# An atexit function runs only where the interpreter is torn down, a callback always.
if os.path.isdir(os.path.join(os.path.dirname(__file__), "../marks")):
    atexit.register(leave_mark, "atexit")
    mod_wsgi.subscribe_shutdown(lambda name, **_: leave_mark("callback"))


def limit(name):
    return list(resource.getrlimit(name))


def attempt(function):
    try:
        return repr(function())
    except Exception as e:
        return f"{type(e).__name__}: {e}"


def socket_buffers():
    """[SO_SNDBUF, SO_RCVBUF] of the stream sockets of this process."""
    found = []
    for fd in map(int, os.listdir("/proc/self/fd")):
        try:
            if not stat.S_ISSOCK(os.fstat(fd).st_mode):
                continue
            with socket.socket(fileno=os.dup(fd)) as s:
                if s.family == socket.AF_UNIX and s.type == socket.SOCK_STREAM:
                    found.append([s.getsockopt(socket.SOL_SOCKET, o)
                                  for o in (socket.SO_SNDBUF, socket.SO_RCVBUF)])
        except OSError:
            pass
    return found


def previous_handler():
    def mine(*_):
        pass

    returned = signal.signal(signal.SIGUSR2, mine)
    return [returned is mine, signal.getsignal(signal.SIGUSR2) is mine]


def report(environ):
    mask = os.umask(0)
    os.umask(mask)
    with open("/proc/self/cmdline") as f:
        title = f.read().split("\0")[0].rstrip()
    return {
        "pid": os.getpid(),
        "uid": os.getuid(),
        "gid": os.getgid(),
        "groups": sorted(os.getgroups()),
        "umask": mask,
        "cwd": os.getcwd(),
        "title": title,
        "nice": os.getpriority(os.PRIO_PROCESS, 0),
        "cpu": limit(resource.RLIMIT_CPU),
        "data": limit(resource.RLIMIT_DATA),
        "space": limit(resource.RLIMIT_AS),
        "locale": locale.setlocale(locale.LC_ALL),
        "environ": {k: os.environ.get(k) for k in
                    ("LANG", "LC_ALL", "HOME", "PYTHON_EGG_CACHE", "OF_THE_FILE")},
        "path": sys.path,
        "prefix": sys.prefix,
        "version": sysconfig.get_python_version(),
        "optimize": sys.flags.optimize,
        "development": sys.flags.dev_mode,
        "warnings": sys.warnoptions,
        "hash": hash("wsgi"),
        "randomized": sys.flags.hash_randomization,
        "no_bytecode": sys.dont_write_bytecode,
        "interval": round(sys.getswitchinterval(), 6),
        "stdin": attempt(lambda: sys.stdin.read),
        "stdout": attempt(lambda: sys.stdout.write),
        "stream_types": [f"{type(s).__module__}.{type(s).__name__}" for s in (sys.stdin, sys.stdout)],
        "module": __name__,
        "multi": [environ["wsgi.multithread"], environ["wsgi.multiprocess"]],
        "authorization": environ.get("HTTP_AUTHORIZATION"),
        "process_group": mod_wsgi.process_group,
        "application_group": mod_wsgi.application_group,
        "buffers": socket_buffers(),
        "server_metrics": mod_wsgi.server_metrics() is not None,
    }


def application(environ, start_response):
    what = environ["PATH_INFO"]
    if what == "/signal":
        body = json.dumps(previous_handler())
    elif what == "/header":
        start_response("200 OK", [("X-Long", "x" * int(environ["QUERY_STRING"]))])
        return [b"long"]
    elif what in ("/pause", "/pieces"):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return pieces(what)
    elif what == "/endless":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return endless()
    else:
        body = json.dumps(report(environ))
    start_response("200 OK", [("Content-Type", "application/json"),
                              ("Content-Length", str(len(body)))])
    return [body.encode()]


def pieces(what):
    for _ in range(1 if what == "/pause" else 20):
        yield b"0" * 5000
    time.sleep(1)
    yield b"end"


def endless():
    while True:
        yield b"0" * 65536


def other(environ, start_response):
    start_response("200 OK", [])
    return [b"other"]

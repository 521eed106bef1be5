# SPDX-License-Identifier: Apache-2.0
"""What the tests of bodies share: one Apache child and one daemon process of a few threads, so that
whatever a request leaves behind is found in a known process. Prefork serves with a fixed pool of
children; embedded there each would be a process of its own, so that `modes` leaves that out."""

import os
import pathlib
import re

from harness import sanitizer

THREADS = 4
PREFORK = os.environ.get("WSGI_MPM") == "prefork"
THREADED = """
StartServers 1
ServerLimit 1
ThreadsPerChild 64
MaxRequestWorkers 64
MinSpareThreads 1
MaxSpareThreads 64
"""
# {children}: with one, embedded, every request finds what the one before left.
FORKED = """
StartServers {children}
MaxRequestWorkers {children}
MinSpareServers 1
MaxSpareServers 64
"""
COMMON = """
WSGIChunkedRequest On
<Directory {root}/apps>
  Require all granted
</Directory>
"""
MODES = {
    "daemon": "WSGIDaemonProcess app processes=1 threads=4{account}{options}\n"
    "WSGIScriptAlias /app {root}/apps/bodies.wsgi process-group=app application-group=%{GLOBAL}\n"
    "WSGIRestrictEmbedded On\n",
    "embedded": "WSGIScriptAlias /app {root}/apps/bodies.wsgi process-group=%{GLOBAL} "
    "application-group=%{GLOBAL}\nWSGIRestrictEmbedded Off\n",
}


def site(mode, options="", more=""):
    """The configuration. `options`: of the daemon group."""
    account = " user=games group=games" if os.geteuid() == 0 else ""
    text = MODES[mode].replace("{account}", account).replace("{options}", " " + options)
    pool = THREADED
    if PREFORK:
        pool = FORKED.replace("{children}", "24" if mode == "daemon" else "1")
    return text + pool + COMMON + more


def modes():
    """Where requests at the same time meet in one process."""
    return ["daemon"] if PREFORK else ["daemon", "embedded"]


def working(server):
    """The processes that carry bodies."""
    return [p for p in server.apaches() if p != server.pid] + server.daemons()


def memory(pid, field="VmHWM"):
    """KiB. Nothing to compare where most of it is a sanitizer's."""
    if sanitizer.PRELOAD:
        return 0
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"^{field}:\s+(\d+) kB", text, re.M)[1])

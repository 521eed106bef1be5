# SPDX-License-Identifier: Apache-2.0
"""What the tests of bodies share: one Apache child and one daemon process of a few threads, so that
whatever a request leaves behind is found in a known process. An MPM with threads."""

import os
import pathlib
import re

THREADS = 4
COMMON = """
StartServers 1
ServerLimit 1
ThreadsPerChild 64
MaxRequestWorkers 64
MinSpareThreads 1
MaxSpareThreads 64
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
    return text + COMMON + more


def working(server):
    """The processes that carry bodies."""
    return [p for p in server.apaches() if p != server.pid] + server.daemons()


def memory(pid, field="VmHWM"):
    """KiB."""
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"^{field}:\s+(\d+) kB", text, re.M)[1])

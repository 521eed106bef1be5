# SPDX-License-Identifier: Apache-2.0
"""What a server is, apart from its requests' CPU: its memory, its start, and its speed and latency
when nothing is bound to a CPU."""

import pathlib
import re
import statistics
import time

from measure import Failed, started, wrk

UNITS = {"us": 1.0, "ms": 1e3, "s": 1e6}


def free(site, seconds):
    figures = {}
    with started(site, free=True):
        site.requests(200)
        figures["requests/s,  8 connections"] = wrk(site, 8, seconds)[1]
        said = wrk(site, 1, seconds, "--latency")[2]
        half = re.search(r"50%\s+([\d.]+)(us|ms|s)", said)
        if not half:
            raise Failed(f"wrk: {said}")
        figures["us, median latency, 1 connection"] = float(half[1]) * UNITS[half[2]]
    return figures


def memory(site):
    """MiB. The parent is the process that was started; a child serves HTTP."""
    with started(site):
        site.requests(300)
        figures, pss = {}, 0.0
        roles = {"apache": "apache child", "daemon": "daemon"}
        for pid, role in site.processes().items():
            rows = dict(re.findall(r"^(\w+):\s+(\d+) kB", pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M))
            private = (int(rows["Private_Clean"]) + int(rows["Private_Dirty"])) / 1024
            pss += int(rows["Pss"]) / 1024
            name = "apache parent" if pid == site.process.pid else roles[role]
            # A supervisor is an Apache process that serves nothing: the smaller of two.
            old = figures.get(f"MiB, private, {name}", 0.0)
            figures[f"MiB, private, {name}"] = max(old, private)
        return figures | {"MiB, sum of PSS": pss}


def start(site, times):
    """Milliseconds; polled every 2 ms."""
    found = []
    for _ in range(times):
        begin = time.monotonic()
        with started(site, poll=0.002):
            found.append((time.monotonic() - begin) * 1000)
    return {"ms to the first answer": statistics.median(found)}

# SPDX-License-Identifier: Apache-2.0
"""The three measurements. Each starts the site it is given in the way it needs, and returns figures
by name."""

import os
import pathlib
import re
import signal
import subprocess
import time

TICK = os.sysconf("SC_CLK_TCK")


class Failed(Exception):
    """A figure that cannot be had; the others can."""


def started(site, **how):
    try:
        return site.start(**how)
    except RuntimeError as e:
        raise Failed(str(e)) from e


def cpu_seconds(pids):
    """From schedstat, which counts nanoseconds; stat's ticks where the kernel has none."""
    total = 0.0
    for pid in pids:
        try:
            total += sum(
                int(p.read_text().split()[0]) for p in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat")
            ) / 1e9
        except (OSError, IndexError):
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += (int(fields[11]) + int(fields[12])) / TICK
    return total


def load(site, seconds):
    figures = {}
    with started(site):
        site.requests(200)
        for connections in (1, 8, 64):
            pids = list(site.processes())
            before = cpu_seconds(pids)
            done = subprocess.run(
                ["taskset", "-c", str(site.client_cpu), "wrk", "-t1", f"-c{connections}",
                 f"-d{max(1, round(seconds))}s", f"http://127.0.0.1:{site.port}/"],
                capture_output=True, text=True,
            )
            used = cpu_seconds(pids) - before
            count = re.search(r"(\d+) requests in", done.stdout)
            rate = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
            if not count or not rate or "Non-2xx" in done.stdout or not int(count[1]):
                raise Failed(f"wrk: {done.stdout}{done.stderr}")
            figures[f"requests/s, {connections:2} connections"] = float(rate[1])
            figures[f"CPU us a request, {connections:2} connections"] = used * 1e6 / int(count[1])
    return figures


def syscalls(site, requests):
    """Paced, so that nothing is coalesced. What an idle server does in the same time is taken off."""
    pause = 0.004
    with started(site):
        site.requests(20)
        processes = site.processes()
        busy = traced(site, processes, lambda: site.requests(requests, pause))
        idle = traced(site, processes, lambda: time.sleep(requests * pause))
    figures, total = {}, 0.0
    for role in sorted(set(processes.values())):
        figures[role] = max(0, busy[role] - idle[role]) / requests
        total += figures[role]
    return figures | {"total": total}


def traced(site, processes, work):
    """System calls by role while work() runs."""
    tracers = {}
    for role in set(processes.values()):
        out = site.folder / f"strace-{role}.txt"
        pids = [a for p, r in processes.items() if r == role for a in ("-p", str(p))]
        tracers[role] = (
            subprocess.Popen(["strace", "-f", "-c", "-o", str(out), *pids],
                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True), out)
    for pid in processes:
        end = time.monotonic() + 10
        status = pathlib.Path(f"/proc/{pid}/status")
        while "TracerPid:\t0\n" in status.read_text() and time.monotonic() < end:
            time.sleep(0.01)
    work()
    counts = {}
    for role, (tracer, out) in tracers.items():
        tracer.send_signal(signal.SIGINT)
        said = tracer.communicate(timeout=30)[1]
        # The last line is the total: % seconds usecs/call calls [errors] total.
        match = re.search(r"^100\.00\s+\S+\s+\S+\s+(\d+)", out.read_text(), re.M)
        if not match:
            raise Failed(f"strace: {said.strip() or out.read_text()}")
        counts[role] = int(match[1])
    return counts


def instructions(site, requests):
    """The same site twice, with few and with many requests: the difference is the requests'."""
    few, many = (counted(site, n) for n in (20, 20 + requests))
    return {"thousands, all processes": (many - few) / requests / 1000}


def counted(site, requests):
    """Instructions of every process of a run, from callgrind's summaries."""
    for old in site.folder.glob("callgrind.*"):
        old.unlink()
    wrapper = ["valgrind", "--tool=callgrind", "--trace-children=yes",
               f"--callgrind-out-file={site.folder}/callgrind.%p"]
    site.folder.chmod(0o777)  # processes of other users write their files there
    with started(site, wrapper=wrapper, single=True, seconds=180):
        if site.requests(requests) != requests:
            raise Failed("requests failed under valgrind")
    total = 0
    for out in site.folder.glob("callgrind.*"):
        match = re.search(r"^(?:summary|totals): (\d+)", out.read_text(errors="replace"), re.M)
        total += int(match[1]) if match else 0
    if not total:
        raise Failed("valgrind wrote no counts")
    return total

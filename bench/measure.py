# SPDX-License-Identifier: Apache-2.0
"""The three measurements. Each starts the site it is given in the way it needs, and returns figures
by name."""

import json
import os
import pathlib
import re
import signal
import subprocess
import time

TOTALS = re.compile(r"^totals: (\d+)", re.M)
# Every thread of the server has served before the difference counts.
WARM = 300
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
            subprocess.Popen(["strace", "-f", "-qq", "-c", "-o", str(out), *pids],
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
        # strace writes no table at all for a process that made no call.
        if not match and (said.strip() or out.read_text().strip()):
            raise Failed(f"strace: {said.strip() or out.read_text()}")
        counts[role] = int(match[1]) if match else 0
    return counts


def instructions(site, requests):
    """The same site twice, with few and with many requests: the difference is the requests'."""
    if site.mode == "daemon":
        wrap_daemon(site)
    few, many = (counted(site, n) for n in (WARM, WARM + requests))
    figures = {f"thousands, {r}": (many[r] - few[r]) / requests / 1000 for r in sorted(many)}
    return figures | {"thousands, total": sum(figures.values())}


def callgrind(site):
    return ["valgrind", "--tool=callgrind", f"--callgrind-out-file={site.folder}/callgrind.%p"]


def wrap_daemon(site):
    """Puts an executable before this module's daemon that runs it under callgrind. The supervisor
    executes it by descriptor, so it may not be a script. The other module has no such file: its
    daemon is a fork, which callgrind follows by itself."""
    runtimes = sorted(site.module.parents[2].glob("wsgictl/abi-*/wsgi-daemon-py*"))
    if not runtimes:
        return
    folder = site.folder / "runtime"
    folder.mkdir()
    words = ", ".join(json.dumps(w) for w in [*callgrind(site), str(runtimes[0])])
    (folder / "wrapper.c").write_text(
        "#include <unistd.h>\n"
        f"int main(void) {{ char* words[] = {{{words}, 0}}; return execvp(words[0], words); }}\n"
    )
    done = subprocess.run(["cc", "-o", runtimes[0].name, "wrapper.c"], cwd=folder,
                          capture_output=True, text=True)
    if done.returncode:
        raise Failed(f"cc: {done.stderr}")
    site.directive(f"WSGIRuntimePath {folder}")


def counted(site, requests):
    """Instructions by role of one run from start to end."""
    for old in site.folder.glob("callgrind.*"):
        old.unlink()
    with started(site, wrapper=callgrind(site), single=True, seconds=180):
        apache = site.process.pid
        if site.requests(requests) != requests:
            raise Failed("requests failed under valgrind")
    counts = {}
    end = time.monotonic() + 60
    for out in site.folder.glob("callgrind.*"):
        role = "apache" if out.suffix == f".{apache}" else "daemon"
        # A daemon may end, and write, after Apache.
        while not (match := TOTALS.search(out.read_text(errors="replace"))):
            if time.monotonic() > end:
                raise Failed(f"valgrind did not finish {out.name}")
            time.sleep(0.1)
        counts[role] = counts.get(role, 0) + int(match[1])
    roles = {"apache", "daemon"} if site.mode == "daemon" else {"apache"}
    if not all(counts.get(role) for role in roles):
        raise Failed(f"valgrind counted {counts or 'nothing'}")
    return {role: counts[role] for role in roles}

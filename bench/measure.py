# SPDX-License-Identifier: Apache-2.0
"""What costs CPU: the measurements load, syscalls and instructions. Each starts the site it is given
in the way it needs, and returns figures by name."""

import json
import os
import pathlib
import re
import signal
import subprocess
import time

TOTALS = re.compile(r"^totals: (\d+)", re.M)
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


def wrk(site, connections, seconds, *more):
    """What wrk prints. Its script sends the workload's request."""
    done = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "20s",
         "-s", str(site.folder / "wrk.lua"), *more, f"http://127.0.0.1:{site.port}/"],
        capture_output=True, text=True, preexec_fn=lambda: site.bind_client(),
    )
    count = re.search(r"(\d+) requests in", done.stdout)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    if not count or not rate or "Non-2xx" in done.stdout or not int(count[1]):
        raise Failed(f"wrk: {done.stdout}{done.stderr}")
    return int(count[1]), float(rate[1]), done.stdout


def load(site, seconds):
    figures = {}
    hello = site.workload.name == "hello"
    with started(site):
        site.requests(5 if site.workload.big else 200)
        for connections in (1, 8, 64) if hello else (8,):
            pids = list(site.processes())
            before = cpu_seconds(pids)
            count, rate, _ = wrk(site, connections, seconds)
            used = cpu_seconds(pids) - before
            which = f", {connections:2} connections" if hello else ""
            figures[f"requests/s{which}"] = rate
            figures[f"CPU us a request{which}"] = used * 1e6 / count
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
    # Every thread of the server has served before the difference counts; where a request is big,
    # what a thread does once does not matter.
    warm = 20 if site.workload.big else 300
    requests = max(20, requests // 20) if site.workload.big else requests
    few, many = (counted(site, n) for n in (warm, warm + requests))
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
    roles = {"apache", "daemon"} if site.mode == "daemon" else {"apache"}
    end = time.monotonic() + 60
    # A daemon may end, and write, after Apache.
    while set(counts := written(site, apache)) != roles:
        if time.monotonic() > end:
            raise Failed(f"valgrind counted {counts or 'nothing'}")
        time.sleep(0.1)
    return counts


def written(site, apache):
    """Instructions by role, of roles whose files are all complete."""
    counts, open_yet = {}, set()
    for out in site.folder.glob("callgrind.*"):
        role = "apache" if out.suffix == f".{apache}" else "daemon"
        match = TOTALS.search(out.read_text(errors="replace"))
        counts[role] = counts.get(role, 0) + (int(match[1]) if match else 0)
        if not match:
            open_yet.add(role)
    return {role: n for role, n in counts.items() if role not in open_yet and n}

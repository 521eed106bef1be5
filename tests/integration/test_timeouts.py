# SPDX-License-Identifier: Apache-2.0
"""Every time limit and resource limit of a process group, provoked for real. One server with a group
for each; all are provoked at once, each by a thread of its own, and each test waits for its own."""

import concurrent.futures
import math
import os
import signal
import time

import pytest

from harness import procs, sanitizer
from harness.page import begun

USER = "user=games group=games" if os.geteuid() == 0 else ""
MEGABYTE = 1 << 20
LATE = 5.0 * sanitizer.SLOWDOWN  # what a busy machine may add to any time

GROUPS = {
    "startup": "threads=2 startup-timeout=1 shutdown-timeout=1",
    "queue": "threads=1 queue-timeout=1",
    "connect": "threads=1 listen-backlog=0 connect-timeout=1",
    "socket": "threads=2 socket-timeout=1 shutdown-timeout=1",
    "request": "threads=3 request-timeout=1 shutdown-timeout=1",
    "interrupt": "threads=3 request-timeout=1 interrupt-timeout=20",
    "stubborn": "threads=1 request-timeout=1 interrupt-timeout=1 shutdown-timeout=1",
    "graceful": "threads=2 graceful-timeout=1 shutdown-timeout=1",
    "eviction": "threads=2 graceful-timeout=1 eviction-timeout=20 shutdown-timeout=1",
    "leaving": "threads=2 graceful-timeout=1 shutdown-timeout=1 overlap=off",
    "shutdown": "threads=2 shutdown-timeout=1",
    "inactivity": "threads=2 inactivity-timeout=1",
    "deadlock": "threads=2 deadlock-timeout=2 shutdown-timeout=1",
    "interval": "threads=3 processes=2 restart-interval=2",
    "maximum": "threads=3 processes=2 maximum-requests=30",
    "cpu": "threads=2 cpu-time-limit=1",
    "cpu-hard": "threads=2 cpu-time-limit=1 shutdown-timeout=1",
    "memory": f"threads=2 memory-limit={300 * MEGABYTE}",
    "virtual": f"threads=2 virtual-memory-limit={1000 * MEGABYTE}",
    "stack": f"threads=2 stack-size={MEGABYTE}",
}
if sanitizer.PRELOAD:  # its shadow is beyond limits of memory, its start takes more than one second
    GROUPS = {k: v for k, v in GROUPS.items() if k not in ("memory", "virtual", "cpu-hard")}
# What limits say of themselves; each test looks for its own line.
ANNOUNCED = ("WSGI2006", "WSGI2009", "WSGI2013", "WSGI4102", "WSGI4106", "WSGI4109", "WSGI4110",
             "WSGI4115")


def config():
    lines = []
    for name, options in GROUPS.items():
        script = "slow" if name == "startup" else "faults"
        lines.append(f"WSGIDaemonProcess {name} {USER} {options}")
        if name == "startup":  # not known beforehand, or it would be loaded beforehand
            lines += [f"WSGIScriptAlias /{name} {{root}}/apps/{script}.wsgi",
                      f"<Location /{name}>\n  WSGIProcessGroup {name}\n</Location>"]
            continue
        lines.append(f"WSGIScriptAlias /{name} {{root}}/apps/{script}.wsgi process-group={name} "
                     "application-group=%{GLOBAL}")
    return "\n".join(lines) + "\n<Directory {root}/apps>\n  Require all granted\n</Directory>\n"


class Site:
    """A group as its probe sees it."""

    def __init__(self, server, name):
        self.server, self.name = server, name

    def ask(self, what):
        """(status, seconds, text)"""
        started = time.monotonic()
        response = self.server.get(f"/{self.name}/{what}", timeout=50)
        return response.status, time.monotonic() - started, response.text

    def begin(self, what):
        """A request that runs when this returns."""
        path = f"/{self.name}/{what}"
        request = self.server.background(path, timeout=50)
        procs.wait_until(lambda: path.split("?")[0] in begun(self.server, self.name), 20, "a running request")
        return request

    def pid(self):
        return int(self.ask("pid")[2])

    def changed(self, before):
        return procs.wait_until(lambda: (now := self.pid()) != before and now, 30, "a successor")

    def logged(self, *words):
        def found():
            for line in self.server.log().splitlines():
                if f"'{self.name}'" in line and all(w in line for w in words):
                    return line
            return None

        return procs.wait_until(found, 10, f"{words} of {self.name} in the log")


def startup(site):
    status, seconds, _ = site.ask("hello")
    assert status == 502 and 0.9 < seconds < 3 + LATE, (status, seconds)
    site.logged("startup_timeout")


def queue(site):
    held = site.begin("stuck?3")
    status, seconds, _ = site.ask("hello")
    assert status == 504 and 0.9 < seconds < 1 + LATE, (status, seconds)
    assert held.result().status == 200


def connect(site):
    held = site.begin("stuck?4")
    status, seconds, _ = site.ask("hello")
    assert status == 503 and 0.9 < seconds < 3.9, (status, seconds)
    assert held.result().status == 200
    assert site.ask("hello")[0] == 200


def socket(site):
    status, seconds, _ = site.ask("sleep?4")
    assert status == 504 and 0.9 < seconds < 1 + LATE, (status, seconds)
    assert site.ask("hello")[0] == 200


def request(site):
    fires = 1 + math.log(3)
    before = site.pid()
    status, seconds, _ = site.ask("sleep?30")
    assert status == 502 and fires < seconds < fires + 2 + LATE, (status, seconds)
    site.logged("request_timeout", "the process stops")
    site.changed(before)


def interrupt(site):
    fires = 1 + math.log(3)
    before = site.pid()
    status, seconds, _ = site.ask("sleep?30")
    assert status == 504 and fires - 0.05 < seconds < fires + 1 + LATE, (status, seconds)
    assert site.pid() == before
    site.logged("Injected RequestTimeout")
    # One in C gets it when the call returns.
    status, seconds, _ = site.ask("stuck?5")
    assert status == 504 and 4.9 < seconds < 5 + LATE, (status, seconds)
    assert site.pid() == before


def stubborn(site):
    before = site.pid()
    status, seconds, _ = site.ask("stubborn?30")
    assert status == 502 and 1.9 < seconds < 5 + LATE, (status, seconds)
    site.logged("request_timeout", "the process stops")
    site.changed(before)


def graceful(site):
    before = site.pid()
    held = site.begin("stuck?30")
    os.kill(before, signal.SIGUSR1)
    started = time.monotonic()
    site.changed(before)
    assert held.result().status == 502
    assert 0.9 < time.monotonic() - started < 2 + 2 * LATE
    site.logged("graceful_signal", "replacement")


def eviction(site):
    before = site.pid()
    held = site.begin("stuck?4")
    os.kill(before, signal.SIGUSR1)
    site.changed(before)
    assert held.result().status == 200  # the graceful limit would have cut it
    site.logged("eviction_signal")


def leaving(site):
    """Without overlap the old process takes requests until its time is over."""
    before = site.pid()
    held = site.begin("stuck?30")
    os.kill(before, signal.SIGUSR1)
    assert site.pid() == before
    assert held.result().status == 502
    site.changed(before)


def shutdown(site):
    before = site.pid()
    held = site.begin("stuck?30")
    os.kill(before, signal.SIGTERM)
    started = time.monotonic()
    assert held.result().status == 502
    assert 0.8 < time.monotonic() - started < 1 + LATE
    site.logged("shutdown_signal", "the process stops")
    site.changed(before)


def inactivity(site):
    before = site.pid()
    site.logged("inactivity_timeout")
    site.changed(before)


def deadlock(site):
    before = site.pid()
    status, seconds, _ = site.ask("hold?60")
    assert status == 502 and 1.9 < seconds < 5 + LATE, (status, seconds)
    site.logged("deadlock_timeout", "the process stops")
    site.changed(before)


def loses_nothing(site, cause, path="hello", clients=2):
    seen = {site.pid()}
    with site.server.load(f"/{site.name}/{path}", clients=clients, pause=0.005) as ledger:
        for _ in range(2):
            procs.wait_until(lambda: (p := site.pid()) not in seen and (seen.add(p) or True), 30,
                             "another process")
    assert ledger.ok == ledger.sent > 0, str(ledger)
    site.logged(cause, "replacement")


def interval(site):
    loses_nothing(site, "restart_interval")


def maximum(site):
    loses_nothing(site, "maximum_requests")


def cpu(site):
    loses_nothing(site, "cpu_time_limit", "burn?0.05", clients=1)


def cpu_hard(site):
    status, _, _ = site.ask("burn?60")
    assert status == 502
    site.logged("WSGI2006", "cpu-time-limit", "GET /cpu-hard/burn")


def memory(site):
    assert site.ask("memory?10")[2] == "had it"
    assert site.ask("memory?600")[2] == "MemoryError"
    assert site.ask("hello")[0] == 200


def virtual(site):
    assert site.ask("memory?10")[2] == "had it"
    assert site.ask("memory?1500")[2] == "MemoryError"
    assert site.ask("hello")[0] == 200


def stack(site):
    assert site.ask("stack")[2] == str(MEGABYTE)


PROBES = {name: globals()[name.replace("-", "_")] for name in GROUPS}


def provoke(site):
    """A group whose first process is still starting would answer by other rules."""
    if site.name != "startup":
        procs.wait_until(lambda: site.ask("hello")[0] == 200, 40, f"{site.name} to serve")
    PROBES[site.name](site)


@pytest.fixture(scope="module")
def running(shared_server):
    server = shared_server(config(), start=False)
    (server.root / "apps/slow.wsgi").write_text("import time\ntime.sleep(60)\n")
    server.start()
    with concurrent.futures.ThreadPoolExecutor(len(PROBES)) as pool:
        yield server, {n: pool.submit(provoke, Site(server, n)) for n in PROBES}


@pytest.mark.parametrize("name", PROBES)
def test_limit(running, name):
    server, futures = running
    server.tolerate(*ANNOUNCED)
    futures[name].result(90)

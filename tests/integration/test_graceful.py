# SPDX-License-Identifier: Apache-2.0
"""Graceful restarts that nobody notices: the table of measurements for reloads, as tests. The
application takes three seconds to import, the shortest requests may not wait for that."""

import os
import pathlib
import re

import pytest

from harness import procs
from harness.page import begun

USER = "user=games group=games" if os.geteuid() == 0 else ""
CONFIG = f"""
WSGIDaemonProcess app {USER} processes=2 threads=5
WSGIScriptAlias /app {{root}}/apps/app.wsgi process-group=app application-group=%{{GLOBAL}}
<Directory {{root}}/apps>
  Require all granted
</Directory>
"""
RESTARTS = 5


@pytest.fixture
def server(make_server):
    one = make_server(CONFIG, start=False)
    (one.root / "apps/import-seconds").write_text("3")
    return one.start()


def warm(server):
    """Both processes have imported the application."""
    pids = set()

    def both():
        pids.update([server.get("/app/pid").text])
        return len(server.daemons()) == 2 and len(pids) >= 1

    procs.wait_until(both, 40, "warm daemons")


def test_five_restarts_under_load(server):
    warm(server)
    with server.load("/app/hello", clients=1, pause=0.005) as short, \
            server.load("/static.txt", clients=1, pause=0.02) as static:
        procs.wait_until(lambda: short.ok > 50, 30, "load")
        for _ in range(RESTARTS):
            long = server.background("/app/sleep?6")
            procs.wait_until(lambda n=short.ok: short.ok > n + 10, 10, "load before the reload")
            server.graceful()
            procs.wait_until(lambda n=short.ok: short.ok > n + 50, 30, "load after the reload")
            response = long.result()
            assert (response.status, response.body) == (200, b"slept")
            assert long.seconds < 8, long.seconds
    assert short.sent == short.ok, str(short)
    assert static.sent == static.ok, str(static)
    assert short.slowest < 0.5, str(short)
    assert static.slowest < 0.5, str(static)


def census(server):
    """What must not grow: the parent's descriptors, supervisors, daemons."""
    supervisors = {procs.stat(d)[1] for d in server.daemons() if procs.stat(d)}
    return len(procs.fds(server.pid)), len(supervisors), len(server.daemons())


def test_restarts_leave_nothing_behind(server):
    warm(server)
    start = census(server)
    assert start[1:] == (1, 2)
    for _ in range(RESTARTS):
        server.graceful()
        assert server.get("/app/hello").status == 200
    last = None

    def as_before():
        nonlocal last
        last = census(server)
        return last == start

    try:
        procs.wait_until(as_before, 60, "the start values")
    except AssertionError as e:
        # Descriptors by kind, as their number alone says nothing.
        raise AssertionError(f"{e}: {start} became {last}: {procs.fds(server.pid)}") from None
    assert server.get("/app/hello").status == 200


def test_a_supervisor_holds_nothing_of_others(make_server):
    """However many generations live when it is made: their last requests keep them."""
    server = make_server(CONFIG)
    kinds, waiting = [], []
    for count in range(1, 5):
        procs.wait_until(lambda n=count: server.log().count("WSGI2010") == 2 * n, 30, "its daemons")
        alive = [p for p in procs.children(server.pid)
                 if pathlib.Path(f"/proc/{p}/comm").read_text() == "wsgi-supervisor\n"]
        assert len(alive) == count
        kinds.append(sorted(re.sub(r"\d+", "N", name) for name in procs.fds(alive[-1]).values()))
        waiting.append(server.background("/app/sleep?5"))
        procs.wait_until(lambda n=count: len(begun(server, "app")) == n, 10, "what keeps it")
        if count < 4:
            server.graceful()
    assert kinds[1:] == kinds[:1] * 3
    assert all(one.result().status == 200 for one in waiting)


def test_changed_group_gets_new_processes(server):
    """Settings that changed are in force afterwards."""
    warm(server)
    text = server.config.read_text()
    server.config.write_text(text.replace("processes=2", "processes=1"))
    server.graceful()
    procs.wait_until(lambda: len(server.daemons()) == 1, 60, "one daemon")
    assert server.get("/app/hello").status == 200

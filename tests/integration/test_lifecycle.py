# SPDX-License-Identifier: Apache-2.0
"""What the parent and its supervisors hold and give up while generations come and go."""

import os

import pytest

from harness import procs

USER = "user=games group=games" if os.geteuid() == 0 else ""


def config(options, head=""):
    return (f"{head}\nWSGIDaemonProcess app {USER} {options}\n"
            "WSGIScriptAlias /app {root}/apps/faults.wsgi process-group=app "
            "application-group=%{GLOBAL}\n"
            "<Directory {root}/apps>\n  Require all granted\n</Directory>\n")


def supervisors(server):
    return [p for p in procs.children(server.pid)
            if open(f"/proc/{p}/comm").read().strip() == "wsgi-supervisor"]


@pytest.mark.skipif(os.cpu_count() < 2, reason="Apache makes one bucket of listeners on one core")
def test_draining_supervisor_takes_no_connections(make_server):
    """ListenCoresBucketsRatio: what a process holds and does not accept from is lost to clients."""
    server = make_server(config("processes=1 threads=5", "ListenCoresBucketsRatio 1"))
    assert server.get("/app/hello").status == 200
    (old,) = supervisors(server)
    assert not procs.listening(old)
    with server.connect(60) as long:
        long.send("/app/sleep?5")
        server.graceful()
        procs.wait_until(lambda: len(supervisors(server)) == 2, 15, "the next supervisor")
        for _ in range(60):
            assert server.get("/static.txt", timeout=5).status == 200
        assert old in supervisors(server) and not procs.listening(old)
        assert long.head().status == 200 and long.body() == b"slept"

# SPDX-License-Identifier: Apache-2.0
"""What the parent and its supervisors hold and give up while generations come and go."""

import contextlib
import os
import signal

import pytest

from harness import procs, sanitizer, server as harness

USER = "user=games group=games" if os.geteuid() == 0 else ""


def config(options, head=""):
    return (f"{head}\nWSGIDaemonProcess app {USER} {options}\n"
            "WSGIScriptAlias /app {root}/apps/faults.wsgi process-group=app "
            "application-group=%{GLOBAL}\n"
            "<Directory {root}/apps>\n  Require all granted\n</Directory>\n")


def supervisors(server):
    found = []
    for pid in procs.children(server.pid):
        with contextlib.suppress(OSError), open(f"/proc/{pid}/comm") as file:
            if file.read() == "wsgi-supervisor\n":
                found.append(pid)
    return found


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


@pytest.fixture
def fork_fails(make_server, monkeypatch):
    """fork_fails(config) is a server; then fork_fails.next() makes one fork of its root's fail."""
    class Failing:
        def __call__(self, text):
            library = harness.PREFIX.parent / "tests/libfork_fails.so"
            assert library.exists(), f"{library} was not built"
            self.server = make_server(text, start=False)
            self.token = self.server.root / "run/fork-fails"
            usual = sanitizer.environment()
            preload = ":".join(filter(None, (usual.get("LD_PRELOAD"), str(library))))
            monkeypatch.setattr(sanitizer, "environment", lambda: usual | {
                "LD_PRELOAD": preload, "WSGI_FORK_FAILS": str(self.token)})
            return self.server

        def next(self):
            self.token.write_text("")

    return Failing()


def nudge_until(server, condition, what):
    """Apache asks its modules every tenth time it wakes: a signal to the parent shortens the wait."""
    def nudged():
        os.kill(server.pid, signal.SIGRTMIN + 6)
        return condition()

    procs.wait_until(nudged, 30, what)


def test_supervisor_that_cannot_be_forked_is_tried_again(fork_fails):
    server = fork_fails(config("processes=1 threads=2")).start()
    before = server.get("/app/pid").text
    (old,) = supervisors(server)
    server.expect("WSGI2001", "WSGI2002")
    fork_fails.next()
    os.kill(old, signal.SIGKILL)
    server.wait_log("fork of a supervisor failed")
    assert supervisors(server) == []
    nudge_until(server, lambda: supervisors(server), "the next supervisor")
    procs.wait_until(lambda: server.get("/app/pid").text != before, 20, "the next daemon")
    (new,) = supervisors(server)
    os.kill(new, signal.SIGKILL)  # it is known to Apache: its end is noticed
    procs.wait_until(lambda: supervisors(server) not in ([], [new]), 20, "the third")


def test_reload_whose_supervisor_cannot_be_forked(fork_fails):
    """The old processes serve until it could be."""
    server = fork_fails(config("processes=1 threads=2")).start()
    before = server.get("/app/pid").text
    (old,) = supervisors(server)
    server.expect("WSGI2001")
    fork_fails.next()
    server.graceful()
    server.wait_log("fork of a supervisor failed")
    assert server.get("/app/pid").text == before
    nudge_until(server, lambda: set(supervisors(server)) - {old}, "the next supervisor")
    procs.wait_until(lambda: server.get("/app/pid").text != before, 20, "the next daemon")


def test_start_whose_supervisor_cannot_be_forked(fork_fails):
    server = fork_fails(config("processes=1 threads=2"))
    server.expect("WSGI2001", "AH02818")
    fork_fails.next()
    with pytest.raises(AssertionError, match="Apache ended"):
        server.start()

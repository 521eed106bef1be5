# SPDX-License-Identifier: Apache-2.0
"""What the parent and its supervisors hold and give up while generations come and go."""

import contextlib
import os
import re
import resource
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


@pytest.fixture
def limited(make_server, monkeypatch, tmp_path):
    """limited(config, ulimit) is a server, not started, whose Apache will have these limits."""
    def make(text, ulimit):
        script = tmp_path / "apache"
        script.write_text(f'#!/bin/sh\nulimit {ulimit}\nexec {harness.APACHE} "$@"\n')
        script.chmod(0o755)
        monkeypatch.setattr(harness, "APACHE", str(script))
        return make_server(text, start=False)

    return make


def soft_limit(pid):
    with open(f"/proc/{pid}/limits") as file:
        return int(re.search(r"Max open files\s+(\d+)", file.read())[1])


def test_soft_descriptor_limit_is_raised(limited):
    """For Apache's own processes; an application's select() keeps what it had."""
    server = limited(config("processes=20 threads=1"), "-Sn 90").start()
    server.expect("WSGI2032")
    before = server.get("/app/pid").text
    server.graceful()
    procs.wait_until(lambda: server.get("/app/pid").text != before, 30, "the next daemons")
    parent = soft_limit(server.pid)
    assert parent > len(procs.fds(server.pid)) + 150
    assert {soft_limit(pid) for pid in procs.children(server.pid)} == {parent}
    assert server.log().count("WSGI2032") == 1  # there was room for the reload
    procs.wait_until(lambda: {soft_limit(pid) for pid in server.daemons()} == {90}, 20, "limits")


def test_more_than_the_hard_limit_is_an_error_of_the_configuration(limited):
    server = limited(config("processes=20 threads=1"), "-n 110")
    good, said = server.configtest()
    assert not good
    assert "WSGI1035" in said and " x 20 processes + 2 x 1 groups" in said
    assert "the hard limit is 110; set LimitNOFILE=" in said
    with pytest.raises(AssertionError, match="Apache ended(.|\\n)*WSGI1035"):
        server.start()


def test_reload_beyond_the_hard_limit_keeps_what_runs(make_server):
    server = make_server(config("processes=3 threads=2"))
    assert server.get("/app/hello").status == 200
    procs.wait_until(lambda: len(server.daemons()) == 3, 20, "three daemons")
    before = set(server.daemons())
    (supervisor,) = supervisors(server)
    tight = len(procs.fds(server.pid)) + 60
    resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (tight, tight))
    server.expect("WSGI1035", "WSGI2002")
    server.graceful()
    for _ in range(10):
        assert int(server.get("/app/pid").text) in before
    assert before == set(server.daemons())
    os.kill(supervisor, signal.SIGKILL)  # the log of the configuration that went is not needed
    procs.wait_until(lambda: supervisors(server) not in ([], [supervisor]), 20, "the next one")
    procs.wait_until(lambda: int(server.get("/app/pid").text) not in before, 20, "its daemons")
    kept = supervisors(server)
    text = server.config.read_text()
    for old, new in (("ThreadsPerChild 25", "ThreadsPerChild 2"), ("Workers 100", "Workers 32")):
        text = text.replace(old, new)
    server.config.write_text(text)
    server.tolerate("WSGI2032")  # there will be no room for another
    server.graceful()
    procs.wait_until(lambda: not set(kept) & set(supervisors(server)), 20, "the reload")
    assert server.get("/app/hello").status == 200


def test_module_that_a_reload_leaves_out(make_server):
    server = make_server(config("processes=1 threads=2"))
    assert server.get("/app/hello").status == 200
    server.config.write_text("".join(
        line for line in server.config.read_text().splitlines(True)
        if not line.startswith(("WSGI", "LoadModule wsgi_module"))))
    server.graceful()
    procs.wait_until(lambda: not server.daemons() and not supervisors(server), 20, "their end")
    assert server.get("/static.txt").status == 200


def test_reload_of_a_configuration_that_cannot_be_read(make_server):
    """Apache ends, in order and with all that is its own."""
    server = make_server(config("processes=1 threads=2"))
    assert server.get("/app/hello").status == 200
    server.config.write_text(server.config.read_text() + "Nonsense\n")
    os.kill(server.pid, signal.SIGUSR1)
    assert server.process.wait(30) == 1
    assert "Invalid command 'Nonsense'" in server.console_text() + server.log()

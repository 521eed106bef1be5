# SPDX-License-Identifier: Apache-2.0
"""Daemon mode as a set of processes: what is where, who owns it, and what a death costs."""

import json
import os
import signal
import subprocess
import time

import pytest

from harness import procs
from harness.page import begun
from harness.server import MODULE

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="identities need a server started by root")
USER = "user=games group=games" if os.geteuid() == 0 else ""
RULES = """
WSGIScriptAlias /app {root}/apps/app.wsgi process-group=app application-group=%{GLOBAL}
<Directory {root}/apps>
  Require all granted
</Directory>
"""


def config(options):
    return f"WSGIDaemonProcess app {USER} {options}\n" + RULES


@pytest.fixture(scope="module")
def server(shared_server):
    one = shared_server(config("processes=2 threads=3"))
    procs.wait_until(lambda: len(one.daemons()) == 2, 20, "two daemons")
    assert one.get("/app/hello").status == 200
    return one


def answer(server):
    return json.loads(server.get("/app/pid").text)


def test_no_python_in_apache(server):
    linked = subprocess.run(["ldd", str(MODULE)], capture_output=True, text=True).stdout
    assert "libc.so" in linked and "libpython" not in linked
    for pid in server.apaches():
        assert "libpython" not in procs.maps(pid), pid
    daemon = server.daemons()[0]
    assert "mod_wsgi.so" not in procs.maps(daemon)


def test_daemons_descend_from_the_parent(server):
    pid = answer(server)[0]
    assert pid in server.daemons()
    assert pid not in server.apaches()


def test_no_socket_has_a_name(server):
    assert server.get("/app/hello").status == 200
    pids = [server.pid, *procs.descendants(server.pid)]
    assert procs.named_sockets(pids) == []
    assert server.socket_files() == []


def test_a_daemon_holds_neither_logs_nor_listeners(server):
    assert procs.listening(server.pid)
    for pid in server.daemons():
        targets = procs.fds(pid)
        assert targets and not [t for t in targets.values() if str(server.root) in t], targets
        assert not procs.listening(pid), targets


@ROOT_ONLY
def test_identity(server):
    pid, uid, gid = answer(server)
    children = [p for p in server.apaches() if procs.uid(p) != 0]
    assert children
    assert uid == procs.uid(pid) != 0 and gid != 0
    assert uid not in {procs.uid(p) for p in children}
    assert procs.capabilities(pid) == 0


def test_killed_daemon(make_server):
    """Two processes; one is killed while it serves. Lost is what it held, and said at once."""
    server = make_server(config("processes=2 threads=3"))
    procs.wait_until(lambda: len(server.daemons()) == 2, 20, "two daemons")
    assert server.get("/app/hello").status == 200
    server.tolerate("WSGI2006", "WSGI4110", "WSGI4115")
    with server.load("/app/sleep?0.05", clients=4) as ledger:
        procs.wait_until(lambda: ledger.ok > 20, 20, "load")
        victim = answer(server)[0]
        os.kill(victim, signal.SIGKILL)
        procs.wait_until(
            lambda: len(server.daemons()) == 2 and victim not in server.daemons(), 20, "another"
        )
        served = ledger.ok
        procs.wait_until(lambda: ledger.ok > served + 20, 20, "more load")
    assert ledger.lost == 0, str(ledger)
    assert ledger.server_errors <= 3, str(ledger)
    assert set(ledger.status) <= {200, 502, 503}, str(ledger)
    assert ledger.slowest_failure < 1.0, str(ledger)
    assert ledger.slowest < 2.0, str(ledger)
    causes = [line for line in server.log().splitlines() if f"{victim}" in line and "WSGI2006" in line]
    assert len(causes) == 1, server.log()
    assert "9" in causes[0] or "SIGKILL" in causes[0]


def test_killed_only_daemon(make_server):
    """The one process of a group: requests wait for its successor."""
    server = make_server(config("processes=1 threads=3"))
    victim = answer(server)[0]
    server.expect("WSGI2006")
    server.tolerate("WSGI4110", "WSGI4115")
    held = server.background("/app/sleep?20")
    procs.wait_until(lambda: "/app/sleep" in begun(server, "app"), 10, "a running request")
    os.kill(victim, signal.SIGKILL)
    killed = time.monotonic()
    assert server.get("/app/hello").status == 200
    assert time.monotonic() - killed < 2.0
    assert held.result().status == 502
    assert answer(server)[0] != victim


def test_killed_supervisor(make_server):
    """Its daemons go on serving, and another one takes over."""
    server = make_server(config("processes=1 threads=3"))
    pid = answer(server)[0]
    supervisor = int(procs.stat(pid)[1])
    assert supervisor != server.pid
    server.tolerate("WSGI2002")
    with server.load("/app/hello", clients=2, pause=0.002) as ledger:
        procs.wait_until(lambda: ledger.ok > 50, 20, "load")
        os.kill(supervisor, signal.SIGKILL)

        procs.wait_until(lambda: not procs.alive(pid), 20, "the end of the old daemon")
        assert len(server.daemons()) == 1
        served = ledger.ok
        procs.wait_until(lambda: ledger.ok > served + 50, 20, "more load")
    assert ledger.sent == ledger.ok, str(ledger)


def test_group_that_cannot_start(make_server):
    """A home of a Python that there is no runtime for: 503 with Retry-After, at once."""
    server = make_server("", start=False)
    home = server.root / "venv"
    (home / "bin").mkdir(parents=True)
    (home / "pyvenv.cfg").write_text("home = /nonexistent/bin\nversion = 3.99.0\n")
    server.write_config(
        config(f"processes=1 threads=3 python-home={home}")
        + f"WSGIDaemonProcess sound {USER} processes=1 threads=3\n"
        "WSGIScriptAlias /sound {root}/apps/app.wsgi process-group=sound "
        "application-group=%{GLOBAL}\n"
    )
    server.tolerate("WSGI1033", "WSGI2004", "WSGI2007", "WSGI2008", "WSGI4108")
    server.start()
    assert server.get("/sound/hello").status == 200

    def refused():
        started = time.monotonic()
        response = server.get("/app/hello")
        return response if time.monotonic() - started < 0.5 else None

    response = procs.wait_until(refused, 20, "a fast answer")
    assert response.status == 503
    assert response.get("Retry-After", "").isdigit()
    assert server.get("/sound/hello").status == 200


def test_script_that_cannot_be_imported(make_server):
    """The process is sound: 500 and a traceback, and 200 once the script is repaired."""
    server = make_server(config("processes=1 threads=3"), start=False)
    script = server.root / "apps/app.wsgi"
    good = script.read_text()
    script.write_text("import no_such_module_at_all\n")
    server.start()
    server.expect("WSGI5001")
    # Its successor is told to load what this one had loaded, and fails likewise.
    server.tolerate("WSGI5024", "WSGI5020")
    assert server.get("/app/hello").status == 500
    server.wait_log("No module named 'no_such_module_at_all'")
    script.write_text(good)
    procs.wait_until(lambda: server.get("/app/hello").status == 200, 10, "the repaired script")


def test_changed_script_restarts_its_processes(make_server):
    server = make_server(config("processes=1 threads=3"))
    before = answer(server)[0]
    with server.load("/app/hello", clients=1, pause=0.05) as ledger:
        os.utime(server.root / "apps/app.wsgi", (1e9, 1e9))
        procs.wait_until(lambda: answer(server)[0] != before, 20, "another process")
    assert ledger.sent == ledger.ok, str(ledger)


def test_stop_is_quick_and_complete(make_server):
    server = make_server(config("processes=2 threads=3"))
    assert server.get("/app/hello").status == 200
    started = time.monotonic()
    assert server.stop() == []
    assert time.monotonic() - started < 10
    assert not (server.root / "run/httpd.pid").exists()


def test_python_that_a_request_started_ends_too(make_server):
    """Nothing asks for Python in Apache's processes but the request: a thread of the MPM starts it,
    and the child's main thread stops it."""
    server = make_server(RULES.replace(" process-group=app", ""))
    assert server.get("/app/hello").status == 200
    assert server.stop() == []
    assert "did not exit" not in server.log()

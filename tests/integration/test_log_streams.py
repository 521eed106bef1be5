# SPDX-License-Identifier: Apache-2.0
"""Where log lines go when their way is not clear: a piped error log whose program is replaced by a
reload, and a client that reads nothing while its application logs."""

import os

import pytest

from harness import procs

USER = "user=games group=games" if os.geteuid() == 0 else ""
SCRIPTS = f"""
WSGIDaemonProcess app {USER} processes=1 threads=3
WSGIScriptAlias /app {{root}}/apps/streams.wsgi process-group=app application-group=%{{GLOBAL}}
WSGIScriptAlias /embedded {{root}}/apps/streams.wsgi application-group=%{{GLOBAL}}
<Directory {{root}}/apps>
  Require all granted
</Directory>
"""
# tee writes where the tests read; Apache ends it at a reload and starts another.
PIPED = SCRIPTS + 'ErrorLog "|/usr/bin/tee -a {root}/log/error.log"\n'


def test_piped_log_across_reloads(make_server):
    """Old processes finish their requests although nobody reads their pipe any more."""
    server = make_server(PIPED)
    assert server.get("/app/say?before").status == 200
    server.wait_log("say before")
    for turn in range(3):
        late = [server.background(f"/app/late?{turn}"), server.background(f"/embedded/late?{turn}")]
        procs.wait_until(lambda n=turn: server.log().count(f"late {n} begins") == 2, 10, "both")
        old = set(server.daemons())
        server.graceful()
        (server.root / f"run/go-{turn}").touch()
        for request in late:
            response = request.result()
            assert (response.status, response.body) == (200, b"y" * 100_000)
        assert server.get(f"/app/say?after-{turn}").status == 200
        server.wait_log(f"say after-{turn}")
        procs.wait_until(lambda: not old & set(server.daemons()), 20, "the end of the old ones")
    # What an old process says at its very end has no reader either.
    assert "died of signal" not in server.log()


def test_lines_of_a_client_that_reads_nothing(shared):
    """Its own thread waits; those of others do not, and each line arrives once it reads."""
    with shared.connect() as slow:
        slow.raw(b"GET /app/flood?3000 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        procs.wait_until(lambda: "flood line 0" in shared.new_log(), 10, "its first line")
        with shared.load("/app/say?beside", clients=1) as others:
            procs.wait_until(lambda: others.ok > 50, 20, "requests beside it")
        assert others.ok == others.sent, str(others)
        assert "flood line 2999" not in shared.new_log(), "it never had to wait"
        response = slow.response()
    assert response.status == 200 and len(response.body) == 3000 * 10_000
    shared.wait_log("flood line 2999")
    assert shared.new_log().count("flood line ") == 3000


def test_a_thread_that_logs_for_a_stalled_request(shared):
    """A thread of the application uses the request's wsgi.errors while its client reads nothing. It
    may have to wait for that client; the process goes on answering."""
    with shared.connect() as slow:
        slow.raw(b"GET /app/helped?3000 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        procs.wait_until(lambda: "helper line 0" in shared.new_log(), 10, "its first line")
        for _ in range(20):
            assert shared.get("/app/say?meanwhile").status == 200
        response = slow.response()
    assert response.status == 200 and len(response.body) == 3000 * 10_000
    shared.wait_log("helper line 2999")


def test_a_client_that_never_reads_and_leaves(shared):
    """Its thread and its permit come back."""
    for _ in range(4):  # more than there are threads
        with shared.connect() as slow:
            slow.raw(b"GET /app/flood?3000 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            procs.wait_until(lambda: "flood line 0" in shared.new_log(), 10, "its first line")
        shared.tolerate("WSGI5014", "WSGI5102")
    answers = [shared.background("/app/say?again") for _ in range(3)]
    assert [a.result().status for a in answers] == [200] * 3


@pytest.fixture(scope="module")
def shared(shared_server):
    return shared_server(SCRIPTS)

# SPDX-License-Identifier: Apache-2.0
"""Clients that leave: during the upload, the download, and while the application computes. The
application hears of it, and nothing is left. WSGI_TEST_ABORTS sets how many leave."""

import concurrent.futures
import json
import os
import socket
import struct

import bodies_site
import pytest

from harness import procs
from harness.client import Connection

ABORTS = int(os.environ.get("WSGI_TEST_ABORTS", "600"))
GROWTH_KIB = 8 * 1024


@pytest.fixture(scope="module", params=bodies_site.modes())
def server(request, shared_server):
    one = shared_server(bodies_site.site(request.param))
    one.mode = request.param
    return one


def facts(server):
    return json.loads(server.get("/app/facts").text)


def leave(connection):
    """With a reset: nobody will read what still comes."""
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def reached(server, name, value):
    procs.wait_until(lambda: facts(server).get(name, 0) >= value, 10, f"{name} = {value}")


@pytest.mark.parametrize("how", ["reset", "close"])
def test_during_upload(server, how):
    before = facts(server)
    started, ended = before.get("upload-started", 0), before.get("upload-ended", 0)
    with Connection(server.port) as c:
        c.raw(b"POST /app/upload HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n" + bytes(90000))
        reached(server, "upload-started", started + 1)
        if how == "reset":
            leave(c)
    reached(server, "upload-ended", ended + 1)
    said = facts(server)
    prefix = "mod_wsgi request data read error: "
    assert said["upload-error"].startswith(prefix)
    assert said["upload-again"] == prefix + "input is already in error state"


@pytest.mark.parametrize("how", ["reset", "close"])
def test_during_download(server, how):
    closed = facts(server).get("endless-closed", 0)
    with Connection(server.port) as c:
        c.send("/app/endless")
        c.head()
        assert c.chunk()
        if how == "reset":
            leave(c)
    reached(server, "endless-closed", closed + 1)


def test_while_the_application_computes(server):
    with Connection(server.port) as c:
        c.send("/app/compute")
        reached(server, "compute-started", 1)
        leave(c)
    server.get("/app/release")
    procs.wait_until(lambda: "compute-error" in facts(server), 10, "the application's OSError")
    assert facts(server)["compute-error"] == "mod_wsgi client connection closed"


@pytest.mark.parametrize("size", [1, 8000, 100_000])
def test_what_came_is_read_before_the_loss(server, size):
    """The client stops within its body: first all that it sent, then the error."""
    ended = facts(server).get("slurp-ended", 0)
    with Connection(server.port) as c:
        c.raw(b"POST /app/slurp HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n" + bytes(size))
    reached(server, "slurp-ended", ended + 1)
    assert facts(server)["slurp"] == f"{size} OSError"


def abort(port, number):
    """One of six ways to leave."""
    post = b"POST /app/%s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
    with Connection(port) as c:
        way = number % 6
        if way == 0:
            c.send("/app/endless")
        elif way == 1:
            c.send("/app/endless")
            c.head()
        elif way == 2:
            c.raw(post % (b"upload", 900000) + bytes(90000))
        elif way == 3:
            c.raw(post % (b"upload", 1000) + bytes(10))
        elif way == 4:
            c.raw(post % (b"echo", 900000) + bytes(200000))
        else:
            c.send("/app/big?size=3000000")
        if number % 2:
            leave(c)


def quiet(server):
    """Descriptors by process, once nothing is in progress any more."""
    for _ in range(8):
        assert server.get("/app/hello").status == 200
    return {p: len(procs.fds(p)) for p in bodies_site.working(server)}


def many(server, count):
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda n: abort(server.port, n), range(count)))


def test_many_leave_nothing(server):
    server.tolerate("AH00161", "AH00484")  # all workers of Apache busy
    many(server, 600)  # every thread's buffers and arenas reach their usual size
    before = quiet(server)
    memory = {p: bodies_site.memory(p, "VmRSS") for p in before}
    many(server, ABORTS)
    # Connections of the pool may stay open, one for each thread at most.
    allowed = {p: n + bodies_site.THREADS for p, n in before.items()}

    def settled():
        now = quiet(server)
        return now.keys() == allowed.keys() and all(now[p] <= allowed[p] for p in now)

    procs.wait_until(settled, 20, "descriptors as before")
    grown = {p: bodies_site.memory(p, "VmRSS") - memory[p] for p in memory}
    print(f"growth after {ABORTS} aborts, KiB: {grown}; descriptors {before} -> {quiet(server)}")
    assert max(grown.values()) < GROWTH_KIB
    held = [Connection(server.port) for _ in range(bodies_site.THREADS)]
    for c in held:
        c.send("/app/hello")
    assert all(c.response().status == 200 for c in held)
    for c in held:
        c.close()

# SPDX-License-Identifier: Apache-2.0
"""Bodies in both directions: constant memory, slow clients, both ways at once, local redirects.
WSGI_TEST_BODY_MIB sets the size of the large bodies (runtime.md, 4.1, 5.8, 5.10)."""

import os
import threading

import bodies_site
import pytest

from harness import procs
from harness.client import Connection

MIB = 1 << 20
SIZE = int(os.environ.get("WSGI_TEST_BODY_MIB", "128")) * MIB
# What any process may grow by, however large the body: buffers of two sockets and of the filters.
GROWTH_KIB = 12 * 1024


@pytest.fixture(scope="module", params=bodies_site.modes())
def server(request, shared_server):
    one = shared_server(bodies_site.site(request.param))
    one.mode = request.param
    return one


@pytest.fixture
def constant(server):
    """Fails if a process's peak grew with the body."""
    assert upload(server, 2 * MIB) == 2 * MIB and download(server, 2 * MIB) == 2 * MIB
    pids = bodies_site.working(server)
    for pid in pids:
        with open(f"/proc/{pid}/clear_refs", "w") as f:
            f.write("5")  # the peak starts anew
    before = {pid: bodies_site.memory(pid, "VmRSS") for pid in pids}
    yield
    grown = {pid: bodies_site.memory(pid) - before[pid] for pid in pids}
    print(f"peak growth, KiB: {grown}")
    assert max(grown.values()) < GROWTH_KIB


def send_body(connection, size):
    block = bytes(MIB)
    for at in range(0, size, MIB):
        connection.raw(block[: size - at])


def upload(server, size):
    with server.connect(timeout=120) as c:
        c.raw(b"POST /app/count HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size)
        send_body(c, size)
        return int(c.response().body)


def received(connection, size):
    """Bytes of a body that is not kept."""
    got = len(connection.buffer)
    while got < size and (data := connection.socket.recv(MIB)):
        got += len(data)
    return got


def download(server, size, path="big?size={}"):
    with server.connect(timeout=120) as c:
        c.send("/app/" + path.format(size))
        assert c.head().get("Content-Length") == str(size)
        return received(c, size)


def test_large_upload(server, constant):
    assert upload(server, SIZE) == SIZE


def test_large_download(server, constant):
    assert download(server, SIZE) == SIZE


def test_large_file(server, constant):
    path = server.root / "large.bin"
    with open(path, "wb") as f:
        f.truncate(SIZE)
    assert download(server, SIZE, f"file?path={path}") == SIZE


def test_echo_while_it_is_sent(server):
    """Each block comes back before the next is sent, then many at once."""
    block = os.urandom(65536)
    with server.connect() as c:
        c.raw(b"POST /app/echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        c.raw(b"10000\r\n%s\r\n" % block)
        c.head()
        back = b""
        while len(back) < len(block):
            back += c.chunk()
        assert back == block
        rest = [block] * 80

        def send():
            for one in rest:
                c.raw(b"10000\r\n%s\r\n" % one)
            c.raw(b"0\r\n\r\n")

        sender = threading.Thread(target=send, daemon=True)
        sender.start()
        assert c.body() == b"".join(rest)
        sender.join(20)
        assert c.request("/app/hello").body == b"Hello World!"


def test_answer_before_the_body_has_come(server):
    """Five megabytes each way; the application reads none of it."""
    with server.connect() as c:
        c.raw(b"POST /app/flood HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n")
        assert len(c.response().body) == 80 * 65536
        send_body(c, 4 * MIB)
        c.raw(bytes(5000000 - 4 * MIB))
        assert c.request("/app/hello").body == b"Hello World!"


def test_slow_small_bodies_hold_no_daemon_thread(server):
    if server.mode == "embedded":
        pytest.skip("a thread of Apache is the one that runs the application")
    slow = [Connection(server.port) for _ in range(2 * bodies_site.THREADS)]
    for c in slow:
        c.raw(b"POST /app/count HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" + bytes(999))
    assert server.get("/app/hello", timeout=5).body == b"Hello World!"
    for c in slow:
        c.raw(b"x")
        assert c.response().body == b"1000"
        c.close()


@pytest.mark.parametrize("size", [0, 1000, 300_000])
def test_local_redirect(server, size):
    """Whatever is left of the body never becomes the connection's next request."""
    hidden = b"GET /app/count HTTP/1.1\r\nHost: x\r\n\r\n"
    with server.connect() as c:
        body = (hidden * (size // len(hidden) + 1))[:size]
        response = c.request("/app/redirect", "POST", body=body)
        if server.mode == "daemon":
            assert (response.body, response.get("Location")) == (b"Hello World!", None)
        else:
            assert (response.body, response.get("Location")) == (b"not seen", "/app/hello")
        assert c.request("/app/hello").body == b"Hello World!"


def test_no_thread_is_left(server):
    """Runs last: all threads of the daemon serve."""
    with_all = [Connection(server.port) for _ in range(bodies_site.THREADS)]
    for c in with_all:
        c.send("/app/hello")
    assert all(c.response().status == 200 for c in with_all)
    for c in with_all:
        c.close()
    assert all(procs.alive(p) for p in bodies_site.working(server))

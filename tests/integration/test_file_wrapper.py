# SPDX-License-Identifier: Apache-2.0
"""wsgi.file_wrapper with and without sendfile, embedded and through a daemon: runtime.md, 5.6."""

import array
import contextlib
import fcntl
import json
import os
import pwd
import socket
import termios
import threading

import bodies_site
import pytest

from harness import procs
from harness.client import Connection

DATA = bytes(range(256)) * 1200  # above Apache's least size for sendfile


@pytest.fixture(scope="module", params=["daemon", "embedded"])
def mode(request):
    return request.param


@pytest.fixture(scope="module", params=["On", "Off"], ids=["sendfile", "read"])
def server(request, mode, shared_server):
    one = shared_server(bodies_site.site(mode, more=f"WSGIEnableSendfile {request.param}\n"))
    one.mode, one.sendfile = mode, request.param == "On"
    one.file = one.root / "data.bin"
    one.file.write_bytes(DATA)
    one.file.chmod(0o666)
    return one


def ask(server, more="", what="file", **kwargs):
    return server.get(f"/app/{what}?path={server.file}{more}", **kwargs)


def facts(server):
    return json.loads(server.get("/app/facts").text)


def test_whole_file(server):
    before = facts(server).get("file-closed", 0)
    response = ask(server)
    assert response.body == DATA
    assert response.get("Content-Length") == str(len(DATA))
    assert response.get("Transfer-Encoding") is None
    # Once; the client may have all before the application is told.
    procs.wait_until(lambda: facts(server).get("file-closed", 0) > before, 10, "close()")
    assert facts(server)["file-closed"] == before + 1


@pytest.mark.parametrize("kind", ["buffered", "both", "memory"])
def test_kinds(server, kind):
    """`buffered` has read one byte by tell(), but more of its descriptor."""
    response = ask(server, f"&kind={kind}")
    assert response.body == DATA[1 if kind == "buffered" else 0 :]
    length = None if kind == "memory" else str(len(response.body))
    assert response.get("Content-Length") == length


@pytest.mark.parametrize("seek", [1, 70000, len(DATA), len(DATA) + 5])
def test_offset(server, seek):
    response = ask(server, f"&seek={seek}")
    assert (response.status, response.body) == (200, DATA[seek:])
    assert response.get("Content-Length") == str(max(0, len(DATA) - seek))


def test_length_of_the_application_is_less(server):
    with server.connect() as c:
        response = c.request(f"/app/file?path={server.file}&length=70000&seek=3")
        assert response.body == DATA[3:70003]
        assert c.request("/app/hello").body == b"Hello World!"


def test_length_of_the_application_is_more(server):
    with server.connect() as c:
        c.send(f"/app/file?path={server.file}&length={len(DATA) + 10}")
        assert c.head().status == 200
        assert c.rest() == DATA


def test_not_a_regular_file(server):
    assert server.get("/app/pipe").body == b"from a pipe"


def test_head(server):
    with server.connect() as c:
        response = c.request(f"/app/file?path={server.file}", "HEAD")
        assert response.get("Content-Length") == str(len(DATA))
        assert c.request("/app/hello").body == b"Hello World!"


def test_range(server):
    response = ask(server, headers=(("Range", "bytes=5-8"),))
    assert (response.status, response.body) == (206, DATA[5:9])


def test_shared_file_object(server):
    """Concurrent requests on one open file get it whole, and its position stays."""
    wrong = []

    def run():
        for _ in range(10):
            if ask(server, what="shared-file").body != DATA[5:]:
                wrong.append(1)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong
    assert server.get("/app/position").body == b"5"


def waiting(connection):
    """Bytes that have come and were not read yet."""
    count = array.array("i", [0])
    fcntl.ioctl(connection.socket, termios.FIONREAD, count)
    return count[0]


def test_sendfile(server):
    """What sendfile has put on the way are the file's own pages: who changes the file before the
    client reads changes that too. What was read is a copy."""
    changing = server.root / "changing.bin"
    changing.write_bytes(b"a" * 60000)
    changing.chmod(0o666)
    with server.connect() as c:
        c.send(f"/app/file?path={changing}")
        procs.wait_until(lambda: waiting(c) > 60000, 10, "head and file at the client's door")
        with open(changing, "r+b") as f:
            f.write(b"b" * 60000)
        body = c.response().body
    assert body == (b"b" if server.sendfile else b"a") * 60000


def test_file_of_the_application_alone(server):
    """Sent by Apache, which could not open it itself."""
    own = server.root / "own.bin"
    own.write_bytes(DATA)
    own.chmod(0o600)
    if os.geteuid() == 0:
        owner = pwd.getpwnam("games" if server.mode == "daemon" else "www-data")
        os.chown(own, owner.pw_uid, owner.pw_gid)
    assert server.get(f"/app/file?path={own}").body == DATA


def test_file_that_may_not_be_read(server):
    denied = server.root / "denied.bin"
    denied.write_bytes(DATA)
    denied.chmod(0)
    server.expect("WSGI5004", "WSGI5024")
    assert server.get(f"/app/file?path={denied}").status == 500
    assert server.get("/app/hello").body == b"Hello World!"


def drain(connection, most):
    """Bytes that come until so many are here or the server closes."""
    got, connection.buffer = len(connection.buffer), b""
    with contextlib.suppress(ConnectionResetError):
        while got < most and (data := connection.socket.recv(min(most - got, 262144))):
            got += len(data)
    return got


@pytest.mark.parametrize("change", ["shrink", "grow"])
def test_file_changes_while_it_is_sent(server, change):
    big = server.root / f"{change}.bin"
    size = 64 << 20  # half of it is more than the buffers on the way hold
    with open(big, "wb") as f:
        f.truncate(size)
    with Connection(server.port) as c:
        # The server cannot have sent all of it.
        c.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        c.send(f"/app/file?path={big}")
        assert c.head().get("Content-Length") == str(size)
        with open(big, "r+b") as f:
            f.truncate(size // 2 if change == "shrink" else size + 5)
        got = drain(c, size)
        if change == "grow":
            assert got == size
            assert c.request("/app/hello").body == b"Hello World!"
        else:
            assert got <= size // 2
    assert server.get("/app/hello").status == 200

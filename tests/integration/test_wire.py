# SPDX-License-Identifier: Apache-2.0
"""Requests as bytes: how a body is announced, broken or refused, embedded and through a daemon. A
second request follows each on the same connection: either it is answered as itself (in sync) or the
connection ends before it. Nothing is ever read from the wrong place."""

import json
import urllib.parse

import pytest

from harness import modes
from harness.client import Truncated
from harness.procs import wait_until
from harness.server import MPM

SCRIPTS = ("/absent hostile.wsgi callable-object=absent", "/page/absent hostile.wsgi callable-object=no",
           "/page hostile.wsgi", "/nochunk hostile.wsgi", "/limit hostile.wsgi", "/override hostile.wsgi",
           "/app hostile.wsgi")
EXTRA = """
WSGIChunkedRequest On
LimitRequestFieldSize 2000000
<Location /nochunk>
  WSGIChunkedRequest Off
</Location>
<Location /limit>
  LimitRequestBody 10
</Location>
<Location /override>
  WSGIErrorOverride On
  ErrorDocument 404 "the page of Apache"
</Location>
<Location /page>
  ErrorDocument 404 /app/hello
  ErrorDocument 500 /app/hello
</Location>
"""
NEXT = b"GET /app/hello HTTP/1.1\r\nHost: x\r\n\r\n"
SYNC, CLOSED = "in sync", "closed"


@pytest.fixture(scope="module", params=modes.MODES)
def server(request, shared_server):
    one = shared_server(modes.config(request.param, MPM, SCRIPTS, EXTRA))
    one.mode = request.param
    return one


def post(target, *headers, body=b""):
    head = [f"POST {target} HTTP/1.1", "Host: x", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def state(link):
    """What becomes of the request that follows a response."""
    try:
        response = link.response()
    except (Truncated, ConnectionResetError):
        return CLOSED
    assert (response.status, response.body) == (200, b"Hello World!")
    return SYNC


def reader(server, place="/app"):
    """What reads a body that fails. Embedded it lets the error escape; in a daemon it keeps it, as a
    line that it logs when the child has left may or may not arrive."""
    if server.mode == "embedded":
        return f"{place}/read"
    server.get("/app/forget")
    return f"{place}/input-calls?" + urllib.parse.quote(json.dumps([["read"]]))


def heard(server):
    """The application has got the error of its body."""
    text = "OSError: mod_wsgi request data read error: "
    if server.mode == "embedded":
        server.wait_log(text)
        return
    said = wait_until(lambda: json.loads(server.get("/app/said").text).get("input"))
    assert said[0].startswith(text)


READ = "/app/read"
IGNORE = "/app/hello"
TE = "Transfer-Encoding: chunked"
# name: request, status, body of a 200, ids, state afterwards
CASES = {
    "length": (post(READ, "Content-Length: 3", body=b"abc"), 200, b"3", (), SYNC),
    "length-zero": (post(READ, "Content-Length: 0"), 200, b"0", (), SYNC),
    "length-leading-zeros": (post(READ, "Content-Length: 003", body=b"abc"), 200, b"3", (), SYNC),
    "length-none": (post(READ), 200, b"0", (), SYNC),
    "length-minus": (post(READ, "Content-Length: -1"), 400, None, (), CLOSED),
    "length-plus": (post(READ, "Content-Length: +3", body=b"abc"), 400, None, (), CLOSED),
    "length-word": (post(READ, "Content-Length: three"), 400, None, (), CLOSED),
    "length-empty": (post(READ, "Content-Length:"), 400, None, (), CLOSED),
    "length-hex": (post(READ, "Content-Length: 0x3", body=b"abc"), 400, None, (), CLOSED),
    "length-huge": (post(READ, "Content-Length: " + "9" * 30), 400, None, (), CLOSED),
    "length-two": (post(READ, "Content-Length: 3", "Content-Length: 4", body=b"abc"),
                   400, None, (), CLOSED),
    "length-list": (post(READ, "Content-Length: 3, 3", body=b"abc"), 400, None, (), CLOSED),
    "length-ignored": (post(IGNORE, "Content-Length: 3", body=b"abc"), 200, None, (), SYNC),
    "chunked": (post(READ, TE, body=b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"), 200, b"5", (), SYNC),
    "chunked-case": (post(READ, "Transfer-Encoding: Chunked", body=b"3\r\nabc\r\n0\r\n\r\n"),
                     200, b"3", (), SYNC),
    "chunked-trailer": (post(READ, TE, body=b"3\r\nabc\r\n0\r\nX-T: v\r\n\r\n"),
                        200, b"3", (), SYNC),
    "chunked-ignored": (post(IGNORE, TE, body=b"3\r\nabc\r\n0\r\n\r\n"), 200, None, (), SYNC),
    "chunked-and-length": (post(READ, TE, "Content-Length: 99", body=b"3\r\nabc\r\n0\r\n\r\n"),
                           200, b"3", (), CLOSED),
    "chunked-twice": (post(READ, TE, TE, body=b"3\r\nabc\r\n0\r\n\r\n"), 501, None, ("WSGI4005",),
                      CLOSED),
    "chunked-with-space": (post(READ, "Transfer-Encoding : chunked", body=b"0\r\n\r\n"),
                           400, None, (), CLOSED),
    "chunked-of-1.0": (post(READ, TE, body=b"3\r\nabc\r\n0\r\n\r\n").replace(b"/1.1", b"/1.0", 1),
                       200, b"3", (), CLOSED),
    "name-with-nul": (post(READ, "Content-Le\0ngth: 3", body=b"abc"), 400, None, (), CLOSED),
    "length-bare-newline": (post(READ, "X-A: b\nContent-Length: 3", body=b"abc"), 400, None, (), CLOSED),
    "te-unknown": (post(READ, "Transfer-Encoding: gzip"), 400, None, (), CLOSED),
    "te-list": (post(READ, "Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"),
                501, None, ("WSGI4005",), CLOSED),
    "te-off": (post("/nochunk/read", TE, body=b"3\r\nabc\r\n0\r\n\r\n"),
               411, None, ("WSGI4007",), CLOSED),
    "limit-at": (post("/limit/read", "Content-Length: 10", body=b"x" * 10), 200, b"10", (), SYNC),
    "limit-over": (post("/limit/read", "Content-Length: 11", body=b"x" * 11),
                   413, None, ("WSGI4009",), CLOSED),
}


@pytest.mark.parametrize("name", CASES)
def test_announced(server, name):
    raw, status, body, ids, after = CASES[name]
    server.expect(*ids)
    with server.connect() as c:
        c.raw(raw + NEXT)
        response = c.response()
        assert response.status == status
        assert body is None or response.body == body
        assert response.text.count("<title>") <= 1
        assert state(c) == after
    assert server.get("/app/hello").status == 200


# What follows an answer that says no, or that does not fit: name: request, method, status, body of it,
# ids, state afterwards. The bodies of requests are never read by the application.
LARGE = b"x" * 300_000
FAILED = ("WSGI5004", "WSGI5024")


def unread(target, body=b"abc", method="POST"):
    return post(target, f"Content-Length: {len(body)}", body=body).replace(b"POST", method.encode(), 1)


AFTERWARDS = {
    "raises": (unread("/app/call-raises?value"), "POST", 500, None, FAILED, CLOSED),
    "raises-large": (unread("/app/call-raises?value", LARGE), "POST", 500, None, FAILED, CLOSED),
    "raises-get": (b"GET /app/call-raises?value HTTP/1.1\r\nHost: x\r\n\r\n",
                   "GET", 500, None, FAILED, CLOSED),
    "head-raises": (unread("/app/call-raises?value", method="HEAD"), "HEAD", 500, b"", FAILED, CLOSED),
    "interim": (unread("/app/status?100"), "POST", 500, None, ("WSGI5007",), CLOSED),
    "length-bad": (unread("/app/header?Content-Length:x"), "POST", 500, None, ("WSGI5008",), CLOSED),
    "callable": (unread("/absent"), "POST", 404, None, ("WSGI5003",), SYNC),
    "callable-large": (unread("/absent", LARGE), "POST", 404, None, ("WSGI5003",), SYNC),
    "page": (unread("/page/absent"), "POST", 200, b"Hello World!", ("WSGI5003",), SYNC),
    "page-large": (unread("/page/absent", LARGE), "POST", 200, b"Hello World!", ("WSGI5003",), SYNC),
    "page-raises": (unread("/page/call-raises?value"), "POST", 200, b"Hello World!", FAILED, CLOSED),
    "page-raises-large": (unread("/page/call-raises?value", LARGE), "POST", 200, b"Hello World!",
                          FAILED, CLOSED),
    "page-read": (unread("/page/read-and-raise"), "POST", 200, b"Hello World!", FAILED, CLOSED),
    "page-read-large": (unread("/page/read-and-raise", LARGE), "POST", 200, b"Hello World!",
                        FAILED, CLOSED),
    "own-404": (unread("/app/status?404%20x"), "POST", 404, b"body", (), SYNC),
    "own-404-large": (unread("/app/status?404%20x", LARGE), "POST", 404, b"body", (), SYNC),
    "own-500": (unread("/app/status?500%20x", LARGE), "POST", 500, b"body", (), CLOSED),
    "override": (unread("/override/status?404%20x", LARGE), "POST", 404, None, (), SYNC),
    "head": (unread("/app/hello", method="HEAD"), "HEAD", 200, b"", (), SYNC),
    "head-404": (unread("/app/status?404%20x", method="HEAD"), "HEAD", 404, b"", (), SYNC),
    "204": (unread("/app/status?204%20x", LARGE), "POST", 204, b"", (), SYNC),
    "304": (unread("/app/status?304%20x"), "POST", 304, b"", (), SYNC),
    "too-long": (unread("/app/length?4,9"), "POST", 200, b"xxxx", (), SYNC),
    "too-long-zero": (unread("/app/length?0,9"), "POST", 200, b"", (), SYNC),
    "as-declared": (unread("/app/length?9,9", LARGE), "POST", 200, b"x" * 9, (), SYNC),
    "close-raises": (unread("/app/close-raises?value", LARGE), "POST", 200, b"whole", FAILED, SYNC),
    "many": (b"GET /app/hello HTTP/1.1\r\nHost: x\r\n\r\n", "GET", 200, b"Hello World!", (), SYNC),
}


@pytest.mark.parametrize("name", AFTERWARDS)
def test_afterwards(server, name):
    raw, method, status, body, ids, after = AFTERWARDS[name]
    server.expect(*ids)
    with server.connect() as c:
        c.raw(raw + NEXT + NEXT)
        response = c.response(method)
        assert response.status == status
        assert body is None or response.body == body
        assert response.text.count("<title>") <= 1
        assert state(c) == after
        assert after == CLOSED or state(c) == SYNC


@pytest.mark.parametrize("target, got", [("length?9,4", b"xxxx"), ("middle?raise-length", b"four"),
                                         ("write?l", b"four")])
def test_too_short(server, target, got):
    """The connection ends where the body does: the next answer is not taken for its rest."""
    if "length?" not in target:
        server.expect(*FAILED)
    with server.connect() as c:
        c.raw(unread(f"/app/{target}", LARGE) + NEXT)
        assert c.head().status == 200 and c.framing > len(got)
        assert c.rest() == got


CHUNKS = {
    "no-size": b"zz\r\nabc\r\n0\r\n\r\n", "negative": b"-3\r\nabc\r\n0\r\n\r\n",
    "overflow": b"ffffffffffffffffff\r\nabc", "no-end-of-chunk": b"3\r\nabcdef\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("name", CHUNKS)
def test_malformed_chunks(server, name):
    """Apache answers, once; the application gets an OSError."""
    server.tolerate("WSGI5202", "WSGI4009", "WSGI5004", "WSGI5024", "AH01590")
    with server.connect() as c:
        c.raw(post(reader(server), TE, body=CHUNKS[name]) + NEXT)
        response = c.response()
        # A size beyond all numbers is "too large" to Apache.
        assert response.status == (413 if name == "overflow" else 400)
        assert response.text.count("<title>") == 1
        assert state(c) == CLOSED
    heard(server)
    if server.mode == "daemon":
        server.wait_log("WSGI4009" if name == "overflow" else "WSGI5202")
    assert server.get("/app/hello").status == 200


def test_malformed_chunks_survived(server):
    """What an application answers although its body failed is not appended to Apache's answer."""
    server.tolerate("WSGI5202", "AH01590")
    server.get("/app/forget")
    calls = urllib.parse.quote(json.dumps([["read"], ["read"], ["readline"], ["iterate"]]))
    with server.connect() as c:
        c.raw(post(f"/app/input-calls?{calls}", TE, body=CHUNKS["no-size"]) + NEXT)
        response = c.response()
        assert response.status == 400 and "OSError" not in response.text
        assert state(c) == CLOSED
    said = wait_until(lambda: json.loads(server.get("/app/said").text).get("input"))
    assert said[0].startswith("OSError: mod_wsgi request data read error: ")
    assert set(said[1:]) == {
        "OSError: mod_wsgi request data read error: input is already in error state"
    }


@pytest.mark.parametrize("size", [10, 200_000])
@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_truncated(server, size, chunked):
    """The client ends its side within the body: no error line of ours but the application's own."""
    server.tolerate("WSGI5004", "WSGI5024", "WSGI5202", "AH01590")
    with server.connect() as c:
        target = reader(server)
        c.raw(post(target, TE, body=b"fffff\r\nabc") if chunked
              else post(target, f"Content-Length: {size}", body=b"abc"))
        c.socket.shutdown(1)
        answer = c.rest()
        assert b" 200 " not in answer.split(b"\r\n")[0]
        assert answer.count(b"<title>") <= 1
    if server.mode == "daemon":
        server.wait_log("WSGI5203")
    # A small body is complete before a daemon sees the request.
    if server.mode == "embedded" or chunked or size > 65536:
        heard(server)
    assert server.get("/app/hello").status == 200


@pytest.mark.parametrize("path, headers, status, ids", [
    ("/nochunk/read", (TE,), 411, "WSGI4007"),
    ("/limit/read", ("Content-Length: 11",), 413, "WSGI4009"),
])
def test_expect_rejected(server, path, headers, status, ids):
    """The final status comes at once: the body is never asked for."""
    server.expect(ids)
    with server.connect() as c:
        c.raw(post(path, "Expect: 100-continue", *headers))
        assert c.response().status == status


@pytest.mark.parametrize("announced", ["Content-Length: 3", TE])
def test_expect_accepted(server, announced):
    with server.connect() as c:
        c.raw(post(READ, "Expect: 100-continue", announced))
        assert c.head().status == 100
        c.raw((b"3\r\nabc\r\n0\r\n\r\n" if announced == TE else b"abc") + NEXT)
        assert c.response().body == b"3"
        assert state(c) == SYNC


def test_expect_ignored(server):
    """A daemon asks for the body when it takes the request, embedded nobody does."""
    with server.connect() as c:
        c.raw(post(IGNORE, "Expect: 100-continue", "Content-Length: 3"))
        first = c.head()
        if server.mode == "daemon":
            assert first.status == 100
            c.raw(b"abc")
            assert c.response().body == b"Hello World!"
        else:
            assert first.status == 200 and c.body() == b"Hello World!"


def test_expect_of_read_nothing(server):
    """read(0) as the first operation asks for the body."""
    calls = urllib.parse.quote(json.dumps([["read", 0], ["read"]]))
    with server.connect() as c:
        c.raw(post(f"/app/input-calls?{calls}", "Expect: 100-continue", "Content-Length: 3"))
        assert c.head().status == 100
        c.raw(b"abc" + NEXT)
        assert json.loads(c.response().text) == ["", "abc"]
        assert state(c) == SYNC


def test_limit_of_chunks(server):
    """Without a length the limit is met while the body is read."""
    server.tolerate("WSGI4009", "WSGI5004", "WSGI5024", "AH01591")
    with server.connect() as c:
        c.raw(post(reader(server, "/limit"), TE, body=b"b\r\n" + b"x" * 11 + b"\r\n0\r\n\r\n") + NEXT)
        response = c.response()
        assert response.status == 413 and response.text.count("<title>") == 1
        assert state(c) == CLOSED
    heard(server)
    if server.mode == "daemon":
        server.wait_log("WSGI4009")


@pytest.mark.parametrize("status", ["404 Lost", "503 Later", "399 x", "600 x"])
def test_error_override(server, status):
    """Daemon mode only, and only 4xx and 5xx. (directives.md, 8)"""
    code = int(status[:3])
    with server.connect() as c:
        response = c.request("/override/status?" + urllib.parse.quote(status))
        replaced = server.mode == "daemon" and 400 <= code < 600
        assert response.status == code
        assert (response.body == b"body") != replaced
        assert (response.get("X-Seen") is None) == replaced
        if code == 404 and replaced:
            assert response.body == b"the page of Apache"


def test_challenges_of_an_overridden_answer(server):
    """They belong to the status, whoever makes the page. (runtime.md, 5.7)"""
    response = server.get("/override/challenge")
    assert (response.status, response.get("WWW-Authenticate")) == (401, "Basic realm=x, Bearer")
    assert (response.body == b"own") == (server.mode == "embedded")


def test_redirects_without_end(server):
    """Apache's limit ends what a daemon's answers began; embedded it is an ordinary header."""
    server.tolerate("AH00124")
    with server.connect() as c:
        response = c.request("/app/around")
        assert response.status == (500 if server.mode == "daemon" else 200)
        assert response.text.count("<title>") <= 1
    assert server.get("/app/hello").status == 200


def test_large_head(server):
    """What a daemon is told of a request may be 16 MiB; embedded Apache's limits are the only ones."""
    for size in (15, 17):
        response = server.get("/app/size", headers=[(f"X-{n}", "v" * 1_000_000) for n in range(size)])
        if size == 17 and server.mode == "daemon":
            server.expect("WSGI4103")
            assert response.status == 500
            server.wait_log("larger than 16 MiB")
        else:
            assert response.status == 200 and int(response.body) >= size * 1_000_000

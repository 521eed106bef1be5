# SPDX-License-Identifier: Apache-2.0
"""An application that breaks the contract, embedded and through a daemon: what the client gets,
what the log says, and that the next request is served."""

import json
import urllib.parse

import pytest

from harness.client import Truncated
from hostile_site import path, said, server, works  # noqa: F401, server is a fixture

EXCEPTION = ("WSGI5004", "WSGI5024")


# Before the headers: Apache's 500 page


@pytest.mark.parametrize(
    "name, argument, text",
    [
        ("result", "none", "TypeError: 'NoneType' object is not iterable"),
        ("result", "int", "TypeError: 'int' object is not iterable"),
        ("result", "bytes", "response iterable must yield bytes, not int"),
        ("result", "str-item", "response iterable must yield bytes, not str"),
        ("result", "int-item", "response iterable must yield bytes, not int"),
        ("result", "none-item", "response iterable must yield bytes, not NoneType"),
        ("result", "bytearray", "response iterable must yield bytes, not bytearray"),
        ("result", "memoryview", "response iterable must yield bytes, not memoryview"),
        ("nothing-started", "tuple", "start_response() must be called before response content"),
        ("nothing-started", "empties", "start_response() must be called before response content"),
        ("call-raises", "value", "ValueError: hostile"),
        ("call-raises", "interrupt", "KeyboardInterrupt: hostile"),
        ("call-raises", "base", "BaseException: hostile"),
        ("call-raises", "generator", "GeneratorExit: hostile"),
        ("call-raises", "surrogate", "ValueError exception raised processing WSGI script"),
        ("call-raises", "text", "Broken exception raised processing WSGI script"),
        ("call-raises", "stop", "StopIteration: hostile"),
        ("started-raises", "value", "ValueError: hostile"),
        ("lazy", "before", "ValueError: hostile"),
        ("lazy", "after", "ValueError: hostile"),
        ("write", "e", "ValueError: hostile"),
        ("write", "el", "ValueError: hostile"),
        ("absent-function", "", "KeyError: 'absent_function'"),
    ],
)
def test_fails_before_headers(server, name, argument, text):
    server.expect(*EXCEPTION)
    response = server.get(path(name, argument))
    assert (response.status, response.reason) == (500, "Internal Server Error")
    assert response.get("X-Left") is None
    assert "hostile" not in response.text and "Internal Server Error" in response.text
    server.wait_log(text)
    if "hostile" in text:
        server.wait_log("Traceback (most recent call last):")
    works(server)


def test_system_exit(server):
    server.expect("WSGI5005", "WSGI5024")
    assert server.get(path("call-raises", "exit")).status == 500
    server.wait_log("SystemExit exception raised by WSGI script")
    server.wait_log("SystemExit: 3")
    works(server)


@pytest.mark.parametrize("status", ["100 x", "101 x", "199"])
def test_interim_status(server, status):
    server.expect("WSGI5007")
    assert server.get(path("status", status)).status == 500
    works(server)


@pytest.mark.parametrize(
    "value", ["x", "", "-1", "+1", " 1", "1.0", "1,1", "9223372036854775808", "9" * 30]
)
def test_bad_length(server, value):
    server.expect("WSGI5008")
    assert server.get("/app/header?" + urllib.parse.quote(f"Content-Length:{value}")).status == 500
    works(server)


# Loading


@pytest.mark.parametrize(
    "url, status, ids, text",
    [
        ("/missing", 404, ("WSGI5003",), "does not contain WSGI application 'absent'"),
        ("/number", 500, EXCEPTION, "TypeError: 'int' object is not callable"),
        ("/syntax", 500, ("WSGI5001", "WSGI5024"), "SyntaxError"),
        ("/failing", 500, ("WSGI5001", "WSGI5024"), "ValueError: hostile load"),
        ("/leaving", 500, ("WSGI5002",), "leaving.wsgi"),
    ],
)
def test_script(server, url, status, ids, text):
    for _ in range(2):
        server.expect(*ids)
        assert server.get(url).status == status
        server.wait_log(text)
    if url == "/leaving":
        assert "Traceback" not in server.new_log()
    works(server)


# After the headers: what was sent stays, nothing is appended, the connection ends


@pytest.mark.parametrize(
    "name, argument, ids",
    [
        ("middle", "raise", EXCEPTION), ("middle", "raise-length", EXCEPTION),
        ("middle", "exit", ("WSGI5005", "WSGI5024")), ("middle", "type", EXCEPTION),
        ("middle", "type-length", EXCEPTION), ("lazy", "middle", EXCEPTION),
        ("write", "", EXCEPTION), ("write", "l", EXCEPTION),
    ],
)
def test_fails_after_headers(server, name, argument, ids):
    server.expect(*ids)
    server.get("/app/forget")
    with server.connect() as c:
        c.send(path(name, argument))
        c.send("/app/hello")
        assert c.head().status == 200
        if c.framing == 10:
            assert c.rest() == b"four"
        else:
            assert c.framing == "chunked"  # or the end would look like a regular one
            assert c.chunk() in (b"four", b"part")
            with pytest.raises((Truncated, ConnectionResetError)):
                c.chunk()
    if name == "middle":
        assert said(server)["closed"] == 1
    works(server)


@pytest.mark.parametrize("name, argument, ids", [
    ("middle", "raise", EXCEPTION), ("middle", "raise-length", EXCEPTION), ("write", "", EXCEPTION),
    ("write", "l", EXCEPTION), ("length", "10,4", ("WSGI5010",)),
])
def test_fails_after_headers_compressed(server, name, argument, ids):
    """The filter completes its format and takes the length away: only the last chunk is missing."""
    server.expect(*ids)
    with server.connect() as c:
        c.send(path(name, argument).replace("/app", "/zip"), headers=(("Accept-Encoding", "gzip"),))
        c.send("/app/hello")
        assert (c.head().get("Content-Encoding"), c.framing) == ("gzip", "chunked")
        with pytest.raises((Truncated, ConnectionResetError)):
            while c.chunk():
                pass
        assert c.rest() == b""
    works(server)


@pytest.mark.parametrize("name, argument", [("middle", "raise"), ("write", ""), ("lazy", "middle")])
def test_fails_after_headers_of_old(server, name, argument):
    """HTTP/1.0 has no chunks: only a reset tells that more was to come."""
    server.expect(*EXCEPTION)
    with server.connect() as c:
        c.send(path(name, argument), version="1.0")
        assert c.head().status == 200 and c.framing == "close"
        with pytest.raises(ConnectionResetError):
            while c.socket.recv(1000):
                pass
    works(server)


@pytest.mark.parametrize("error", ["value", "exit", "base"])
def test_close_raises(server, error):
    """The response is whole all the same, and so is the connection."""
    server.expect("WSGI5005" if error == "exit" else "WSGI5004", "WSGI5024")
    with server.connect() as c:
        response = c.request(path("close-raises", error))
        assert (response.status, response.body) == (200, b"whole")
        assert c.request("/app/hello").body == b"Hello World!"


def test_close_lookup_raises(server):
    server.expect("WSGI5013", "WSGI5024")
    with server.connect() as c:
        assert c.request("/app/close-lookup").body == b"whole"
        assert c.request("/app/hello").body == b"Hello World!"


# Lengths


@pytest.mark.parametrize("declared, size", [(10, 4), (1, 0), (10, 0), (1 << 20, 65536)])
def test_short(server, declared, size):
    """Status and headers are the application's, then the connection ends; no page, no 502."""
    with server.connect() as c:
        c.send(path("length", f"{declared},{size}"))
        c.send("/app/hello")
        response = c.head()
        assert (response.status, response.get("Content-Length")) == (200, str(declared))
        assert c.rest() == b"x" * size
    server.wait_log("WSGI5010")


@pytest.mark.parametrize("declared, size", [(4, 9), (0, 5), (4, 4), (0, 0)])
def test_not_short(server, declared, size):
    with server.connect() as c:
        assert c.request(path("length", f"{declared},{size}")).body == b"x" * declared
        assert c.request("/app/hello").body == b"Hello World!"


def test_last_length_wins(server):
    with server.connect() as c:
        response = c.request("/app/lengths")
        assert (response.get("Content-Length"), response.body) == ("4", b"four")
        assert c.request("/app/hello").body == b"Hello World!"


@pytest.mark.parametrize("method, status, sent", [
    ("HEAD", "200 OK", 200), ("GET", "204 None", 204), ("GET", "304 Same", 304),
    ("HEAD", "404 Gone", 404),
])
def test_no_body_allowed(server, method, status, sent):
    with server.connect() as c:
        response = c.request(path("status", status), method)
        assert (response.status, response.body) == (sent, b"")
        assert c.request("/app/hello").body == b"Hello World!"


# start_response, write and what was kept too long


def test_refused(server):
    server.get("/app/forget")
    got = json.loads(server.get("/app/refused").text)
    three = "ValueError: status code must be a 3 digit integer: "
    wide = "UnicodeEncodeError: "
    wanted = {
        "none": "TypeError: ", "one": "TypeError: ", "four": "TypeError: ",
        "headers none": "TypeError: start_response() argument 2 must be list, not None",
        "headers dict": "TypeError: start_response() argument 2 must be list, not dict",
        "headers tuple": "TypeError: start_response() argument 2 must be list, not tuple",
        "headers str": "TypeError: start_response() argument 2 must be list, not str",
        "exc_info list": "RuntimeError: start_response() argument 'exc_info' must be a 3-tuple or None",
        "exc_info str": "RuntimeError: start_response() argument 'exc_info' must be a 3-tuple or None",
        "status bytes": "TypeError: must be str, not bytes",
        "status int": "TypeError: must be str, not int",
        "status none": "TypeError: must be str, not None", "status wide": wide,
        "status empty": three + "b''", "status two": three + "b'20 OK'",
        "status four": three + "b'2000 OK'", "status minus": three, "status space": three,
        "status fullwidth": wide,
        "status tab": "ValueError: no space following status code: ",
        "status nul": "ValueError: ",
        "status crlf": "ValueError: control character in status reason phrase: ",
        "status del": "ValueError: control character in status reason phrase: ",
        "item list": "TypeError: each header must be a 2-tuple, not list",
        "item none": "TypeError: each header must be a 2-tuple, not None",
        "item one": "ValueError: each header must be a 2-tuple, got length 1",
        "item three": "ValueError: each header must be a 2-tuple, got length 3",
        "name bytes": "TypeError: must be str, not bytes",
        "value bytes": "TypeError: must be str, not bytes",
        "value none": "TypeError: must be str, not None", "name wide": wide, "value wide": wide,
        "name empty": "ValueError: header name is empty",
        "name space": "ValueError: space character in header name: b'a b'",
        "name crlf": "ValueError: control character in header name: ",
        "name nul": "ValueError: ",
        "value cr": "ValueError: carriage return/line feed character in header value: ",
        "value lf": "ValueError: carriage return/line feed character in header value: ",
        "value nul": "ValueError: ", "surrogate": wide, "last bad": "TypeError: must be str, not int",
    }
    assert set(got) == set(wanted)
    assert {k: v for k, v in got.items() if not v.startswith(wanted[k])} == {}


@pytest.mark.parametrize("how, status", [("first", 201), ("replace", 202), ("exc-info", 202),
                                         ("empty-item", 202)])
def test_start_again(server, how, status):
    response = server.get(path("again", how))
    assert (response.status, response.body) == (status, b"ok")
    assert (response.get("X-First") is None) == (status == 202)


@pytest.mark.parametrize("how, body", [("empty", b"y"), ("data", b"xy")])
def test_start_again_late(server, how, body):
    server.get("/app/forget")
    assert server.get(path("again-late", how)).body == body
    got = said(server)
    assert got["plain"] == "RuntimeError: start_response() called more than once without exc_info"
    assert got["exc_info"] == "KeyError: 'original'"
    assert got["no tuple"].startswith("RuntimeError: start_response() argument 'exc_info' must be")
    assert got["short tuple"].startswith("TypeError: ")
    assert got["no exception"].startswith("TypeError: ")


def test_write_types(server):
    server.get("/app/forget")
    assert server.get("/app/write-types").body == b"done"
    got = said(server)
    for name in ("str", "int", "NoneType", "bytearray", "memoryview"):
        assert got[name] == f"TypeError: write() argument must be bytes, not {name}"
    assert got["nothing"].startswith("TypeError: ")


def test_after_the_end(server):
    assert server.get("/app/keep").body == b"kept"
    got = json.loads(server.get("/app/use-kept").text)
    late = "iteration of wsgi.input attempted after request completed"
    assert got == {
        "start_response": "RuntimeError: start_response() called after request completed",
        "write": "RuntimeError: write() called after request completed",
        **{name: f"RuntimeError: {name}() called on wsgi.input after request completed"
           for name in ("read", "readline", "readlines", "close")},
        "next": "RuntimeError: " + late, "iter": "RuntimeError: " + late,
    }


@pytest.mark.parametrize("method, body", [("GET", None), ("POST", b"one\ntwo")])
def test_wsgiref_validate(server, method, body):
    assert server.get("/app/checked", method=method, body=body).body == b"valid"

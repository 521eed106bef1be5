# SPDX-License-Identifier: Apache-2.0
"""Statuses and headers of an application that are odd, too many or refused, embedded and through a
daemon: what the client gets, what the log says, and that the next request is served."""

import urllib.parse

import pytest

from hostile_site import path, server, works  # noqa: F401, server is a fixture


@pytest.mark.parametrize("status, line", [
    ("200", (200, "")), ("200 ", (200, "")), ("000 zero", (0, "zero")), ("099 low", (99, "low")),
    ("999 high", (999, "high")), ("600", (600, "")), ("200 caf\u00e9", (200, "caf\u00e9")),
    ("200 Error", (200, "Error")), ("299 two  blanks ", (299, "two  blanks ")),
])
def test_odd_status(server, status, line):
    with server.connect() as c:
        quoted = urllib.parse.quote(status, encoding="utf-8")
        response = c.request(f"/app/status?{quoted}")
        assert (response.status, response.reason, response.body) == (*line, b"body")
        if response.get("Connection", "") != "close":
            assert c.request("/app/hello").body == b"Hello World!"


@pytest.mark.parametrize("name", ["Connection", "Keep-Alive", "Transfer-Encoding", "TE", "Trailer",
                                  "Upgrade", "transfer-ENCODING"])
def test_hop_by_hop(server, name):
    with server.connect() as c:
        response = c.request("/app/header?" + name + ":hostile")
        assert "hostile" not in [v for _, v in response.headers] and response.body == b"ok"
        assert c.request("/app/hello").body == b"Hello World!"


@pytest.mark.parametrize("value", ["caf\u00e9", "a\tb", "x" * 8000, ""])
def test_odd_value(server, value):
    response = server.get("/app/header?" + urllib.parse.quote("X-Odd:" + value))
    assert (response.get("X-Odd"), response.body) == (value, b"ok")


@pytest.mark.parametrize("name, value, relayed", [
    ("Content-Type", "Text/HTML; Charset=UTF-8", "text/html; Charset=UTF-8"),
    ("Content-Type", "odd", "odd"),
    ("Last-Modified", "Wed, 01 Jan 2020 00:00:00 GMT", "Wed, 01 Jan 2020 00:00:00 GMT"),
    ("Last-Modified", "yesterday", "yesterday"),
    ("Last-Modified", "Wed, 01 Jan 2098 00:00:00 GMT", None),
])
def test_value_on_its_way(server, name, value, relayed):
    """As given; through a daemon the type in small letters, and no date in the future: now. (5.7)"""
    response = server.get("/app/header?" + urllib.parse.quote(f"{name}:{value}"))
    wanted = value if server.mode == "embedded" else relayed or response.get("Date")
    assert response.get(name) == wanted


def test_status_header_is_ordinary(server):
    response = server.get("/app/header?Status:404+x")
    assert (response.status, response.get("Status")) == (200, "404+x")


def test_subclasses(server):
    response = server.get("/app/subclasses")
    assert (response.get("X-Sub"), response.body) == ("v", b"ok")
    assert server.get(path("result", "subclass")).body == b"x"
    assert server.get(path("result", "tuple")).body == b"ab"


def test_long_header(server):
    assert len(server.get(path("big-header", "30000")).get("X-Big")) == 30000
    if server.mode == "daemon":
        server.expect("WSGI4111")
        assert server.get(path("big-header", "40000")).status == 500
    else:
        assert len(server.get(path("big-header", "40000")).get("X-Big")) == 40000
    works(server)


def test_many_headers(server):
    response = server.get(path("many-headers", "900"))
    assert len([k for k, _ in response.headers if k.startswith("X-")]) == 900


@pytest.mark.parametrize("name, argument", [("many-headers", "1500"), ("wide-headers", "1100"),
                                            ("late-headers", "1500")])
def test_too_many_headers(server, name, argument):
    """1000 and 1 MiB are what a daemon's head may hold (daemon-ipc.md, 5); embedded has no limit."""
    if server.mode == "daemon":
        server.expect("WSGI5006")
        response = server.get(path(name, argument))
        assert response.status == 500 and response.text.count("<title>") == 1
        server.wait_log("more than 1000 headers or 1 MiB of them")
    else:
        response = server.get(path(name, argument))
        assert len([k for k, _ in response.headers if k.startswith("X-")]) == int(argument)
        assert (response.status, response.body) == (200, b"ok")
    works(server)


@pytest.mark.parametrize("name", ["a:b", "a(b", "caf\u00e9"])
def test_name_that_apache_refuses(server, name):
    """Apache's own check of names answers, once."""
    server.tolerate("AH02429")
    with server.connect() as c:
        c.send(path("odd-name", name))
        assert c.head().status == 500
        assert c.rest().count(b"<title>") <= 1
    works(server)

# SPDX-License-Identifier: Apache-2.0
"""wsgi.input of whole bodies, embedded and through a daemon: every call with every kind of size, in
mixed order; bodies that an input filter unpacks. Bodies that break are in test_wire.py."""

import base64
import gzip
import hashlib
import json
import os
import urllib.parse

import pytest

from harness import modes
from harness.server import MPM


@pytest.fixture(scope="module", params=modes.MODES)
def server(request, shared_server):
    extra = "WSGIChunkedRequest On\n<Location /zip>\n  SetInputFilter DEFLATE\n</Location>\n"
    return shared_server(
        modes.config(request.param, MPM, ("/app hostile.wsgi", "/zip hostile.wsgi"), extra),
        modules=("filter", "deflate"),
    )


def path(name, argument=""):
    return f"/app/{name}?{urllib.parse.quote(argument)}"



@pytest.mark.parametrize(
    "calls, wanted",
    [
        ([["read"], ["read"], ["read", 5], ["readline"], ["readlines"], ["iterate"]],
         ["one\ntwo\n\nend", "", "", "", [], []]),
        ([["read", -1], ["read", -5]], ["one\ntwo\n\nend", ""]),
        ([["read", 0], ["read", 2], ["read", 100]], ["", "on", "e\ntwo\n\nend"]),
        ([["readline"], ["readline", 2], ["read", 1], ["readline", -1], ["readline", 0]],
         ["one\n", "tw", "o", "\n", ""]),
        ([["readline", 100], ["readline", 4], ["readline", 1], ["readline", 9], ["readline"]],
         ["one\n", "two\n", "\n", "end", ""]),
        ([["readlines"], ["readlines"]], [["one\n", "two\n", "\n", "end"], []]),
        ([["readlines", 1], ["readlines", 5], ["readlines", 0]],
         [["one\n"], ["two\n", "\n"], ["end"]]),
        ([["read", 5], ["iterate"]], ["one\nt", ["wo\n", "\n", "end"]]),
        ([["close"], ["read", 3], ["close"], ["read", 3]], [None, "one", None, "\ntw"]),
    ],
)
@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_input(server, calls, wanted, chunked):
    body = b"one\ntwo\n\nend"
    with server.connect() as c:
        if chunked:
            response = c.request(path("input-calls", json.dumps(calls)), "POST",
                                 chunks=[body[:5], body[5:]])
        else:
            response = c.request(path("input-calls", json.dumps(calls)), "POST", body=body)
        assert json.loads(response.text) == wanted
        assert c.request("/app/hello").body == b"Hello World!"


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
@pytest.mark.parametrize("size, longer", [
    (0, False), (10, False), (5000, False), (5000, True), (50_000, False), (80_000, True), (300_000, True),
])
def test_body_that_a_filter_changes(server, size, longer, chunked):
    """Its length is none of the application's body; what counts is where it ends."""
    body = os.urandom(size)
    if longer:
        body = base64.b64encode(body)
    sent = gzip.compress(body)
    assert (len(sent) < len(body)) == longer
    kind = (("Content-Encoding", "gzip"),)
    with server.connect() as c:
        if chunked:
            response = c.request("/zip/digest", "POST", headers=kind, chunks=[sent[:7], sent[7:]])
        else:
            response = c.request("/zip/digest", "POST", headers=kind, body=sent)
        assert response.text == f"{len(body)} {hashlib.sha256(body).hexdigest()}"
        assert c.request("/app/hello").body == b"Hello World!"


@pytest.mark.parametrize("calls", [
    [["read", None]], [["read", "x"]], [["read", 1.5]], [["readline", None]], [["readlines", "x"]],
    [["read", 1, 2]],
])
def test_input_wrong_argument(server, calls):
    response = server.get(path("input-calls", json.dumps([*calls, ["read"]])), method="POST",
                          body=b"abc")
    got = json.loads(response.text)
    assert got[0].startswith("TypeError: ") and got[1] == "abc"

# SPDX-License-Identifier: Apache-2.0
"""The site of test_hostile.py and test_hostile_heads.py: an application that breaks the contract,
embedded and through a daemon. Cases are tables there; one server a mode and file."""

import json
import urllib.parse

import pytest

from harness import modes
from harness.server import MPM

SCRIPTS = (
    "/app hostile.wsgi", "/zip hostile.wsgi", "/missing hostile.wsgi callable-object=absent",
    "/number hostile.wsgi callable-object=not_callable", "/syntax syntax.wsgi",
    "/leaving leaving.wsgi", "/failing failing.wsgi",
)


@pytest.fixture(scope="module", params=modes.MODES)
def server(request, shared_server):
    extra = "WSGIChunkedRequest On\n<Location /zip>\n  SetOutputFilter DEFLATE\n</Location>\n"
    one = shared_server(modes.config(request.param, MPM, SCRIPTS, extra), modules=("filter", "deflate"))
    one.mode = request.param
    # Both processes load scripts whose place is known before they serve; three of these fail.
    one.expect("WSGI5020")
    one.tolerate("WSGI5024")
    works(one)
    return one


def path(name, argument=""):
    return f"/app/{name}?{urllib.parse.quote(argument)}"


def works(server):
    assert server.get("/app/hello").body == b"Hello World!"


def said(server):
    return json.loads(server.get("/app/said").text)

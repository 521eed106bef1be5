# SPDX-License-Identifier: Apache-2.0
"""Paste and PasteDeploy: the pipeline of paste.ini around Paste's own request functions."""

import hashlib
import os
import sys
import types
from importlib.metadata import version

from paste import httpexceptions, request
from paste.deploy import loadapp

HERE = os.path.dirname(os.path.abspath(__file__))


def page(environ):
    return f"Paste {version('paste')}"


def form(environ):
    return "hello " + request.parse_formvars(environ, encoding="utf-8", errors="strict")["name"]


def upload(environ):
    data = request.parse_formvars(environ)["blob"].file.read()
    return f"{len(data)} {hashlib.sha256(data).hexdigest()}"


def stream(environ):
    return (b"line %d\n" % n for n in range(5))


def count(environ):
    session = environ["paste.session.factory"]()
    session["seen"] = session.get("seen", 0) + 1
    return str(session["seen"])


def error(environ):
    raise RuntimeError("broken on purpose: paste")


def redirect(environ):
    raise httpexceptions.HTTPFound(request.construct_url(environ, False, path_info="/"))


def path(environ):
    return environ["PATH_INFO"].removeprefix("/path/").encode("latin-1").decode()


views = {"": page, **{f.__name__: f for f in (form, upload, stream, count, error, redirect, path)}}


def app(environ, start_response):
    view = views.get(environ["PATH_INFO"].split("/")[1])
    if view is None:
        raise httpexceptions.HTTPNotFound()
    answer = view(environ)
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    return [answer.encode()] if isinstance(answer, str) else answer


# An importable name for the factory that paste.ini asks for.
sys.modules["shop_of_paste"] = types.ModuleType("shop_of_paste")
sys.modules["shop_of_paste"].factory = lambda global_conf, **local_conf: app
application = loadapp("config:" + os.path.join(HERE, "paste.ini"))

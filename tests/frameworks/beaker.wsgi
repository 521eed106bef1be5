# SPDX-License-Identifier: Apache-2.0
"""Beaker: its session middleware, signed cookie and memory, around an application of PEP 3333."""

import beaker
from beaker.middleware import SessionMiddleware


def app(environ, start_response):
    path = environ["PATH_INFO"]
    status, text = "200 OK", f"Beaker {beaker.__version__}"
    if path == "/count":
        session = environ["beaker.session"]
        session["seen"] = session.get("seen", 0) + 1
        session.save()
        text = str(session["seen"])
    elif path == "/error":
        raise RuntimeError("broken on purpose: beaker")
    elif path != "/":
        status, text = "404 Not Found", "nothing here"
    start_response(status, [("Content-Type", "text/plain")])
    return [text.encode()]


application = SessionMiddleware(
    app, {"session.type": "memory", "session.secret": "not a secret", "session.auto": False}
)

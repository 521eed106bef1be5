# SPDX-License-Identifier: Apache-2.0
"""Answers with its environ as JSON; also a handler script."""

import json


def application(environ, start_response):
    if environ["PATH_INFO"] == "/redirect":
        start_response("200 OK", [("Location", "/app/landed?q=2")])
        return [b""]
    shown = {k: v if isinstance(v, (str, bool, int, float)) else repr(v) for k, v in environ.items()}
    body = json.dumps(shown).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response("200 OK", [*headers, ("X-Method", environ["REQUEST_METHOD"])])
    return [body]


def other(environ, start_response):
    start_response("200 OK", [("Content-Length", "5")])
    return [b"other"]


handle_request = application

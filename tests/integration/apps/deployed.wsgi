# SPDX-License-Identifier: Apache-2.0
"""Where a request arrived: its environ and its process as JSON. Paths ending in a word below answer
as frameworks behind Apache do."""

import json
import os


def answer(environ, start_response, name):
    with open("/proc/self/cmdline", "rb") as f:
        title = f.read().split(b"\0")[0].decode().strip()
    with open("/proc/self/comm") as f:
        comm = f.read().strip()
    shown = {k: v for k, v in environ.items() if isinstance(v, (str, bool))}
    facts = {"title": title, "comm": comm, "uid": os.getuid(), "gid": os.getgid(), "pid": os.getpid()}
    body = json.dumps(shown | facts | {"callable": name, "cwd": os.getcwd()}).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def application(environ, start_response):
    last = environ["PATH_INFO"].rpartition("/")[2]
    if last == "sendfile":
        start_response("200 OK", [("X-Sendfile", environ["QUERY_STRING"]), ("Content-Type", "text/x-y")])
        return [b"not this"]
    if last == "location":
        start_response("200 OK", [("Location", environ["QUERY_STRING"])])
        return [b"not this"]
    if last == "big":
        size = int(environ["QUERY_STRING"])
        start_response("200 OK", [("X-Big", "b" * size), ("Content-Length", "2")])
        return [b"ok"]
    if last == "log":
        print("a line of the application", file=environ["wsgi.errors"])
    return answer(environ, start_response, "application")


def other(environ, start_response):
    return answer(environ, start_response, "other")

# SPDX-License-Identifier: Apache-2.0
"""One application for all tests; the path decides what it does. Facts that outlive a request (how
often close() was called, what an exception said) are asked for at /facts."""

import hashlib
import json
import os
import sys
import time

delay = os.path.join(os.path.dirname(__file__), "import-seconds")
if os.path.exists(delay):
    with open(delay) as f:
        time.sleep(float(f.read()))

facts = {}
TEXT = [("Content-Type", "text/plain")]


class Result:
    """An iterable that counts close()."""

    def __init__(self, name, items):
        self.name, self.items = name, items

    def __iter__(self):
        for item in self.items:
            if isinstance(item, BaseException):
                raise item
            yield item

    def close(self):
        facts[self.name] = facts.get(self.name, 0) + 1


def plain(start_response, *body):
    start_response("200 OK", TEXT)
    return list(body)


def hello(environ, start_response):
    return plain(start_response, b"Hello World!")


def dump(environ, start_response):
    values = {
        k: v if isinstance(v, (str, int, float, bool, list, tuple)) else repr(v)
        for k, v in environ.items()
    }
    values["#types"] = sorted({type(k).__name__ for k in environ})
    return plain(start_response, json.dumps(values).encode())


def pid(environ, start_response):
    return plain(start_response, json.dumps([os.getpid(), os.getuid(), os.getgid()]).encode())


def show_facts(environ, start_response):
    return plain(start_response, json.dumps(facts).encode())


def echo(environ, start_response):
    body = environ["wsgi.input"].read()
    digest = hashlib.sha256(body).hexdigest()
    return plain(start_response, f"{len(body)} {digest}".encode())


def lines(environ, start_response):
    source = environ["wsgi.input"]
    parts = [source.readline(), source.read(3), *source, source.read()]
    return plain(start_response, json.dumps([p.decode() for p in parts]).encode())


def ignore(environ, start_response):
    return plain(start_response, b"ignored")


def flood(environ, start_response):
    """Ignores the body and answers with 5 MB."""
    return plain(start_response, *[b"f" * 65536] * 80)


def big(environ, start_response):
    count = int(environ["QUERY_STRING"])
    start_response("200 OK", [*TEXT, ("Content-Length", str(count))])
    block = bytes(range(256)) * 256

    def blocks():
        left = count
        while left > 0:
            yield block[:left]
            left -= len(block)

    return blocks()


def stream(environ, start_response):
    """An item as soon as the file go-N appears: the test decides when."""
    start_response("200 OK", TEXT)
    folder = environ["QUERY_STRING"]

    def items():
        for n in range(4):
            while not os.path.exists(f"{folder}/go-{n}"):
                time.sleep(0.002)
            yield f"item {n}".encode()

    return items()


def write(environ, start_response):
    put = start_response("200 OK", TEXT)
    put(b"one ")
    put(b"two ")
    return [b"three"]


def close(environ, start_response):
    start_response("200 OK", TEXT)
    return Result("close", [b"a", b"b"])


def close_error(environ, start_response):
    start_response("200 OK", TEXT)
    return Result("close_error", [ValueError("broken while iterating")])


def close_late(environ, start_response):
    start_response("200 OK", TEXT)
    return Result("close_late", [b"first", ValueError("broken after headers")])


def boom(environ, start_response):
    raise ValueError("boom of the application")


def leave(environ, start_response):
    raise SystemExit(3)


def nothing(environ, start_response):
    return [b"no start_response"]


def wrong_item(environ, start_response):
    start_response("200 OK", TEXT)
    return ["text"]


def refused(environ, start_response):
    """Calls start_response with what must be refused and reports what it raised."""
    cases = {
        "tuple": ("200 OK", ()),
        "status bytes": (b"200 OK", []),
        "status short": ("20", []),
        "status joined": ("200OK", []),
        "status control": ("200 O\nK", []),
        "item": ("200 OK", ["x"]),
        "item length": ("200 OK", [("a", "b", "c")]),
        "value int": ("200 OK", [("a", 1)]),
        "name empty": ("200 OK", [("", "b")]),
        "name space": ("200 OK", [("a b", "c")]),
        "value newline": ("200 OK", [("a", "b\r\nc: d")]),
    }
    said = {}
    for name, arguments in cases.items():
        try:
            start_response(*arguments)
            said[name] = "accepted"
        except Exception as e:
            said[name] = f"{type(e).__name__}: {e}"
    return plain(start_response, json.dumps(said).encode())


def status(environ, start_response):
    start_response(environ["QUERY_STRING"].replace("+", " "), [*TEXT, ("X-Seen", "yes")])
    return [b"body"]


def headers(environ, start_response):
    start_response("200 OK", [*TEXT, ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"),
                              ("Transfer-Encoding", "chunked"), ("Connection", "close"),
                              ("X-One", "1")])
    return [b"ok"]


def short(environ, start_response):
    start_response("200 OK", [*TEXT, ("Content-Length", "10")])
    return [b"four"]


def surplus(environ, start_response):
    start_response("200 OK", [*TEXT, ("Content-Length", "4")])
    return [b"four", b"more"]


def log(environ, start_response):
    environ["wsgi.errors"].write("a line of wsgi.errors\n")
    print("a line of print", file=environ["wsgi.errors"])
    print("a line of stderr", file=sys.stderr)
    return plain(start_response, b"logged")


def sleep(environ, start_response):
    time.sleep(float(environ["QUERY_STRING"]))
    return plain(start_response, b"slept")


def head(environ, start_response):
    start_response("200 OK", [*TEXT, ("Content-Length", "5"), ("X-Method", environ["REQUEST_METHOD"])])
    return [b"hello"]


def file(environ, start_response):
    start_response("200 OK", TEXT)
    return environ["wsgi.file_wrapper"](open(environ["QUERY_STRING"], "rb"))


PATHS = {
    "": dump, "hello": hello, "dump": dump, "pid": pid, "facts": show_facts, "echo": echo,
    "lines": lines, "ignore": ignore, "flood": flood, "big": big, "stream": stream,
    "write": write, "close": close, "close-error": close_error, "close-late": close_late,
    "boom": boom, "leave": leave, "nothing": nothing, "wrong-item": wrong_item,
    "refused": refused, "status": status, "headers": headers, "short": short,
    "surplus": surplus, "log": log, "sleep": sleep, "head": head, "file": file,
}


def application(environ, start_response):
    name = environ["PATH_INFO"].strip("/").split("/")[0]
    return PATHS.get(name, dump)(environ, start_response)

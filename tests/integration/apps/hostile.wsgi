# SPDX-License-Identifier: Apache-2.0
"""An application that breaks PEP 3333 in every way the contract speaks of; the path is the name of
a function here, the query its argument. What was said is asked for at /said."""

import hashlib
import json
import sys
import urllib.parse
from wsgiref.validate import validator

TEXT = [("Content-Type", "text/plain")]
kept = {}
said = {}


class Broken(Exception):
    def __str__(self):
        raise RuntimeError("no text")


class Result:
    def __init__(self, items, close=None):
        self.items, self.on_close = items, close

    def __iter__(self):
        for item in self.items:
            if isinstance(item, BaseException):
                raise item
            yield item

    def close(self):
        said["closed"] = said.get("closed", 0) + 1
        if self.on_close:
            raise self.on_close


class NoClose:
    def __iter__(self):
        return iter([b"whole"])

    @property
    def close(self):
        raise ValueError("close cannot be looked up")


def attempt(name, function, *arguments):
    try:
        function(*arguments)
        said[name] = "accepted"
    except BaseException as e:
        said[name] = f"{type(e).__name__}: {e}"


RESULTS = {
    "none": None, "int": 7, "bytes": b"abc", "str-item": ["x"], "int-item": [1],
    "none-item": [None], "bytearray": [bytearray(b"x")], "memoryview": [memoryview(b"x")],
    "tuple": (b"a", b"", b"b"), "empties": [b"", b""], "subclass": [type("B", (bytes,), {})(b"x")],
}
ERRORS = {
    "value": ValueError("hostile"), "exit": SystemExit(3), "interrupt": KeyboardInterrupt("hostile"),
    "base": BaseException("hostile"), "generator": GeneratorExit("hostile"),
    "surrogate": ValueError("hostile \udc80"), "text": Broken(), "stop": StopIteration("hostile"),
}


def result(environ, start_response, name):
    start_response("200 OK", TEXT)
    return RESULTS[name]


def call_raises(environ, start_response, name):
    raise ERRORS[name]


def started_raises(environ, start_response, name):
    start_response("200 OK", [*TEXT, ("X-Left", "over")])
    raise ERRORS[name]


def nothing_started(environ, start_response, name):
    return RESULTS[name]


def lazy(environ, start_response, when):
    yield b""
    if when == "before":
        raise ValueError("hostile")
    start_response("200 OK", TEXT)
    if when == "after":
        raise ValueError("hostile")
    yield b"part"
    if when == "middle":
        raise ValueError("hostile")
    yield b"part"


def middle(environ, start_response, how):
    kind, _, length = how.partition("-")
    start_response("200 OK", [*TEXT, *([("Content-Length", "10")] if length else [])])
    bad = {"raise": ValueError("hostile"), "exit": SystemExit(1), "type": "text"}[kind]
    return Result([b"four", bad])


def write(environ, start_response, how):
    put = start_response("200 OK", [*TEXT, *([("Content-Length", "10")] if "l" in how else [])])
    put(b"" if "e" in how else b"four")
    raise ValueError("hostile")


def write_types(environ, start_response, _):
    put = start_response("200 OK", TEXT)
    for value in ("text", 1, None, bytearray(b"x"), memoryview(b"x")):
        attempt(type(value).__name__, put, value)
    attempt("nothing", put)
    return [b"done"]


def close_raises(environ, start_response, name):
    start_response("200 OK", TEXT)
    return Result([b"whole"], ERRORS[name])


def close_lookup(environ, start_response, _):
    start_response("200 OK", TEXT)
    return NoClose()


def again(environ, start_response, how):
    start_response("201 First", [("X-First", "yes")])
    try:
        raise KeyError("original")
    except KeyError:
        info = sys.exc_info()
    if how == "replace":
        start_response("202 Second", TEXT)
    elif how == "exc-info":
        start_response("202 Second", TEXT, info)
    elif how == "empty-item":
        def items():
            yield b""
            start_response("202 Second", TEXT)
            yield b"ok"
        return items()
    return [b"ok"]


def again_late(environ, start_response, how):
    put = start_response("200 OK", TEXT)
    put(b"" if how == "empty" else b"x")
    try:
        raise KeyError("original")
    except KeyError:
        info = sys.exc_info()
    attempt("plain", start_response, "500 x", TEXT)
    attempt("exc_info", start_response, "500 x", TEXT, info)
    attempt("no tuple", start_response, "500 x", TEXT, [1])
    attempt("short tuple", start_response, "500 x", TEXT, (1,))
    attempt("no exception", start_response, "500 x", TEXT, (None, None, None))
    return [b"y"]


def refused(environ, start_response, _):
    for name, arguments in {
        "none": (), "one": ("200 OK",), "four": ("200 OK", [], None, 1),
        "headers none": ("200 OK", None), "headers dict": ("200 OK", {}),
        "headers tuple": ("200 OK", ()), "headers str": ("200 OK", "x"),
        "exc_info list": ("200 OK", [], [1]), "exc_info str": ("200 OK", [], "x"),
        "status bytes": (b"200 OK", []), "status int": (200, []), "status none": (None, []),
        "status wide": ("200 \u0142", []), "status empty": ("", []), "status two": ("20 OK", []),
        "status four": ("2000 OK", []), "status minus": ("-20 OK", []), "status space": (" 200", []),
        "status fullwidth": ("\uff12\uff10\uff10 OK", []), "status tab": ("200\tOK", []),
        "status nul": ("200 O\0K", []), "status crlf": ("200 OK\r\nX: y", []),
        "status del": ("200 O\x7fK", []), "item list": ("200 OK", [["a", "b"]]),
        "item none": ("200 OK", [None]), "item one": ("200 OK", [("a",)]),
        "item three": ("200 OK", [("a", "b", "c")]), "name bytes": ("200 OK", [(b"a", "b")]),
        "value bytes": ("200 OK", [("a", b"b")]), "value none": ("200 OK", [("a", None)]),
        "name wide": ("200 OK", [("a\u0142", "b")]), "value wide": ("200 OK", [("a", "\u0142")]),
        "name empty": ("200 OK", [("", "b")]), "name space": ("200 OK", [("a b", "c")]),
        "name crlf": ("200 OK", [("a\r\nb", "c")]), "name nul": ("200 OK", [("a\0", "c")]),
        "value cr": ("200 OK", [("a", "b\rc")]), "value lf": ("200 OK", [("a", "b\nc")]),
        "value nul": ("200 OK", [("a", "b\0c")]), "surrogate": ("200 OK", [("a", "\udc80")]),
        "last bad": ("200 OK", [("a", "b"), ("c", 1)]),
    }.items():
        attempt(name, start_response, *arguments)
    start_response("200 OK", TEXT)
    return [json.dumps(said).encode()]


def status(environ, start_response, text):
    start_response(text, [*TEXT, ("X-Seen", "yes")])
    return [b"body"]


def length(environ, start_response, text):
    declared, _, size = text.partition(",")
    start_response("200 OK", [*TEXT, ("Content-Length", declared)])
    return Result([b"x" * int(size or 0)]) if size else []


def large(environ, start_response, text):
    start_response(text, TEXT)
    return Result([b"x" * 65536] * 1000)


def lengths(environ, start_response, _):
    start_response("200 OK", [*TEXT, ("Content-Length", "99"), ("content-LENGTH", "4")])
    return [b"four"]


def header(environ, start_response, text):
    name, _, value = text.partition(":")
    start_response("200 OK", [*TEXT, (name, value)])
    return [b"ok"]


def odd_name(environ, start_response, text):
    start_response("200 OK", [*TEXT, (text, "x")])
    return [b"ok"]


def big_header(environ, start_response, size):
    start_response("200 OK", [*TEXT, ("X-Big", "v" * int(size))])
    return [b"ok"]


def many_headers(environ, start_response, count):
    start_response("200 OK", [*TEXT, *((f"X-{n}", "v") for n in range(int(count)))])
    return [b"ok"]


def wide_headers(environ, start_response, count):
    start_response("200 OK", [*TEXT, *((f"X-{n}", "v" * 1000) for n in range(int(count)))])
    return [b"ok"]


def late_headers(environ, start_response, count):
    """Sent by write(): the error is the application's to see."""
    put = start_response("200 OK", [*TEXT, *((f"X-{n}", "v") for n in range(int(count)))])
    put(b"ok")
    return []


def subclasses(environ, start_response, _):
    text = type("Text", (str,), {})
    start_response(text("200 OK"), type("List", (list,), {})([*TEXT, (text("X-Sub"), text("v"))]))
    return [b"ok"]


def keep(environ, start_response, _):
    kept.update(start=start_response, put=start_response("200 OK", TEXT),
                input=environ["wsgi.input"], errors=environ["wsgi.errors"])
    return [b"kept"]


def use_kept(environ, start_response, _):
    said.clear()
    attempt("start_response", kept["start"], "200 OK", [])
    attempt("write", kept["put"], b"late")
    for name in ("read", "readline", "readlines", "close"):
        attempt(name, getattr(kept["input"], name))
    attempt("next", next, kept["input"])
    attempt("iter", iter, kept["input"])
    start_response("200 OK", TEXT)
    return [json.dumps(said).encode()]


def input_calls(environ, start_response, text):
    """A list of [method, arguments…] applied to wsgi.input in turn."""
    source, out = environ["wsgi.input"], []
    for name, *arguments in json.loads(text):
        try:
            got = list(source) if name == "iterate" else getattr(source, name)(*arguments)
            got = [g.decode() for g in got] if isinstance(got, list) else got and got.decode()
            out.append("" if got == b"" else got)
        except Exception as e:
            out.append(f"{type(e).__name__}: {e}")
    said["input"] = out
    start_response("200 OK", TEXT)
    return [json.dumps(out).encode()]


def read_and_raise(environ, start_response, _):
    environ["wsgi.input"].read()
    raise ValueError("hostile")


def size(environ, start_response, _):
    start_response("200 OK", TEXT)
    return [str(sum(len(v) for v in environ.values() if isinstance(v, str))).encode()]


def around(environ, start_response, _):
    start_response("200 OK", [*TEXT, ("Location", "/app/around")])
    return [b""]


def challenge(environ, start_response, _):
    start_response("401 No", [*TEXT, ("WWW-Authenticate", "Basic realm=x"),
                              ("WWW-Authenticate", "Bearer")])
    return [b"own"]


def read(environ, start_response, _):
    """Lets the error of a failed read escape."""
    data = environ["wsgi.input"].read()
    start_response("200 OK", TEXT)
    return [b"%d" % len(data)]


def digest(environ, start_response, _):
    data = environ["wsgi.input"].read()
    start_response("200 OK", TEXT)
    return [f"{len(data)} {hashlib.sha256(data).hexdigest()}".encode()]


def hello(environ, start_response, _):
    start_response("200 OK", TEXT)
    return [b"Hello World!"]


def ask(environ, start_response, _):
    start_response("200 OK", TEXT)
    return [json.dumps(said).encode()]


def forget(environ, start_response, _):
    said.clear()
    return hello(environ, start_response, _)


def valid(environ, start_response):
    environ["wsgi.input"].read(2)
    environ["wsgi.input"].readline()
    environ["wsgi.errors"].flush()
    start_response("200 OK", TEXT)
    return [b"va", b"lid"]


checked = validator(valid)


def application(environ, start_response):
    name = environ["PATH_INFO"].strip("/").replace("-", "_")
    if name == "checked":
        return checked(environ, start_response)
    function = {"said": ask}.get(name) or globals()[name]
    return function(environ, start_response, urllib.parse.unquote(environ["QUERY_STRING"]))


not_callable = 7

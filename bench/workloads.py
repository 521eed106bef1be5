# SPDX-License-Identifier: Apache-2.0
"""What is asked of both modules: an application each, the request sent to it, and how large a right
answer is. `big` workloads are counted with fewer requests. Both modules get the same source."""

import dataclasses
import importlib.util
import pathlib

HEADERS_IN = {f"X-Request-Field-{n:02}": f"value of field {n}, thirty characters" for n in range(30)}
KIB, MIB = 1024, 1024 * 1024

PLAIN = """
BODY = b"%(byte)s" * %(size)d
HEAD = [("Content-Type", "text/plain"), ("Content-Length", str(len(BODY)))]
def application(environ, start_response):
    start_response("200 OK", HEAD)
    return [BODY]
"""
HELLO = """
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "12")])
    return [b"Hello World!"]
"""
HEADERS = """
FIELDS = [("X-Answer-Field-%02d" % n, "value of field %d, thirty characters" % n) for n in range(18)]
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "12")] + FIELDS)
    return [b"Hello World!"]
"""
STREAM = """
PIECE = b"s" * 1024
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    for n in range(1000):
        yield PIECE
"""
FILE = """
import os
PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "file.bin")
HEAD = [("Content-Type", "text/plain"), ("Content-Length", str(os.path.getsize(PATH)))]
def application(environ, start_response):
    start_response("200 OK", HEAD)
    return environ["wsgi.file_wrapper"](open(PATH, "rb"), 65536)
"""
POST = """
def application(environ, start_response):
    source, size = environ["wsgi.input"], 0
    while piece := source.read(65536):
        size += len(piece)
    answer = b"%012d" % size
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "12")])
    return [answer]
"""
DUMP = """
def application(environ, start_response):
    lines = ["%s=%r" % item for item in sorted(environ.items())]
    body = "\\n".join(lines).encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
"""
FLASK = """
import flask
application = flask.Flask("bench")
@application.route("/")
def hello():
    return "Hello World!"
"""


@dataclasses.dataclass(frozen=True)
class Workload:
    name: str
    application: str
    size: int = 12  # of the answer; 0: any
    headers: dict = dataclasses.field(default_factory=dict)
    post: int = 0
    big: bool = False
    directives: tuple = ()

    def write(self, folder):
        (folder / "app.wsgi").write_text(self.application)
        if self.application is FILE:
            (folder / "file.bin").write_bytes(b"f" * self.size)
        lines = [f'wrk.headers["{k}"] = "{v}"' for k, v in self.headers.items()]
        if self.post:
            lines += ['wrk.method = "POST"', f'wrk.body = string.rep("p", {self.post})']
        (folder / "wrk.lua").write_text("\n".join(lines) + "\n")

    def right(self, status, answer):
        if status != 200 or (self.size and len(answer) != self.size) or not answer:
            return False
        return not self.post or answer == b"%012d" % self.post


ALL = [
    Workload("hello", HELLO),
    Workload("headers30", HEADERS, headers=HEADERS_IN),
    Workload("environ", DUMP, size=0),
    Workload("body64k", PLAIN % {"byte": "b", "size": 64 * KIB}, size=64 * KIB),
    Workload("body10m", PLAIN % {"byte": "b", "size": 10 * MIB}, size=10 * MIB, big=True),
    Workload("stream", STREAM, size=1000 * KIB, big=True),
    Workload("filewrapper10m", FILE, size=10 * MIB, big=True),
    Workload("sendfile10m", FILE, size=10 * MIB, big=True,
             directives=("EnableSendfile On", "WSGIEnableSendfile On")),
    Workload("post1k", POST, post=KIB),
    Workload("post10m", POST, post=10 * MIB, big=True),
]
if importlib.util.find_spec("flask") and pathlib.Path("/usr/bin/python3").exists():
    ALL.append(Workload("flask", FLASK))
BY_NAME = {w.name: w for w in ALL}

# SPDX-License-Identifier: Apache-2.0
"""Bodies in both directions; the path decides. The outcome of what ends early is asked for at /facts."""

import io
import json
import os
import threading

facts = {}
TEXT = [("Content-Type", "text/plain")]
BLOCK = bytes(range(256)) * 256


def note(name, value=1):
    facts[name] = facts.get(name, 0) + value if isinstance(value, int) else value


def query(environ):
    return dict(p.split("=", 1) for p in environ["QUERY_STRING"].split("&") if p)


def plain(start_response, body):
    start_response("200 OK", TEXT)
    return [body]


def hello(environ, start_response):
    return plain(start_response, b"Hello World!")


def show_facts(environ, start_response):
    return plain(start_response, json.dumps(facts).encode())


class Closing(io.FileIO):
    def close(self):
        if not self.closed:
            note("file-closed")
        super().close()


def file(environ, start_response):
    """path; seek: position; length: Content-Length; kind: what wraps the file."""
    q = query(environ)
    given = [("Content-Length", q["length"])] if "length" in q else []
    kind = q.get("kind", "file")
    if kind == "memory":
        with open(q["path"], "rb") as f:
            source = io.BytesIO(f.read())
    elif kind == "buffered":
        source = open(q["path"], "rb")
        source.read(1)  # the descriptor is now far ahead of tell()
    elif kind == "both":
        source = open(q["path"], "r+b")
    else:
        source = Closing(q["path"])
    if "seek" in q:
        source.seek(int(q["seek"]))
    start_response("200 OK", TEXT + given)
    return environ["wsgi.file_wrapper"](source, 1000)


shared = []


def shared_file(environ, start_response):
    """One file object for all requests; the descriptor's position is the application's own."""
    if not shared:
        shared.append(open(query(environ)["path"], "rb", buffering=0))
        shared[0].seek(5)

    class Keep:
        fileno, tell, read = shared[0].fileno, shared[0].tell, shared[0].read

    start_response("200 OK", TEXT)
    return environ["wsgi.file_wrapper"](Keep())


def position(environ, start_response):
    return plain(start_response, str(os.lseek(shared[0].fileno(), 0, os.SEEK_CUR)).encode())


def pipe(environ, start_response):
    reading, writing = os.pipe()
    os.write(writing, b"from a pipe")
    os.close(writing)
    start_response("200 OK", TEXT)
    return environ["wsgi.file_wrapper"](os.fdopen(reading, "rb"))


def count(environ, start_response):
    total = 0
    while block := environ["wsgi.input"].read(65536):
        total += len(block)
    return plain(start_response, str(total).encode())


def big(environ, start_response):
    size = int(query(environ)["size"])
    start_response("200 OK", [*TEXT, ("Content-Length", str(size))])
    return (BLOCK[: min(size - at, len(BLOCK))] for at in range(0, size, len(BLOCK)))


def echo(environ, start_response):
    start_response("200 OK", TEXT)

    def blocks():
        try:
            while block := environ["wsgi.input"].read(65536):
                yield block
        except OSError:
            note("echo-error")

    return blocks()


def flood(environ, start_response):
    start_response("200 OK", TEXT)
    return [BLOCK] * 80


def redirect(environ, start_response):
    start_response("200 OK", [*TEXT, ("Location", "/app/hello")])
    return [b"not seen"]


class Endless:
    def __iter__(self):
        return self

    def __next__(self):
        return BLOCK

    def close(self):
        note("endless-closed")


def endless(environ, start_response):
    start_response("200 OK", TEXT)
    return Endless()


def upload(environ, start_response):
    note("upload-started")
    try:
        environ["wsgi.input"].read()
    except OSError as e:
        note("upload-error", str(e))
        try:
            environ["wsgi.input"].read()
        except OSError as again:
            note("upload-again", str(again))
    note("upload-ended")
    return plain(start_response, b"read")


def slurp(environ, start_response):
    total, how = 0, "end"
    try:
        while block := environ["wsgi.input"].read(1):
            total += len(block)
    except OSError:
        how = "OSError"
    note("slurp", f"{total} {how}")
    note("slurp-ended")
    return plain(start_response, b"read")


go = threading.Event()


def compute(environ, start_response):
    note("compute-started")
    go.wait(20)
    write = start_response("200 OK", TEXT)
    try:
        for _ in range(2000):
            write(BLOCK)
    except OSError as e:
        note("compute-error", str(e))
    return []


def release(environ, start_response):
    go.set()
    return plain(start_response, b"")


PATHS = {
    "hello": hello, "facts": show_facts, "file": file, "shared-file": shared_file,
    "position": position, "pipe": pipe, "count": count, "big": big, "echo": echo, "flood": flood,
    "redirect": redirect, "endless": endless, "upload": upload, "compute": compute,
    "release": release, "slurp": slurp,
}


def application(environ, start_response):
    return PATHS[environ["PATH_INFO"].strip("/")](environ, start_response)

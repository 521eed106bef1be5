# SPDX-License-Identifier: Apache-2.0
"""An application that writes to wsgi.errors at awkward times; the path decides when."""

import pathlib
import threading
import time

RUN = pathlib.Path(__file__).resolve().parent.parent / "run"


def say(query, errors):
    print("say " + query, file=errors)
    yield b"said"


def late(query, errors):
    """Begins, waits to be told, then logs more than a pipe holds, and answers."""
    print(f"late {query} begins", file=errors)
    while not (RUN / f"go-{query}").exists():
        time.sleep(0.01)
    for number in range(2000):
        print(f"late line {number} " + "x" * 100, file=errors)
    yield b"y" * 100_000


def flood(query, errors):
    """A line of the log with each piece of the answer."""
    for number in range(int(query)):
        print(f"flood line {number}", file=errors)
        yield b"f" * 10_000


def helped(query, errors):
    """The lines come from another thread."""
    def log():
        for number in range(int(query)):
            print(f"helper line {number}", file=errors)

    helper = threading.Thread(target=log)
    helper.start()
    for _ in range(int(query)):
        yield b"h" * 10_000
    helper.join()


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    name = environ["PATH_INFO"].strip("/")
    return globals()[name](environ["QUERY_STRING"], environ["wsgi.errors"])

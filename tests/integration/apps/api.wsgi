# SPDX-License-Identifier: Apache-2.0
"""An application that shows what it can see of the modules mod_wsgi and apache. /FUNCTION calls the
function of that name here and answers with its result as JSON."""

import json
import logging
import os
import sys
import threading
import time

import apache
import mod_wsgi

SEEN = []  # (event, payload) as JSON can say it, of the paths that ask for it
AT_LOAD = mod_wsgi.request_data()
AT_LOAD["loaded"] = True


def plain(value):
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else repr(value)


def remember(event, **payload):
    SEEN.append((event, sorted(payload), plain({k: v for k, v in payload.items() if k != "request_environ"})))


def attributes(environ):
    m = mod_wsgi
    return {
        "version": list(m.version),
        "types": [type(m.version).__name__, type(m.active_requests).__name__],
        "environ_version": m.version == environ["mod_wsgi.version"],
        "process_group": m.process_group,
        "application_group": m.application_group,
        "maximum_processes": m.maximum_processes,
        "threads_per_process": m.threads_per_process,
        "lists": [m.event_callbacks, m.shutdown_callbacks, m.signal_callbacks] == [[], [], []],
        "wrapper": m.FileWrapper is environ["wsgi.file_wrapper"],
        "names": [c.__module__ + "." + c.__qualname__ for c in (m.FileWrapper, m.RequestTimeout, m.LogHandler)],
        "file": hasattr(m, "__file__"),
        "path": list(getattr(m, "__path__", [])),
        "timeout_bases": [c.__name__ for c in m.RequestTimeout.__mro__],
        "same_handler": m.LogHandler is m.LogHandler,
        "handler_bases": issubclass(m.LogHandler, logging.Handler),
        "unknown": hasattr(m, "no_such_name"),
        "capsule": repr(environ.get("apache.request_rec")),
        "pid": os.getpid(),
    }


def apache_attributes(environ):
    a = apache
    return {
        "version": list(a.version),
        "environ_version": a.version == environ["apache.version"],
        "maximum_processes": a.maximum_processes,
        "threads_per_process": a.threads_per_process,
        "description": a.description,
        "mpm_name": a.mpm_name,
        "build_date": a.build_date,
        "base": getattr(a, "own", None),
    }


def closed_types(environ):
    """Types that an application may not make instances of."""
    said = []
    for thing in (environ["wsgi.input"], environ["wsgi.errors"].buffer):
        try:
            said.append(repr(type(thing)()))
        except TypeError:
            said.append(type(thing).__module__ + "." + type(thing).__qualname__)
    return said


def data(environ):
    mine = mod_wsgi.request_data()
    mine["x"] = 1
    other = []

    def elsewhere():
        try:
            mod_wsgi.request_data()
        except RuntimeError as e:
            other.append(str(e))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    request = environ["mod_wsgi.request_id"]
    return {
        "same": mine is mod_wsgi.request_data() is mod_wsgi.active_requests[request],
        "count": len(mod_wsgi.active_requests),
        "elsewhere": other,
        "at_load": AT_LOAD.get("loaded"),
        "first": mine is AT_LOAD,
    }


def wrong_calls(environ):
    said = []
    for call in (
        lambda: mod_wsgi.subscribe_events(),
        lambda: mod_wsgi.subscribe_events(1, 2),
        lambda: mod_wsgi.subscribe_shutdown(callback=1),
        lambda: mod_wsgi.request_data(1),
        lambda: mod_wsgi.start_recording_metrics(1),
    ):
        try:
            said.append(repr(call()))
        except TypeError as e:
            said.append(type(e).__name__)
    return said


def subscribe(environ):
    assert mod_wsgi.subscribe_events(remember) is remember
    return None


def submodule(environ):
    import mod_wsgi.helper

    return mod_wsgi.helper.NAME


def merge(environ):
    def first(event, **_):
        return {"added": 1} if event == "request_started" else "ignored"

    def bad(event, **_):
        raise SystemExit("bad subscriber")

    mod_wsgi.event_callbacks[:0] = [first, bad]
    return None


def replace(environ):
    """The next request is answered by another application."""

    def wrap(event, application_object=None, **_):
        if event != "request_started":
            return None
        mod_wsgi.event_callbacks.remove(wrap)

        def other(environ, start_response):
            start_response("203 Other", [])
            return [b"other " + type(application_object).__name__.encode()]

        return {"application_object": other}

    mod_wsgi.subscribe_events(wrap)


def unsubscribe(environ):
    mod_wsgi.event_callbacks.clear()
    return None


def seen(environ):
    found, SEEN[:] = list(SEEN), []
    return found


def subscribe_ends(environ):
    """Events that come without a request go to a file."""
    name = environ["QUERY_STRING"]

    def write(event, **payload):
        with open(name, "a") as f:
            f.write(json.dumps([event, payload, threading.get_native_id() == os.getpid()]) + "\n")

    mod_wsgi.subscribe_shutdown(write)
    mod_wsgi.subscribe_signals(write)
    return os.getpid()


def echo(environ):
    return environ["wsgi.input"].read().decode()


def log(environ):
    logger = logging.Logger("api")
    handler = mod_wsgi.LogHandler()
    handler.setFormatter(logging.Formatter("formatted %(message)s"))
    logger.addHandler(handler)
    for level, name in ((50, "fifty"), (40, "forty"), (30, "thirty"), (20, "twenty"), (10, "ten")):
        logger.log(level, name)
    logger.error("two\nlines é\n")
    threading_done = threading.Thread(target=logger.error, args=("elsewhere",))
    threading_done.start()
    threading_done.join()

    class Unsayable:
        def __str__(self):
            raise KeyError("unsayable")

    class Mine(mod_wsgi.LogHandler):
        handled = 0

        def handleError(self, record):
            assert isinstance(sys.exc_info()[1], KeyError)
            Mine.handled += 1

    mine = Mine(level=logging.WARNING)
    assert mine.level == logging.WARNING
    mine.handle(logging.LogRecord("x", 40, "f.py", 1, Unsayable(), (), None))
    mine.handle(logging.LogRecord("x", 10, "f.py", 1, Unsayable(), (), None))
    return Mine.handled


def streams(environ):
    errors = environ["wsgi.errors"]
    under = errors.buffer
    print("to stdout")
    print("to stderr", file=sys.stderr)
    errors.write("to errors\n")
    under.write(bytearray(b"bytes "))
    under.writelines([b"and ", memoryview(b"more\n")])
    errors.write("rest")
    try:
        under.fileno()
    except OSError as e:
        no_file = type(e).__name__
    return {
        "type": type(errors).__name__,
        "traits": [errors.encoding, errors.errors, errors.line_buffering, errors.write_through],
        "under": [under.isatty(), under.readable(), under.seekable(), under.writable(), under.closed,
                  under.encoding, under.errors, under.name],
        "names": [sys.stdout.buffer.name, sys.stderr.buffer.name],
        "fileno": no_file,
    }


def timeout(environ):
    raise mod_wsgi.RequestTimeout("by hand")


def fail(environ):
    raise KeyError("failed")


def metrics(environ):
    return [mod_wsgi.request_metrics(), mod_wsgi.process_metrics(), mod_wsgi.server_metrics()]


def start_metrics(environ):
    return mod_wsgi.start_recording_metrics()


def slow(environ):
    time.sleep(0.2)


def application(environ, start_response):
    result = globals()[environ["PATH_INFO"].rsplit("/", 1)[-1]](environ)
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(plain(result)).encode()]

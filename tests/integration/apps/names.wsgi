# SPDX-License-Identifier: Apache-2.0
"""What the modules mod_wsgi and apache hold, for test_api_names.py and test_api_events.py. /FUNCTION
answers with that function's result as JSON. Loaded as a service script (`jobs`) it writes a file
instead."""

import json
import logging
import logging.config
import os
import signal
import sys
import threading
import time

import apache
import mod_wsgi

FUNCTIONS = {  # name: how many arguments
    "subscribe_events": 1, "subscribe_shutdown": 1, "subscribe_signals": 1, "request_data": 0,
    "start_recording_metrics": 0, "request_metrics": 0, "process_metrics": 0, "server_metrics": 0,
}  # fmt: skip
KEPT = {}  # event: its last payload
PAYLOADS = []  # (event, {key: name of its type})


def plain(value):
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else repr(value)


def said(call, *args, **kwargs):
    try:
        return f"returned {call(*args, **kwargs)!r}"
    except Exception as e:
        return f"{type(e).__name__}: {e}"


AT_IMPORT = said(mod_wsgi.request_data)


def held(module):
    return {n: [type(v).__name__, plain(v)] for n, v in vars(module).items()
            if not n.startswith("_") or n == "__path__"}


def refused():
    """How each function answers to one argument less, one more, and a keyword."""
    found = {}
    for name, count in FUNCTIONS.items():
        call = getattr(mod_wsgi, name)
        tries = [said(call, *[1] * (count + 1)), said(call, callback=1)]
        tries += [said(call)] if count else []
        found[name] = sorted({t.split(":")[0] for t in tries})
    return found


def listener(*_, **__):
    print("a service script heard an event", file=sys.stderr)


def wrapper_facts():
    """mod_wsgi.FileWrapper, row by row."""
    Wrapper, closed = mod_wsgi.FileWrapper, []

    class File:
        blocks = [b"abc", b""]

        def read(self, size):
            closed.append(size)
            return self.blocks.pop(0)

        def close(self):
            closed.append("close")
            raise SystemExit("swallowed")

    class Own(Wrapper):
        blksize = 7

    class Bad:
        def read(self, size):
            raise KeyError(size)

    one, own = Wrapper(File()), Own(File(), blksize=0)
    return {
        "none": said(Wrapper), "negative": said(Wrapper, 1, -1), "text": said(Wrapper, 1, "x"),
        "keywords": Wrapper(filelike=3, blksize=0).blksize, "default": one.blksize,
        "filelike": Wrapper(5).filelike, "anything": Wrapper(None).filelike,
        "read only": [said(setattr, one, n, 1) for n in ("filelike", "blksize")],
        "own iterator": iter(one) is one, "first": next(one) == b"abc",
        "overridden": next(own, "ended"), "sizes": closed[:],
        "raised": said(next, Wrapper(Bad())), "close": [one.close(), one.close()],
        "closed once": closed.count("close"), "without close": Wrapper(Bad()).close(),
        "after": [said(next, one), said(iter, one), said(lambda: one.filelike)],
        "subclass": isinstance(own, Wrapper),
    }  # fmt: skip


def timeout_facts():
    class Own(mod_wsgi.RequestTimeout):
        pass

    kind = mod_wsgi.RequestTimeout
    return {
        "bases": [c.__name__ for c in kind.__mro__], "args": plain(kind(1, "two").args),
        "own": issubclass(Own, kind), "name": f"{kind.__module__}.{kind.__qualname__}",
    }  # fmt: skip


def facts(environ=None):
    return {
        "mod_wsgi": held(mod_wsgi), "apache": held(apache), "refused": refused(),
        "builtin": [sys.modules["mod_wsgi"] is mod_wsgi, hasattr(mod_wsgi, "__file__"),
                    sys.modules["apache"] is apache],
        "handler": mod_wsgi.LogHandler.__mro__[1] is logging.Handler, "argv": sys.argv,
        "import": AT_IMPORT, "data": said(mod_wsgi.request_data).split("{")[0],
        "path": sys.path, "os.environ": dict(os.environ),
        "script": [__name__, __file__, type(globals().get("__mtime__")).__name__],
        "main thread": threading.main_thread().native_id == os.getpid(),
    }  # fmt: skip


def wrapper(environ):
    return wrapper_facts()


def timeout(environ):
    return timeout_facts()


def thread(environ):
    """The same object for all requests of a worker, which Python knows as a stranger."""
    me = threading.current_thread()
    before = getattr(me, "seen", 0)
    me.seen = before + 1
    return [type(me).__name__, before, threading.get_ident(), environ["mod_wsgi.thread_id"]]


# Metrics


def metrics(environ):
    mod_wsgi.start_recording_metrics()
    return [mod_wsgi.request_metrics(), mod_wsgi.process_metrics()]


# Events


def record(event, **payload):
    KEPT[event] = payload
    PAYLOADS.append((event, {k: type(v).__name__ for k, v in payload.items()}))
    if event == "request_started":
        payload["request_environ"]["of the subscriber"] = threading.get_ident()


def subscribe(environ):
    mod_wsgi.subscribe_events(record)


def unsubscribe(environ):
    mod_wsgi.event_callbacks.clear()
    found, PAYLOADS[:] = PAYLOADS[:], []
    return found


def alive(environ):
    """Payloads hold the objects of the request itself."""
    started, finished = KEPT["request_started"], KEPT.get("request_finished", {})
    return {
        "environ": started["request_environ"] is environ,
        "thread": environ["of the subscriber"] == threading.get_ident(),
        "data": started["request_data"] is mod_wsgi.request_data(),
        "application": started["application_object"] is application,
        "callable": started["callable_object"],
        "same": [started[k] == environ["mod_wsgi." + k] for k in
                 ("request_id", "thread_id", "request_start", "queue_start", "daemon_start",
                  "daemon_connects", "daemon_restarts") if "mod_wsgi." + k in environ],
        "pid": started["server_pid"] == int(environ["mod_wsgi.server_pid"]),
        "counts": [started["daemon_connects"], started["daemon_restarts"]],
        "dicts": started is not finished, "finished": finished.get("status"),
    }  # fmt: skip


def twice(environ):
    """A callback that was added twice hears twice; one that cannot be called fails alone."""
    heard = KEPT["twice"] = []

    def hear(event, **_):
        heard.append(event)

    for callback in (hear, "not callable", hear):
        mod_wsgi.subscribe_events(callback)


def heard(environ):
    mod_wsgi.event_callbacks.clear()
    return KEPT.pop("twice")


def raises(environ):
    def tell(event, **_):
        print("subscriber heard", event, file=sys.stderr)

    mod_wsgi.event_callbacks[:] = [tell]
    raise SystemExit("by hand") if environ["QUERY_STRING"] else KeyError("by hand")


def again(environ, start_response):
    """start_response is an event each time, with the very list and the exception."""
    record_all = []
    mod_wsgi.subscribe_events(lambda event, **p: record_all.append((event, p)))
    first, second = [("X-A", "1")], [("X-A", "2")]
    start_response("200 OK", first)
    try:
        raise ValueError("again")
    except ValueError:
        info = sys.exc_info()
        start_response("500 Again", second, info)
    mod_wsgi.event_callbacks.clear()
    (one, a), (two, b) = record_all
    assert one == two == "response_started" and a is not b
    body = [a["response_status"], a["response_headers"] is first, a["exception_info"],
            b["response_status"], b["response_headers"] is second, b["exception_info"][1] is info[1]]
    return [json.dumps(body).encode()]


def truncated(environ, start_response):
    class Mine(mod_wsgi.RequestTimeout):
        pass

    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"x"
    raise Mine("after the headers")


def ends(environ):
    """Three subscribers write to a file in what order they hear of signals and of the end."""
    name = environ["QUERY_STRING"]

    def writer(label):
        def write(event, **payload):
            with open(name, "a") as f:
                f.write(json.dumps([label, event, payload]) + "\n")

        return write

    for label in ("shutdown", "signals", "events"):
        subscribe = getattr(mod_wsgi, f"subscribe_{label}")
        mine = writer(label)
        assert subscribe(mine) is mine
    removed = mod_wsgi.subscribe_shutdown(writer("removed"))
    mod_wsgi.shutdown_callbacks.remove(removed)
    counts = [len(getattr(mod_wsgi, f"{n}_callbacks")) for n in ("event", "shutdown", "signal")]
    return [os.getpid(), counts]


# Logging


class Counting(mod_wsgi.LogHandler):
    formatted = 0

    def format(self, record):
        Counting.formatted += 1
        return super().format(record)


def log(environ):
    """Configured as applications do it; says how many of the records were formatted."""
    Counting.formatted = 0
    logging.config.dictConfig({
        "version": 1, "disable_existing_loggers": False,
        "handlers": {"apache": {"class": "mod_wsgi.LogHandler", "level": "DEBUG"}},
        "loggers": {"names": {"handlers": ["apache"], "level": 1, "propagate": False}},
    })  # fmt: skip
    logger = logging.getLogger("names")
    configured = type(logger.handlers[0]) is mod_wsgi.LogHandler
    logger.handlers[:] = [Counting()]
    for level in (55, 50, 49, 40, 39, 30, 29, 20, 19, 1):
        logger.log(level, "record of %d", level)
    logger.critical("first line\n\nthird line \udc80 \u2603\n")
    return [configured, Counting.formatted, Counting().emit(
        logging.LogRecord("n", 50, "/far/away.py", 77, "with a place", (), None))]


def application(environ, start_response):
    function = globals()[environ["PATH_INFO"].rsplit("/", 1)[-1]]
    if function in (again, truncated):
        return function(environ, start_response)
    result = function(environ)
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(plain(result)).encode()]


def serve_as_a_job():
    found = facts()
    found["recording"] = said(mod_wsgi.start_recording_metrics)
    found["metrics"] = [mod_wsgi.request_metrics(), mod_wsgi.process_metrics()]
    found["server"] = sorted(mod_wsgi.server_metrics() or ())
    found["wrapper"], found["timeout"] = wrapper_facts(), timeout_facts()
    found["returned"] = [getattr(mod_wsgi, f"subscribe_{n}")(listener) is listener
                         for n in ("events", "shutdown", "signals")]
    logger = logging.Logger("job")
    logger.addHandler(mod_wsgi.LogHandler())
    logger.warning("a warning of a job")
    name = f"{os.path.dirname(__file__)}/job.json"
    with open(f"{name}.{os.getpid()}", "w") as f:
        json.dump(plain(found), f)
    os.rename(f"{name}.{os.getpid()}", name)
    while True:
        time.sleep(60)


if mod_wsgi.process_group == "jobs":
    serve_as_a_job()

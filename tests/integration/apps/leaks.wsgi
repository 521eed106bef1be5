# SPDX-License-Identifier: Apache-2.0
"""Uses of the API that the other applications have no path for, each cheap and with objects of its
own, for test_leaks.py; and the scripts of access control and dispatch."""

import io
import json
import logging
import os
import signal
import sys
import threading

import mod_wsgi

LOGGER = logging.Logger("leaks")
LOGGER.addHandler(mod_wsgi.LogHandler())


def allow_access(environ, host):
    return mod_wsgi.active_requests is not None and host is not None


def check_password(environ, user, password):
    return (user, password) == ("user", "word") or None


def groups_for_user(environ, user):
    return [user + "s", b"bytes"]


def process_group(environ):
    return "%{GLOBAL}"


def application_group(environ):
    return "%{GLOBAL}"


def callable_object(environ):
    return "application"


def own(size):
    return b"x" * size


def wrapper(environ):
    for data in (io.BytesIO(own(50)), io.StringIO("text")):
        one = mod_wsgi.FileWrapper(data, 10)
        try:
            list(one), one.filelike, one.blksize
        except TypeError:
            one.close()
    for arguments in ((), (1, -1), (1, "x")):
        try:
            mod_wsgi.FileWrapper(*arguments)
        except (TypeError, ValueError):
            pass
    cycle = io.BytesIO()
    cycle.mine = mod_wsgi.FileWrapper(cycle)


def subscriptions(environ):
    """All lists; and each event once with a payload that is replaced."""

    def hear(event, **payload):
        return {"application_object": payload.get("application_object"), "more": own(20)}

    for name in ("event", "shutdown", "signal"):
        subscribe = {"event": "events", "shutdown": "shutdown", "signal": "signals"}[name]
        getattr(mod_wsgi, f"subscribe_{subscribe}")(hear)
        callbacks = getattr(mod_wsgi, f"{name}_callbacks")
        if hear in callbacks:
            callbacks.remove(hear)


def request_data(environ):
    data = mod_wsgi.request_data()
    data["own"] = own(20)
    data["itself"] = data  # a cycle that the end of the request leaves to the collector

    def elsewhere():
        try:
            mod_wsgi.request_data()
        except RuntimeError:
            pass

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert mod_wsgi.active_requests[environ["mod_wsgi.request_id"]] is data


def log(environ):
    LOGGER.warning("one line\nand %s", environ["PATH_INFO"])
    LOGGER.debug("suppressed")
    try:
        LOGGER.handlers[0].emit(None)
    except Exception:  # handleError of a record that is none
        pass


def streams(environ):
    print("to stdout")
    print("to stderr", file=sys.stderr)
    environ["wsgi.errors"].write("no end of line")
    environ["wsgi.errors"].buffer.write(bytearray(b"bytes\n"))


def metrics(environ):
    mod_wsgi.start_recording_metrics()
    assert mod_wsgi.request_metrics() and mod_wsgi.process_metrics()
    assert mod_wsgi.server_metrics()["processes"]


def body(environ):
    source = environ["wsgi.input"]
    assert source.readline() and source.readlines(5) and source.read(3)
    assert list(source) and source.read() == b""


def classes(environ):
    class Own(mod_wsgi.FileWrapper):
        pass

    class Mine(mod_wsgi.RequestTimeout):
        pass

    try:
        raise Mine(own(20))
    except mod_wsgi.RequestTimeout:
        Own(None).close()


def ignored_signal(environ):
    signal.signal(signal.SIGUSR2, lambda *_: own(20))


def wrong(environ):
    for name in ("subscribe_events", "request_data", "request_metrics", "server_metrics"):
        try:
            getattr(mod_wsgi, name)(1, 2)
        except TypeError:
            pass
    try:
        mod_wsgi.no_such_name
    except AttributeError:
        pass


def use(environ):
    """Nothing but what the way here took: access, authentication, groups and dispatch."""
    assert environ["REMOTE_USER"] == "user"


def size(environ):
    import gc

    gc.collect()
    with open("/proc/self/statm") as f:
        return [int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE"), sys.getallocatedblocks()]


def bad_head(environ, start_response):
    for status, headers in ((200, []), ("200", []), ("200 OK", {}), ("200 OK", [("A\n", "b")])):
        try:
            start_response(status, headers)
        except Exception:  # each is refused in its own way
            pass
    start_response("200 OK", [])
    return [own(20)]


def several_heads(environ, start_response):
    start_response("500 Old", [("X-Old", "1")])
    try:
        raise KeyError(own(20))
    except KeyError:
        start_response("200 OK", [("X-New", "1")], sys.exc_info())
    return iter((own(10), b"", own(10)))


def writing(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])(own(20))
    return ()


def file(environ, start_response):
    start_response("200 OK", [])
    return mod_wsgi.FileWrapper(open(__file__, "rb"))


def fail(environ, start_response):
    raise KeyError(own(20))


def timeout(environ, start_response):
    raise mod_wsgi.RequestTimeout(own(20))


WHOLE = {f.__name__: f for f in (bad_head, several_heads, writing, file, fail, timeout)}


def application(environ, start_response):
    name = environ["PATH_INFO"].rsplit("/", 1)[-1]
    if name in WHOLE:
        return WHOLE[name](environ, start_response)
    text = json.dumps(globals()[name](environ)).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(text)))])
    return [text]

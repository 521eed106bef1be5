# SPDX-License-Identifier: Apache-2.0
"""python-api.md as tables: every name, function, type and metric, and which of the three kinds of
process has what: E (Apache's children), D (daemons), S (service scripts, threads=0). What is missing,
added or of another type fails here; what the things do is in test_python_api.py."""

import json
import os
import re

import pytest

from api_site import CONFIG, MPM_THREADS, THREE, ask, job_of, link, make, server  # noqa: F401
from test_python_api import ONE_CHILD, PREFORK, USER, VERSION

VALUES = [int(n) for n in VERSION]

# mod_wsgi: name -> (type, value in E, D, S); ANY: not compared.
ANY = object()
CLASS = ("type", ANY, ANY, ANY)
FUNCTION = ("builtin_function_or_method", ANY, ANY, ANY)
NAMES = {
    "version": ("tuple", VALUES, VALUES, VALUES),
    "process_group": ("str", "", "many", "jobs"),
    "application_group": ("str", "", "", ""),
    "maximum_processes": ("int", 3, 2, 2),
    "threads_per_process": ("int", MPM_THREADS, 3, 0),
    "active_requests": ("dict", ANY, ANY, {}),
    "event_callbacks": ("list", [], [], []),
    "shutdown_callbacks": ("list", [], [], []),
    "signal_callbacks": ("list", [], [], []),
    "FileWrapper": CLASS,
    "RequestTimeout": CLASS,
    "LogHandler": CLASS,
    "subscribe_events": FUNCTION,
    "subscribe_shutdown": FUNCTION,
    "subscribe_signals": FUNCTION,
    "request_data": FUNCTION,
    "start_recording_metrics": FUNCTION,
    "request_metrics": FUNCTION,
    "process_metrics": FUNCTION,
    "server_metrics": FUNCTION,
}
APACHE = {
    "version": ("tuple", ANY, ANY, ANY),
    "maximum_processes": ("int", 3, 3, 3),
    "threads_per_process": ("int", MPM_THREADS, MPM_THREADS, MPM_THREADS),
    "description": ("str", ANY, ANY, ANY),
    "mpm_name": ("str", os.environ.get("WSGI_MPM", "event"), ANY, ANY),
    "build_date": ("str", ANY, ANY, ANY),
}
SMALL = {"maximum_processes": ("int", 1, 1, 1)}  # with ONE_CHILD

PHASES = ("server", "queue", "daemon", "application", "request", "gil_wait", "input_read", "output_write")
ABSENT_IN_E = ("queue", "daemon")
INTS = (
    "pid memory_rss memory_max_rss request_threads_maximum request_threads_started "
    "request_threads_active request_count status_1xx status_2xx status_3xx status_4xx status_5xx "
    "input_bytes input_reads output_bytes output_writes gil_wait_count"
)
FLOATS = (
    "start_time stop_time sample_period cpu_user_utilization cpu_system_utilization cpu_utilization "
    "cpu_user_time cpu_system_time cpu_time capacity_utilization request_throughput"
)
LISTS = {
    "request_threads_completed": int, "request_threads_buckets": int,
    "request_threads_busy_time": float, "request_threads_cpu_time": float,
    "request_threads_current_elapsed": float, "request_threads_max_duration": float,
}  # fmt: skip
PROCESS = dict.fromkeys(
    "pid request_count memory_rss memory_max_rss running_time request_threads active_requests".split(),
    int) | dict.fromkeys(
    "request_busy_time cpu_user_time cpu_system_time cpu_time restart_time current_time".split(), float
) | {"threads": list}
SERVER = [
    "current_time", "processes", "restart_time", "running_generation", "running_time", "server_limit",
    "thread_limit",
]

WRAPPER = {
    "none": "TypeError", "negative": "ValueError: blksize must not be negative", "text": "TypeError",
    "keywords": 0, "default": 8192, "filelike": 5, "anything": None,
    "read only": ["AttributeError"] * 2, "own iterator": True, "first": True, "overridden": "ended",
    "sizes": [8192, 7], "raised": "KeyError: 8192", "close": [None, None], "closed once": 1,
    "without close": None, "after": ["ValueError: I/O operation on closed file"] * 3,
    "subclass": True,
}  # fmt: skip


@pytest.fixture(scope="module")
def three(shared_server):
    return make(shared_server, THREE).start()


def compare(found, table, column):
    assert set(found) == set(table)
    for name, (kind, *values) in table.items():
        assert found[name][0] == kind, name
        if values[column] is not ANY:
            assert found[name][1] == values[column], name


@pytest.mark.parametrize("mode", ["E", "D", "S"])
def test_names(three, mode):
    if mode == "S":
        found = job_of(three)
    else:
        found = json.loads(three.get("/E/facts" if mode == "E" else "/D/many/facts").text)
    column = "EDS".index(mode)
    compare(found["mod_wsgi"], NAMES, column)
    compare(found["apache"], APACHE, column)
    assert found["builtin"] == [True, False, True]
    assert found["refused"] == {n: ["TypeError"] for n, row in NAMES.items() if row is FUNCTION}
    assert found["handler"] and found["main thread"]
    assert len(found["mod_wsgi"]["active_requests"][1]) == (0 if mode == "S" else 1)
    # No request, no data: while an import script runs, and in a service script always.
    nothing = "RuntimeError: no active request for thread"
    assert found["import"] == nothing
    assert found["data"] == (nothing if mode == "S" else "returned ")
    assert found["argv"] == ["mod_wsgi"]
    if mode != "E":
        assert found["path"][0] == str(three.root / "apps")
    assert "OF_SETENV" not in found["os.environ"]
    name, path, mtime = found["script"]
    assert re.fullmatch("_mod_wsgi_[0-9a-f]{32}", name)
    # A service script's code is still running; it is set when the code has run.
    assert (path, mtime) == (str(three.root / "apps/names.wsgi"), "NoneType" if mode == "S" else "int")


def test_service_script(server):
    """Recording has no effect, the scoreboard is the group's, subscriptions are accepted."""
    job = job_of(server)
    assert job["recording"] == "returned None" and job["metrics"] == [None, None]
    assert job["server"] == SERVER
    assert job["returned"] == [True] * 3
    server.wait_log("a warning of a job")
    assert re.search(r"\[wsgi:warn\].*a warning of a job$", server.log(), re.M)
    assert "subscribe_signals() outside" not in "".join(
        x for x in server.log().splitlines() if "serve_as_a_job" in x)


def cut(said, table):
    """Texts of Python's own errors differ by version: only the class is compared."""
    if isinstance(said, list):
        return [cut(s, t) for s, t in zip(said, table)]
    return said.split(":")[0] if isinstance(table, str) and ":" not in table else said


@pytest.mark.parametrize("mode", ["E", "D", "S"])
def test_classes(server, mode):
    if mode == "S":
        job = job_of(server)
        wrapper, timeout = job["wrapper"], job["timeout"]
    else:
        wrapper, timeout = (json.loads(server.get(f"/{mode}/{n}").text) for n in ("wrapper", "timeout"))
    assert {k: cut(v, WRAPPER[k]) for k, v in wrapper.items()} == WRAPPER
    assert timeout == {"bases": ["RequestTimeout", "BaseException", "object"], "args": [1, "two"],
                       "own": True, "name": "mod_wsgi.RequestTimeout"}


def test_threads(link):
    """A worker is one dummy thread for all its requests."""
    main = PREFORK and link.mode == "E"
    seen = {}
    for _ in range(3 * MPM_THREADS):
        kind, before, ident, number = ask(link, "thread")
        assert kind == ("_MainThread" if main else "_DummyThread")
        assert (number == 0) == main
        assert seen.setdefault(ident, [before, number]) == [before, number]
        seen[ident][0] += 1
    assert len({n for _, n in seen.values()}) == len(seen) <= (MPM_THREADS if link.mode == "E" else 1)


def of_type(value, kind):
    return type(value) is kind


def test_metrics(link):
    ask(link, "metrics")
    requests, process = ask(link, "metrics")
    expected = set(INTS.split() + FLOATS.split() + list(LISTS))
    expected |= {f"{p}_time{k}" for p in PHASES for k in ("", "_min_us", "_max_us", "_buckets")}
    assert set(requests) == expected
    assert [k for k in INTS.split() if not of_type(requests[k], int)] == []
    assert [k for k in FLOATS.split() if not of_type(requests[k], float)] == []
    workers = 1 if link.mode == "D" else MPM_THREADS
    for key, kind in LISTS.items():
        assert len(requests[key]) == workers == requests["request_threads_maximum"], key
        assert all(of_type(v, kind) for v in requests[key]), key
    for phase in PHASES:
        keys = [requests[f"{phase}_time{k}"] for k in ("", "_min_us", "_max_us", "_buckets")]
        if link.mode == "E" and phase in ABSENT_IN_E:
            assert keys == [None] * 4
        else:
            assert [type(k) for k in keys] == [float, int, int, list], phase
            assert len(keys[3]) == 65 and all(of_type(n, int) for n in keys[3])
    # The first call was a request too, the only one of this interval; nothing in it, little out.
    assert requests["request_count"] == requests["status_2xx"] == 1
    assert 1 <= requests["request_threads_active"] <= 2  # of this request and of the one before
    assert requests["request_threads_active"] <= requests["request_threads_started"] <= workers
    assert {k: type(v) for k, v in process.items()} == PROCESS
    assert {frozenset(t) for t in process["threads"]} == {frozenset(("thread_id", "request_count"))}
    assert all(of_type(n, int) for t in process["threads"] for n in t.values())
    assert len(process["threads"]) == process["request_threads"]
    assert process["request_busy_time"] <= process["running_time"] + 1


BAD_FINDER = """
import sys


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "mod_wsgi":
            raise LookupError("a finder that fails")


sys.meta_path.insert(0, Finder)
"""


def test_names_that_cannot_be_imported(make_server):
    """Said with a traceback; there is no __path__, and an `apache` of our own, and all else works."""
    text = CONFIG.replace(f"processes=1 threads=1 {USER}", f"processes=1 threads=1 {USER} python-path={{root}}/lib")
    one = make(make_server, f"WSGIPythonPath {{root}}/lib\n{ONE_CHILD}", text)
    (one.root / "lib").mkdir()
    (one.root / "lib/bad_finder.py").write_text(BAD_FINDER)
    (one.root / "lib/bad.pth").write_text("import bad_finder\n")
    (one.root / "lib/apache.py").write_text("raise KeyError('their apache')\n")
    one.start()
    one.expect("WSGI3013")
    one.tolerate("WSGI5024")
    for mode in "ED":
        found = json.loads(one.get(f"/{mode}/facts").text)
        compare(found["apache"], APACHE | SMALL, "EDS".index(mode))
        assert "__path__" not in found["mod_wsgi"]
    log = one.log()
    assert log.count("the package 'mod_wsgi' cannot be looked up") == 2
    assert log.count("LookupError: a finder that fails") == 2
    assert log.count("the module 'apache' cannot be imported") == 1
    assert "KeyError: 'their apache'" in log

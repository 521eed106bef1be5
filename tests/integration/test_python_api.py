# SPDX-License-Identifier: Apache-2.0
"""The modules `mod_wsgi` and `apache` as applications see them, embedded and in a daemon. What
the functions and attributes of the contract do; which there are is in test_api_names.py."""

import json
import os
import re
import signal

import pytest

from harness import procs

VERSION = re.search(
    r"project\(wsgictl VERSION (\d+)\.(\d+)\.(\d+)",
    (__import__("pathlib").Path(__file__).parents[2] / "CMakeLists.txt").read_text(),
).groups()
USER = "user=games group=games" if os.geteuid() == 0 else ""
PREFORK = os.environ.get("WSGI_MPM") == "prefork"
TARGET = {"daemon": "api", "embedded": "%{GLOBAL}"}
ONE_CHILD = (
    "StartServers 1\nMaxRequestWorkers 1\nMinSpareServers 1\nMaxSpareServers 1\n"
    # Its complaint that one child is few comes at any time.
    "LogLevel mpm_prefork:crit\n"
    if PREFORK
    else "StartServers 1\nThreadsPerChild 5\nMaxRequestWorkers 5\nServerLimit 1\nMinSpareThreads 1\n"
    "MaxSpareThreads 6\n"
)


def config(mode, extra=""):
    return f"""
ErrorLogFormat "[%{{u}}t] [%-m:%l] %F %M"
LogLevel wsgi:info
WSGIDaemonProcess api processes=1 threads=5 {USER} python-path={{root}}/lib
WSGIPythonPath {{root}}/lib
WSGIRestrictEmbedded Off
WSGIScriptAlias /sub {{root}}/apps/api.wsgi
WSGIScriptAlias /api {{root}}/apps/api.wsgi
<Directory {{root}}/apps>
  Require all granted
</Directory>
WSGIProcessGroup {TARGET[mode]}
WSGIApplicationGroup %{{GLOBAL}}
<Location /sub>
  WSGIApplicationGroup sub
</Location>
<Location /api/capsule>
  WSGIPassApacheRequest On
</Location>
{ONE_CHILD}{extra}"""


def packages(server):
    """What an installation may have beside us: a package mod_wsgi and a module apache."""
    package = server.root / "lib/mod_wsgi"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("version = 'theirs'\nraise RuntimeError('executed')\n")
    (package / "helper.py").write_text("NAME = __name__\n")
    (server.root / "lib/apache.py").write_text("own = 'theirs'\n")


@pytest.fixture(params=["daemon", "embedded"])
def server(request, make_server):
    one = make_server(config(request.param), start=False)
    packages(one)
    one.mode = request.param
    return one.start()


def call(server, path, status=200, **kwargs):
    response = server.get(path, **kwargs)
    assert response.status == status, server.new_log()
    return json.loads(response.text) if status == 200 else response


def test_attributes(server):
    daemon = server.mode == "daemon"
    for prefix, group in (("/api", ""), ("/sub", "sub")):
        found = call(server, prefix + "/attributes")
        assert found["version"] == [int(n) for n in VERSION]
        assert found["types"] == ["tuple", "dict"] and found["environ_version"]
        assert found["process_group"] == ("api" if daemon else "")
        assert found["application_group"] == group
        assert found["maximum_processes"] == 1
        assert found["threads_per_process"] == (5 if daemon else 1 if PREFORK else 5)
        assert found["lists"] and found["wrapper"] and found["same_handler"]
        assert found["handler_bases"]
        assert found["names"] == [f"mod_wsgi.{n}" for n in ("FileWrapper", "RequestTimeout", "LogHandler")]
        assert found["timeout_bases"] == ["RequestTimeout", "BaseException", "object"]
        assert not found["file"] and not found["unknown"]
        assert found["path"] == [str(server.root / "lib/mod_wsgi")]
        assert call(server, prefix + "/submodule") == "mod_wsgi.helper"
    assert call(server, "/api/closed_types") == ["mod_wsgi.Input", "mod_wsgi.Log"]
    assert call(server, "/api/wrong_calls") == ["TypeError"] * 5


def test_apache_module(server):
    found = call(server, "/api/apache_attributes")
    assert found["environ_version"] and found["version"][:2] == [2, 4]
    assert found["maximum_processes"] == 1
    assert found["threads_per_process"] == (1 if PREFORK else 5)
    assert found["description"].startswith("Apache/2.4.")
    assert found["mpm_name"] == server.mpm
    assert re.search(r"20\d\d", found["build_date"])
    assert found["base"] == (None if server.mode == "daemon" else "theirs")


def test_apache_request(server):
    assert call(server, "/api/attributes")["capsule"] == "None"
    found = call(server, "/api/capsule/attributes")["capsule"]
    assert found.startswith("<capsule object NULL") == (server.mode == "embedded")
    assert call(server, "/api/attributes")["capsule"] == "None"


def test_request_data(server):
    for prefix in ("/api", "/sub"):
        found = call(server, prefix + "/data")
        assert found["same"] and found["at_load"] and found["first"]
        assert found["count"] == 1
        assert found["elsewhere"] == ["no active request for thread"]
    assert not call(server, "/api/data")["first"]


COMMON = {"request_data", "request_id"}
ORIGIN = COMMON | {
    "thread_id", "server_pid", "request_start", "queue_start", "daemon_start", "application_start",
}
STARTED = ORIGIN | {
    "daemon_connects", "daemon_restarts", "application_object", "callable_object", "request_environ",
}
RESPONSE = COMMON | {"response_status", "response_headers", "exception_info"}
FINISHED = ORIGIN | {
    "status", "input_reads", "input_length", "input_time", "output_writes", "output_length",
    "output_time", "application_finish", "application_time", "gil_wait_time", "gil_wait_count",
}
CPU = {"cpu_user_time", "cpu_system_time", "cpu_time"}


def test_request_events(server):
    call(server, "/api/subscribe")
    first = call(server, "/api/seen")
    # The subscribing request itself: its response and its end, without what is measured from the start.
    assert [e[0] for e in first[:2]] == ["response_started", "request_finished"]
    assert set(first[1][1]) == FINISHED
    assert call(server, "/api/echo", method="POST", body=b"12345") == "12345"
    events = call(server, "/api/seen")
    names = [e[0] for e in events]
    assert names[2:] == ["request_started", "response_started", "request_finished", "request_started"]
    started, response, finished = events[2:5]
    assert set(started[1]) == STARTED
    assert set(response[1]) == RESPONSE
    assert set(finished[1]) == FINISHED | CPU
    assert response[2]["response_status"] == "200 OK" and response[2]["exception_info"] is None
    one, two = started[2], finished[2]
    assert one["callable_object"] == "application" and one["thread_id"] >= (0 if PREFORK else 1)
    assert (one["queue_start"] > 0) == (one["daemon_start"] > 0) == (server.mode == "daemon")
    assert one["request_start"] <= one["application_start"] <= two["application_finish"]
    assert one["server_pid"] in server.apaches()
    assert (two["status"], two["input_length"], two["output_length"]) == (200, 5, 7)
    assert two["input_reads"] >= 1 and two["output_writes"] == 1
    assert two["input_time"] > 0 and two["output_time"] > 0 and two["gil_wait_count"] >= 2
    assert 0 <= two["cpu_time"] <= two["application_time"] + 1e-6
    call(server, "/api/unsubscribe")
    call(server, "/api/seen")
    call(server, "/api/echo", method="POST", body=b"x")
    assert call(server, "/api/seen") == []


def test_exception_and_timeout_events(server):
    call(server, "/api/subscribe")
    server.expect("WSGI5004", "WSGI5024")
    assert server.get("/api/fail").status == 500
    events = call(server, "/api/seen")
    i = [e[0] for e in events].index("request_exception")
    assert set(events[i][1]) == COMMON | {"exception_info"}
    assert "KeyError" in str(events[i][2]["exception_info"])
    assert events[i + 1][0] == "request_finished" and events[i + 1][2]["status"] == 500
    response = server.get("/api/timeout")
    assert (response.status, response.body) == (504, b"")
    events = call(server, "/api/seen")
    names = [e[0] for e in events]
    assert "request_exception" not in names
    assert 504 in [e[2]["status"] for e in events if e[0] == "request_finished"]


def test_callbacks(server):
    """A dict is merged for the next; what a callback raises concerns nobody else."""
    call(server, "/api/subscribe")
    call(server, "/api/merge")
    server.expect("WSGI5023", "WSGI5024")
    call(server, "/api/seen")
    events = call(server, "/api/seen")
    started = [e for e in events if e[0] == "request_started"][-1]
    assert started[2]["added"] == 1
    assert "'request_started' in main interpreter" in server.new_log()
    assert call(server, "/sub/seen") == []
    call(server, "/api/unsubscribe")


def test_another_application(server):
    call(server, "/api/replace")
    response = server.get("/api/echo")
    assert (response.status, response.body) == (203, b"other function")
    assert call(server, "/api/seen") == []


def test_signals_and_end(server, make_server):
    name = server.root / "run/ends"
    (server.root / "run").chmod(0o777)
    for prefix in ("/api", "/sub"):
        pid = call(server, f"{prefix}/subscribe_ends?{name}")
    lines = []

    def read():
        lines[:] = [json.loads(x) for x in name.read_text().splitlines()] if name.exists() else []
        return lines

    if server.mode == "daemon":
        for number, signame in ((signal.SIGHUP, "SIGHUP"), (signal.SIGUSR2, "SIGUSR2")):
            os.kill(pid, number)
            procs.wait_until(lambda: len([x for x in read() if x[1].get("signame") == signame]) == 2)
        assert {(e, p["signum"], main) for e, p, main in lines} == {
            ("process_signal", 1, False), ("process_signal", 12, False),
        }
    else:
        assert "subscribe_signals() outside a daemon" in server.new_log()
        assert "in subscribe_ends" in server.new_log()
    name.write_text("") if name.exists() else None
    assert server.stop() == []
    reason = "" if server.mode == "embedded" else read()[0][1]["shutdown_reason"]
    assert read() == [["process_stopping", {"shutdown_reason": reason}, True]] * 2
    assert bool(reason) == (server.mode == "daemon")


def test_log_handler(server):
    assert call(server, "/api/log") == 1
    server.wait_log("formatted elsewhere")  # of no request: it comes another way
    log = server.new_log()
    levels = {
        m[2]: (m[1], m[0])
        for m in re.findall(r"\[wsgi:(\w+)\] (\S+) .*?formatted (\w+)", log)
        for m in [(m[1], m[0], m[2])]
    }
    assert {k: v[0] for k, v in levels.items()} == {
        "fifty": "crit", "forty": "error", "thirty": "warn", "twenty": "info",
        "two": "error", "elsewhere": "error",
    }
    assert "api.wsgi(" in levels["forty"][1]
    assert re.search(r"api.wsgi\(\d+\) \[script .*\] formatted two$", log, re.M)
    assert len(re.findall(r"lines \\xc3\\xa9$", log, re.M)) == 1
    assert not re.search(r"\[script [^\]]*\] formatted elsewhere", log)


def test_streams(server):
    found = call(server, "/api/streams")
    assert found["type"] == "TextIOWrapper"
    assert found["traits"] == ["utf-8", "replace", True, True]
    assert found["under"] == [False, False, False, True, False, "utf-8", "replace", "<wsgi.errors>"]
    assert found["names"] == ["<stdout>", "<stderr>"] and found["fileno"] == "OSError"
    log = server.new_log()
    for line in ("to stdout", "to stderr", "to errors", "bytes and more", "rest"):
        assert re.search(rf"wsgi:error\].*\[script .*\] {line}$", log, re.M), line


@pytest.mark.parametrize("mode", TARGET)
def test_server_metrics(make_server, mode):
    """Off by default, and so above. A daemon has no scoreboard and asks for it."""
    extra = "WSGIServerMetrics On\n" if mode == "embedded" else ""
    text = config(mode, extra + "ExtendedStatus On\n")
    if mode == "daemon":
        text = text.replace("threads=5", "threads=5 server-metrics=On")
    server = make_server(text)
    board = call(server, "/api/metrics")[2]
    assert set(board) == {
        "server_limit", "thread_limit", "running_generation", "restart_time", "current_time",
        "running_time", "processes",
    }
    assert len(board["processes"]) == board["server_limit"] >= 1
    process = next(p for p in board["processes"] if p["pid"] in server.apaches())
    assert (process["quiescing"], process["generation"]) == (False, 0)
    assert len(process["workers"]) == board["thread_limit"] >= 1
    assert set(process["workers"][0]) == {
        "thread_num", "generation", "access_count", "bytes_served", "status", "start_time",
        "stop_time", "last_used", "client", "request", "vhost",
    }
    assert {"W"} <= {w["status"] for w in process["workers"]} <= set(".S_RWKLDCGI?")
    assert board["restart_time"] <= board["current_time"]
    lines = [w["request"] for p in board["processes"] for w in p["workers"]]
    assert any("/api/metrics" in line for line in lines), lines
    server.tolerate("WSGI5020", "WSGI5024")  # the script wants a request; a warm start has none
    server.graceful()
    assert call(server, "/api/metrics")[2]["running_generation"] == 1


PHASES = ("server", "queue", "daemon", "application", "request", "gil_wait", "input_read", "output_write")


def test_metrics(server):
    assert call(server, "/api/metrics") == [None, None, None]
    assert call(server, "/api/start_metrics") is None
    call(server, "/api/slow")
    call(server, "/api/echo", method="POST", body=b"12345")
    server.expect("WSGI5004", "WSGI5024")
    server.get("/api/fail")
    requests, process, _ = call(server, "/api/metrics")
    daemon = server.mode == "daemon"
    maximum = 5 if daemon else 1 if PREFORK else 5
    assert requests["start_time"] < requests["stop_time"]
    assert 0.2 < requests["sample_period"] < 60
    assert requests["request_threads_maximum"] == maximum
    # The request that began to record counts too: it ended later.
    assert requests["request_count"] == 4
    assert (requests["status_2xx"], requests["status_5xx"], requests["status_4xx"]) == (3, 1, 0)
    assert requests["input_bytes"] == 5 and requests["output_writes"] == 3
    assert sum(requests["request_threads_completed"]) == 4
    assert requests["request_threads_buckets"] == requests["request_threads_completed"]
    assert requests["request_threads_active"] >= 1 and requests["request_threads_started"] >= 1
    assert max(requests["request_threads_max_duration"]) > 0.19
    assert max(requests["request_threads_current_elapsed"]) > 0
    assert 0 < requests["capacity_utilization"] <= 1
    assert requests["cpu_time"] == requests["cpu_utilization"] >= 0
    assert requests["memory_rss"] > 1e6 and requests["memory_max_rss"] > 1e6
    for phase in PHASES:
        keys = [requests[f"{phase}_time{k}"] for k in ("", "_min_us", "_max_us", "_buckets")]
        if not daemon and phase in ("queue", "daemon"):
            assert keys == [None] * 4
        else:
            assert len(keys[3]) == 65 and sum(keys[3]) == 4
            assert 0 <= keys[1] <= keys[2]
    assert requests["application_time_max_us"] > 190_000
    assert sum(requests["application_time_buckets"][28:36]) == 1
    assert process["request_count"] == 5 and process["active_requests"] == 1
    assert process["request_busy_time"] > 0.2
    assert sum(t["request_count"] for t in process["threads"]) == 5
    assert process["request_threads"] == len(process["threads"])
    assert process["restart_time"] <= process["current_time"]
    # Drained: only the request before is left.
    again, _, _ = call(server, "/sub/metrics")
    assert again["request_count"] == 1 and again["start_time"] >= requests["stop_time"]

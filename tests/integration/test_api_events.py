# SPDX-License-Identifier: Apache-2.0
"""python-api.md 4 and 5: each event with each key of its payload, what callbacks may rely on, and the
records of LogHandler, in Apache's children (E) and in daemons (D)."""

import json
import os
import re
import signal

import pytest

from api_site import Link, ask, link, make, server  # noqa: F401, two are fixtures
from harness import procs
from harness.client import Truncated
from harness.client import request as request_once
from test_python_api import ONE_CHILD

# Events: key -> type. request_id is there because each request has one here.
COMMON = {"request_id": "str", "request_data": "dict"}
ORIGIN = COMMON | {
    "thread_id": "int", "server_pid": "int", "request_start": "float", "queue_start": "float",
    "daemon_start": "float", "application_start": "float",
}  # fmt: skip
EVENTS = {
    "request_started": ORIGIN | {
        "daemon_connects": "int", "daemon_restarts": "int", "application_object": "function",
        "callable_object": "str", "request_environ": "dict"},
    "response_started": COMMON | {
        "response_status": "str", "response_headers": "list", "exception_info": "NoneType"},
    "request_exception": COMMON | {"exception_info": "tuple"},
    "request_finished": ORIGIN | {
        "status": "int", "input_reads": "int", "input_length": "int", "input_time": "float",
        "output_writes": "int", "output_length": "int", "output_time": "float",
        "application_finish": "float", "application_time": "float", "cpu_user_time": "float",
        "cpu_system_time": "float", "cpu_time": "float", "gil_wait_time": "float",
        "gil_wait_count": "int"},
}  # fmt: skip


def test_payloads(link):
    """Each key of each event, no other, of its type."""
    ask(link, "subscribe")
    ask(link, "thread")
    link.server.expect("WSGI5004")
    link.server.tolerate("WSGI5024")
    assert link.request("no_such_function").status == 500
    events = ask(link, "unsubscribe")
    seen = dict(events[2:])
    # The subscribing request itself began without a subscriber: no CPU time is known of it.
    assert seen == EVENTS
    assert set(dict(events[:2])["request_finished"]) == {
        k for k in EVENTS["request_finished"] if not k.startswith("cpu_")}
    assert [e for e, _ in events[2:]] == [
        "request_started", "response_started", "request_finished",
        "request_started", "request_exception", "request_finished", "request_started"]  # fmt: skip


def test_payloads_are_alive(link):
    ask(link, "subscribe")
    found = ask(link, "alive")
    assert found.pop("counts") == [0, 0] if link.mode == "E" else found.pop("counts")[0] >= 0
    assert found.pop("same") and found.pop("callable") == "application"
    assert found.pop("finished") == 200
    assert found and all(found.values()), found


def test_each_head_is_an_event(link):
    response = link.request(f"again")
    assert (response.status, response.get("X-A")) == (500, "2")
    assert json.loads(response.text) == ["200 OK", True, None, "500 Again", True, True]


def test_twice_and_not_callable(link):
    ask(link, "twice")
    link.server.expect("WSGI5023")
    link.server.tolerate("WSGI5024")
    ask(link, "thread")
    events = ask(link, "heard")
    assert events == [e for e in ("response_started", "request_finished", "request_started",
                                  "response_started", "request_finished", "request_started")
                      for _ in range(2)]  # fmt: skip
    assert "TypeError: 'str' object is not callable" in link.server.new_log()


@pytest.mark.parametrize("how, message", [("", "WSGI5004"), ("exit", "WSGI5005")])
def test_an_exception_is_logged_before_it_is_told(link, how, message):
    link.server.expect(message)
    link.server.tolerate("WSGI5024", "WSGI5018")
    assert link.request(f"raises?{how}").status == 500
    link.server.wait_log("subscriber heard request_finished")
    log = link.server.new_log()
    places = [log.index(t) for t in (message, "by hand", "heard request_exception", "heard request_finished")]
    assert places == sorted(places)


@pytest.mark.parametrize("what, message", [("broken", "WSGI5001"), ("missing", "WSGI5003")])
def test_no_application_no_events(link, what, message):
    ask(link, "subscribe")
    link.server.expect(message)
    link.server.tolerate("WSGI5024")
    assert link.request(f"{what}/x").status >= 404
    assert [e for e, _ in ask(link, "unsubscribe")] == [
        "response_started", "request_finished", "request_started"]


def test_timeout_after_the_headers(link):
    """Truncated, one line at info, no traceback, no event of an exception; its status was accepted."""
    ask(link, "subscribe")
    with pytest.raises(Truncated):
        link.request("truncated")
    link.again()
    link.server.wait_log("WSGI5012")
    log = link.server.new_log()
    assert len(re.findall(r"\[wsgi:info\].*WSGI5012", log)) == 1 and "Traceback" not in log
    events = [e for e, _ in ask(link, "unsubscribe")]
    assert events[2:5] == ["request_started", "response_started", "request_finished"]


def test_order_of_ends(make_server):
    """event_callbacks hear first, then those of the topic; who was removed hears nothing. E has no
    signals."""
    one = make(make_server, ONE_CHILD).start()
    for mode in "ED":
        link = Link(one, mode)
        pid, counts = ask(link, f"ends?{one.root}/run/{mode}")
        link.connection.close()
        assert counts == [1, 1, 1 if mode == "D" else 0]

    def lines(mode):
        path = one.root / f"run/{mode}"
        return [json.loads(x) for x in path.read_text().splitlines()] if path.exists() else []

    def without_requests(mode):
        return [x for x in lines(mode) if x[1].startswith("process_")]

    os.kill(pid, signal.SIGUSR2)
    procs.wait_until(lambda: len(without_requests("D")) == 2, 10, "the signal")
    payload = {"signame": "SIGUSR2", "signum": 12}
    assert without_requests("D") == [[x, "process_signal", payload] for x in ("events", "signals")]
    assert one.stop() == []
    for mode in "ED":
        ended = [x for x in without_requests(mode) if x[1] == "process_stopping"]
        assert [x[0] for x in ended] == ["events", "shutdown"]
        assert all(list(x[2]) == ["shutdown_reason"] and type(x[2]["shutdown_reason"]) is str for x in ended)
    assert "a service script heard" not in one.log()


# Python level -> Apache's
LEVELS = {55: "crit", 50: "crit", 49: "error", 40: "error", 39: "warn", 30: "warn", 29: "info",
          20: "info", 19: "debug", 1: "debug"}  # fmt: skip
LIMITS = {"": 8, "debug/": 10, "crit/": 2}  # location: how many of them its LogLevel lets through


@pytest.mark.parametrize("where", LIMITS)
def test_levels_of_records(link, where):
    """What is suppressed is not even formatted; what decides is the LogLevel of the location."""
    found = json.loads(link.request(f"{where}log").text)
    # One more of several lines.
    assert found == [True, LIMITS[where] + 1, None]
    log = link.server.new_log()
    written = {int(n): level for level, n in re.findall(r"\[wsgi:(\w+)\] .*record of (\d+)$", log, re.M)}
    assert written == dict(list(LEVELS.items())[: LIMITS[where]])
    lines = re.findall(r"\[wsgi:crit\] \S*names.wsgi\(\d+\) \[script .*?\](.*)$", log, re.M)
    text = [x.strip() for x in lines if "record of" not in x]
    assert text == ["first line", "", r"third line ? \xe2\x98\x83"]
    assert re.search(r"\[wsgi:crit\] (/far/)?away.py\(77\) .*with a place$", log, re.M)


def test_log_of_the_virtual_host(server):
    """Records of a request go where its virtual host says, and its LogLevel holds."""
    for mode in "ED":
        before = len(server.new_log())
        answer = request_once(server.other_port, f"/{mode}/log")
        assert json.loads(answer.text) == [True, 5, None]
        text = (server.root / "log/other.log").read_text()
        assert re.findall(r"record of (\d+)$", text, re.M)[-4:] == ["55", "50", "49", "40"]
        assert "record of" not in server.new_log()[before:]

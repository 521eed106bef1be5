# SPDX-License-Identifier: Apache-2.0
"""A changed script is loaded again (runtime.md, 8): in place when embedded, by a new process in a
daemon. Times are set, not waited for."""

import os
import threading

import pytest

from harness import client, procs

USER = "user=games group=games" if os.geteuid() == 0 else ""
GROUP = {"daemon": "app", "embedded": "%{GLOBAL}"}
CONFIG = f"""
WSGIDaemonProcess app processes=1 threads=5 {USER}
WSGIRestrictEmbedded Off
WSGIApplicationGroup %{{GLOBAL}}
WSGIChunkedRequest On
WSGIProcessGroup GROUP
WSGIScriptAlias /app {{root}}/apps/changing.wsgi
WSGIScriptAlias /fixed {{root}}/apps/fixed.wsgi
<Location /fixed>
  WSGIScriptReloading Off
</Location>
<Directory {{root}}/apps>
  Require all granted
</Directory>
"""
SCRIPT = """
import os
{extra}
def application(environ, start_response):
    if environ["PATH_INFO"] == "/forget":
        globals().pop("__mtime__", None)
    size = len(environ["wsgi.input"].read())
    body = ("{text} %d %r %d" % (os.getpid(), globals().get("__mtime__"), size)).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
"""


class Script:
    def __init__(self, server, name):
        self.path = server.root / "apps" / name

    def write(self, text, time, extra=""):
        """In one step, as a half-written script would be an error of its own."""
        new = self.path.with_suffix(".new")
        new.write_text(SCRIPT.format(text=text, extra=extra))
        os.utime(new, ns=(time * 1000, time * 1000))
        os.rename(new, self.path)


@pytest.fixture(params=["daemon", "embedded"])
def server(request, make_server):
    one = make_server(CONFIG.replace("GROUP", GROUP[request.param]), start=False)
    one.mode = request.param
    one.script = Script(one, "changing.wsgi")
    one.script.write("one", 1_600_000_000_000_001)
    Script(one, "fixed.wsgi").write("fixed", 1_600_000_000_000_001)
    # One child, so that the interpreter which is asked is the one that has loaded.
    if request.param == "embedded":
        one.tolerate("AH00161")  # prefork: the one child is busy
        one.config.write_text(
            one.config.read_text()
            + (
                "StartServers 1\nMaxRequestWorkers 1\nMinSpareServers 1\nMaxSpareServers 1\n"
                if one.mpm == "prefork"
                else "StartServers 1\nMaxRequestWorkers 25\nServerLimit 1\nMinSpareThreads 1\n"
            )
        )
    return one.start()


def ask(server, path="/app", size=0, **kwargs):
    response = server.get(path, **kwargs)
    assert response.status == 200
    text, pid, mtime, got = response.text.split(" ")
    assert int(got) == size
    return text, int(pid), mtime


def check_process(server, before, after):
    """Replaced in daemon mode, the same one embedded."""
    assert (before != after) == (server.mode == "daemon")


def test_mtime_is_microseconds(server):
    assert ask(server)[2] == "1600000000000001"


def test_newer_and_older(server):
    _, pid, _ = ask(server)
    for text, time in (("two", 1_700_000_000_000_000), ("three", 1_500_000_000_000_000)):
        server.script.write(text, time)
        seen, other, mtime = ask(server)
        assert (seen, mtime) == (text, str(time))
        check_process(server, pid, other)
        pid = other


def test_change_seen_by_a_request_with_a_body(server):
    """The body arrives whole where the new script is."""
    _, pid, _ = ask(server)
    large, time = b"x" * 300_000, 1_700_000_000_000_000
    for text, sent in (("small", {"body": b"abc"}), ("large", {"body": large}),
                       ("chunked", {"chunks": [large, b"abc"]})):
        time += 1_000_000
        server.script.write(text, time)
        size = sum(len(part) for part in sent.get("chunks", [sent.get("body", b"")]))
        seen, other, _ = ask(server, method="POST", size=size, **sent)
        assert seen == text
        check_process(server, pid, other)
        pid = other
    server.script.write("expected", time + 1)
    with server.connect() as c:
        c.send("/app", "POST", headers=(("Expect", "100-continue"), ("Content-Length", "300000")))
        assert c.head().status == 100
        c.raw(large)
        assert c.response().text.startswith("expected ") and c.last.text.endswith(" 300000")
    # reload_required is asked once, whatever the request carries.
    extra = "asked = []\ndef reload_required(path):\n    asked.append(path)\n    print('asked', len(asked))"
    server.tolerate("WSGI5018")
    server.script.write("hook", time + 2, extra)
    ask(server)
    before = server.log().count("] asked ")  # a process that had it before requests came was asked
    for body in (None, b"abc", large):
        ask(server, method="POST", size=len(body or b""), body=body)
    server.wait_log(f"asked {before + 3}")
    assert server.log().count("] asked ") == before + 3


def test_same_time_is_no_change(server):
    first = ask(server)
    server.script.write("two", 1_600_000_000_000_001)
    assert ask(server) == first


def test_deleted_mtime(server):
    _, pid, _ = ask(server, "/app/forget")
    text, other, mtime = ask(server)
    assert (text, mtime) == ("one", "1600000000000001")
    check_process(server, pid, other)


def test_switched_off(server):
    first = ask(server, "/fixed")
    Script(server, "fixed.wsgi").write("changed", 1_700_000_000_000_000)
    assert ask(server, "/fixed") == first


def test_reload_required(server):
    """Asked with the resource; it says yes while the marker is there."""
    marker = server.root / "apps/marker"
    extra = (
        "def reload_required(path):\n"
        "    assert path == __file__\n"
        f"    return os.path.exists({str(marker)!r})\n"
        f"os.path.exists({str(marker)!r}) and os.rename({str(marker)!r}, {str(marker)!r} + '.seen')"
    )
    os.chmod(server.root / "apps", 0o777)
    server.script.write("hook", 1_700_000_000_000_000, extra)
    _, pid, _ = ask(server)
    assert ask(server)[1] == pid
    marker.write_text("")
    check_process(server, pid, ask(server)[1])
    assert marker.with_suffix(".seen").exists()


def test_broken_script_is_retried(server):
    server.expect("WSGI5001")
    server.tolerate("WSGI5024")
    server.script.write("two", 1_700_000_000_000_000, extra="raise ValueError")
    assert server.get("/app").status == 500
    server.script.write("three", 1_700_000_000_000_001)
    assert ask(server)[0] == "three"


def test_change_under_load(server):
    """Nobody is turned away while the script changes."""
    ask(server)
    statuses, changed = [], threading.Event()

    def run():
        """Asks until the new script has answered, and then some."""
        left = 20
        while left > 0 and len(statuses) < 20_000:
            response = client.request(server.port, "/app")
            statuses.append(response.status)
            if response.text.startswith("two "):
                changed.set()
            left -= changed.is_set()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    procs.wait_until(lambda: statuses, 10, "an answer")
    server.script.write("two", 1_700_000_000_000_000)
    for thread in threads:
        thread.join()
    assert set(statuses) == {200} and changed.is_set()
    assert ask(server)[0] == "two"

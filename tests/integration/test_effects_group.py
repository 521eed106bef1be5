# SPDX-License-Identifier: Apache-2.0
"""What options of WSGIDaemonProcess do to a process, as its application sees it: a group with every
option beside one with none. Time limits are test_timeouts.py's."""

import json
import os
import time

import pytest

from harness import procs

ROOT = os.geteuid() == 0
ROOT_ONLY = pytest.mark.skipif(not ROOT, reason="identities need a server started by root")
USER = "user=games group=games" if ROOT else ""
NUMBERS = (
    "restart-interval inactivity-timeout startup-timeout request-timeout interrupt-timeout "
    "deadlock-timeout graceful-timeout eviction-timeout shutdown-timeout connect-timeout "
    "socket-timeout queue-timeout response-socket-timeout response-flush-delay maximum-requests "
    "send-buffer-size receive-buffer-size header-buffer-size response-buffer-size cpu-time-limit "
    "memory-limit virtual-memory-limit"
).split()
GROUPS = {
    "plain": "",
    "full": (
        "processes=1 threads=3 umask=027 home={root}/home lang=fr_FR.UTF-8 locale=C.UTF-8 "
        "display-name=%{GROUP} python=3.11 python-home={root}/venv "
        "python-path={root}/lib:{root}/lib2 python-eggs={root}/eggs "
        "environment-file={root}/env switch-interval=0.25 cpu-priority=7 cpu-time-limit=1000 "
        "shutdown-timeout=9 memory-limit=1000000000 virtual-memory-limit=3000000000 "
        "send-buffer-size=20000 receive-buffer-size=30000 "
        + ("supplementary-groups=audio,#12345" if ROOT else "")
    ),
    "titled": "display-name='a title that is longer than the path of the server' processes=2 "
              "threads=1",
    "careful": "environment-file={root}/dev",
    "strange": "locale=xx_YY.nothing",
    "zero": "listen-backlog=1 " + " ".join(f"{n}=0" for n in NUMBERS),
    "most": "listen-backlog=2147483647 stack-size=1048576 "
            + " ".join(f"{n}=2147483647" for n in NUMBERS),
    "narrow": "header-buffer-size=8192 response-flush-delay=5000 response-buffer-size=65536 "
              "response-socket-timeout=1",
    "owner": "script-user=root",
    "member": "script-group=#0",
}


def config():
    text = "SetOutputFilter DEFLATE\n"
    for name, options in GROUPS.items():
        text += (
            f"WSGIDaemonProcess {name} {USER} {options}\n"
            f"WSGIScriptAlias /{name} {{root}}/apps/report.wsgi process-group={name} "
            "application-group=%{GLOBAL}\n"
        )
    for name in ("owner", "member"):
        text += (f"WSGIScriptAlias /loose/{name} {{root}}/loose/report.wsgi process-group={name} "
                 "application-group=other\n")
    return text + "".join(
        f"<Directory {{root}}/{n}>\n  Require all granted\n</Directory>\n" for n in ("apps", "loose")
    )


@pytest.fixture(scope="module")
def server(shared_server):
    one = shared_server(config(), start=False, modules=("filter", "deflate"))
    for folder in ("home", "lib", "lib2", "eggs", "venv/bin"):
        (one.root / folder).mkdir(parents=True)
    (one.root / "venv/pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.11.2\n")
    (one.root / "venv/bin/python").symlink_to("/usr/bin/python3")
    (one.root / "env").write_text("OF_THE_FILE=yes indeed\n")
    (one.root / "dev").write_text("PYTHONDEVMODE=1\n")
    for name in ("env", "dev"):
        (one.root / name).chmod(0o600)
    (one.root / "loose").mkdir()
    (one.root / "loose/report.wsgi").write_text((one.root / "apps/report.wsgi").read_text())
    one.tolerate("WSGI2025")
    one.start()
    procs.wait_until(lambda: len(one.daemons()) == len(GROUPS) + 1, 40, "all daemons")
    return one


def ask(server, group, **kwargs):
    response = server.get(f"/{group}/report", **kwargs)
    assert response.status == 200, server.new_log()
    return json.loads(response.text)


@pytest.fixture(scope="module")
def full(server):
    return ask(server, "full")


@pytest.fixture(scope="module")
def plain(server):
    return ask(server, "plain")


@ROOT_ONLY
def test_account(full, plain):
    """Without supplementary-groups= those of the user; with it exactly these and the primary one."""
    assert (full["uid"], full["gid"]) == (plain["uid"], plain["gid"]) == (5, 60)
    assert full["groups"] == [29, 60, 12345] and plain["groups"] == [60]


def test_surroundings(server, full, plain):
    assert full["umask"] == 0o027 and plain["umask"] == 0o022
    assert full["cwd"] == str(server.root / "home") == full["path"][0]
    assert full["environ"]["LANG"] == "fr_FR.UTF-8" and plain["environ"]["LANG"] == "C.UTF-8"
    assert full["environ"]["LC_ALL"] == "C.UTF-8" and plain["environ"]["LC_ALL"] is None
    assert full["locale"] == "C.UTF-8"
    assert full["environ"]["OF_THE_FILE"] == "yes indeed" and not plain["environ"]["OF_THE_FILE"]
    assert full["nice"] == plain["nice"] + 7


def test_development_mode(server, plain):
    """Its allocators are there before anything of Python's is."""
    assert ask(server, "careful")["development"] and not plain["development"]


def test_unknown_locale(server):
    assert ask(server, "strange")["environ"]["LC_ALL"] == "xx_YY.nothing"
    assert "WSGI2025: the locale 'xx_YY.nothing' does not exist on this system" in server.log()


def test_titles(server, full, plain):
    assert full["title"] == "(wsgi:full)" and plain["title"] == "(wsgi:plain)"
    long = ask(server, "titled")["title"]
    assert long == "a title that is longer than the path of the server"


def test_python(server, full, plain):
    assert full["version"] == "3.11"
    assert full["prefix"] == str(server.root / "venv") and plain["prefix"] == "/usr"
    lib = [str(server.root / n) for n in ("lib", "lib2")]
    assert full["path"][1:3] == lib and not set(lib) & set(plain["path"])
    assert full["environ"]["PYTHON_EGG_CACHE"] == str(server.root / "eggs")
    assert plain["environ"]["PYTHON_EGG_CACHE"] is None
    assert full["interval"] == 0.25 and plain["interval"] == 0.005


def test_limits(full, plain):
    assert full["cpu"] == [1000, 1000 + 1 + 9] and plain["cpu"][0] == -1
    assert full["data"] == [1_000_000_000] * 2 and plain["data"][0] == -1
    assert full["space"] == [3_000_000_000] * 2 and plain["space"][0] == -1


def test_concurrency(server, full, plain):
    """processes= given at all means multiprocess; one thread means no multithread."""
    assert full["multi"] == [True, True] and plain["multi"] == [True, False]
    assert ask(server, "titled")["multi"] == [False, True]


def test_socket_buffers(full, plain):
    """Linux doubles what it is asked for."""
    assert [40000, 60000] in full["buffers"]
    assert plain["buffers"] and [40000, 60000] not in plain["buffers"]


@pytest.mark.parametrize("group", ["zero", "most"])
def test_extremes(server, group):
    """0 and 2147483647 for every number that allows it: they serve, and are not turned around."""
    first = ask(server, group)["pid"]
    with server.connect() as c:
        for _ in range(5):
            c.send(f"/{group}/report")
            assert json.loads(c.response().text)["pid"] == first


@ROOT_ONLY
@pytest.mark.parametrize("group, said", [
    ("owner", "belongs to uid 5, but script-user permits only 0"),
    ("member", "belongs to gid 60, but script-group permits only 0"),
])
def test_script_owner(server, group, said):
    """File and folder must belong to the account, and nobody else may write there."""
    script = server.root / "loose/report.wsgi"
    assert server.get(f"/loose/{group}/report").status == 200
    for path in (script, script.parent):
        os.chown(path, 5, 60)
        server.expect("WSGI4015")
        assert server.get(f"/loose/{group}/report").status == 403
        server.wait_log(f"'{path}' {said}")
        os.chown(path, 0, 0)
    script.chmod(0o666)
    assert server.get(f"/loose/{group}/report").status == 403
    server.wait_log(f"'{script}' may be written to by everybody")
    script.chmod(0o644)


def test_header_buffer(server):
    assert server.get("/narrow/header?8000").status == 200
    server.expect("WSGI4111")
    assert server.get("/narrow/header?8300").status == 500
    assert server.get("/plain/header?8300").status == 200


def seconds_to_data(server, path):
    """Until the first of the body is here: DEFLATE keeps what is not flushed."""
    with server.connect() as c:
        c.send(path, headers=[("Accept-Encoding", "gzip")])
        started = time.monotonic()
        c.head()
        if not c.buffer:
            assert c.socket.recv(1)
        return time.monotonic() - started


def test_response_flush_delay(server):
    """Silence is flushed after 5 ms, or after the delay: here the end comes first."""
    assert seconds_to_data(server, "/plain/pause") < 0.8
    assert seconds_to_data(server, "/narrow/pause") > 0.9


def test_response_buffer_size(server):
    """100,000 bytes are flushed on their way where the buffer is smaller, whatever the delay."""
    assert seconds_to_data(server, "/narrow/pieces") < 0.8


ESTABLISHED = "01"


def tcp_state(local, remote):
    """Of the server's end of a connection, as in /proc/net/tcp; None: gone."""
    with open("/proc/net/tcp") as f:
        for line in f.readlines()[1:]:
            _, one, other, state, *_ = line.split()
            if (int(one[-4:], 16), int(other[-4:], 16)) == (local, remote):
                return state
    return None


def test_response_socket_timeout(server):
    """A client that does not read is given up; Timeout would be a minute."""
    with server.connect(timeout=30) as c:
        c.send("/narrow/endless")
        ours = c.socket.getsockname()[1]
        assert tcp_state(server.port, ours) == ESTABLISHED
        procs.wait_until(lambda: tcp_state(server.port, ours) != ESTABLISHED, 20, "the end")

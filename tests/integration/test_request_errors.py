# SPDX-License-Identifier: Apache-2.0
"""Conditions of errors.md, sections 5 to 7 and 10, that need a place of their own: who may own a
script, what is logged about a client that does not read, what an application says when its client's
body fails. First those of one mode, then those of both. The list of who provokes what is
test_request_error_list.py; that each id has the level of its table is checked in every test."""

import json
import os
import shutil
import socket
import struct
import threading
import urllib.parse

import pytest

from harness import modes
from harness.page import begun
from harness.procs import wait_until
from harness.server import ACCOUNT, MPM

USER = "user=games group=games" if os.geteuid() == 0 else ""
CONFIG = f"""
WSGIDaemonProcess app processes=1 threads=5 {USER} response-socket-timeout=1
WSGIDaemonProcess owned processes=1 threads=2 {USER} script-user=#{os.geteuid()} startup-timeout=60
WSGIDaemonProcess grouped processes=1 threads=2 {USER} script-group=#{os.getegid()} socket-timeout=1
WSGIRestrictEmbedded On
WSGIChunkedRequest On
WSGIScriptAlias /app {{root}}/apps/hostile.wsgi process-group=app application-group=%{{GLOBAL}}
WSGIScriptAlias /owned {{root}}/owned/app.wsgi process-group=owned application-group=%{{GLOBAL}}
WSGIScriptAlias /first {{root}}/owned/app.wsgi process-group=owned
WSGIScriptAlias /seen {{root}}/seen/app.wsgi process-group=app application-group=%{{GLOBAL}}
WSGIScriptAlias /late {{root}}/owned/late.wsgi process-group=grouped application-group=%{{GLOBAL}}
WSGIScriptAlias /grouped {{root}}/owned/app.wsgi process-group=grouped application-group=%{{GLOBAL}}
Alias /plain {{root}}/apps
<Directory {{root}}/apps>
  Require all granted
</Directory>
<Directory {{root}}/owned>
  Require all granted
</Directory>
<Directory {{root}}/seen>
  Require all granted
</Directory>
<Location /plain>
  SetHandler wsgi-script
  Options -ExecCGI
</Location>
"""
HELLO = """
def application(environ, start_response):
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
"""
LATE = """
import os, time

def application(environ, start_response):
    while not os.path.exists("MARK"):
        time.sleep(0.01)
    start_response("200 OK", [("Content-Length", "4")])
    return [b"late"]
"""


@pytest.fixture(scope="module")
def server(shared_server):
    one = shared_server(CONFIG, mpm=MPM, start=False, modules=("alias",),
                        log_level="info wsgi:debug")
    for folder in ("owned", "seen"):
        (one.root / folder).mkdir(mode=0o755)
        (one.root / folder / "app.wsgi").write_text(HELLO)
        (one.root / folder / "app.wsgi").chmod(0o644)
    (one.root / "owned/late.wsgi").write_text(LATE.replace("MARK", f"{one.root}/htdocs/late"))
    return one.start()


def the_line(server, message):
    server.wait_log(message)
    (line,) = [one for one in server.new_log().splitlines() if message in one]
    return line


def test_execcgi(server):
    server.expect("WSGI4001")
    assert server.get("/plain/hostile.wsgi").status == 403
    line = the_line(server, "WSGI4001")
    assert "[wsgi:error]" in line and "Options ExecCGI is off in this directory" in line


@pytest.mark.parametrize("group, what, mode, said", [
    ("owned", "app.wsgi", 0o664, "may be written to by"),
    ("owned", "app.wsgi", 0o646, "may be written to by"),
    ("owned", "", 0o775, "may be written to by"),
    ("grouped", "app.wsgi", 0o646, "may be written to by everybody"),
    ("grouped", "", 0o757, "may be written to by"),
])
def test_script_that_others_can_write(server, group, what, mode, said):
    path = server.root / "owned" / what
    before = path.stat().st_mode & 0o777
    assert server.get(f"/{group}").status == 200
    path.chmod(mode)
    server.expect("WSGI4015")
    try:
        assert server.get(f"/{group}").status == 403
    finally:
        path.chmod(before)
    line = the_line(server, "WSGI4015")
    assert "[wsgi:error]" in line and "[client 127.0.0.1" in line and said in line
    assert f"'{str(path).rstrip('/')}'" in line
    assert server.get(f"/{group}").status == 200


def test_group_may_write_where_the_group_owns(server):
    path = server.root / "owned/app.wsgi"
    path.chmod(0o664)
    assert server.get("/grouped").status == 200
    path.chmod(0o644)


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files away")
@pytest.mark.parametrize("what", ["app.wsgi", ""])
def test_script_of_another(server, what):
    path = server.root / "owned" / what
    server.expect("WSGI4015")
    os.chown(path, 1, 1)
    try:
        assert server.get("/owned").status == 403
        assert "belongs to uid 1, but script-user permits only 0" in the_line(server, "WSGI4015")
        assert server.get("/grouped").status == 403
        server.wait_log("belongs to gid 1, but script-group permits only 0")
    finally:
        os.chown(path, os.geteuid(), os.getegid())


def test_client_that_does_not_read(server):
    """response-socket-timeout: its thread is free again, and the log says why."""
    with server.connect() as c:
        c.send("/app/length?" + urllib.parse.quote(f"{256 << 20},{256 << 20}"))
        assert c.head().status == 200
        server.wait_log("WSGI4114", 15)
        line = the_line(server, "WSGI4114")
        assert "[wsgi:info]" in line and "bytes of the response" in line
    assert json.loads(server.get("/app/said").text)["closed"] >= 1


def test_startup_timer(server):
    """It starts with the first load that a request asks for; what was loaded before arms nothing."""
    assert server.get("/owned").status == 200
    assert "WSGI5017" not in server.log()
    assert server.get("/first").status == 200
    server.wait_log("is cancelled")
    lines = [one for one in server.log().splitlines() if "WSGI5017" in one]
    assert len(lines) == 2 and all("[wsgi:info]" in one for one in lines)
    assert "group 'owned': the startup timer of 60 s is started" in lines[0]


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files away")
@pytest.mark.parametrize("body", [None, b"x" * 100_000], ids=["none", "large"])
def test_script_that_the_daemon_cannot_see(server, body):
    """Apache can, so it asks. The file counts as changed, and the next process cannot load it."""
    def ask():
        return server.get("/seen", method="POST" if body else "GET", body=body).status

    folder = server.root / "seen"
    assert ask() == 200
    server.expect("WSGI5022", "WSGI5001", "WSGI5024")
    server.tolerate("WSGI5020")  # the next process wants to load it before a request comes
    shutil.chown(folder, ACCOUNT)
    folder.chmod(0o700)
    try:
        assert ask() == 500
    finally:
        folder.chmod(0o755)
    line = the_line(server, "WSGI5022")
    assert "[wsgi:warn]" in line and f"'{folder}/app.wsgi'" in line
    assert "uid=" in line and "Permission denied (13)" in line
    assert ask() == 200


def test_body_that_the_daemon_does_not_take(server):
    """Within socket-timeout; its answer is used all the same, and the rest of the body is dropped."""
    size = 20 << 20
    with server.connect() as c:
        c.raw(b"POST /late HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size)
        sender = threading.Thread(target=c.raw, args=(bytes(size),), daemon=True)
        sender.start()
        line = the_line(server, "WSGI5204")
        (server.root / "htdocs/late").write_text("")
        response = c.response()
        assert (response.status, response.body) == (200, b"late")
        sender.join(20)
        assert c.request("/late").body == b"late"
    assert "[wsgi:debug]" in line and "does not take the body in time" in line


# Embedded and through a daemon


@pytest.fixture(scope="module", params=modes.MODES)
def either(request, shared_server):
    one = shared_server(
        modes.config(request.param, MPM, ("/app hostile.wsgi", "/faults faults.wsgi", "/hook hook.wsgi"),
                     "WSGIScriptAlias /other {root}/apps/hostile.wsgi application-group=other "
                     f"process-group={'app' if request.param == 'daemon' else '%{GLOBAL}'}\n"
                     'Timeout 1\nWSGIChunkedRequest On\nCustomLog log/access.log "%U %>s %X"\n'),
        mpm=MPM, start=False, log_level="info wsgi:trace8")
    (one.root / "apps/hook.wsgi").write_text(
        HELLO + "def reload_required(path):\n    raise KeyError('hook')\n")
    one.mode = request.param
    return one.start()


def test_threads_of_another_interpreter(either):
    """At the highest log level, several at once. (runtime.md, 10.7)"""
    links = [either.connect() for _ in range(3 if MPM != "prefork" or either.mode == "daemon" else 1)]
    for _ in range(3):
        for link in links:
            link.send("/other/hello")
        assert [link.response().body for link in links] == [b"Hello World!"] * len(links)
    for link in links:
        link.close()


def test_what_an_application_says_of_a_failed_body(either):
    """Its line is in the log although its client has gone."""
    either.expect("WSGI5004", "WSGI5024")
    either.tolerate("AH01590")
    with either.connect() as c:
        c.raw(b"POST /app/read HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\nabc")
        c.socket.shutdown(1)
        status = b" 400 " if either.mode == "daemon" else b" 500 "
        assert status in c.rest().split(b"\r\n")[0]
    either.wait_log("OSError: mod_wsgi request data read error: ")
    assert "[wsgi:info]" in the_line(either, "WSGI5203")


@pytest.mark.parametrize("length", [10, 200_000], ids=["small", "large"])
def test_slow_body(either, length):
    if either.mode == "embedded" and length == 10:
        pytest.skip("there a small body goes the way of a large one")
    either.tolerate("WSGI5004", "WSGI5024")
    with either.connect() as c:
        c.raw(b"POST /app/read HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\nabc" % length)
        assert c.response().status == (408 if either.mode == "daemon" else 500)
        assert c.rest() == b""
    assert "[wsgi:info]" in the_line(either, "WSGI5201")


def test_malformed_chunks(either):
    either.expect("WSGI5202")
    either.tolerate("WSGI5004", "WSGI5024", "AH01590")
    with either.connect() as c:
        c.raw(b"POST /app/read HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
        assert c.response().status == 400
        assert c.rest() == b""
    assert "[wsgi:error]" in the_line(either, "WSGI5202")


def test_more_than_declared(either):
    """app-length-over: the debug line says both sizes."""
    assert either.get("/app/length?4,9").body == b"x" * 4
    line = the_line(either, "WSGI5009")
    assert "[wsgi:debug]" in line and "produced 9 bytes, 4 were declared" in line


def test_less_than_declared(either):
    with either.connect() as c:
        c.send("/app/length?9,4")
        assert c.head().status == 200 and c.rest() == b"x" * 4
    line = the_line(either, "WSGI5010")
    assert "[wsgi:info]" in line and "produced 4 bytes, 9 were declared" in line


def test_client_that_leaves(either):
    """Within the answer: a trace line of the application's side, no error, its status in the log."""
    with either.connect() as c:
        c.send("/app/large?201%20Made")
        assert c.head().status == 201
        c.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert "[wsgi:trace1]" in the_line(either, "WSGI5014")
    if either.mode == "daemon":
        assert "[wsgi:info]" in the_line(either, "WSGI4114")
    log = either.root / "log/access.log"
    wait_until(lambda: "/app/large 201 X\n" in log.read_text(), 10, "the line in the access log")


def test_reload_required_raises(either):
    """It means "no". The script was loaded before the first request."""
    either.expect("WSGI5016", "WSGI5024")
    assert either.get("/hook").body == b"ok"
    assert "reload_required() raised; the script is kept" in the_line(either, "WSGI5016")
    either.wait_log("KeyError: 'hook'")


# A server each


NO_PYTHON = """
WSGIPythonHome /nowhere/at/all
WSGIScriptAlias /app {root}/apps/app.wsgi
<Location /static.txt>
  Require all granted
</Location>
Alias /closed {root}/htdocs/static.txt
<Location /closed>
  WSGIAccessScript {root}/apps/hooks.wsgi
</Location>
Alias /asked {root}/htdocs/static.txt
<Location /asked>
  WSGIAuthUserScript {root}/apps/hooks.wsgi
  AuthType Basic
  AuthName x
  AuthBasicProvider wsgi
  Require valid-user
</Location>
<Directory {root}/apps>
  Require all granted
</Directory>
"""


def test_no_python_in_the_child(make_server):
    """Requests and hooks fail closed; files are served."""
    server = make_server(NO_PYTHON, mpm=MPM, modules=("alias", "authn_core", "auth_basic", "authz_user"))
    server.tolerate("WSGI3002", "WSGI3004")
    credentials = (("Authorization", "Basic dTpw"),)
    for path, status, message in (("/app", 500, "WSGI3005"), ("/closed", 403, "WSGI5105"),
                                  ("/asked", 500, "WSGI5105")):
        server.expect(message)
        assert server.get(path, headers=credentials).status == status
        server.wait_log(message)
        lines = [one for one in server.new_log().splitlines() if message in one]
        assert "[wsgi:error]" in lines[-1] and "[client 127.0.0.1" in lines[-1]
    assert server.get("/static.txt").status == 200


def test_group_of_another_server_name(make_server):
    account = USER
    server = make_server(f"""
<VirtualHost *:{{port}}>
  ServerName other.example
  WSGIDaemonProcess hidden processes=1 threads=1 {account}
</VirtualHost>
<VirtualHost *:{{port}}>
  ServerName here.example
  ServerAlias localhost
  SetEnv GROUP hidden
  WSGIScriptAlias /app {{root}}/apps/hostile.wsgi process-group=%{{ENV:GROUP}}
  <Directory {{root}}/apps>
    Require all granted
  </Directory>
</VirtualHost>
""", mpm=MPM)
    server.expect("WSGI4013")
    assert server.get("/app/hello").status == 500
    line = the_line(server, "WSGI4013")
    assert "[wsgi:error]" in line and "'hidden'" in line and "another ServerName" in line


def test_expect_of_a_request_that_expires(make_server):
    """The final status comes without 100 Continue, and the connection carries the next request or
    ends: the body was never asked for."""
    server = make_server(f"""
WSGIDaemonProcess app processes=1 threads=1 queue-timeout=1 {USER}
WSGIScriptAlias /app {{root}}/apps/faults.wsgi process-group=app application-group=%{{GLOBAL}}
<Directory {{root}}/apps>
  Require all granted
</Directory>
""", mpm=MPM)
    assert server.get("/app/hello").status == 200
    held = server.background("/app/stuck?3")
    wait_until(lambda: "stuck" in str(begun(server, "app")), 10, "a running request")
    server.expect("WSGI4106")
    with server.connect() as c:
        c.raw(b"POST /app/hello HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
              b"Content-Length: 3\r\n\r\n")
        assert c.response().status == 504
        assert c.rest() == b""
    assert held.result().status == 200

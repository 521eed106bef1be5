# SPDX-License-Identifier: Apache-2.0
"""Conditions of errors.md, sections 5 to 7 and 10, that need a place of their own: who may own a
script, what is logged about a client that does not read, what an application says when its client's
body fails. The list of who provokes what is test_request_error_list.py."""

import json
import os
import urllib.parse

import pytest

from harness.page import begun
from harness.procs import wait_until
from harness.server import MPM

USER = "user=games group=games" if os.geteuid() == 0 else ""
CONFIG = f"""
WSGIDaemonProcess app processes=1 threads=5 {USER} response-socket-timeout=1
WSGIDaemonProcess owned processes=1 threads=2 {USER} script-user=#{os.geteuid()}
WSGIDaemonProcess grouped processes=1 threads=2 {USER} script-group=#{os.getegid()}
WSGIRestrictEmbedded On
WSGIChunkedRequest On
WSGIScriptAlias /app {{root}}/apps/hostile.wsgi process-group=app application-group=%{{GLOBAL}}
WSGIScriptAlias /owned {{root}}/owned/app.wsgi process-group=owned application-group=%{{GLOBAL}}
WSGIScriptAlias /hook {{root}}/owned/hook.wsgi process-group=app application-group=%{{GLOBAL}}
WSGIScriptAlias /grouped {{root}}/owned/app.wsgi process-group=grouped application-group=%{{GLOBAL}}
Alias /plain {{root}}/apps
<Directory {{root}}/apps>
  Require all granted
</Directory>
<Directory {{root}}/owned>
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


@pytest.fixture(scope="module")
def server(shared_server):
    one = shared_server(CONFIG, mpm=MPM, start=False, modules=("alias",))
    (one.root / "owned").mkdir(mode=0o755)
    (one.root / "owned/app.wsgi").write_text(HELLO)
    (one.root / "owned/app.wsgi").chmod(0o644)
    (one.root / "owned/hook.wsgi").write_text(
        HELLO + "def reload_required(path):\n    raise KeyError('hook')\n")
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


def test_what_an_application_says_of_a_failed_body(server):
    """Its line is in the log although its client has gone."""
    server.expect("WSGI5004", "WSGI5024")
    server.tolerate("WSGI5202", "AH01590")
    with server.connect() as c:
        c.raw(b"POST /app/read HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\nabc")
        c.socket.shutdown(1)
        assert b" 400 " in c.rest().split(b"\r\n")[0]
    server.wait_log("OSError: mod_wsgi request data read error: ")
    assert "[wsgi:info]" in the_line(server, "WSGI5203")


def test_client_that_does_not_read(server):
    """response-socket-timeout: its thread is free again, and the log says why."""
    with server.connect() as c:
        c.send("/app/length?" + urllib.parse.quote(f"{256 << 20},{256 << 20}"))
        assert c.head().status == 200
        server.wait_log("WSGI4114", 15)
        line = the_line(server, "WSGI4114")
        assert "[wsgi:info]" in line and "bytes of the response" in line
    assert json.loads(server.get("/app/said").text)["closed"] >= 1


def test_reload_required_raises(server):
    """It means "no". The script was loaded before the first request."""
    server.expect("WSGI5016", "WSGI5024")
    assert server.get("/hook").body == b"ok"
    assert "reload_required() raised; the script is kept" in the_line(server, "WSGI5016")
    server.wait_log("KeyError: 'hook'")


ONE = f"""
WSGIDaemonProcess app processes=1 threads=2 {USER}
WSGIScriptAlias /app {{root}}/apps/hostile.wsgi process-group=app application-group=%{{GLOBAL}}
<Directory {{root}}/apps>
  Require all granted
</Directory>
"""


def test_more_than_declared(make_server):
    """app-length-over: the debug line says both sizes."""
    server = make_server(ONE, mpm=MPM, log_level="debug")
    assert server.get("/app/length?4,9").body == b"x" * 4
    line = the_line(server, "WSGI5009")
    assert "[wsgi:debug]" in line and "produced 9 bytes, 4 were declared" in line


@pytest.mark.parametrize("length", [10, 200_000], ids=["small", "large"])
def test_slow_body(make_server, length):
    server = make_server(ONE + "Timeout 1\n", mpm=MPM)
    server.tolerate("WSGI5004", "WSGI5024")
    with server.connect() as c:
        c.raw(b"POST /app/read HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\nabc" % length)
        assert c.response().status == 408
    assert "[wsgi:info]" in the_line(server, "WSGI5201")


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

# SPDX-License-Identifier: Apache-2.0
"""A virtual host with an application at "/": the URL, the whole environ, and whose log gets what a
request says, embedded and through a daemon. (runtime.md, 2, 3 and 11)"""

import json
import os
import re

import pytest

from harness import modes, procs
from harness.server import MPM

APP = '''
import json, sys, threading


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/raise":
        raise ValueError("of " + environ["SERVER_NAME"])
    if path == "/say":
        for stream, name in ((environ["wsgi.errors"], "errors"), (sys.stdout, "stdout"),
                             (sys.stderr, "stderr")):
            stream.write(f"line of {name}\\\\nrest of {name}")
    if path == "/thread":
        thread = threading.Thread(target=print, args=("said by a thread",))
        thread.start()
        thread.join()
    types = {k: type(v).__name__ for k, v in environ.items()}
    shown = {k: v if isinstance(v, (str, bool, int, float)) else str(v) for k, v in environ.items()}
    start_response("200 OK", [])
    return [json.dumps([shown, types]).encode()]
'''
HOSTS = "".join(f"""
<VirtualHost *:{{port}}>
  ServerName {name}.test
  ServerAdmin admin@{name}.test
  DocumentRoot {{root}}/htdocs
  ErrorLog log/{name}.log
  ErrorLogFormat "[%t] [%-m:%l] [pid %P] [%L] %M"
  WSGIScriptAlias / {{root}}/apps/vhost.wsgi
  WSGIApplicationGroup %{{GLOBAL}}
  WSGIProcessGroup GROUP
  {slashes}
</VirtualHost>
""" for name, slashes in (("one", ""), ("two", "AllowEncodedSlashes NoDecode")))


@pytest.fixture(scope="module", params=modes.MODES)
def server(request, shared_server):
    group = "app" if request.param == "daemon" else "%{GLOBAL}"
    # The first host answers the harness, which asks for a file.
    first = "<VirtualHost *:{port}>\nServerName localhost\n</VirtualHost>\n"
    config = modes.config(request.param, MPM, (), first + HOSTS.replace("GROUP", group))
    one = shared_server(config, start=False, modules=("unique_id",))
    (one.root / "apps/vhost.wsgi").write_text(APP.replace("\\\\n", "\\n"))
    one.mode = request.param
    return one.start()


def ask(server, target, host="one.test", headers=()):
    with server.connect() as c:
        lines = [f"GET {target} HTTP/1.1", f"Host: {host}", "Connection: close", *headers]
        c.raw("\r\n".join(lines).encode() + b"\r\n\r\n")
        return c.response()


def environ(server, target, **kwargs):
    response = ask(server, target, **kwargs)
    assert response.status == 200
    return json.loads(response.text)[0]


def log_of(server, name):
    path = server.root / f"log/{name}.log"
    return path.read_text(errors="backslashreplace") if path.exists() else ""


@pytest.mark.parametrize("target, info", [
    ("/", "/"), ("//", "/"), ("/a", "/a"), ("/a/b/", "/a/b/"), ("//a///b//?x=//y", "/a/b/"),
    ("/a/./b/../c", "/a/c"), ("/%41%20%2e", "/A ."), ("/static.txt", "/static.txt"),
])
def test_mounted_at_the_root(server, target, info):
    e = environ(server, target)
    assert (e["SCRIPT_NAME"], e["PATH_INFO"]) == ("", info)
    assert (e["mod_wsgi.script_name"], e["mod_wsgi.path_info"]) == ("", info)
    assert e["REQUEST_URI"] == target and e["QUERY_STRING"] == target.partition("?")[2]


def test_absolute_form(server):
    """Which names the host, whatever Host says. (RFC 9112, 3.2.2)"""
    e = environ(server, "http://two.test/a?b")
    assert (e["SERVER_NAME"], e["PATH_INFO"], e["QUERY_STRING"]) == ("two.test", "/a", "b")
    assert e["REQUEST_URI"] == "http://two.test/a?b"


@pytest.mark.parametrize("method", ["PURGE", "brew", "OPTIONS", "PROPFIND", "PUT", "DELETE", "PATCH"])
def test_methods(server, method):
    """Known to Apache or not: the application's business."""
    with server.connect() as c:
        c.raw(f"{method} /x HTTP/1.1\r\nHost: one.test\r\nContent-Length: 0\r\n\r\n".encode())
        assert json.loads(c.response().text)[0]["REQUEST_METHOD"] == method


def test_encoded_slashes(server):
    server.tolerate("AH00026")
    assert ask(server, "/a%2Fb").status == 404
    assert environ(server, "/a%2Fb", host="two.test")["PATH_INFO"] == "/a%2Fb"


def test_whole_environ(server):
    """Each key that a request without headers of its own has, and no other."""
    response = ask(server, "/where?q", headers=("X-Mine: 1", "User-Agent: t"))
    e, types = json.loads(response.text)
    wanted = {
        "HTTP_HOST": "one.test", "HTTP_CONNECTION": "close", "HTTP_X_MINE": "1",
        "HTTP_USER_AGENT": "t", "REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": "/where",
        "QUERY_STRING": "q", "REQUEST_URI": "/where?q", "SERVER_NAME": "one.test",
        "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "SERVER_ADDR": "127.0.0.1",
        "SERVER_ADMIN": "admin@one.test", "REMOTE_ADDR": "127.0.0.1", "REQUEST_SCHEME": "http",
        "DOCUMENT_ROOT": f"{server.root}/htdocs", "CONTEXT_DOCUMENT_ROOT": f"{server.root}/htdocs",
        "CONTEXT_PREFIX": "", "SCRIPT_FILENAME": f"{server.root}/apps/vhost.wsgi",
        "wsgi.version": "(1, 0)", "wsgi.url_scheme": "http", "wsgi.input_terminated": True,
        "wsgi.multithread": server.mode == "daemon" or MPM != "prefork",
        "wsgi.multiprocess": server.mode == "daemon", "wsgi.run_once": False,
        "mod_wsgi.process_group": "app" if server.mode == "daemon" else "",
        "mod_wsgi.application_group": "", "mod_wsgi.callable_object": "application",
        "mod_wsgi.request_handler": "wsgi-script", "mod_wsgi.handler_script": "",
        "mod_wsgi.script_name": "", "mod_wsgi.path_info": "/where",
        "mod_wsgi.listener_port": str(server.port),
    }
    assert {k: e.get(k) for k in wanted} == wanted
    others = {
        "SERVER_SOFTWARE": r"Apache.*", "REMOTE_PORT": r"\d+", "UNIQUE_ID": r"\S{20,}",
        "mod_wsgi.listener_host": r".*", "mod_wsgi.request_id": r"\S+",
        "mod_wsgi.server_pid": r"\d+", "mod_wsgi.version": r"\(\d+, \d+, \d+\)",
        "apache.version": r"\(2, 4, \d+\)", "wsgi.input": r".*mod_wsgi\.Input.*",
        "wsgi.errors": r".*", "wsgi.file_wrapper": r".*FileWrapper.*",
    }
    assert [k for k, v in others.items() if not re.fullmatch(v, str(e.get(k)))] == []
    times = ["mod_wsgi.request_start", "mod_wsgi.queue_start", "mod_wsgi.daemon_start",
             "mod_wsgi.application_start"]
    assert set(e) - {"mod_wsgi.connection_id"} == {*wanted, *others, *times, "mod_wsgi.thread_id"}
    assert {types[k] for k in times} == {"float"} and types["mod_wsgi.thread_id"] == "int"
    assert [e[t] for t in times if e[t]] == sorted(e[t] for t in times if e[t])
    assert (e["mod_wsgi.daemon_start"] > 0) == (server.mode == "daemon")
    assert int(e["mod_wsgi.server_pid"]) in server.apaches()
    assert {v for k, v in types.items() if k.isupper()} == {"str"}


def lines_of(server, name, text, count):
    """Once they are there: the lines of one host's log with this text."""
    def found():
        got = [one for one in log_of(server, name).splitlines() if text in one]
        return got if len(got) >= count else None
    return procs.wait_until(found, 10, f"{text!r} in the log of {name}")


def test_own_lines_in_own_log(server):
    """Of the host that serves the request, with the id that the application was told."""
    told = environ(server, "/say", host="two.test")["mod_wsgi.request_id"]
    for stream in ("errors", "stdout", "stderr"):
        for text in (f"line of {stream}", f"rest of {stream}"):
            (line,) = lines_of(server, "two", text, 1)
            assert f"[{told}] [script {server.root}/apps/vhost.wsgi] {text}" in line
            assert "[wsgi:error]" in line
            assert text not in log_of(server, "one") and text not in server.log()


def test_traceback_in_own_log(server):
    assert ask(server, "/raise", host="two.test").status == 500
    (last,) = lines_of(server, "two", "ValueError: of two.test", 1)
    ids = set()
    for text in ("ValueError exception raised processing WSGI script",
                 "Traceback (most recent call last):", 'raise ValueError("of "'):
        (line,) = lines_of(server, "two", text, 1)
        ids.add(re.search(r"\[pid \d+\] \[(\S+)\]", line)[1])
        assert text not in log_of(server, "one") and text not in server.log()
    assert len(ids) == 1 and ids.pop() in last


def test_threads_speak_to_the_process(server):
    """Output outside requests: the log of the server that defines the group, or the child's."""
    ask(server, "/thread", host="two.test")
    server.wait_log("said by a thread")
    assert "said by a thread" not in log_of(server, "two")
    server.tolerate("WSGI5018")

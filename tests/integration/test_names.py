# SPDX-License-Identifier: Apache-2.0
"""How a resource gets its handler, and how names of groups and callables are computed
(directives.md, 2 and 3), in both modes."""

import json
import os

import pytest

from harness.server import MPM

USER = "user=games group=games" if os.geteuid() == 0 else ""
GROUP = {"daemon": "app", "embedded": "%{GLOBAL}"}
CONFIG = f"""
WSGIDaemonProcess app processes=1 threads=5 {USER}
WSGIRestrictEmbedded Off
WSGIProcessGroup GROUP
WSGIApplicationGroup %{{GLOBAL}}
WSGIHandlerScript page {{root}}/apps/page.wsgi application-group=%{{GLOBAL}}
WSGIScriptAlias /mount {{root}}/apps/environ.wsgi
TypesConfig /dev/null
SetEnv CALLABLE other
SetEnv TWICE %{{HOST}}
SetEnv NOTHING ""
SetEnv AGAIN %{{ENV:TWICE}}
SetEnv WHERE GROUP
<Directory {{root}}/apps>
  Require all granted
</Directory>
<Directory {{root}}/htdocs>
  Options +ExecCGI
  Require all granted
  AllowOverride FileInfo
  AddHandler wsgi-script .wsgi
  AddHandler page .page
</Directory>
<Directory {{root}}/htdocs/closed>
  AllowOverride None
</Directory>
<Location /mount/off>
  SetHandler None
</Location>
<Location /mount/page>
  SetHandler page
</Location>
<Location /mount/callable/env>
  WSGICallableObject %{{ENV:CALLABLE}}
</Location>
<Location /mount/callable/unknown>
  WSGICallableObject %{{ENV:NOWHERE}}
</Location>
<Location /mount/where>
  WSGIProcessGroup %{{ENV:WHERE}}
</Location>
<Location /mount/nowhere>
  WSGIProcessGroup %{{ENV:NOWHERE}}
</Location>
"""
# Application groups: the directive's value and what becomes of it.
NAMES = {
    "server": ("%{SERVER}", "localhost{port}"),
    "host": ("%{HOST}", "other.test{port}"),
    "resource": ("%{RESOURCE}", "localhost{port}|/mount"),
    "twice": ("%{ENV:TWICE}", "other.test{port}"),
    "again": ("%{ENV:AGAIN}", "%{ENV:TWICE}"),
    "nothing": ("%{ENV:NOTHING}", ""),
    "missing": ("%{ENV:MISSING}", "%{ENV:MISSING}"),
    "unknown": ("%{FOO}", "%{FOO}"),
    "middle": ("a%{SERVER}", "a%{SERVER}"),
}
CONFIG += "".join(
    f"<Location /mount/name/{k}>\n  WSGIApplicationGroup {v[0]}\n</Location>\n"
    for k, v in NAMES.items()
)
PAGE = """
import os

asked = []


def reload_required(resource):
    asked.append(resource)
    return os.path.exists(resource + ".new")


def handle_request(environ, start_response):
    new = environ["SCRIPT_FILENAME"] + ".new"
    if os.path.exists(new):
        os.unlink(new)
    start_response("200 OK", [])
    return [repr((os.getpid(), asked)).encode()]
"""


@pytest.fixture(scope="module", params=["daemon", "embedded"])
def server(request, shared_server):
    config = CONFIG.replace("GROUP", GROUP[request.param])
    one = shared_server(config, start=False, modules=("mime",))
    source = (one.root / "apps/environ.wsgi").read_text()
    (one.root / "apps/page.wsgi").write_text(PAGE)
    for folder in (".", "open", "bad", "closed"):
        (one.root / "htdocs" / folder).mkdir(exist_ok=True)
        (one.root / "htdocs" / folder / "here.wsgi").write_text(source)
    (one.root / "htdocs").chmod(0o777)
    (one.root / "htdocs/a.page").write_text("a page")
    (one.root / "htdocs/open/.htaccess").write_text("WSGICallableObject other\n")
    (one.root / "htdocs/closed/.htaccess").write_text("WSGICallableObject other\n")
    (one.root / "htdocs/bad/.htaccess").write_text("WSGIProcessGroup other\n")
    one.group = "app" if request.param == "daemon" else ""
    return one.start()


def ask(server, path, **kwargs):
    response = server.get(path, **kwargs)
    assert response.status == 200
    return json.loads(response.text)


def test_handler_by_suffix(server):
    e = ask(server, "/here.wsgi/more")
    assert (e["SCRIPT_NAME"], e["PATH_INFO"]) == ("/here.wsgi", "/more")
    assert e["SCRIPT_FILENAME"] == str(server.root / "htdocs/here.wsgi")
    assert e["mod_wsgi.process_group"] == server.group


def test_override_in_a_folder(server):
    assert server.get("/open/here.wsgi").body == b"other"
    assert ask(server, "/closed/here.wsgi")["mod_wsgi.callable_object"] == "application"
    response = server.get("/bad/here.wsgi")
    assert response.status == 500
    assert "WSGIProcessGroup not allowed here" in server.new_log()


def test_set_handler_none(server):
    """It takes back a SetHandler, not the mount's own handler."""
    e = ask(server, "/mount/off")
    assert (e["SCRIPT_NAME"], e["PATH_INFO"]) == ("/mount", "/off")


def test_reload_required_of_a_handler(server):
    """Asked with the resource, not with the script; embedded it is one child's: one connection."""
    resource = server.root / "htdocs/a.page"
    with server.connect() as c:
        pids, counts = [], []
        for marked in (False, False, True):
            if marked:
                new = resource.with_name("a.page.new")
                new.write_text("")
                new.chmod(0o666)
            pid, asked = eval(c.request("/a.page").text)
            assert set(asked) <= {str(resource)}
            pids.append(pid)
            counts.append(len(asked))
    assert counts[1] == counts[0] + 1 and pids[0] == pids[1]
    assert counts[2] == 0
    assert (pids[2] != pids[1]) == bool(server.group)


def test_handler_beats_the_mount(server):
    response = server.get("/mount/page")
    assert response.status == 200 and eval(response.text)


def test_callable_names(server):
    assert server.get("/mount/callable/env").body == b"other"
    e = ask(server, "/mount/callable/unknown")
    assert e["mod_wsgi.callable_object"] == "application"


def test_process_group_names(server):
    assert ask(server, "/mount/where")["mod_wsgi.process_group"] == server.group
    server.expect("WSGI4012")
    assert server.get("/mount/nowhere").status == 500


def named(server, what):
    with server.connect() as c:
        host = f"Other.test:{server.port}"
        c.raw(f"GET /mount/name/{what} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        return json.loads(c.response().text)["mod_wsgi.application_group"]


@pytest.mark.parametrize("what", NAMES)
def test_application_group_names(server, what):
    assert named(server, what) == NAMES[what][1].replace("{port}", f":{server.port}")


def test_host_is_missing(server):
    """HTTP/1.0: the server's name stands in; the port is the server's own."""
    with server.connect() as c:
        c.raw(b"GET /mount/name/host HTTP/1.0\r\n\r\n")
        e = json.loads(c.response().text)
    assert e["mod_wsgi.application_group"] in ("localhost", f"localhost:{server.port}")


def test_embedded_is_restricted(make_server):
    one = make_server(
        "WSGIScriptAlias /app {root}/apps/environ.wsgi\nWSGIRestrictEmbedded On\n"
        "<Directory {root}/apps>\nRequire all granted\n</Directory>"
    )
    one.expect("WSGI4011")
    assert one.get("/app").status == 500


@pytest.mark.skipif(MPM != "event", reason="a daemon's, and takes seconds")
def test_interpreters_are_limited(make_server):
    """256 beside the main one; then 503, said once a minute, and the known ones still answer."""
    one = make_server(
        f"WSGIDaemonProcess app processes=1 threads=2 {USER}\nWSGIProcessGroup app\n"
        "SetEnvIf Request_URI ^/app/(.*)$ GROUP=g-$1\nWSGIApplicationGroup %{ENV:GROUP}\n"
        "WSGIScriptAlias /app {root}/apps/hello.wsgi\n"
        "<Directory {root}/apps>\nRequire all granted\n</Directory>",
        start=False,
        log_level="warn",
    )
    (one.root / "apps/hello.wsgi").write_text(
        "def application(e, s):\n    s('200 OK', [])\n    return [b'hello']\n"
    )
    one.start()
    one.expect("WSGI3008")
    with one.connect() as c:
        for i in range(256):
            assert c.request(f"/app/{i}").status == 200, i
    for i in range(256, 259):
        assert one.get(f"/app/{i}").status == 503
    assert one.get("/app/7").status == 200
    assert one.log().count("WSGI3008") == 1

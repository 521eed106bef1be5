# SPDX-License-Identifier: Apache-2.0
"""Which script, callable and group serve a request (directives.md, 2 and 3), in both modes."""

import json
import os

import pytest

USER = "user=games group=games" if os.geteuid() == 0 else ""
GROUP = {"daemon": "app", "embedded": "%{GLOBAL}"}
CONFIG = f"""
WSGIDaemonProcess app processes=1 threads=5 {USER}
WSGIRestrictEmbedded Off
WSGIProcessGroup GROUP
WSGIScriptAliasMatch ^/match/([a-z]+)\\.x {{root}}/apps/$1.wsgi application-group=%{{GLOBAL}}
WSGIScriptAliasMatch ^/not(?!/static) {{root}}/apps/environ.wsgi application-group=%{{GLOBAL}}
WSGIScriptAlias /dir {{root}}/apps
WSGIScriptAlias /named {{root}}/apps/environ.wsgi callable-object=other application-group=%{{GLOBAL}}
WSGIScriptAlias /group {{root}}/apps/environ.wsgi
WSGIHandlerScript mine {{root}}/apps/environ.wsgi application-group=%{{GLOBAL}}
Alias /plain {{root}}/apps/environ.wsgi
Alias /forbidden {{root}}/apps/environ.wsgi
Alias /none {{root}}/apps/environ.wsgi
Alias /missing {{root}}/apps/missing.wsgi
<LocationMatch ^/(plain|none|missing|forbidden)>
  SetHandler wsgi-script
  WSGIApplicationGroup %{{GLOBAL}}
</LocationMatch>
<Location /none/off>
  SetHandler None
</Location>
<LocationMatch ^/(plain|none|missing)>
  Options +ExecCGI
</LocationMatch>
<Location /plain/strict>
  AcceptPathInfo Off
</Location>
<Location /handled>
  SetHandler mine
</Location>
<Location /plain/other>
  WSGICallableObject other
</Location>
<Location /plain/lost>
  WSGICallableObject lost
</Location>
<Location /plain/unlisted>
  WSGIRestrictProcess somebody
</Location>
<Directory {{root}}/apps>
  Require all granted
</Directory>
"""


@pytest.fixture(scope="module", params=["daemon", "embedded"])
def server(request, shared_server):
    one = shared_server(CONFIG.replace("GROUP", GROUP[request.param]), modules=("alias",))
    one.group = "app" if request.param == "daemon" else ""
    return one


def ask(server, path, **kwargs):
    response = server.get(path, **kwargs)
    assert response.status == 200
    return json.loads(response.text)


def test_match(server):
    e = ask(server, "/match/environ.x/more")
    assert (e["SCRIPT_NAME"], e["PATH_INFO"]) == ("/match/environ.x", "/more")
    assert ask(server, "/not/this")["SCRIPT_NAME"] == "/not"
    assert server.get("/not/static").status == 404


def test_directory_target(server):
    e = ask(server, "/dir/environ.wsgi/a/b")
    assert (e["SCRIPT_NAME"], e["PATH_INFO"]) == ("/dir/environ.wsgi", "/a/b")


def test_set_handler_below_alias(server):
    e = ask(server, "/plain/a")
    assert (e["SCRIPT_NAME"], e["PATH_INFO"]) == ("/plain", "/a")
    assert e["mod_wsgi.request_handler"] == "wsgi-script"


def test_set_handler_none(server):
    """Then it is a plain file with path information, which Apache refuses."""
    assert ask(server, "/none/on")["PATH_INFO"] == "/on"
    assert server.get("/none/off").status == 404


def test_exec_cgi_is_needed(server):
    server.expect("WSGI4001")
    assert server.get("/forbidden").status == 403


def test_missing(server):
    server.expect("WSGI4002")
    assert server.get("/missing").status == 404


def test_path_info_refused(server):
    server.expect("WSGI4004")
    assert server.get("/plain/strict").status == 404


def test_handler_script(server):
    e = ask(server, "/handled/not-there")
    assert e["mod_wsgi.handler_script"] == str(server.root / "apps/environ.wsgi")
    assert (e["mod_wsgi.callable_object"], e["mod_wsgi.request_handler"]) == ("handle_request", "mine")
    assert e["SCRIPT_FILENAME"].startswith(str(server.root / "htdocs"))
    assert e["mod_wsgi.process_group"] == server.group


def test_callable(server):
    server.expect("WSGI5003")
    assert server.get("/named").body == b"other"
    assert server.get("/plain/other").body == b"other"
    assert server.get("/plain/lost").status == 404


def test_restricted_group(server):
    server.expect("WSGI4010")
    assert server.get("/plain/unlisted").status == 500


def group_for(server, host):
    with server.connect() as c:
        c.raw(f"GET /group HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        return json.loads(c.response().text)


def test_client_cannot_make_interpreters(server):
    """A port nobody listens on names no group; SERVER_PORT is what the client said."""
    own = group_for(server, f"localhost:{server.port}")
    assert own["mod_wsgi.application_group"] == f"localhost:{server.port}|/group"
    for port in ("1", "9999"):
        e = group_for(server, f"localhost:{port}")
        assert e["SERVER_PORT"] == port
        assert e["mod_wsgi.application_group"] == own["mod_wsgi.application_group"]
    assert group_for(server, "localhost")["mod_wsgi.application_group"] == "localhost|/group"

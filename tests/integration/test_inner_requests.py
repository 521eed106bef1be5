# SPDX-License-Identifier: Apache-2.0
"""The environ where Apache itself asks (includes, redirects after authentication, files of a folder)
or names files in other letters than ASCII's (runtime.md, 2 and 3), in both modes."""

import base64
import hashlib
import json
import os

import pytest

USER = "user=games group=games" if os.geteuid() == 0 else ""
GROUP = {"daemon": "app", "embedded": "%{GLOBAL}"}
CONFIG = f"""
WSGIDaemonProcess app processes=1 threads=5 {USER}
WSGIRestrictEmbedded Off
WSGIApplicationGroup %{{GLOBAL}}
WSGIProcessGroup GROUP
WSGIHandlerScript mine {{root}}/apps/\xe4.wsgi application-group=%{{GLOBAL}}
WSGIScriptAlias /app {{root}}/apps/\xe4.wsgi
SetEnvIf X-Forwarded-Proto ^https$ HTTPS=on
<Location /app/routed>
  WSGIDispatchScript {{root}}/apps/dispatch.wsgi
</Location>
<Location /app/page>
  SetOutputFilter INCLUDES
  Options +Includes
</Location>
DocumentRoot "{{root}}/\xe9 docs"
<Directory "{{root}}/\xe9 docs">
  Options +Includes
  Require all granted
</Directory>
<Directory {{root}}/apps>
  Require all granted
</Directory>
<Files page.shtml>
  SetOutputFilter INCLUDES
</Files>
<Location /app/auto/deflated>
  SetOutputFilter DEFLATE
</Location>
<Location /app/private>
  AuthType Basic
  AuthName a
  AuthBasicProvider file
  AuthUserFile {{root}}/users
  Require valid-user
  WSGICallableObject lost
  ErrorDocument 404 /app/landed?q=2
</Location>
<Location /app/landed>
  QualifyRedirectURL On
</Location>
<Location /asked>
  SetHandler mine
  LuaHookFixups {{root}}/asked.lua mark
</Location>
"""
LUA = """
function mark(r)
  r.notes["proxy-noquery"] = "1"
  r.filename = r.filename .. "?a=b"
  r.subprocess_env["FILE"] = r.filename
  return apache2.OK
end
"""
APP = """
import json
import sys


def application(environ, start_response):
    if environ["PATH_INFO"] == "/page":
        start_response("200 OK", [("X-Scheme", environ["wsgi.url_scheme"])])
        return [b'<!--#include virtual="/app/one" -->']
    shown = {k: v for k, v in environ.items() if isinstance(v, str)}
    shown["files"] = sys.getfilesystemencoding()
    start_response("200 OK", [("X-Method", environ["REQUEST_METHOD"])])
    return [json.dumps(shown).encode()]


handle_request = application
"""
MODULES = ("auth_basic", "authn_core", "authn_file", "authz_user", "deflate", "filter", "include")


@pytest.fixture(scope="module", params=["daemon", "embedded"])
def server(request, shared_server):
    config = CONFIG.replace("GROUP", GROUP[request.param])
    one = shared_server(config, start=False, modules=(*MODULES, "lua"))
    docs = one.root / "\xe9 docs"
    docs.mkdir()
    (docs / "static.txt").write_text("static\n")
    include = '<!--#include virtual="/app/{}?x=1" -->'
    page = "start\n" + include.format("one") + "\nmiddle\n" + include.format("two//b") + "\nend\n"
    (docs / "page.shtml").write_text(page)
    (one.root / "asked.lua").write_text(LUA)
    (one.root / "apps/dispatch.wsgi").write_text("def process_group(environ): return None\n")
    (one.root / "apps/\xe4.wsgi").write_text(APP)
    secret = base64.b64encode(hashlib.sha1(b"secret").digest()).decode()
    (one.root / "users").write_text(f"jane:{{SHA}}{secret}\n")
    one.group = "app" if request.param == "daemon" else ""
    return one.start()


def ask(server, path, **kwargs):
    response = server.get(path, **kwargs)
    assert response.status == 200
    return json.loads(response.text)


def test_includes(server):
    response = server.get("/page.shtml?p=1", headers=[("X-Mine", "1")])
    start, one, middle, two, end = response.text.splitlines()
    assert (response.status, start, middle, end) == (200, "start", "middle", "end")
    assert response.get("X-Method") is None
    e = json.loads(one)
    assert (e["SERVER_PROTOCOL"], e["REQUEST_METHOD"]) == ("INCLUDED", "GET")
    assert (e["SCRIPT_NAME"], e["PATH_INFO"], e["QUERY_STRING"]) == ("/app/one", "/one", "x=1")
    assert (e["HTTP_X_MINE"], e["DOCUMENT_NAME"]) == ("1", "page.shtml")
    assert not [k for k in e if k.startswith("mod_wsgi.x-")]
    assert json.loads(two)["PATH_INFO"] == "/two/b"


@pytest.mark.parametrize("sent", ["https", "http"])
def test_scheme_of_a_proxy(server, sent):
    """The variable of the first head goes; the second one, and those of parts, mean the same."""
    headers = [("X-Forwarded-Proto", sent)]
    for path in ("/app/plain", "/app/routed"):
        assert ask(server, path, headers=headers)["wsgi.url_scheme"] == sent
    response = server.get("/app/page", headers=headers)
    assert response.get("X-Scheme") == sent
    part = json.loads(response.text)
    assert (part["wsgi.url_scheme"], "HTTPS" in part) == (sent, False)


def test_head_of_a_page_with_includes(server):
    response = server.get("/page.shtml", method="HEAD")
    assert (response.status, response.body) == (200, b"")


@pytest.mark.parametrize("path, method", [("plain", "HEAD"), ("deflated", "GET")])
def test_head_automatically(server, path, method):
    sent = [("Accept-Encoding", "gzip")]
    with server.connect() as c:
        response = c.request(f"/app/auto/{path}", method="HEAD", headers=sent)
        assert (response.status, response.get("X-Method")) == (200, method)
        assert c.request("/app/x").status == 200


def test_user_of_the_first_request(server):
    server.expect("WSGI5003")
    token = base64.b64encode(b"jane:secret").decode()
    response = server.get("/app/private?q=1", headers=[("Authorization", "Basic " + token)])
    e = json.loads(response.text)
    assert (e["REDIRECT_REMOTE_USER"], e["REDIRECT_STATUS"]) == ("jane", "404")
    assert "REMOTE_USER" not in e and "AUTH_TYPE" not in e
    assert e["REDIRECT_URL"] == "http://localhost/app/private"


def test_query_of_a_proxy(server):
    """A file name that mod_proxy made has the query in it, and a note says so."""
    e = ask(server, "/asked")
    assert e["SCRIPT_FILENAME"] == as_file(server.root / "\xe9 docs/asked", e)
    assert e["FILE"].endswith("/asked?a=b")


def as_file(path, e):
    return os.fsencode(path).decode(e["files"], "surrogateescape")


def test_letters(server):
    e = ask(server, "/app/%C3%A9/%E9?%C3%A9")
    assert e["PATH_INFO"] == "/\xc3\xa9/\xe9"
    assert (e["REQUEST_URI"], e["QUERY_STRING"]) == ("/app/%C3%A9/%E9?%C3%A9", "%C3%A9")
    assert e["DOCUMENT_ROOT"] == as_file(server.root / "\xe9 docs", e)
    assert e["SCRIPT_FILENAME"] == as_file(server.root / "apps/\xe4.wsgi", e)
    assert e["CONTEXT_DOCUMENT_ROOT"] == os.fsencode(server.root / "\xe9 docs").decode("latin-1")

# SPDX-License-Identifier: Apache-2.0
"""The environ (runtime.md, 2 and 3) in both modes: where values come from and which of them win,
what is left out, trusted proxies, redirects, and what later phases of Apache see."""

import json
import os

import pytest

from harness import procs

USER = "user=games group=games" if os.geteuid() == 0 else ""
GROUP = {"daemon": "app", "embedded": "%{GLOBAL}"}
CONFIG = f"""
WSGIDaemonProcess app processes=1 threads=5 {USER}
WSGIRestrictEmbedded Off
WSGIApplicationGroup %{{GLOBAL}}
WSGIProcessGroup GROUP
WSGIScriptAlias /app {{root}}/apps/environ.wsgi
SetEnv FROM_APACHE yes
SetEnv EMPTY
SetEnv REQUEST_METHOD FOO
SetEnv wsgi.version x
SetEnv mod_wsgi.process_group x
SetEnv mod_wsgi.x-secret x
SetEnv PATH /x
SetEnvIf Request_URI ^/app/marked HTTPS=On
LogFormat "%{{SCRIPT_NAME}}e %{{REMOTE_ADDR}}e %{{HTTP_HOST}}e [%{{mod_wsgi.process_group}}e] \
[%{{mod_wsgi.application_group}}e] %{{mod_wsgi.callable_object}}e %{{HTTPS}}e %{{wsgi.url_scheme}}e" seen
CustomLog log/seen.log seen
<Location /app/pass>
  WSGIPassAuthorization On
</Location>
<Location /app/cgi>
  CGIPassAuth On
</Location>
<Location /app/lost>
  WSGICallableObject lost
  ErrorDocument 404 /app/landed?q=2
</Location>
<Location /app/current>
  CGIVar REQUEST_URI current-uri
</Location>
<Location /app/get>
  WSGIMapHEADToGET On
</Location>
<Location /app/head>
  WSGIMapHEADToGET Off
</Location>
<Location /app/any>
  WSGITrustedProxyHeaders X-Forwarded-For X-Forwarded-Proto X-Forwarded-Host X-Script-Name X-Forwarded-Port
</Location>
<Location /app/near>
  WSGITrustedProxyHeaders X-Forwarded-For X-Forwarded-Proto
  WSGITrustedProxies 127.0.0.0/8
</Location>
<Location /app/far>
  WSGITrustedProxyHeaders X-Forwarded-For X-Forwarded-Proto
  WSGITrustedProxies 10.0.0.0/8
</Location>
<Directory {{root}}/apps>
  Require all granted
</Directory>
"""


@pytest.fixture(scope="module", params=["daemon", "embedded"])
def server(request, shared_server):
    one = shared_server(CONFIG.replace("GROUP", GROUP[request.param]))
    one.group = "app" if request.param == "daemon" else ""
    return one


def ask(server, path, **kwargs):
    response = server.get(path, **kwargs)
    assert response.status == 200
    return json.loads(response.text)


def test_precedence(server):
    e = ask(server, "/app/x")
    assert (e["FROM_APACHE"], e["EMPTY"], e["REQUEST_METHOD"]) == ("yes", "", "GET")
    assert (e["wsgi.version"], e["mod_wsgi.process_group"]) == ("(1, 0)", server.group)
    assert (e["mod_wsgi.application_group"], e["mod_wsgi.callable_object"]) == ("", "application")
    absent = {"PATH", "HTTPS", "GATEWAY_INTERFACE", "PATH_TRANSLATED", "SERVER_SIGNATURE"}
    assert not absent & set(e)
    assert not [k for k in e if k.startswith("mod_wsgi.x-") or k.startswith("REDIRECT_")]


def test_url(server):
    e = ask(server, "//app///a//b%20c//?x=%20y")
    assert (e["SCRIPT_NAME"], e["PATH_INFO"]) == ("/app", "/a/b c/")
    assert (e["mod_wsgi.script_name"], e["mod_wsgi.path_info"]) == ("/app", "/a/b c/")
    assert (e["REQUEST_URI"], e["QUERY_STRING"]) == ("//app///a//b%20c//?x=%20y", "x=%20y")
    assert ask(server, "/app")["PATH_INFO"] == ""
    assert ask(server, "/app/current?a")["REQUEST_URI"] == "/app/current"


def test_headers(server):
    sent = [("X-One", "a"), ("X-One", "b"), ("X_Two", "x"), ("Proxy", "x"), ("X-L1", "\xe9")]
    sent += [("Authorization", "Basic Zm9v"), ("Proxy-Authorization", "Basic YmFy")]
    e = ask(server, "/app/x", headers=sent)
    assert (e["HTTP_X_ONE"], e["HTTP_X_L1"]) == ("a, b", "\xe9")
    gone = {"HTTP_X_TWO", "HTTP_PROXY", "HTTP_AUTHORIZATION", "HTTP_PROXY_AUTHORIZATION"}
    assert not gone & set(e)
    e = ask(server, "/app/pass", headers=sent)
    assert e["HTTP_AUTHORIZATION"] == "Basic Zm9v" and "HTTP_PROXY_AUTHORIZATION" not in e
    e = ask(server, "/app/cgi", headers=sent)
    assert e["HTTP_AUTHORIZATION"] == "Basic Zm9v"
    assert e["HTTP_PROXY_AUTHORIZATION"] == "Basic YmFy"


def test_body_headers(server):
    kind = [("Content-Type", "text/x")]
    e = ask(server, "/app/x", method="POST", body=b"abc", headers=kind)
    assert (e["CONTENT_TYPE"], e["CONTENT_LENGTH"]) == ("text/x", "3")
    assert not {"HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"} & set(e)


def test_scheme(server):
    assert ask(server, "/app/x")["wsgi.url_scheme"] == "http"
    e = ask(server, "/app/marked")
    assert e["wsgi.url_scheme"] == "https" and "HTTPS" not in e


def test_head_mapping(server):
    for path, method in (("get", "GET"), ("head", "HEAD")):
        response = server.get(f"/app/{path}", method="HEAD")
        assert (response.status, response.body) == (200, b"")
        assert response.get("X-Method") == method


def test_no_list_leaves_headers_alone(server):
    sent = [("X-Forwarded-For", "1.1.1.1"), ("X-Forwarded-Proto", "https")]
    e = ask(server, "/app/x", headers=sent)
    assert (e["REMOTE_ADDR"], e["wsgi.url_scheme"]) == ("127.0.0.1", "http")
    assert e["HTTP_X_FORWARDED_FOR"] == "1.1.1.1"


def test_any_proxy(server):
    sent = [
        ("X-Forwarded-For", "1.1.1.1, 2.2.2.2"),
        ("X-Real-IP", "3.3.3.3"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "site.test"),
        ("X-Script-Name", "//m/"),
        ("X-Forwarded-Port", "8443"),
    ]
    e = ask(server, "/app/any/a", headers=sent)
    assert (e["REMOTE_ADDR"], e["HTTP_HOST"]) == ("1.1.1.1", "site.test")
    assert (e["SCRIPT_NAME"], e["mod_wsgi.mount_point"], e["SERVER_PORT"]) == ("//m/", "//m/", "8443")
    assert (e["PATH_INFO"], e["mod_wsgi.script_name"]) == ("/any/a", "/app")
    assert (e["wsgi.url_scheme"], e["REQUEST_SCHEME"]) == ("https", "http")
    assert "HTTP_X_REAL_IP" not in e
    seen = f"//m/ 1.1.1.1 site.test [{server.group}] [] application - -"
    procs.wait_until(lambda: seen in (server.root / "log/seen.log").read_text(), 5, seen)


def test_known_proxies(server):
    sent = [("X-Forwarded-For", "6.6.6.6, 1.1.1.1, 127.0.0.9"), ("X-Forwarded-Proto", "https")]
    e = ask(server, "/app/near", headers=sent)
    assert (e["REMOTE_ADDR"], e["wsgi.url_scheme"]) == ("1.1.1.1", "https")
    assert e["HTTP_X_FORWARDED_FOR"] == "1.1.1.1, 127.0.0.9"
    e = ask(server, "/app/far", headers=[*sent, ("X-Real-IP", "1.1.1.1")])
    assert (e["REMOTE_ADDR"], e["wsgi.url_scheme"]) == ("127.0.0.1", "http")
    assert not [k for k in e if k.startswith(("HTTP_X_FORWARDED", "HTTP_X_REAL"))]


def check_redirected(e, path):
    assert (e["PATH_INFO"], e["QUERY_STRING"]) == ("/landed", "q=2")
    assert (e["REDIRECT_URL"], e["REDIRECT_QUERY_STRING"]) == (path, "q=1")
    assert (e["REDIRECT_REQUEST_METHOD"], e["REDIRECT_HTTP_X_MINE"]) == ("GET", "1")
    assert not [k for k in e if "mod_wsgi.x-" in k]


def test_local_redirect(server):
    response = server.get("/app/redirect?q=1", headers=[("X-Mine", "1")])
    if not server.group:
        assert (response.get("Location"), response.body) == ("/app/landed?q=2", b"")
        return
    e = json.loads(response.text)
    check_redirected(e, "/app/redirect")
    assert e["REDIRECT_STATUS"] == "200"


def test_error_document(server):
    server.expect("WSGI5003")
    response = server.get("/app/lost?q=1", headers=[("X-Mine", "1")])
    e = json.loads(response.text)
    check_redirected(e, "/app/lost")
    assert e["REDIRECT_STATUS"] == "404"

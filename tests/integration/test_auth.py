# SPDX-License-Identifier: Apache-2.0
"""User and group scripts behind Apache's own modules: Basic, Digest, forms, Require wsgi-group; for
static files and for an application in a daemon."""

import base64
import hashlib
import os
import re

import pytest

from harness import procs

TRACEBACK = "WSGI5024"
MODULES = (
    "alias", "authn_core", "auth_basic", "auth_digest", "authz_user", "request", "session",
    "session_cookie", "auth_form",
)  # fmt: skip

CONFIG = """
WSGIDaemonProcess app processes=1 threads=2 user=games group=games
WSGIScriptAlias /app {root}/apps/app.wsgi process-group=app application-group=%{GLOBAL}
CustomLog log/access.log "user=%u %s %U"
<Directory {root}/apps>
  Require all granted
</Directory>
Alias /file {root}/htdocs/static.txt
<LocationMatch ^/(file|app)>
  AuthType Basic
  AuthName Basic
  AuthBasicProvider wsgi
  WSGIAuthUserScript {root}/apps/hooks.wsgi
  Require valid-user
</LocationMatch>
Alias /groups {root}/htdocs/static.txt
<Location /groups>
  AuthType Basic
  AuthName Basic
  AuthBasicProvider wsgi
  WSGIAuthUserScript {root}/apps/hooks.wsgi
  WSGIAuthGroupScript {root}/apps/hooks.wsgi application-group=groups
  WSGIGroupAuthoritative Off
  Require wsgi-group other STAFF
</Location>
Alias /forbidden {root}/htdocs/static.txt
<Location /forbidden>
  AuthType Basic
  AuthName Basic
  AuthBasicProvider wsgi
  WSGIAuthUserScript {root}/apps/hooks.wsgi
  WSGIAuthGroupScript {root}/apps/hooks.wsgi
  AuthzSendForbiddenOnFailure On
  Require wsgi-group nobody
</Location>
Alias /nogroups {root}/htdocs/static.txt
<Location /nogroups>
  AuthType Basic
  AuthName Basic
  AuthBasicProvider wsgi
  WSGIAuthUserScript {root}/apps/hooks.wsgi
  Require wsgi-group staff
</Location>
Alias /noscript {root}/htdocs/static.txt
<Location /noscript>
  AuthType Basic
  AuthName Basic
  AuthBasicProvider wsgi
  Require valid-user
</Location>
Alias /absent {root}/htdocs/static.txt
<Location /absent>
  AuthType Basic
  AuthName Basic
  AuthBasicProvider wsgi
  WSGIAuthUserScript {root}/apps/absent.wsgi
  Require valid-user
</Location>
Alias /nofunction {root}/htdocs/static.txt
<Location /nofunction>
  AuthType Basic
  AuthName Basic
  AuthBasicProvider wsgi
  WSGIAuthUserScript {root}/apps/app.wsgi application-group=other
  Require valid-user
</Location>
Alias /digest {root}/htdocs/static.txt
<Location /digest>
  AuthType Digest
  AuthName Realm
  AuthDigestProvider wsgi
  WSGIAuthUserScript {root}/apps/hooks.wsgi
  Require valid-user
</Location>
Alias /form {root}/htdocs/static.txt
<Location /form>
  AuthType form
  AuthName Form
  AuthFormProvider wsgi
  Session On
  SessionCookieName session path=/
  WSGIAuthUserScript {root}/apps/hooks.wsgi
  Require valid-user
</Location>
<Location /login>
  SetHandler form-login-handler
  AuthType form
  AuthName Form
  AuthFormProvider wsgi
  AuthFormLoginSuccessLocation /form
  Session On
  SessionCookieName session path=/
  WSGIAuthUserScript {root}/apps/hooks.wsgi
  Require all granted
</Location>
"""


@pytest.fixture(scope="module")
def server(shared_server):
    config = CONFIG if os.geteuid() == 0 else CONFIG.replace("user=games group=games", "")
    return shared_server(config, modules=MODULES)


def basic(user, password="secret"):
    value = base64.b64encode(f"{user}:{password}".encode()).decode()
    return (("Authorization", f"Basic {value}"),)


@pytest.mark.parametrize("path", ["/file", "/app/hello"])
@pytest.mark.parametrize(
    "user, query, status, messages",
    [
        ("guest", "", 200, ()),
        ("guest", "password=true", 200, ()),
        ("guest", "password=name", 200, ()),
        ("guest", "password=false", 401, ("AH01617",)),
        ("stranger", "", 401, ("AH01618",)),
        ("guest", "password=empty", 500, ("WSGI5102",)),
        ("guest", "password=int", 500, ("WSGI5102",)),
        ("guest", "password=bytes", 500, ("WSGI5102",)),
        ("guest", "password=nul", 500, ("WSGI5102",)),
        ("guest", "password=raise", 500, ("WSGI5104", TRACEBACK)),
    ],
)
def test_basic(server, path, user, query, status, messages):
    server.expect(*messages)
    assert server.get(f"{path}?{query}", headers=basic(user)).status == status


def test_basic_asks(server):
    response = server.get("/file")
    assert (response.status, response.get("WWW-Authenticate")) == (401, 'Basic realm="Basic"')


def test_password_is_never_logged(server):
    server.expect("AH01617")
    assert server.get("/file", headers=basic("guest", "tell-nobody")).status == 401
    assert "tell-nobody" not in server.log()


def test_replaced_user_is_seen_by_the_application_and_the_log(server):
    response = server.get("/app/dump?password=name", headers=basic("guest"))
    assert '"REMOTE_USER": "anna"' in response.text or '"REMOTE_USER":"anna"' in response.text
    log = server.root / "log/access.log"  # Apache writes it after the answer
    procs.wait_until(lambda: "user=anna 200 /app/dump" in log.read_text(), 5, "the access log")


@pytest.mark.parametrize(
    "path, messages",
    [
        ("/noscript", ("WSGI5103",)),
        ("/absent", ("WSGI5001", TRACEBACK)),
        ("/nofunction", ("WSGI5103",)),
    ],
)
def test_unusable_user_scripts(server, path, messages):
    server.expect(*messages)
    assert server.get(path, headers=basic("guest")).status == 500


@pytest.mark.parametrize(
    "path, user, query, status, messages",
    [
        ("/groups", "guest", "", 200, ()),
        ("/groups", "anna", "", 401, ("WSGI5106", "AH01631")),
        ("/groups", "guest", "groups=list", 401, ("WSGI5106", "AH01631")),
        ("/groups", "guest", "groups=none", 401, ("WSGI5102", "AH01631")),
        ("/groups", "guest", "groups=int", 401, ("WSGI5102", "AH01631")),
        ("/groups", "guest", "groups=badlist", 401, ("WSGI5102", "AH01631")),
        ("/groups", "guest", "groups=wide", 401, ("WSGI5102", "AH01631")),
        ("/groups", "guest", "groups=name", 401, ("WSGI5106", "AH01631")),
        ("/groups", "guest", "groups=raise", 401, ("WSGI5104", TRACEBACK, "AH01631")),
        ("/groups", "guest", "password=name", 401, ("WSGI5106", "AH01631")),
        ("/forbidden", "guest", "", 403, ("WSGI5106", "AH01631")),
        ("/nogroups", "guest", "", 401, ("WSGI5103", "AH01631")),
    ],
)
def test_groups(server, path, user, query, status, messages):
    server.expect(*messages)
    assert server.get(f"{path}?{query}", headers=basic(user)).status == status


def test_groups_without_a_user_ask(server):
    response = server.get("/groups")
    assert (response.status, response.get("WWW-Authenticate")) == (401, 'Basic realm="Basic"')


def digest(server, path, user, password):
    challenge = server.get(path).get("WWW-Authenticate")
    nonce = re.search('nonce="([^"]*)"', challenge)[1]

    def md5(text):
        return hashlib.md5(text.encode()).hexdigest()

    proof = md5(f"{md5(f'{user}:Realm:{password}')}:{nonce}:00000001:c:auth:{md5(f'GET:{path}')}")
    return (
        (
            "Authorization",
            f'Digest username="{user}", realm="Realm", nonce="{nonce}", uri="{path}", qop=auth, '
            f'algorithm=MD5, nc=00000001, cnonce="c", response="{proof}"',
        ),
    )


@pytest.mark.parametrize(
    "user, password, query, status, messages",
    [
        ("guest", "secret", "", 200, ()),
        ("guest", "wrong", "", 401, ("AH01794",)),
        ("stranger", "secret", "", 401, ("AH01790",)),
        ("guest", "secret", "hash=empty", 500, ("WSGI5102",)),
        ("guest", "secret", "hash=true", 500, ("WSGI5102",)),
        ("guest", "secret", "hash=raise", 500, ("WSGI5104", TRACEBACK)),
    ],
)
def test_digest(server, user, password, query, status, messages):
    path = "/digest" + (f"?{query}" if query else "")
    headers = digest(server, path, user, password)
    server.expect(*messages)
    assert server.get(path, headers=headers).status == status


def test_form_login_opens_a_session(server):
    assert server.get("/form").status == 401
    form = (("Content-Type", "application/x-www-form-urlencoded"),)
    body = b"httpd_username=guest&httpd_password=secret"
    done = server.get("/login", method="POST", headers=form, body=body)
    assert (done.status, done.get("Location")) == (302, "/form")
    cookie = done.get("Set-Cookie").split(";")[0]
    assert server.get("/form", headers=(("Cookie", cookie),)).status == 200


def test_form_login_refuses(server):
    server.tolerate("AH01807", "AH01808", "AH01617", "AH01618")
    form = (("Content-Type", "application/x-www-form-urlencoded"),)
    body = b"httpd_username=guest&httpd_password=wrong"
    refused = server.get("/login", method="POST", headers=form, body=body)
    assert refused.status == 401

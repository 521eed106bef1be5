# SPDX-License-Identifier: Apache-2.0
"""Access scripts: what allow_access() returns decides, for static files and applications alike, and
everything that goes wrong refuses."""

import json
import os
import time

import pytest

TRACEBACK = "WSGI5024"
OUTPUT = "WSGI5018"

CONFIG = """
WSGIDaemonProcess app processes=1 threads=2 user=games group=games
WSGIScriptAlias /app {root}/apps/app.wsgi process-group=app application-group=%{GLOBAL}
MergeSlashes Off
SetEnv FORGED yes
<Directory {root}/apps>
  Require all granted
</Directory>
<Location /static.txt>
  Require all granted
</Location>
<LocationMatch ^/(static.txt2|file|app)>
  WSGIAccessScript {root}/apps/hooks.wsgi
  Require all granted
</LocationMatch>
Alias /file {root}/htdocs/static.txt
Alias /missing {root}/htdocs/static.txt
<Location /missing>
  WSGIAccessScript {root}/apps/absent.wsgi
</Location>
Alias /empty {root}/htdocs/static.txt
<Location /empty>
  WSGIAccessScript {root}/apps/none.wsgi application-group=other
</Location>
Alias /changing {root}/htdocs/static.txt
<Location /changing>
  WSGIAccessScript {root}/apps/changing.wsgi application-group=%{SERVER}
</Location>
Alias /satisfy {root}/htdocs/static.txt
<Location /satisfy>
  WSGIAccessScript {root}/apps/hooks.wsgi
  WSGIAuthUserScript {root}/apps/hooks.wsgi
  AuthType Basic
  AuthName x
  AuthBasicProvider wsgi
  Require valid-user
  Satisfy Any
</Location>
Alias /ht {root}/ht
<Directory {root}/ht>
  AllowOverride AuthConfig
  Require all granted
</Directory>
"""


@pytest.fixture(scope="module")
def server(shared_server):
    config = CONFIG if os.geteuid() == 0 else CONFIG.replace("user=games group=games", "")
    modules = ("alias", "authn_core", "auth_basic", "authz_user", "access_compat")
    one = shared_server(config, start=False, modules=modules)
    (one.root / "apps/none.wsgi").write_text("")
    (one.root / "ht").mkdir()
    (one.root / "ht/file.txt").write_text("protected\n")
    (one.root / "ht/.htaccess").write_text(f"WSGIAccessScript {one.root}/apps/hooks.wsgi\n")
    return one.start()


@pytest.mark.parametrize("path", ["/file", "/app/hello", "/ht/file.txt"])
@pytest.mark.parametrize(
    "answer, status, messages",
    [
        ("true", 200, ()),
        ("none", 200, ()),
        ("false", 403, ("WSGI5101",)),
        ("int", 403, ("WSGI5102",)),
        ("name", 403, ("WSGI5102",)),
        ("raise", 403, ("WSGI5104", TRACEBACK)),
    ],
)
def test_answers(server, path, answer, status, messages):
    server.expect(*messages)
    server.tolerate(OUTPUT)
    assert server.get(f"{path}?access={answer}").status == status


@pytest.mark.parametrize(
    "path, messages", [("/missing", ("WSGI5001", TRACEBACK)), ("/empty", ("WSGI5103",))]
)
def test_unusable_scripts_refuse(server, path, messages):
    server.expect(*messages)
    assert server.get(path).status == 403


def test_environ(server):
    server.tolerate(OUTPUT)
    headers = (("Authorization", "Basic eDp5"), ("Proxy", "evil"), ("X_Bad", "1"), ("X-Good", "1"))
    assert server.get("/app/a//b?keep=1", headers=headers).status == 200
    server.wait_log("ENVIRON ")
    line = server.new_log().split("ENVIRON ", 1)[1].splitlines()[0]
    environ = json.loads(line)
    assert environ["ssl"] == [0, None]
    assert environ["HTTP_X_GOOD"] == "1"
    for absent in ("HTTP_AUTHORIZATION", "HTTP_PROXY", "HTTP_X_BAD", "FORGED", "REMOTE_HOST"):
        assert absent not in environ
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("/app", "/a//b")
    assert environ["REQUEST_URI"] == "/app/a//b?keep=1"
    assert environ["mod_wsgi.process_group"] == environ["mod_wsgi.application_group"] == ""
    assert environ["REMOTE_ADDR"] == "127.0.0.1"
    assert environ["apache.version"].startswith("(2, 4, ")
    assert "HOST 127.0.0.1" in server.new_log()
    assert "apache.request_rec" not in environ


def test_functions_of_mod_ssl_end_with_the_hook(make_server):
    pool = (
        "StartServers 1\nMaxRequestWorkers 1\nMinSpareServers 1\nMaxSpareServers 1\n"
        if os.environ.get("WSGI_MPM") == "prefork"
        else "StartServers 1\nMaxRequestWorkers 25\nServerLimit 1\n"
    )
    one = make_server(CONFIG.replace("user=games group=games", "") if os.geteuid() else
                      CONFIG + pool,
                      modules=("alias", "authn_core", "auth_basic", "authz_user", "access_compat"))
    # One child with few threads is what the test wants; Apache remarks on it.
    one.tolerate(OUTPUT, "AH00287", "AH00161")
    assert one.get("/file").status == 200
    assert one.get("/file?late=1").status == 200
    one.wait_log("LATE mod_ssl")


def test_changed_script_is_reloaded_in_place(server):
    script = server.root / "apps/changing.wsgi"
    script.write_text("def allow_access(environ, host): return True\n")
    assert server.get("/changing").status == 200
    script.write_text("def allow_access(environ, host): return False\n")
    os.utime(script, (time.time() + 5, time.time() + 5))
    server.expect("WSGI5101")
    assert server.get("/changing").status == 403


def test_satisfy_any(server):
    server.tolerate(OUTPUT)
    right = (("Authorization", "Basic Z3Vlc3Q6c2VjcmV0"),)
    assert server.get("/satisfy?access=true").status == 200
    # Refused by the script, silently: a password still helps.
    refused = server.get("/satisfy?access=false")
    assert refused.status == 401
    assert "Basic" in refused.get("WWW-Authenticate")
    assert server.get("/satisfy?access=false", headers=right).status == 200

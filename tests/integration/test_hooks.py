# SPDX-License-Identifier: Apache-2.0
"""What access, user, group and dispatch scripts are given over TLS, when a file changes, from a
.htaccess file, and when there is no interpreter for them (python-api.md; runtime.md, 9)."""

import base64
import json
import os
import subprocess
import time

import pytest

from harness import server as servers

USER = "user=games group=games" if os.geteuid() == 0 else ""
SCRIPT = """
import json

def seen(environ, name):
    facts = {"who": name, "https": environ["mod_ssl.is_https"](), "request": repr(environ.get("apache.request_rec"))}
    for variable in ("SSL_PROTOCOL", "SSL_SERVER_S_DN_CN", "NO_SUCH_THING"):
        facts[variable] = repr(environ["mod_ssl.var_lookup"](variable))
    print("SEEN " + json.dumps(facts), file=environ["wsgi.errors"])

def allow_access(environ, host):
    seen(environ, "access")
    return True

def check_password(environ, user, password):
    seen(environ, "user")
    return user == "jane" and password == "GENERATION"

def groups_for_user(environ, user):
    seen(environ, "group")
    return ["staff"] if "GENERATION" == "first" else ["former"]

def callable_object(environ):
    return "first" if "GENERATION" == "first" else "second"
"""
APP = """
def reply(name):
    def application(environ, start_response):
        start_response("200 OK", [])
        return [name]
    return application

first, second = reply(b"first"), reply(b"second")
"""
ONE_CHILD = (
    "StartServers 1\nMaxRequestWorkers 1\nMinSpareServers 1\nMaxSpareServers 1\n"
    if servers.MPM == "prefork"
    else "StartServers 1\nMaxRequestWorkers 25\nServerLimit 1\n"
)
CONFIG = f"""
{ONE_CHILD}
SSLSessionCache none
Listen 127.0.0.1:TLS
WSGIDaemonProcess app processes=1 threads=2 {USER}
WSGIScriptAlias /app {{root}}/apps/two.wsgi process-group=app application-group=%{{GLOBAL}}
<Location /app>
  WSGIDispatchScript {{root}}/apps/changing.wsgi
</Location>
<Directory {{root}}/apps>
  Require all granted
</Directory>
<VirtualHost 127.0.0.1:TLS>
  SSLEngine on
  SSLCertificateFile {{root}}/cert.pem
  SSLCertificateKeyFile {{root}}/key.pem
</VirtualHost>
<LocationMatch ^/(guarded|seen)>
  AuthType Basic
  AuthName x
  AuthBasicProvider wsgi
  WSGIAccessScript {{root}}/apps/changing.wsgi
  WSGIAuthUserScript {{root}}/apps/changing.wsgi
  WSGIAuthGroupScript {{root}}/apps/changing.wsgi
  Require wsgi-group staff
</LocationMatch>
<Location /seen>
  WSGIPassApacheRequest On
</Location>
Alias /guarded {{root}}/htdocs/static.txt
Alias /seen {{root}}/htdocs/static.txt
<Directory {{root}}/htdocs/own>
  AllowOverride AuthConfig
</Directory>
"""
OUTPUT, CLOSED, GROUPS = "WSGI5018", "AH01617", ("WSGI5106", "AH01631")


def write(server, generation, seconds):
    script = server.root / "apps/changing.wsgi"
    script.write_text(SCRIPT.replace("GENERATION", generation))
    os.utime(script, (time.time() + seconds,) * 2)


@pytest.fixture
def server(make_server):
    tls = servers.free_port()
    modules = ("alias", "authn_core", "auth_basic", "authz_user", "socache_shmcb", "ssl")
    one = make_server(CONFIG.replace("TLS", str(tls)), start=False, modules=modules)
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    command += f" -subj /CN=localhost -keyout {one.root}/key.pem -out {one.root}/cert.pem"
    subprocess.run(command.split(), check=True, capture_output=True)
    (one.root / "apps/two.wsgi").write_text(APP)
    own = one.root / "htdocs/own"
    own.mkdir()
    (own / "file.txt").write_text("own\n")
    script = f"{one.root}/apps/changing.wsgi"
    (own / ".htaccess").write_text(
        f"AuthType Basic\nAuthName x\nAuthBasicProvider wsgi\nWSGIAuthUserScript {script}\n"
        f"WSGIAuthGroupScript {script} application-group=%{{SERVER}}\nRequire wsgi-group staff\n")
    write(one, "first", -60)
    one.tls = tls
    one.start()
    one.tolerate(OUTPUT)
    return one


def login(password):
    return (("Authorization", "Basic " + base64.b64encode(f"jane:{password}".encode()).decode()),)


def over_tls(server, path):
    ask = ["curl", "-q", "-sSk", "-4", "--noproxy", "*", "--max-time", "20", "-u", "jane:first"]
    url = f"https://localhost:{server.tls}{path}"
    return subprocess.run([*ask, url], capture_output=True, text=True, check=True).stdout


def facts(server):
    lines = [x.split("SEEN ", 1)[1] for x in server.new_log().splitlines() if "SEEN " in x]
    return {f["who"]: f for f in map(json.loads, lines)}


def test_tls(server):
    assert over_tls(server, "/seen") == "static\n"
    found = facts(server)
    assert set(found) == {"access", "user", "group"}
    for f in found.values():
        assert f["https"] == 1 and f["SSL_PROTOCOL"].strip("b").startswith("'TLSv1.")
        assert f["SSL_SERVER_S_DN_CN"].strip("b") == "'localhost'"
        assert f["NO_SUCH_THING"] == "''"  # mod_ssl's own word
        assert f["request"].startswith("<capsule object NULL")


def test_no_tls(server):
    assert server.get("/guarded", headers=login("first")).status == 200
    for f in facts(server).values():
        assert (f["https"], f["SSL_PROTOCOL"], f["request"]) == (0, "''", "None")


def test_changed_scripts_are_reloaded(server):
    """In the child, which goes on: user, group and dispatch scripts."""
    children = set(server.apaches())
    paths = ("/guarded", "/own/file.txt")
    assert [server.get(p, headers=login("first")).status for p in paths] == [200, 200]
    assert server.get("/app").body == b"first"
    write(server, "second", 60)
    server.expect(CLOSED, *GROUPS)
    assert [server.get(p, headers=login("first")).status for p in paths] == [401, 401]
    assert [server.get(p, headers=login("second")).status for p in paths] == [401, 401]
    assert server.get("/app").body == b"second"
    assert set(server.apaches()) == children


def test_htaccess(server):
    server.expect(CLOSED)
    assert server.get("/own/file.txt").status == 401
    assert server.get("/own/file.txt", headers=login("wrong")).status == 401
    assert server.get("/own/file.txt", headers=login("first")).body == b"own\n"


def test_no_interpreter(make_server):
    """A runtime that cannot be loaded refuses what a script would have decided."""
    one = make_server(
        "WSGIRuntimePath {root}/runtimes\nWSGIPythonRuntime 3.11\n"
        "<Location /guarded>\nWSGIAccessScript {root}/apps/hooks.wsgi\n</Location>", start=False)
    (one.root / "runtimes").mkdir()
    (one.root / "runtimes/wsgi-embedded-py3.11.so").write_text("no library")
    (one.root / "runtimes/wsgi-daemon-py3.11").write_text("#!/bin/false\n")
    (one.root / "runtimes/wsgi-daemon-py3.11").chmod(0o755)
    one.start()
    one.expect("WSGI3019", "WSGI5105")
    assert one.get("/guarded").status == 403

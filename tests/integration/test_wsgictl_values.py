# SPDX-License-Identifier: Apache-2.0
"""Texts of a definition arrive at Apache's modules as they are written: realms, names, folders and files
with odd names, logs, headers of requests, targets of proxies. One server for all; the values go through
`apply`, and each is proven by a request."""

import base64
import hashlib
import http.client
import http.server
import json
import os
import re
import socket
import ssl
import subprocess
import threading

import pytest

from wsgictl_site import ACCOUNT, MODULES, Echo, Site, ask, free_port, public_folder

ODD = "o \"d'd\\ $1 $& & %20 %{x} # ~ (a) {b} ;,=@^!é"  # no wildcards: those are refused
REALMS = ["Staff", "C:\\new\\1", "costs $1", "100%", "%{REQUEST_URI}", "%{z}", 'say "hi"', "a\\", "zoë",
          "it's", "a\\\"b", "\\%{x}", "expr=x", " x "]
DIGEST = ["Staff", "100%", "%{HTTP_HOST}", "costs $1", "zoë", " x "]
USERS = ["ada@example.com", "a b", "DOM\\ada", "DOM\\new", "zoë", "100%", "a$b", "it's", "'", "x  y",
         "a\\", "a\\'b", "valid-user", "not", "~`!@^&*()[]{}|;?,<>=+-./"]
GROUPS = ["staff", "DOM\\staff", "größe", "it's", "50%", "$", "not"]
WSGI_GROUPS = ["DOM\\staff", "größe", "it's", "50%"]
PATHS = ["/a.b", "/~me", "/a+b", "/x@y:z,v=1", "/-", "/_"]
REQUEST_HEADERS = {"X-Forwarded-Proto": "gold", "X-Forwarded-Port": "70000", "X-Tier": '"é" \\n %t',
                   "User-Agent": "none", "Host": "other.test"}
TARGETS = ["/", "/base", "/base/", "/a(b)&c;d=1,!*'@:+~", "/a//x"]
FORMAT = '%{X-A}i "%U" \\"%>s'

SCRIPT = """\
import json
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    seen = {name: value for name, value in environ.items() if isinstance(value, str)}
    with open("/proc/self/cmdline", "rb") as title:
        seen["title"] = title.read().decode().rstrip("\\0")
    return [json.dumps(seen).encode()]
"""

AUTH = """\
import json, os, sys
def check_password(environ, user, password):
    return password == "pw"
def groups_for_user(environ, user):
    return [bytes.fromhex(user[1:]).decode("latin-1")]
def allow_access(environ, host):
    with open(OUT, "w") as out:
        json.dump(dict(path=sys.path, home=sys.prefix, warnings=sys.warnoptions,
                       eggs=os.environ.get("PYTHON_EGG_CACHE")), out)
    return True
"""


class Backend(Echo):
    def do_GET(self):
        if self.path.endswith("/moved"):
            self.send_response(302)
            own = self.server.server_address
            self.send_header("Location", f"http://{'[::1]' if ':' in own[0] else own[0]}:{own[1]}"
                             + self.path.removesuffix("moved"))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        super().do_GET()


class Backends(http.server.ThreadingHTTPServer):
    def __init__(self, address):
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        super().__init__((address, 0), Backend)
        threading.Thread(target=self.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def site():
    site = Site(public_folder("values"))
    more = ("authz_host", "authz_user", "authz_groupfile", "authn_core", "authn_file", "auth_basic",
            "auth_digest", "proxy", "proxy_http", "socache_shmcb", "ssl")
    load = "".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so\n" for name in more)
    site.config.write_text(load + site.config.read_text())
    odd = site.folder / ODD
    odd.mkdir()
    (odd / "static").mkdir()
    (odd / "static" / ODD).write_text("odd file")
    (odd / "static/x.txt").write_text("x")
    (odd / "static/~").write_text("tilde")
    (odd / "app.wsgi").write_text(SCRIPT)
    subprocess.run(["/usr/bin/python3", "-m", "venv", "--without-pip", odd / "venv"], check=True)
    auth = odd / "auth.py"
    site.seen = site.folder / "seen"
    site.seen.mkdir()
    site.seen.chmod(0o777)
    auth.write_text(AUTH.replace("OUT", repr(str(site.seen / "embedded.json"))))
    password = "{SHA}" + base64.b64encode(hashlib.sha1(b"pw").digest()).decode()
    users = odd / "users"
    users.write_text("".join(f"{user}:{password}\n" for user in [*USERS, "grace"]))
    groups = odd / "groups"
    groups.write_text("".join(f"{group}: grace\n" for group in GROUPS))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=odd",
                    "-days", "2", "-out", odd / "cert.pem", "-keyout", odd / "key.pem"],
                   check=True, capture_output=True)
    server, server6 = Backends("127.0.0.1"), Backends("::1")
    user = {"user": ACCOUNT} if os.geteuid() == 0 else {}
    listen = [f"127.0.0.1:{site.port}"]
    site.tls_port = free_port()
    login = {"users_file": str(users)}
    script = {"password_script": str(auth), "groups_script": str(auth)}

    def guarded(prefix, access):
        return {f"/{prefix}{i}": {"directory": str(site.folder / "static"), "access": one}
                for i, one in enumerate(access)}

    digests = []
    for i, realm in enumerate(DIGEST):
        file = odd / f"digest{i}"
        file.write_text(f"ada:{realm}:" + md5(f"ada:{realm}:pw") + "\n")
        digests.append({"type": "digest", "realm": realm, "users_file": str(file)})
    site.yaml.write_text(json.dumps({  # YAML holds JSON
        "version": 1,
        "server": {
            "restrict_embedded": False,
            "python_home": str(odd / "venv"),
            "runtime_path": [str(odd)],
            "python_path": [str(odd).replace(",", "")],
            "python_warnings": ["ignore:a \"b\\ c'd", "error::DeprecationWarning:m%n"],
            "python_eggs": str(odd / "eggs"),
        },
        "apps": {"shop": {"script": str(odd / "app.wsgi"), "daemon": {"display_name": ODD, **user}}},
        "sites": {
            "one.test": {
                "listen": listen,
                "aliases": ["*.One.test", "uno.test"],
                "logs": {"access": str(odd / "access.log"), "error": str(odd / "error.log"),
                         "format": FORMAT, "error_format": 'odd "%%": %M'},
                "error_documents": {"404": "/static/x.txt?a=%20&b", "403": "https://x.test/a%20b?c=%7C"},
                "routes": {
                    "/": {"app": "shop"},
                    "/static": {"directory": str(odd / "static")},
                    "/static/deep": {"app": "shop"},
                    "/plain": {"directory": str(odd / "static")},
                    "/file": {"file": str(odd / "static" / ODD)},
                    "/tilde": {"file": str(odd / "static/~")},
                    "/host": {"app": "shop", "access": {"host_script": str(auth)}},
                    **guarded("realm", [{"realm": realm, **login} for realm in REALMS]),
                    **guarded("digest", digests),
                    **guarded("user", [{"users": [name, "nobody"], **login} for name in USERS]),
                    **guarded("group", [{"groups": [name], "groups_file": str(groups), **login}
                                        for name in GROUPS]),
                    **guarded("script", [{"groups": [name], **script} for name in WSGI_GROUPS]),
                    **{path: {"file": str(odd / "static/x.txt")} for path in PATHS},
                },
            },
            "two.test": {
                "listen": listen,
                "request_headers": REQUEST_HEADERS,
                "routes": {
                    "/": {"app": "shop"},
                    **{f"/p{i}": {"proxy": f"http://127.0.0.1:{server.server_port}{target}"}
                       for i, target in enumerate(TARGETS)},
                    **{f"/in{path}": {"proxy": f"http://127.0.0.1:{server.server_port}/out{path}"}
                       for path in PATHS},
                    **{f"/app{path}": {"app": "shop"} for path in PATHS},
                    "/six": {"proxy": f"http://[::1]:{server6.server_port}/base"},
                },
            },
            "three.test": {
                "listen": listen,
                "error_documents": {"403": "https://x.test/a%20b'?c=%7C&d#e%20"},
                "routes": {
                    "/": {"directory": str(odd / "static"), "cache": "1m"},
                    "/to": {"redirect": "/x.txt"},
                    **{f"/from{path}": {"redirect": f"/to{path}?a=$b".replace("$", "")} for path in PATHS},
                    **{f"/closed{path}": {"directory": str(odd / "static"),
                                          "access": {"networks": ["192.0.2.0/24"]}} for path in PATHS},
                },
            },
            "tls.test": {
                "listen": [f"127.0.0.1:{site.tls_port}"],
                "tls": {"certificate": str(odd / "cert.pem"), "key": str(odd / "key.pem")},
                "routes": {"/": {"file": str(odd / "static/x.txt")}},
            },
        },
    }))
    site.start()
    applied = site.run("apply")
    assert applied.returncode == 0, applied.stdout + applied.stderr
    yield site
    site.stop()
    server.shutdown()
    server6.shutdown()


def basic(user):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:pw".encode()).decode()}


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def asked_realm(headers):
    """The realm as RFC 7235 reads it, and as it stands between the quotes."""
    text = headers["WWW-Authenticate"].encode("latin-1").decode()
    found = re.search(r'realm="((?:\\.|[^"\\])*)"(?:, |$)', text)
    return re.sub(r"\\(.)", r"\1", found[1]), found[1], text


@pytest.mark.parametrize("number,realm", enumerate(REALMS), ids=repr)
def test_the_realm_is_shown_as_written(site, number, realm):
    status, headers, _ = ask(site, f"/realm{number}/")
    assert status == 401
    assert asked_realm(headers)[0] == realm


@pytest.mark.parametrize("number,realm", enumerate(DIGEST), ids=repr)
def test_the_realm_of_digest_is_that_of_the_file(site, number, realm):
    uri = f"/digest{number}/index.txt"
    shown, raw, text = asked_realm(ask(site, uri)[1])
    assert shown == realm
    nonce = re.search(r'nonce="([^"]*)"', text)[1]
    answer = md5(":".join((md5(f"ada:{realm}:pw"), nonce, "00000001", "c", "auth", md5(f"GET:{uri}"))))
    sent = (f'Digest username="ada", realm="{raw}", nonce="{nonce}", uri="{uri}", qop=auth, '
            f'nc=00000001, cnonce="c", response="{answer}"')
    assert ask(site, uri, Authorization=sent.encode())[0] == 200


@pytest.mark.parametrize("number,name", enumerate(USERS), ids=repr)
def test_users_are_those_of_the_file(site, number, name):
    uri = f"/user{number}/index.txt"
    assert ask(site, uri, **basic(name))[0] == 200
    for other in set(USERS) - {name}:
        assert ask(site, uri, **basic(other))[0] == 401, other


@pytest.mark.parametrize("number,name", enumerate(GROUPS), ids=repr)
def test_groups_are_those_of_the_file(site, number, name):
    uri = f"/group{number}/index.txt"
    assert ask(site, uri, **basic("grace"))[0] == 200
    assert ask(site, uri, **basic("a b"))[0] == 401


@pytest.mark.parametrize("number,name", enumerate(WSGI_GROUPS), ids=repr)
def test_groups_are_those_of_the_script(site, number, name):
    uri = f"/script{number}/index.txt"
    assert ask(site, uri, **basic("u" + name.encode().hex()))[0] == 200
    assert ask(site, uri, **basic("u" + b"none".hex()))[0] == 401


def test_folders_and_files_with_odd_names(site):
    for path in ("/static/x.txt", "/plain/x.txt", *PATHS):
        assert ask(site, path)[2] == "x", path
    assert ask(site, "/file")[2] == "odd file"
    assert ask(site, "/tilde")[2] == "tilde"
    assert json.loads(ask(site, "/static/deep/y")[2])["SCRIPT_NAME"] == "/static/deep"
    assert json.loads(ask(site, "/z")[2])["SCRIPT_FILENAME"] == str(
        site.folder / ODD / "app.wsgi")


def test_a_folder_with_an_odd_name_is_the_root(site):
    status, headers, body = ask(site, "/x.txt", host="three.test")
    assert (status, headers["Cache-Control"], body) == (200, "public, max-age=60", "x")


@pytest.mark.parametrize("path", PATHS)
def test_routes_hold_at_their_path_alone(site, path):
    other = path.replace(".", "X").replace("+", "aa").replace("~", "")  # what an expression would match
    escaped = "".join(c if c == "/" else f"%{ord(c):02x}" for c in path)
    for asked in (path, escaped):
        status, headers, _ = ask(site, f"/from{asked}/y", host="three.test")
        assert (status, headers["Location"]) == (308, f"http://three.test/to{path}?a=b")
        status, headers, _ = ask(site, f"/closed{asked}/x.txt", host="three.test")
        assert (status, headers["Location"]) == (302, "https://x.test/a%20b'?c=%7C&d#e%20")
    if other != path:
        assert ask(site, f"/from{other}/y", host="three.test")[0] == 404
        assert ask(site, f"/closed{other}/x.txt", host="three.test")[0] == 404


def test_the_certificate_has_an_odd_path(site):
    context = ssl._create_unverified_context()
    connection = http.client.HTTPSConnection("127.0.0.1", site.tls_port, timeout=20, context=context)
    connection.request("GET", "/", headers={"Host": "tls.test"})
    assert connection.getresponse().read() == b"x"
    connection.close()


def test_aliases(site):
    for host in ("a.one.test", "A.B.ONE.test", "UNO.test"):
        assert ask(site, "/plain/x.txt", host=host)[2] == "x", host


def test_logs_and_their_formats(site):
    ask(site, "/plain/x.txt", **{"X-A": "here"})
    ask(site, "/user0/index.txt", **basic("stranger"))
    folder = site.folder / ODD
    assert 'here "/plain/x.txt" \\"200\n' in (folder / "access.log").read_text()
    assert 'odd "%": AH01618: user stranger not found' in (folder / "error.log").read_text()


def test_error_documents_keep_their_query(site):
    assert ask(site, "/plain/none")[2] == "x"


def test_settings_of_embedded_python(site):
    assert ask(site, "/host")[0] == 200
    seen = json.loads((site.seen / "embedded.json").read_text())
    odd = str(site.folder / ODD)
    assert odd.replace(",", "") in seen["path"]
    assert seen["home"] == odd + "/venv"
    assert seen["eggs"] == odd + "/eggs"
    assert {"ignore:a \"b\\ c'd", "error::DeprecationWarning:m%n"} <= set(seen["warnings"])


def test_headers_of_requests_arrive(site):
    proxied = json.loads(ask(site, "/p0/", host="two.test")[2])
    app = json.loads(ask(site, "/", host="two.test")[2])
    for name, value in REQUEST_HEADERS.items():
        assert proxied.get(name.lower(), "").encode("latin-1").decode() == value, name
        assert app["HTTP_" + name.upper().replace("-", "_")].encode("latin-1").decode() == value, name


@pytest.mark.parametrize("number,target", enumerate(TARGETS), ids=repr)
def test_targets_of_proxies(site, number, target):
    seen = json.loads(ask(site, f"/p{number}/x%20y?q=%20", host="two.test")[2])
    assert seen["path"] == target.rstrip("/") + "/x%20y?q=%20"


@pytest.mark.parametrize("path", PATHS)
def test_paths_of_proxies_and_applications(site, path):
    assert json.loads(ask(site, f"/in{path}/x", host="two.test")[2])["path"] == f"/out{path}/x"
    headers = ask(site, f"/in{path}/moved", host="two.test")[1]
    assert headers["Location"] == f"http://two.test/in{path}/"
    seen = json.loads(ask(site, f"/app{path}/x", host="two.test")[2])
    assert (seen["SCRIPT_NAME"], seen["PATH_INFO"]) == (f"/app{path}", "/x")


def test_a_proxy_with_an_address_in_brackets(site):
    assert json.loads(ask(site, "/six/x", host="two.test")[2])["path"] == "/base/x"
    assert ask(site, "/six/moved", host="two.test")[1]["Location"] == "http://two.test/six/"


def test_the_title_of_processes(site):
    assert json.loads(ask(site, "/z")[2])["title"] == ODD

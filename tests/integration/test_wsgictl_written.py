# SPDX-License-Identifier: Apache-2.0
"""Values that Apache's modules read in ways of their own arrive as the definition has them: expressions,
headers, variables, networks, escapes of redirects, and what a proxy route sends. One server for all."""

import http.server
import json
import os
import ssl
import subprocess
import threading

import pytest

from wsgictl_site import ACCOUNT, MODULES, Echo, Site, ask, public_folder

SCRIPT = """\
import json, os
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    seen = {name: os.environ.get(name) for name in "ABCDEFG"}
    seen.update(root=environ.get("HTTP_X_ROOT"), path=environ["PATH_INFO"])
    return [json.dumps(seen).encode()]
"""

VARIABLES = {"A": '"-Dx=1" "-Dy=2"', "B": " lead ", "C": '"production"', "D": "'", "E": "it's",
             "F": "", "G": "x\\"}


def backend(folder, tls):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    if tls:
        cert, key = folder / "cert.pem", folder / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj",
                        "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2",
                        "-out", cert, "-keyout", key], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture(scope="module")
def site():
    site = Site(public_folder("written"))
    more = ("authz_host", "authn_core", "rewrite", "proxy", "proxy_http", "socache_shmcb", "ssl")
    load = "".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so\n" for name in more)
    site.config.write_text(load + site.config.read_text())
    script = site.folder / "app.wsgi"
    script.write_text(SCRIPT)
    plain, tls = backend(site.folder, False), backend(site.folder, True)
    user = {"daemon": {"user": ACCOUNT}} if os.geteuid() == 0 else {}
    listen = [f"127.0.0.1:{site.port}"]

    def directive(name, *arguments):
        return {"directive": name, "arguments": list(arguments)}

    site.yaml.write_text(json.dumps({  # YAML holds JSON
        "version": 1,
        "apps": {"shop": {"script": str(script), "env": VARIABLES, **user}},
        "sites": {
            "one.test": {
                "listen": listen,
                "headers": {"X-Path": "C:\\new\\temp", "X-Sign": '100% \\q "a\\" \\\\'},
                "request_headers": {"X-Root": "C:\\root\\"},
                "behind_proxy": ["0.0.0.0/0"],
                "extra_directives": [
                    directive("RewriteEngine", "On"),
                    directive("RewriteRule", "^/secret\\.txt$", "-", "[F]"),
                    directive("RewriteRule", "^/a b\\\\c$", "-", "[G]"),
                    directive("RewriteCond", "%{HTTP_USER_AGENT}", '^say "no"\\s\\w$'),
                    directive("RewriteRule", "^/agent$", "-", "[F]"),
                ],
                "routes": {
                    "/": {"app": "shop"},
                    "/expr": {"app": "shop", "extra_directives": [
                        directive("Require", "expr", "! %{REQUEST_URI} =~ m#\\.php$#")]},
                    "/r1": {"redirect": "/new%20place?x=a%20b"},
                    "/r2": {"redirect": "https://x.example.com/caf%C3%A9/%7Eme/100%25"},
                    "/r3": {"redirect": "/a%5Cb%22%7B&c"},
                    "/tls": {"proxy": f"https://localhost:{tls.server_port}"},
                    "/tls/plain": {"proxy": f"http://127.0.0.1:{plain.server_port}"},
                },
            },
            "two.test": {
                "listen": listen,
                "extra_directives": [directive("Redirect", "/old", "https://other.example.com/")],
                "routes": {
                    "/app": {"app": "shop"},
                    "/some": {"app": "shop", "access": {"networks": ["0.0.0.0/0"]}},
                    "/none": {"app": "shop", "access": {"networks": ["::/0"]}},
                },
            },
        },
    }))
    site.start()
    applied = site.run("apply")
    assert applied.returncode == 0, applied.stdout + applied.stderr
    yield site
    site.stop()
    plain.shutdown()
    tls.shutdown()


@pytest.mark.parametrize("path,status", [
    ("/secret.txt", 403), ("/secretxtxt", 200), ("/a%20b%5Cc", 410),
    ("/expr/x", 200), ("/expr/x.php", 403), ("/expr/xphp", 200),
])
def test_expressions_hold(site, path, status):
    assert ask(site, path)[0] == status


def test_all_addresses_of_a_family(site):
    assert ask(site, "/some", host="two.test")[0] == 200
    assert ask(site, "/none", host="two.test")[0] == 403


def test_quotes_in_a_condition_are_its_own(site):
    assert ask(site, "/agent", **{"User-Agent": 'say "no" x'})[0] == 403
    assert ask(site, "/agent", **{"User-Agent": "say no x"})[0] == 200


def test_backslashes_of_headers_arrive(site):
    _, headers, body = ask(site, "/")
    assert headers["X-Path"] == "C:\\new\\temp"
    assert headers["X-Sign"] == '100% \\q "a\\" \\\\'
    assert json.loads(body)["root"] == "C:\\root\\"


def test_variables_keep_quotes_and_blanks(site):
    seen = json.loads(ask(site, "/")[2])
    assert {name: seen[name] for name in VARIABLES} == VARIABLES


@pytest.mark.parametrize("path,location", [
    ("/r1", "/new%20place?x=a%20b"),
    ("/r2", "https://x.example.com/caf%C3%A9/~me/100%25"),
    ("/r3", "/a%5Cb%22%7B&c"),
])
def test_redirects_send_the_same_bytes(site, path, location):
    status, headers, _ = ask(site, path)
    assert status == 308
    sent = headers["Location"].removeprefix("http://one.test")
    assert sent.lower() == location.lower()  # RFC 3986: the case of hexadecimal digits means nothing


def test_a_redirect_by_hand_comes_before_not_found(site):
    status, headers, _ = ask(site, "/old/x", host="two.test")
    assert (status, headers["Location"]) == (302, "https://other.example.com//x")
    assert ask(site, "/other", host="two.test")[0] == 404


def test_a_tls_server_gets_its_own_name_and_others_the_clients(site):
    status, _, body = ask(site, "/tls/x")
    assert status == 200, body
    seen = json.loads(body)
    assert seen["host"].startswith("localhost:")
    assert seen["x-forwarded-host"] == "one.test"
    assert json.loads(ask(site, "/tls/plain/x")[2])["host"] == "one.test"

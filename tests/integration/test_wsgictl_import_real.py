# SPDX-License-Identifier: Apache-2.0
"""Configurations as administrators have them: the same requests to the original and to what wsgictl
made of it get the same answers, header by header and variable by variable of the application. What
differs is listed in the case, and the import has said it."""

import base64
import hashlib
import http.client
import json
import os
import ssl
import subprocess

import pytest

from wsgictl_site import ACCOUNT, MODULES, Site, free_port, public_folder, wsgictl

MORE_MODULES = """access_compat auth_basic authn_core authn_file authz_user authz_host env setenvif
 rewrite proxy proxy_http ssl socache_shmcb macro deflate filter""".split()
APP = """
import json, os
NAMES = ("SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "wsgi.url_scheme", "HTTP_HOST", "SERVER_NAME",
         "SERVER_PORT", "REMOTE_ADDR", "REMOTE_USER", "HTTP_AUTHORIZATION", "HTTPS",
         "wsgi.multithread", "wsgi.multiprocess", "mod_wsgi.process_group",
         "mod_wsgi.application_group")
def application(environ, start_response):
    out = {name: environ.get(name) for name in NAMES}
    out.update({k: v for k, v in environ.items() if k.startswith(("X_", "HTTP_X_", "SSL_TLS_"))})
    out.update(script=__file__, cwd=os.getcwd(), uid=os.getuid(), lang=os.environ.get("LANG"))
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(out, sort_keys=True).encode()]
"""
USER = f"user={ACCOUNT} group={ACCOUNT} " if os.geteuid() == 0 else ""
SAME = USER + "home=/ display-name=%{GROUP} lang=C.UTF-8 locale=C.UTF-8"
GLOBAL = "application-group=%{GLOBAL}"
SHOP = f"process-group=shop {GLOBAL}"
AUTH = {"Authorization": "Basic " + base64.b64encode(b"bob:word").decode()}
FORWARDED = {"X-Forwarded-For": "192.0.2.9", "X-Forwarded-Proto": "https"}


def host(content, port="@port@"):
    return (
        f"<VirtualHost 127.0.0.1:{port}>\nServerName site.test\nErrorLog log/site.test-error.log\n"
        f"CustomLog log/site.test-access.log combined\n{content}\n</VirtualHost>\n"
    )


def shop(content):
    return f"WSGIDaemonProcess shop threads=2 {SAME}\n" + host(content)


OPEN = "<Directory @/one>\nRequire all granted\n</Directory>\n"

# name: (configuration, requests, what the import says beside 2502 and 2508)
CASES = {
    "django": (
        f"WSGIDaemonProcess shop processes=2 threads=3 python-path=@/one {SAME}\n"
        + host(
            f"ServerAlias www.site.test\nWSGIProcessGroup shop\nWSGIApplicationGroup %{{GLOBAL}}\n"
            f"WSGIPassAuthorization On\nAlias /static @/static\nAlias /media @/one/media\n"
            "<Directory @/static>\nRequire all granted\nOptions -Indexes\n</Directory>\n"
            "<Directory @/one/media>\nRequire all denied\n</Directory>\n"
            "<Directory @/one>\n<Files wsgi.py>\nRequire all granted\n</Files>\n</Directory>\n"
            "WSGIScriptAlias / @/one/wsgi.py\nLimitRequestBody 1000\n"
            '<IfModule mod_deflate.c>\nAddOutputFilterByType DEFLATE application/json\n</IfModule>'
        ),
        [
            ("/", {}),
            ("/a%20b?c=d", AUTH),
            ("/static/index.txt", {}),
            ("/static", {}),
            ("/static/", {}),
            ("/static/none", {}),
            ("/media/a.txt", {}),
            ("/x", {"Accept-Encoding": "gzip"}),
        ],
        {"WCTL2509"},  # links in folders
    ),
    "groups of folders and places": (
        f"WSGIDaemonProcess one threads=2 {SAME}\nWSGIDaemonProcess two processes=1 {SAME}\n"
        + host(
            "WSGIApplicationGroup %{GLOBAL}\nWSGIScriptAlias /one @/one/wsgi.py\n"
            "WSGIScriptAlias /two/deep @/two/wsgi.py\nDocumentRoot @/static\n"
            "<Directory @/static>\nRequire all granted\nAllowOverride None\n</Directory>\n"
            "<Directory @/one>\nWSGIProcessGroup one\nRequire all granted\nSetEnv X_FOLDER one\n"
            "</Directory>\n<Directory @/two>\nRequire all granted\n</Directory>\n"
            "<Location /two>\nWSGIProcessGroup two\n</Location>\n"
            "<Location /two/deep>\nSetEnv X_PLACE deep\n</Location>"
        ),
        [("/one/x", {}), ("/two/deep", {}), ("/two/x", {}), ("/index.txt", {}), ("/none", {})],
        {"WCTL2509"},  # links in folders
    ),
    "what comes first answers": (
        "Listen 127.0.0.1:@other@\n"
        + shop(
            "ProxyPreserveHost On\nRequestHeader set X-Forwarded-Proto http\n"
            "RequestHeader set X-Forwarded-Port @port@\nRequestHeader unset X-Forwarded-Host\n"
            "ProxyPass /back/kept !\nProxyPass /back http://127.0.0.1:@other@\n"
            "ProxyPassReverse /back http://127.0.0.1:@other@\n"
            "Alias /back/kept @/static\nAlias /back/gone @/static\nAlias /static @/static\n"
            "Alias /static/deep @/one/media\n<Directory @/static>\nRequire all granted\n"
            "</Directory>\n<Directory @/one/media>\nRequire all granted\n</Directory>\n"
            f"WSGIScriptAlias / @/one/wsgi.py {SHOP}\nWSGIScriptAlias /api @/two/wsgi.py {SHOP}\n"
            + OPEN
        )
        + f"WSGIDaemonProcess back threads=2 {SAME}\n"
        + "<VirtualHost 127.0.0.1:@other@>\nServerName back.test\nErrorLog log/back.test-error.log\n"
        "CustomLog log/back.test-access.log combined\n<Directory @/three>\nRequire all granted\n"
        f"</Directory>\nWSGIScriptAlias / @/three/wsgi.py process-group=back {GLOBAL}\n</VirtualHost>\n",
        [
            ("/", {}),
            ("/api/x", {}),
            ("/back/x", {"X-Forwarded-Host": "evil.test"}),
            ("/back/gone/index.txt", {}),
            ("/back/kept/index.txt", {}),
            ("/static/index.txt", {}),
            ("/static/deep/a.txt", {}),
        ],
        {"WCTL2501", "WCTL2509"},
    ),
    "headers": (
        shop(
            f"WSGIScriptAlias / @/one/wsgi.py {SHOP}\n{OPEN}SetEnv X_FLAG 1\n"
            "RequestHeader unset X-User\nRequestHeader set X-User nobody\n"
            "RequestHeader set X-Peer %{REMOTE_ADDR}s\nRequestHeader set X-Plain once\n"
            'Header set X-One "a b" env=X_FLAG\nHeader set X-Two b env=!X_FLAG\n'
            "Header always append X-Three q \"expr=%{REQUEST_STATUS} >= 404\"\n"
            "Header set X-Quotes 'say \"q\" \\d'\nHeader edit* X-Quotes q Q\nHeader merge Vary Accept\n"
            "Header unset Content-Type \"expr=%{REQUEST_URI} == '/x'\"\nHeader setifempty X-E 100%%\n"
            'ErrorDocument 404 "it\'s <b>not</b> here"\nAlias /static @/static\n'
            "<Directory @/static>\nRequire all granted\nHeader set Cache-Control \"public, max-age=60\"\n"
            "</Directory>"
        ),
        [("/", {"X-User": "root"}), ("/x", {}), ("/static/none", {}), ("/static/index.txt", {})],
        {"WCTL2509"},  # links in folders
    ),
    "rewriting and conditions": (
        shop(
            f"WSGIScriptAlias /app @/one/wsgi.py {SHOP}\n{OPEN}DocumentRoot @/static\n"
            "<Directory @/static>\nRequire all granted\n</Directory>\nRewriteEngine On\n"
            "RewriteCond %{HTTP_HOST} ^www\\. [NC]\nRewriteRule ^(.*)$ http://site.test$1 [R=301,L]\n"
            "RewriteRule ^/pretty/(\\d+)$ /app/$1 [PT,QSA,E=X_RW:$1]\n"
            "RewriteCond %{QUERY_STRING} (^|&)a=([^&]*)\nRewriteRule \"^/q space\" /app/%2? [PT,NE]\n"
            'SetEnvIf Request_URI "^/app/in" X_IN=yes\nBrowserMatch "python" X_PY\n'
            "SetEnvIfExpr \"%{REQUEST_METHOD} == 'GET'\" X_GET=1\n"
            "Redirect permanent /old http://site.test/app/old\nRedirectMatch 404 /\\.git\n"
            "Redirect gone /away\nErrorDocument 410 /app/gone"
        ),
        [
            ("/app/in", {}),
            ("/pretty/12?x=1", {}),
            ("/q%20space?b&a=7", {}),
            ("/old/x?y=1", {}),
            ("/.git/config", {}),
            ("/away", {}),
            ("/index.txt", {"Host": "www.site.test"}),
            ("/index.txt", {"User-Agent": "python"}),
        ],
        {"WCTL2509"},  # links in folders
    ),
    "rules of old and new": (
        shop(
            f"WSGIScriptAlias /app @/one/wsgi.py {SHOP}\nDocumentRoot @/static\n"
            "<Directory @/static>\nRequire all granted\n</Directory>\n"
            "Alias /docs @/one/media\nAlias /both @/two\n"
            "<Directory @/one>\nOrder deny,allow\nDeny from all\nAllow from 192.0.2.0/24\n"
            "Require all granted\n</Directory>\n"
            "<Directory @/two>\nAuthType Basic\nAuthName 'two words'\nAuthUserFile @/users\n"
            "Require valid-user\nRequire ip 192.0.2.1\nSatisfy Any\n</Directory>\n"
            "<Location /docs>\nAuthType Basic\nAuthName docs\nAuthUserFile @/users\n"
            "Require user bob\n</Location>\n"
            "Alias /expr @/three\n<Directory @/three>\nRequire all denied\n</Directory>\n"
            "<Location /expr>\nRequire expr \"%{QUERY_STRING} == 'yes' || -R '192.0.2.0/24'\"\n"
            "</Location>"
        ),
        [
            ("/app", {}),
            ("/docs/a.txt", {}),
            ("/docs/a.txt", AUTH),
            ("/expr/wsgi.py?yes", {}),
            ("/expr/wsgi.py?no", {}),
            ("/both/wsgi.py", {}),
            ("/both/wsgi.py", AUTH),
            ("/index.txt", {}),
        ],
        {"WCTL2501", "WCTL2509"},  # what <Location /expr> replaces
    ),
    "behind a balancer": (
        shop(
            "WSGITrustedProxies 127.0.0.1 10.0.0.0/8\nWSGITrustedProxyHeaders X-Forwarded-For "
            "X-Forwarded-Proto X-Forwarded-Host X-Forwarded-Port\n"
            f"WSGIScriptAlias / @/one/wsgi.py {SHOP}\n{OPEN}SetEnvIf X-Forwarded-Proto https X_TLS=1"
        ),
        [("/", {}), ("/", FORWARDED)],
        set(),
    ),
    "balancer of the server": (
        "RequestHeader unset X-Nothing\nWSGITrustedProxies 127.0.0.1\n"
        "WSGITrustedProxyHeaders X-Forwarded-Proto\n"
        + shop(f"WSGIScriptAlias / @/one/wsgi.py {SHOP}\n{OPEN}"),
        [("/", {}), ("/", FORWARDED)],
        {"WCTL2510"},
    ),
    "macro": (
        "<Macro Shop $name $folder>\n"
        + shop(f"WSGIScriptAlias / @/$folder/wsgi.py {SHOP}\nSetEnv X_NAME $name\n"
               "<Directory @/$folder>\nRequire all granted\n</Directory>")
        + "</Macro>\nUse Shop here one\n",
        [("/", {})],
        set(),
    ),
    "tls and names": (
        f"WSGIDaemonProcess shop threads=2 {SAME}\n"
        + host(
            "SSLEngine on\nSSLCertificateFile @/cert.pem\nSSLCertificateKeyFile @/key.pem\n"
            "SSLOptions +StdEnvVars\nHeader always set Strict-Transport-Security max-age=31536000\n"
            f"WSGIScriptAlias / @/one/wsgi.py {SHOP}\n<Location />\nAuthType Basic\n"
            'AuthName "members only"\nAuthUserFile @/users\nRequire valid-user\n</Location>'
        ),
        [("/", {}), ("/", AUTH)],
        {"WCTL2503"},  # protocols
    ),
}


def ask(port, tls, path, headers):
    if tls:
        context = ssl._create_unverified_context()
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=20, context=context)
    else:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path, headers={"Host": "site.test", **headers})
    response = connection.getresponse()
    body = response.read()
    passing = ("date", "server", "last-modified", "etag")
    kept = sorted((k.lower(), v) for k, v in response.getheaders() if k.lower() not in passing)
    connection.close()
    return response.status, kept, body


@pytest.fixture
def site():
    site = Site(public_folder("site"))
    folder = site.folder
    load = "".join(f"LoadModule {n}_module {MODULES}/mod_{n}.so\n" for n in MORE_MODULES)
    text = site.config.read_text()
    site.config.write_text(
        text.replace(
            "IncludeOptional",
            load + "<Directory />\nRequire all denied\nAllowOverride None\n</Directory>\n"
            "<Proxy *>\nRequire ip 127.0.0.1\n</Proxy>\nIncludeOptional",
        )
    )
    for name in ("one", "two", "three"):
        (folder / name / "media").mkdir(parents=True)
        (folder / name / "media/a.txt").write_text("media\n")
        (folder / name / "wsgi.py").write_text(APP)
    digest = base64.b64encode(hashlib.sha1(b"word").digest()).decode()
    (folder / "users").write_text(f"bob:{{SHA}}{digest}\n")
    yield site
    site.stop()


@pytest.mark.parametrize("name", CASES)
def test_answers_stay_the_same(site, name):
    configuration, requests, expected = CASES[name]
    tls = "SSLEngine" in configuration
    if tls:
        subprocess.run(
            "openssl req -x509 -newkey rsa:2048 -nodes -days 9 -subj /CN=site.test".split()
            + ["-keyout", str(site.folder / "key.pem"), "-out", str(site.folder / "cert.pem")],
            check=True,
            capture_output=True,
        )
    for mark, text in {
        "@port@": str(site.port),
        "@other@": str(free_port()),
        "@": str(site.folder),
    }.items():
        configuration = configuration.replace(mark, text)
    old = site.folder / "enabled/old.conf"
    old.write_text(f"Listen 127.0.0.1:{site.port}\n{configuration}")
    site.start()
    before = [ask(site.port, tls, *request) for request in requests]
    source = ["--server"] if name == "macro" else [site.config]
    result = wsgictl(
        "import", *source, "--instance", site.instance, "-o", site.yaml, "--format", "json"
    )
    assert result.returncode == 0, result.stdout
    said = json.loads(result.stdout)
    codes = {d["code"] for d in said["diagnostics"]} - {"WCTL2502", "WCTL2508"}
    assert codes == expected, said["diagnostics"]
    assert said["replaces"] == [str(old)]
    site.stop()
    kept = [line for line in configuration.splitlines() if line.startswith("RequestHeader unset X-N")]
    old.write_text("\n".join(kept) + "\n")
    site.start()
    applied = site.run("apply")
    assert applied.returncode == 0, applied.stderr
    after = [ask(site.port, tls, *request) for request in requests]
    assert dict(zip(map(str, requests), after)) == dict(zip(map(str, requests), before))
    assert site.run("plan", "--exit-code").returncode == 0

# SPDX-License-Identifier: Apache-2.0
"""Configuration fragments in the shapes of real deployments: they load, and the application is where
the operator put it. One server carries all virtual hosts; a row of CASES is one observation."""

import json
import os
import pathlib
import pwd
import re
import subprocess

import pytest

from harness.server import MODULES

ROOT = os.geteuid() == 0
USER = "user=games group=games" if ROOT else ""
XSENDFILE = pathlib.Path(os.environ.get("WSGI_XSENDFILE") or f"{MODULES}/mod_xsendfile.so")
BIGGEST = 2147483647
TIMES = (
    "restart-interval", "inactivity-timeout", "startup-timeout", "request-timeout",
    "interrupt-timeout", "deadlock-timeout", "graceful-timeout", "eviction-timeout",
    "shutdown-timeout", "connect-timeout", "socket-timeout", "queue-timeout",
    "response-socket-timeout", "response-flush-delay", "listen-backlog", "maximum-requests",
    "cpu-time-limit", "memory-limit", "virtual-memory-limit",
)  # fmt: skip
BUFFERS = ("send-buffer-size", "receive-buffer-size", "header-buffer-size", "response-buffer-size")
# A group without graceful, shutdown or queue limits is what "0" says: it must serve all the same.
BOUNDS = {
    "max": " ".join(f"{o}={BIGGEST}" for o in (*TIMES, *BUFFERS)),
    "zero": " ".join(f"{o}=0" for o in (*TIMES, *BUFFERS)),
}
ODD = ("www.example.com", "my-app_1", "127.0.0.1", "localhost:8000", "two words")

BASE = """
# Alias before daemon before group, the prefix of sockets last.
WSGIScriptAlias /base {root}/apps/deployed.wsgi
WSGIDaemonProcess base processes=1 threads=2 USER
WSGIProcessGroup base
WSGIApplicationGroup %{GLOBAL}
TypesConfig /dev/null
AccessFileName .htaccess
LimitRequestFieldSize 131072
LimitRequestLine 131072
ErrorLogFormat "[%{u}t] [%-m:%l] [pid %P] %7F: %E: [client\\ %a] %M% ,\\ referer\\ %{Referer}i"
<Directory "{root}/apps">
  <IfModule mod_authz_core.c>
    Require all granted
  </IfModule>
</Directory>
<Directory "{root}/htdocs">
  Require all granted
</Directory>
<IfModule mod_wsgi.c>
  WSGIScriptAlias /by-file {root}/apps/deployed.wsgi
</IfModule>
<IfModule wsgi_module>
  WSGIScriptAlias /by-symbol {root}/apps/deployed.wsgi
</IfModule>
<IfModule !mod_wsgi.c>
  WSGIScriptAlias /absent {root}/apps/deployed.wsgi
</IfModule>
"""


def host(name, text):
    return f"<VirtualHost *:{{port}}>\nServerName {name}\n{text}\n</VirtualHost>\n"


HOSTS = BASE
HOSTS += host("quoted.test", r"""
  WSGIDaemonProcess "quoted" \
      processes=1 \
      threads=2 \
      USER \
      home='{root}/a folder' python-path="{root}/a folder:{root}/lib" \
      display-name=%{GROUP} lang='C.UTF-8' locale="C.UTF-8"
  WSGIScriptAlias "/with space" "{root}/a folder/deployed.wsgi" \
      process-group="quoted" \
      application-group=%{GLOBAL}
  <Directory "{root}/a folder">
    Require all granted
  </Directory>""")
HOSTS += host("defined.test", """
  Define app_name defined
  Define app_root {root}/apps
  WSGIDaemonProcess ${app_name} processes=1 threads=2 USER display-name=my-${app_name}
  WSGIScriptAlias /${app_name} ${app_root}/deployed.wsgi process-group=${app_name}
  WSGIApplicationGroup ${app_name}""")
for _name, _options in BOUNDS.items():
    HOSTS += host(f"{_name}.test", f"""
  WSGIDaemonProcess {_name} processes=1 threads=2 {_options} USER
  WSGIScriptAlias / {{root}}/apps/deployed.wsgi process-group={_name} application-group=%{{GLOBAL}}""")
for _number, _name in enumerate(ODD):
    HOSTS += host(f"odd{_number}.test", f"""
  WSGIDaemonProcess "{_name}" processes=1 threads=1 UID display-name=%{{GROUP}}
  WSGIProcessGroup "{_name}"
  WSGIScriptAlias / {{root}}/apps/deployed.wsgi""")
HOSTS += host("scopes.test", """
  WSGIDaemonProcess inner processes=1 threads=2 USER
  WSGIScriptAlias / {root}/apps/deployed.wsgi
  WSGICallableObject application
  <Directory "{root}/apps">
    WSGIApplicationGroup of-directory
  </Directory>
  <Files "deployed.wsgi">
    SetEnv FILES yes
  </Files>
  <Location /location>
    WSGIProcessGroup inner
  </Location>
  <LocationMatch "^/match(ed)?/">
    WSGIProcessGroup inner
    WSGIApplicationGroup of-match
    WSGICallableObject other
  </LocationMatch>""")
HOSTS += host("files.test", """
  DocumentRoot {root}/htdocs
  AddHandler wsgi-script .wsgi .py
  WSGIDaemonProcess files processes=1 threads=2 USER
  <Directory "{root}/htdocs">
    Options +ExecCGI
    AllowOverride All
    WSGIProcessGroup files
  </Directory>
  <DirectoryMatch "^{root}/htdocs/(one|two)">
    WSGIApplicationGroup of-directories
  </DirectoryMatch>
  <FilesMatch "^second\\.(wsgi|py)$">
    WSGIApplicationGroup of-files
    WSGICallableObject other
  </FilesMatch>
  <Files third.py>
    WSGIApplicationGroup of-third
  </Files>""")
HOSTS += host("targets.test", """
  WSGIProcessGroup base
  WSGIScriptAlias /api {root}/apps/deployed.wsgi/updates
  WSGIScriptAliasMatch ^/(?!static|media)([a-z]+)\\.html {root}/apps/$1.wsgi
  AliasMatch ^/site/(?!static/)([^/]+)(.*) {root}/apps/$1.wsgi$2
  Alias /static {root}/htdocs
  Alias /handled {root}/apps/deployed.wsgi
  <Location /handled>
    SetHandler wsgi-script
    Options +ExecCGI
  </Location>
  <LocationMatch ^/site/>
    SetHandler wsgi-script
    Options +ExecCGI
  </LocationMatch>
  WSGIScriptAlias / {root}/apps/deployed.wsgi
  <Location /media>
    SetHandler None
  </Location>
  Alias /media {root}/htdocs""")
HOSTS += host("import.test", """
  WSGIDaemonProcess importing processes=1 threads=2 USER
  WSGIImportScript {root}/apps/warm.wsgi process-group=importing application-group=%{GLOBAL}
  WSGIScriptAlias / {root}/apps/warm.wsgi process-group=importing application-group=%{GLOBAL}""")
HOSTS += host("compat.test", """
  WSGIScriptAlias / {root}/old/deployed.wsgi process-group=base application-group=%{GLOBAL}
  <Directory {root}/old>
    Order allow,deny
    Allow from all
  </Directory>
  <Location /refused>
    Order deny,allow
    Deny from all
  </Location>""")
HOSTS += host("sendfile.test", """
  WSGIScriptAlias /app {root}/apps/deployed.wsgi process-group=base application-group=%{GLOBAL}
  DocumentRoot {root}/htdocs
  <IfModule xsendfile_module>
    XSendFile On
    XSendFilePath {root}/htdocs
  </IfModule>""")


@pytest.fixture(scope="module")
def server(shared_server):
    text = HOSTS.replace("UID", f"user=#{pwd.getpwnam('games').pw_uid} group=games" if ROOT else "")
    if XSENDFILE.exists():
        text = f"LoadModule xsendfile_module {XSENDFILE}\n" + text
    one = shared_server(text.replace("USER", USER) + "WSGISocketPrefix run/wsgi\n", start=False,
                        modules=("alias", "mime", "access_compat", "authz_host", "dir"))
    script = (one.root / "apps/deployed.wsgi").read_text()
    places = ["a folder/deployed.wsgi", "old/deployed.wsgi", "htdocs/one/first.wsgi"]
    places += [f"htdocs/{n}" for n in ("second.wsgi", "third.py", "own/here.wsgi", "plain.wsgi")]
    for place in (*places, "htdocs/one/second.wsgi"):
        (one.root / place).parent.mkdir(exist_ok=True)
        (one.root / place).write_text(script)
    (one.root / "htdocs/own/.htaccess").write_text(
        "WSGICallableObject other\nSetEnv OWN yes\nDirectoryIndex here.wsgi\n")
    (one.root / "lib").mkdir()
    (one.root / "apps/warm.wsgi").write_text("import sys\nprint('warmed up', file=sys.stderr)\n" + script)
    return one.start()


def get(server, name, path, headers=()):
    with server.connect() as c:
        lines = [f"GET {path} HTTP/1.1", f"Host: {name}", "Connection: close"]
        c.raw("\r\n".join(lines + [f"{k}: {v}" for k, v in headers] + ["", ""]).encode("latin-1"))
        return c.response()


def ask(server, name, path, headers=()):
    response = get(server, name, path, headers)
    assert response.status == 200, server.new_log()
    return json.loads(response.text)


# host, path: SCRIPT_NAME, PATH_INFO, process group, application group ("@" stands for host and port)
CASES = [
    ("unknown.test", "/base/a", "/base", "/a", "base", ""),
    ("unknown.test", "/by-file", "/by-file", "", "base", ""),
    ("unknown.test", "/by-symbol/", "/by-symbol", "/", "base", ""),
    ("quoted.test", "/with%20space/a%20b", "/with space", "/a b", "quoted", ""),
    ("defined.test", "/defined/x", "/defined", "/x", "defined", "defined"),
    ("max.test", "/x", "", "/x", "max", ""),
    ("zero.test", "/x", "", "/x", "zero", ""),
    *[(f"odd{i}.test", "/x", "", "/x", name, "") for i, name in enumerate(ODD)],
    ("scopes.test", "/x", "", "/x", "base", "of-directory"),
    ("scopes.test", "/location/x", "", "/location/x", "inner", "of-directory"),
    ("scopes.test", "/matched/x", "", "/matched/x", "inner", "of-match"),
    ("files.test", "/plain.wsgi/x", "/plain.wsgi", "/x", "files", ""),
    ("files.test", "/one/first.wsgi", "/one/first.wsgi", "", "files", "of-directories"),
    ("files.test", "/one/second.wsgi/y", "/one/second.wsgi", "/y", "files", "of-files"),
    ("files.test", "/second.wsgi", "/second.wsgi", "", "files", "of-files"),
    ("files.test", "/third.py/z", "/third.py", "/z", "files", "of-third"),
    ("files.test", "/own/here.wsgi/x", "/own/here.wsgi", "/x", "files", ""),
    ("files.test", "/own/", "/own/here.wsgi", "", "files", ""),
    ("targets.test", "/api", "/api", "/updates", "base", ""),
    ("targets.test", "/api/x", "/api", "/updates/x", "base", ""),
    ("targets.test", "/deployed.html/x", "/deployed.html", "/x", "base", ""),
    ("targets.test", "/site/deployed/x/y", "/site/deployed", "/x/y", "base", ""),
    ("targets.test", "/handled/x", "/handled", "/x", "base", ""),
    ("targets.test", "/anything", "", "/anything", "base", ""),
    ("import.test", "/x", "", "/x", "importing", ""),
    ("compat.test", "/x", "", "/x", "base", ""),
    ("sendfile.test", "/app/x", "/app", "/x", "base", ""),
]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c[0] + c[1])
def test_where_it_arrives(server, case):
    name, path, *expected = case
    e = ask(server, name, path)
    keys = ("SCRIPT_NAME", "PATH_INFO", "mod_wsgi.process_group", "mod_wsgi.application_group")
    assert [e[k] for k in keys] == expected
    assert e["pid"] in server.daemons()
    if ROOT:
        assert e["uid"] == pwd.getpwnam("games").pw_uid


def test_callables_and_environment(server):
    for path, expected in (
        ("/one/first.wsgi", "application"), ("/one/second.wsgi", "other"), ("/own/here.wsgi", "other"),
    ):  # fmt: skip
        assert ask(server, "files.test", path)["callable"] == expected
    assert ask(server, "files.test", "/own/")["OWN"] == "yes"
    assert "OWN" not in ask(server, "files.test", "/plain.wsgi")
    assert ask(server, "scopes.test", "/matched/x")["callable"] == "other"
    assert ask(server, "scopes.test", "/x")["FILES"] == "yes"


def test_files_stay_files(server):
    """Below a mount at / only what Alias or SetHandler None names is Apache's."""
    for path in ("/static/static.txt", "/media/static.txt"):
        assert get(server, "targets.test", path).body == b"static\n"
    assert ask(server, "targets.test", "/absent.txt")["PATH_INFO"] == "/absent.txt"


def test_titles(server):
    for number, name in enumerate(ODD):
        e = ask(server, f"odd{number}.test", "/")
        assert e["title"] == f"(wsgi:{name})"
        shown = subprocess.run(["ps", "-o", "args=", "-p", str(e["pid"])], capture_output=True, text=True)
        assert shown.stdout.strip() == f"(wsgi:{name})"
    assert ask(server, "quoted.test", "/with%20space")["title"] == "(wsgi:quoted)"
    assert ask(server, "defined.test", "/defined")["title"] == "my-defined"


def test_quoted_values(server):
    e = ask(server, "quoted.test", "/with%20space")
    assert e["cwd"] == str(server.root / "a folder")
    assert e["SCRIPT_FILENAME"] == str(server.root / "a folder/deployed.wsgi")


def test_imported_before_the_first_request(server):
    """In a virtual host's own group, for no client; the request then finds the module loaded."""
    ask(server, "import.test", "/")
    (line,) = [x for x in server.log().splitlines() if "warmed up" in x]
    assert "[client" not in line


def test_access_of_2_2(server):
    assert get(server, "compat.test", "/allowed").status == 200
    server.expect("AH01797")
    assert get(server, "compat.test", "/refused").status == 403


def test_big_headers(server):
    """100,000 bytes in and out; the group's header-buffer-size says what may come back."""
    value = "h" * 100_000
    assert ask(server, "max.test", "/x", [("X-Big", value)])["HTTP_X_BIG"] == value
    assert ask(server, "unknown.test", "/base", [("Cookie", value)])["HTTP_COOKIE"] == value
    assert get(server, "max.test", "/big?100000").get("X-Big") == "b" * 100_000
    assert ask(server, "max.test", "/x?" + value)["QUERY_STRING"] == value


def test_error_log_format(server):
    assert get(server, "unknown.test", "/base/log", [("Referer", "http://r.test/")]).status == 200
    server.wait_log("a line of the application")
    line = next(x for x in server.new_log().splitlines() if "a line of the application" in x)
    assert re.match(r"\[[^\]]+\] \[wsgi:error\] \[pid \d+\] ", line)
    assert "[client 127.0.0.1:" in line and line.endswith(", referer http://r.test/")


def test_location_on_this_server(server):
    answer = get(server, "sendfile.test", "/app/location?/static.txt")
    assert (answer.status, answer.body) == (200, b"static\n")
    e = ask(server, "sendfile.test", "/app/location?/app/landed")
    assert (e["SCRIPT_NAME"], e["PATH_INFO"]) == ("/app", "/landed")


@pytest.mark.skipif(not XSENDFILE.exists(), reason="mod_xsendfile is not installed")
def test_x_sendfile(server):
    answer = get(server, "sendfile.test", f"/app/sendfile?{server.root}/htdocs/static.txt")
    assert (answer.status, answer.body) == (200, b"static\n")
    assert answer.get("X-Sendfile") is None and answer.get("Content-Length") == "7"
    answer = get(server, "sendfile.test", "/app/sendfile?/etc/passwd")
    assert answer.status == 404 and b"root" not in answer.body

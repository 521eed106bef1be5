# SPDX-License-Identifier: Apache-2.0
"""Scripts that no request asks for (WSGIImportScript, groups without request threads), options of
script directives, and the directives about names, activity, sockets, log and banner."""

import json
import os
import re
import signal
import time

import pytest

from harness import procs
from harness.server import MPM

USER = "user=games group=games" if os.geteuid() == 0 else ""
ONE_CHILD = {
    "prefork": "StartServers 1\nMaxRequestWorkers 1\nMinSpareServers 1\nMaxSpareServers 1\n"
               "LogLevel mpm_prefork:crit\n",
}.get(MPM, "StartServers 1\nServerLimit 1\nMaxRequestWorkers 25\n")
ALLOW = "<Directory {root}/apps>\n  Require all granted\n</Directory>\n"
IMPORTED = """
import sys
import mod_wsgi
order = sys.__dict__.setdefault("imported", [])
order.append(__file__.rpartition("/")[2])


def application(environ, start_response):
    start_response("200 OK", [])
    import json, os
    return [json.dumps([os.getpid(), mod_wsgi.process_group, mod_wsgi.application_group, order]).encode()]
"""
BROKEN = "raise ValueError('of the broken one')\n"


def write(server, **scripts):
    for name, text in scripts.items():
        (server.root / f"apps/{name}.wsgi").write_text(text)


def imports(group, application, *names):
    return "".join(f"WSGIImportScript {{root}}/apps/{n}.wsgi process-group={group} "
                   f"application-group={application}\n" for n in names)


def vhost(port, name, text):
    return f"<VirtualHost *:{port}>\nServerName {name}\n{text}</VirtualHost>\n"


class TestImports:
    """One server: scripts for children, for a group of the base server from a virtual host, for a
    group of a virtual host of the same name, in the order of the file, a broken one between."""

    @pytest.fixture(scope="class")
    def server(self, shared_server):
        mount = "WSGIScriptAlias /{0} {{root}}/apps/{0}.wsgi\n"
        one = shared_server(
            f"WSGIDaemonProcess base {USER} processes=1 threads=2\n{ONE_CHILD}{ALLOW}"
            + imports("%{GLOBAL}", "%{GLOBAL}", "one", "broken", "two")
            + imports("base", "sub", "one")
            + vhost("{port}", "a.test", f"WSGIDaemonProcess own {USER} processes=1 threads=2\n"
                    + imports("own", "%{GLOBAL}", "one") + imports("base", "sub", "two")
                    + mount.format("one") + "WSGIProcessGroup own\n"
                    "WSGIApplicationGroup %{GLOBAL}\n")
            + vhost("{port}", "b.test", imports("base", "sub", "three", "one")
                    + mount.format("three") + "WSGIProcessGroup base\nWSGIApplicationGroup sub\n")
            + vhost("{port}", "A.TEST", imports("own", "%{GLOBAL}", "three"))
            + vhost("{port}", "c.test", mount.format("two") + "WSGIApplicationGroup %{GLOBAL}\n"),
            start=False)
        write(one, one=IMPORTED, two=IMPORTED, three=IMPORTED, broken=BROKEN)
        one.tolerate("WSGI5020", "WSGI5024")
        return one.start()

    @staticmethod
    def ask(server, path, host):
        with server.connect() as c:
            c.raw(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            response = c.response()
        assert response.status == 200, server.new_log()
        return json.loads(response.text)

    def test_children(self, server):
        """Before any request, in order; what fails is logged and stops nothing."""
        _, *found = self.ask(server, "/two", "c.test")
        assert found == ["", "", ["one.wsgi", "two.wsgi"]]
        assert "WSGI5020" in server.log() and "ValueError: of the broken one" in server.log()

    def test_groups_of_others(self, server):
        """Of the base server, for the same interpreter: its own, then virtual hosts' as written."""
        _, *found = self.ask(server, "/three", "b.test")
        assert found == ["base", "sub", ["one.wsgi", "two.wsgi", "three.wsgi"]]

    def test_group_of_a_virtual_host(self, server):
        _, *found = self.ask(server, "/one", "a.test")
        assert found == ["own", "", ["one.wsgi", "three.wsgi"]]

    def test_every_new_process(self, server):
        pid, *before = self.ask(server, "/one", "a.test")
        os.kill(pid, 15)
        procs.wait_until(lambda: self.ask(server, "/one", "a.test")[0] != pid, 20, "another")
        assert self.ask(server, "/one", "a.test")[1:] == before


SERVICE = """
import os, signal, sys, time
import mod_wsgi
folder = os.path.dirname(__file__)


def note(text):
    with open(f"{folder}/service.log", "a") as f:
        f.write(text + "\\n")


note(f"begin {os.getpid()} {mod_wsgi.process_group} {mod_wsgi.application_group}")
if os.path.exists(f"{folder}/end-soon"):
    os.unlink(f"{folder}/end-soon")
    sys.exit("not an error")
mine = lambda *_: note("usr2")
signal.signal(signal.SIGUSR2, mine)
try:
    while True:
        time.sleep(60)
except SystemExit as e:
    note(f"exit {e.args}")
    raise
"""


def test_service_scripts(make_server):
    """threads=0: the script is all there is. It may use signals, ends with SystemExit, and is started
    again when it returns; requests are refused at once."""
    one = make_server(
        f"WSGIDaemonProcess jobs {USER} threads=0\n" + imports("jobs", "%{GLOBAL}", "service")
        + "WSGIScriptAlias /jobs {root}/apps/app.wsgi\n"
        "<Location /jobs>\n  WSGIProcessGroup jobs\n</Location>\n" + ALLOW, start=False)
    write(one, service=SERVICE)
    (one.root / "apps").chmod(0o777)
    (one.root / "apps/end-soon").write_text("")
    one.start()
    log = one.root / "apps/service.log"

    def lines(count):
        text = log.read_text().splitlines() if log.exists() else []
        return text if len(text) >= count else None

    first, second = procs.wait_until(lambda: lines(2), 20, "the second start")
    assert re.fullmatch(r"begin \d+ jobs ", first) and re.fullmatch(r"begin \d+ jobs ", second)
    pid = int(second.split()[1])
    assert pid != int(first.split()[1])
    os.kill(pid, signal.SIGUSR2)
    procs.wait_until(lambda: lines(3), 10, "the script's own handler")
    one.expect("WSGI4014")
    started = time.monotonic()
    assert one.get("/jobs").status == 500
    assert time.monotonic() - started < 2
    assert one.stop() == []
    assert [line for line in lines(3) if "begin" not in line] == ["usr2", "exit ()"]
    assert "not an error" not in one.log() and "Traceback" not in one.log()


def test_options_of_aliases(make_server):
    """They win over the directives of the same meaning; callable-object is not expanded."""
    one = make_server(
        f"WSGIDaemonProcess app {USER}\n{ONE_CHILD}WSGIProcessGroup app\nWSGIApplicationGroup wrong\n"
        "WSGIPassAuthorization On\nWSGICallableObject wrong\nSetEnv NAME application\n"
        "WSGIScriptAlias /a {root}/apps/report.wsgi process-group=%{GLOBAL} application-group=mine "
        "callable-object=application pass-authorization=Off\n"
        "WSGIScriptAlias /b {root}/apps/report.wsgi callable-object=other\n"
        "WSGIScriptAlias /c {root}/apps/report.wsgi callable-object=%{ENV:NAME}\n"
        "WSGIHandlerScript report {root}/apps/handled.wsgi process-group=app "
        "application-group=handler pass-authorization=Off\n"
        "<Location /static.txt>\n  SetHandler report\n</Location>\n" + ALLOW, start=False)
    source = (one.root / "apps/report.wsgi").read_text()
    write(one, handled=source + "\nhandle_request = application\n")
    one.start()
    secret = [("Authorization", "Basic x")]
    found = json.loads(one.get("/a", headers=secret).text)
    assert (found["process_group"], found["application_group"]) == ("", "mine")
    assert found["authorization"] is None
    assert one.get("/b").body == b"other"
    one.expect("WSGI5003")
    assert one.get("/c").status == 404
    found = json.loads(one.get("/static.txt", headers=secret).text)
    assert (found["process_group"], found["application_group"]) == ("app", "handler")
    assert found["authorization"] is None


@pytest.mark.parametrize("switch", ["On", "Off"])
def test_case_sensitivity(make_server, switch):
    """Off: the name of the module, and the script name in %{RESOURCE}, in lower case."""
    one = make_server(
        f"WSGIDaemonProcess app {USER}\nWSGICaseSensitivity {switch}\nWSGIProcessGroup app\n"
        "UseCanonicalName On\nServerName www.test:80\n"
        "WSGIScriptAlias /Shop {root}/apps/Report.wsgi\n" + ALLOW, start=False)
    write(one, Report=(one.root / "apps/report.wsgi").read_text())
    (one.root / "apps/REPORT.wsgi").symlink_to(one.root / "apps/Report.wsgi")
    one.start()
    found = json.loads(one.get("/Shop/report").text)
    assert found["application_group"] == ("www.test|/Shop" if switch == "On" else "www.test|/shop")
    name = one.root / "apps/Report.wsgi"
    import hashlib
    text = str(name) if switch == "On" else str(name).lower()
    assert found["module"] == "_mod_wsgi_" + hashlib.md5(text.encode()).hexdigest()


def test_ignored_activity(make_server):
    """Ignored requests do not keep a process of inactivity-timeout=1; others do."""
    one = make_server(
        f"WSGIDaemonProcess quiet {USER} inactivity-timeout=1\n"
        f"WSGIDaemonProcess busy {USER} inactivity-timeout=1\n"
        + "".join(f"WSGIScriptAlias /{n} {{root}}/apps/report.wsgi process-group={n} "
                  "application-group=%{GLOBAL}\n" for n in ("quiet", "busy"))
        + "<Location /quiet/probe>\n  WSGIIgnoreActivity On\n</Location>\n" + ALLOW)

    def pid(path):
        return json.loads(one.get(path).text)["pid"]

    quiet, busy = pid("/quiet/first"), pid("/busy/first")
    procs.wait_until(lambda: (pid("/busy/probe") and pid("/quiet/probe") != quiet), 20, "a new one")
    assert pid("/busy/probe") == busy
    assert "inactivity_timeout" in one.log()


def test_sockets_and_others_without_effect(make_server):
    """Accepted, said at info, and nothing of it happens."""
    one = make_server(
        f"WSGISocketPrefix run/sockets\nWSGISocketRotation Off\nWSGIAcceptMutex sysvsem\n"
        f"WSGIDaemonProcess app {USER} processes=2 socket-user={'root' if USER else '#0'}\n"
        "WSGITelemetryService unix:/nowhere interval=2\nWSGISlowRequests 0.5\n"
        "WSGITelemetryOptions All\nWSGIVerboseDebugging On\n"
        "WSGIScriptAlias /app {root}/apps/report.wsgi process-group=app "
        "application-group=%{GLOBAL}\n" + ALLOW)
    assert one.get("/app").status == 200
    assert one.socket_files() == [] and list(one.root.glob("run/sockets*")) == []
    for text in ("WSGISocketPrefix has no effect: there are no socket files",
                 "WSGISocketRotation has no effect: there are no socket files",
                 "WSGIAcceptMutex has no effect: requests are handed over without accept",
                 "WSGIDaemonProcess option 'socket-user' has no effect: there are no socket files",
                 "WSGITelemetryService has no effect: no reports are sent; ",
                 "WSGISlowRequests has no effect: no reports are sent; ",
                 "WSGITelemetryOptions has no effect: no reports are sent"):
        assert one.log().count(f"WSGI1032: {text}") == 1, text
    assert one.log().count("WSGI1030: WSGIVerboseDebugging is deprecated: ") == 1
    infos = [line for line in one.log().splitlines() if re.search("WSGI103[02]", line)]
    assert infos and all("[wsgi:info]" in line for line in infos)


@pytest.mark.parametrize("name", ["wsgi", "wsgi_module", "mod_wsgi.c"])
def test_log_level_names(make_server, name):
    """Each of them selects this module, and no other."""
    one = make_server(f"LogLevel warn {name}:info\nWSGIVerboseDebugging On", log_level="warn")
    assert set(re.findall(r"\[(\w+):info\]", one.log())) == {"wsgi"}


@pytest.mark.parametrize("tokens, shown", [
    ("Full", True), ("OS", False), ("Min", False), ("Prod", False)])
def test_banner(make_server, tokens, shown):
    one = make_server(f"ServerTokens {tokens}\nWSGIPythonRuntime 3.11")
    banner = one.get("/static.txt").get("Server")
    assert bool(re.search(r" mod_wsgi/\d+\.\d+\.\d+ Python/3\.11$", banner)) == shown, banner
    assert ("mod_wsgi" in banner) == ("Python" in banner) == shown

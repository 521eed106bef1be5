# SPDX-License-Identifier: Apache-2.0
"""Directives in a real Apache: every one is accepted in its contexts and refused elsewhere, and what
is wrong is said with file, line, directive, value and what is allowed.

The module is build/dev/module/mod_wsgi.so, or $WSGI_MODULE. Server configuration is read by
`apache2 -t`, nothing is started; test_htaccess.py is about .htaccess files.
"""

import os
import pathlib
import shutil
import subprocess

import pytest

from harness import sanitizer

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODULE = os.environ.get("WSGI_MODULE", str(ROOT / "build/dev/module/mod_wsgi.so"))
APACHE = shutil.which("apache2") or shutil.which("httpd") or "/usr/sbin/apache2"

# name: (context letter, arguments that are right); written from the specification.
DIRECTIVES = {
    "WSGIScriptAlias": ("S", "/x /srv/x.wsgi"),
    "WSGIScriptAliasMatch": ("S", "^/x/([^/]+) /srv/$1.wsgi"),
    "WSGIHandlerScript": ("D", "name /srv/handler.py"),
    "WSGIDispatchScript": ("D", "/srv/dispatch.py application-group=x"),
    "WSGICallableObject": ("F", "app"),
    "WSGIImportScript": ("S", "/srv/x.py process-group=%{GLOBAL} application-group=%{GLOBAL}"),
    "WSGIScriptReloading": ("F", "Off"),
    "WSGICaseSensitivity": ("G", "Off"),
    "WSGIProcessGroup": ("D", "%{GLOBAL}"),
    "WSGIApplicationGroup": ("D", "%{RESOURCE}"),
    "WSGIRestrictProcess": ("D", "a %{GLOBAL}"),
    "WSGIRestrictEmbedded": ("G", "On"),
    "WSGIDaemonProcess": ("S", "app threads=2 display-name='%{GROUP} of mine'"),
    "WSGISocketPrefix": ("G", "run/wsgi"),
    "WSGISocketRotation": ("G", "Off"),
    "WSGIAcceptMutex": ("G", "default"),
    "WSGIPythonHome": ("G", "/usr"),
    "WSGIPythonPath": ("G", "/a:/b"),
    "WSGIPythonEggs": ("G", "/a"),
    "WSGIPythonOptimize": ("G", "1"),
    "WSGIPythonWarnings": ("G", "ignore"),
    "WSGIPythonHashSeed": ("G", "random"),
    "WSGIDontWriteBytecode": ("G", "On"),
    "WSGISwitchInterval": ("G", "0.01"),
    "WSGIDestroyInterpreter": ("G", "Off"),
    "WSGIPerInterpreterGIL": ("G", "On"),
    "WSGIFreeThreading": ("G", "On"),
    "WSGIRestrictStdin": ("G", "On"),
    "WSGIRestrictStdout": ("G", "On"),
    "WSGIRestrictSignal": ("G", "Off"),
    "WSGIPassAuthorization": ("F", "On"),
    "WSGIChunkedRequest": ("F", "On"),
    "WSGIMapHEADToGET": ("F", "Auto"),
    "WSGIErrorOverride": ("F", "On"),
    "WSGIEnableSendfile": ("F", "On"),
    "WSGIIgnoreActivity": ("F", "On"),
    "WSGIPassApacheRequest": ("D", "On"),
    "WSGITrustedProxyHeaders": ("F", "X-Forwarded-For"),
    "WSGITrustedProxies": ("F", "10.0.0.0/8 ::1"),
    "WSGIAccessScript": ("A", "/srv/access.py"),
    "WSGIAuthUserScript": ("A", "/srv/auth.py"),
    "WSGIAuthGroupScript": ("A", "/srv/auth.py application-group=%{SERVER}"),
    "WSGIGroupAuthoritative": ("A", "Off"),
    "WSGIServerMetrics": ("G", "On"),
    "WSGITelemetryService": ("G", "unix:/run/t.sock interval=2"),
    "WSGISlowRequests": ("G", "1.5"),
    "WSGITelemetryOptions": ("G", "+CaptureUserAgent"),
    "WSGIVerboseDebugging": ("G", "On"),
    # ours
    "WSGIPythonRuntime": ("G", "3.11"),
    "WSGIRuntimePath": ("G", "/opt/runtimes /opt/more"),
}
SECTION_CHILDREN = [
    "WSGIPerInterpreterGIL", "WSGIFreeThreading", "WSGISwitchInterval", "WSGIPythonPath",
    "WSGIRestrictStdin", "WSGIRestrictStdout", "WSGIRestrictSignal",
]
WRAPPERS = {
    "base": "{}",
    "vhost": "<VirtualHost *:1>\nServerName v.test\n{}\n</VirtualHost>",
    "directory": "<Directory /srv>\n{}\n</Directory>",
    "location": "<Location /x>\n{}\n</Location>",
    "in_vhost": "<VirtualHost *:1>\nServerName v.test\n<Location /x>\n{}\n</Location>\n</VirtualHost>",
}
ALLOWED = {
    "G": {"base"},
    "S": {"base", "vhost"},
    "D": set(WRAPPERS),
    "F": set(WRAPPERS),
    "A": {"directory", "location", "in_vhost"},
}


def module_folder():
    apxs = shutil.which("apxs") or shutil.which("apxs2")
    asked = subprocess.run([apxs, "-q", "LIBEXECDIR"], capture_output=True, text=True, check=True)
    return asked.stdout.strip()


HEAD = """\
ServerRoot {root}
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule wsgi_module {module}
ServerName base.test
PidFile {root}/pid
ErrorLog {root}/error.log
DefaultRuntimeDir {root}
LogLevel info
WSGIPythonRuntime 3.11
WSGIRuntimePath {root}/runtimes
"""


def head(root):
    """Loads the module; a runtime exists, so that process groups are complete. It is never run."""
    folder = root / "runtimes"
    folder.mkdir()
    runtime = folder / "wsgi-daemon-py3.11"
    runtime.write_text("#!/bin/false\n")
    for path in (folder, runtime):
        path.chmod(0o755)
    return HEAD.format(root=root, modules=module_folder(), module=MODULE)


class Checker:
    def __init__(self, root):
        self.root = root
        self.head = head(root) + "Listen 127.0.0.1:1\n"

    def __call__(self, text):
        """(accepted, output, line number in the file of the first line of text)"""
        conf = self.root / "test.conf"
        conf.write_text(self.head + text + "\n")
        done = subprocess.run(
            [APACHE, "-t", "-f", str(conf)], capture_output=True, text=True, timeout=60,
            env=os.environ | sanitizer.environment())
        return done.returncode == 0, done.stdout + done.stderr, self.head.count("\n") + 1


@pytest.fixture
def check(tmp_path):
    if not os.path.exists(MODULE):
        pytest.fail(f"{MODULE} is not built")
    return Checker(tmp_path)


@pytest.mark.parametrize("name", DIRECTIVES)
def test_contexts(check, name):
    context, arguments = DIRECTIVES[name]
    for where, wrapper in WRAPPERS.items():
        accepted, output, _ = check(wrapper.format(f"{name} {arguments}"))
        expected = where in ALLOWED[context]
        assert accepted == expected, (where, output)
        if not expected:
            assert "cannot occur within" in output or "not allowed" in output, output


def test_names_of_the_module(check):
    for test in ("mod_wsgi.c", "wsgi_module"):
        accepted, output, _ = check(f"<IfModule !{test}>\nNoSuchDirective\n</IfModule>")
        assert accepted, output
    for level in ("wsgi", "wsgi_module", "mod_wsgi.c"):
        accepted, output, _ = check(f"LogLevel {level}:debug")
        assert accepted, output


@pytest.mark.parametrize("name", [
    "WSGILazyInitialization", "WSGINewRelicConfigFile", "WSGINewRelicEnvironment",
    "WSGIPy3kWarningFlag", "WSGIReloadMechanism", "WSGIOutputBuffering", "WSGIUserAuthoritative"])
def test_removed_directives_are_unknown(check, name):
    accepted, output, _ = check(f"{name} On")
    assert not accepted
    assert f"Invalid command '{name}'" in output


@pytest.mark.parametrize("line, said", [
    ("WSGIScriptReloading maybe",
     "WSGI1001: WSGIScriptReloading must be one of: Off | On; not 'maybe'"),
    ("WSGIMapHEADToGET maybe", "WSGIMapHEADToGET must be one of: Off | On | Auto; not 'maybe'"),
    ("WSGIProcessGroup", "WSGIProcessGroup: takes exactly one argument; write WSGIProcessGroup name"),
    ("WSGIScriptAlias /x", "WSGIScriptAlias: the script path is missing"),
    ("WSGIScriptAlias /x app.wsgi",
     "WSGI1009: WSGIScriptAlias: relative path 'app.wsgi'; must begin with '/'"),
    ("WSGIScriptAlias /x /a.wsgi proces-group=a",
     "WSGIScriptAlias: unknown option 'proces-group'; did you mean 'process-group'?"),
    ("WSGIScriptAliasMatch (x /a.wsgi",
     "WSGI1010: WSGIScriptAliasMatch: the expression '(x' does not compile"),
    ("WSGIImportScript /a.py process-group=a",
     "WSGIImportScript option 'application-group': missing"),
    ("WSGIDaemonProcess app threads=abc",
     "WSGI1006: WSGIDaemonProcess 'app' option 'threads': bad value 'abc'; must be a whole number "
     "from 0 to 65533"),
    ("WSGIDaemonProcess app shutdown-timeout=5s", "option 'shutdown-timeout': bad value '5s'"),
    ("WSGIDaemonProcess app memory-limit=10k", "option 'memory-limit': bad value '10k'"),
    ("WSGIDaemonProcess app listen-backlog=x", "option 'listen-backlog': bad value 'x'"),
    ("WSGIDaemonProcess app thread=5", "unknown option 'thread'; did you mean 'threads'?"),
    ("WSGIDaemonProcess app home=srv", "option 'home': bad value 'srv'; must be an absolute path"),
    ("WSGIDaemonProcess app user=no-such-user",
     "WSGI1015: WSGIDaemonProcess 'app' option 'user': unknown user 'no-such-user'"),
    ("WSGIDaemonProcess app user=root", "option 'user': 'root' is root; must be another than root"),
    ("WSGIDaemonProcess app group=no-such-group", "option 'group': unknown group 'no-such-group'"),
    ("WSGIDaemonProcess app header-buffer-size=8191",
     "WSGI1007: WSGIDaemonProcess 'app' option 'header-buffer-size': bad value '8191'"),
    ("WSGIPythonHashSeed 4294967296", "WSGIPythonHashSeed: bad value '4294967296'"),
    ("WSGIPythonOptimize 3", "WSGIPythonOptimize: bad value '3'; must be one of: 0 | 1 | 2"),
    ("WSGITrustedProxies localhost",
     "WSGITrustedProxies: 'localhost' is not an address or subnet"),
    ("WSGITrustedProxyHeaders X_Real_IP",
     "WSGITrustedProxyHeaders: 'X_Real_IP' is not a header name"),
    ("WSGITelemetryService /run/x", "WSGITelemetryService: bad target '/run/x'"),
])
def test_texts_of_errors(check, line, said):
    accepted, output, number = check(line)
    assert not accepted
    assert said in output
    assert f"Syntax error on line {number} of " in output


class TestNotices:
    LINES = ("WSGISlowRequests 1\nWSGISlowRequests 2\nWSGISocketPrefix run/wsgi\n"
             "WSGIVerboseDebugging On\nWSGIDaemonProcess app chroot=/x")

    def test_are_in_the_log(self, check):
        if os.geteuid() != 0:
            self.LINES = self.LINES.replace(" chroot=/x", "")
        _, output, _ = check(self.LINES)
        assert output.count("WSGI1032: WSGISlowRequests has no effect: no reports are sent") == 1
        assert "[wsgi:info]" in output
        assert "WSGI1032: WSGISocketPrefix has no effect: there are no socket files" in output
        assert "WSGI1030: WSGIVerboseDebugging is deprecated: " in output
        if os.geteuid() == 0:
            assert "WSGI1030: WSGIDaemonProcess option 'chroot' is deprecated: " in output

    def test_obey_loglevel(self, check):
        _, output, _ = check("LogLevel warn\n" + self.LINES)
        assert "WSGI103" not in output


class TestInterpreterOptions:
    def test_takes_the_seven(self, check):
        lines = "\n".join(f"{name} {DIRECTIVES[name][1]}" for name in SECTION_CHILDREN)
        accepted, output, _ = check(
            f"<WSGIInterpreterOptions process-group=app>\n{lines}\n</WSGIInterpreterOptions>")
        assert accepted, output

    @pytest.mark.parametrize("block", ["IfModule mod_wsgi.c", "IfDefine !NOPE", "IfFile /"])
    def test_nested_blocks(self, check, block):
        name = block.split()[0]
        accepted, output, _ = check(
            "<WSGIInterpreterOptions>\n"
            f"<{block}>\nWSGIRestrictStdin On\n</{name}>\n</WSGIInterpreterOptions>")
        assert accepted, output
        # What is in the block is of the section, so it is held to the section's rules.
        accepted, output, number = check(
            "<WSGIInterpreterOptions>\n"
            f"<{block}>\nWSGIPythonOptimize 1\n</{name}>\n</WSGIInterpreterOptions>")
        assert not accepted
        assert "'WSGIPythonOptimize' is not allowed here; may hold only: " in output
        assert f"Syntax error on line {number + 2} of " in output

    @pytest.mark.parametrize("child", ["WSGIProcessGroup a", "DocumentRoot /", "NoSuchDirective"])
    def test_refuses_others(self, check, child):
        accepted, output, number = check(
            f"<WSGIInterpreterOptions>\n{child}\n</WSGIInterpreterOptions>")
        assert not accepted
        assert f"WSGI1026: <WSGIInterpreterOptions>: '{child.split()[0]}' is not allowed" in output
        assert f"Syntax error on line {number + 1} of " in output

    @pytest.mark.parametrize("opening, said", [
        ("process-group=a process-group=b>", "repeated selector 'process-group'"),
        ("group=a>", "unknown selector 'group'"),
        ("word>", "'word' is not an option"),
        ("process-group=a", "the closing '>' is missing"),
    ])
    def test_selectors(self, check, opening, said):
        accepted, output, _ = check(
            f"<WSGIInterpreterOptions {opening}\n</WSGIInterpreterOptions>")
        assert not accepted
        assert said in output

    @pytest.mark.parametrize("where", ["vhost", "directory"])
    def test_only_in_the_base_server(self, check, where):
        accepted, output, _ = check(
            WRAPPERS[where].format("<WSGIInterpreterOptions>\n</WSGIInterpreterOptions>"))
        assert not accepted
        assert "cannot occur within" in output or "not allowed in" in output


class TestGroups:
    """What only the whole configuration tells."""

    VHOST = "<VirtualHost *:1>\nServerName {}\n{}\n</VirtualHost>\n"
    USE = "WSGIImportScript /a.py process-group={} application-group=x"

    def test_twice(self, check):
        accepted, output, number = check(
            "WSGIDaemonProcess app\n" + self.VHOST.format("v.test", "WSGIDaemonProcess app threads=2"))
        assert not accepted
        conf = check.root / "test.conf"
        assert (f"WSGI1011: WSGIDaemonProcess 'app': defined twice, at {conf}:{number} and "
                f"{conf}:{number + 3}; give the groups different names") in output

    def test_the_same_twice_is_harmless(self, check):
        """As certbot leaves it: the virtual host of port 80 is copied to 443."""
        vhost = self.VHOST.format("v.test", "WSGIDaemonProcess app threads=2")
        for text, second in (("WSGIDaemonProcess app threads=2\n" * 2, 1), (vhost * 2, 6)):
            accepted, output, number = check(text)
            assert accepted, output
            conf = check.root / "test.conf"
            first = number + (0 if second == 1 else 2)
            assert ("WSGI1038: WSGIDaemonProcess 'app' is defined twice with the same options, at "
                    f"{conf}:{first} and {conf}:{number + second}; the second has no effect") in output
        accepted, output, _ = check(vhost + vhost.replace("v.test", "other.test"))
        assert not accepted
        assert "WSGI1011: WSGIDaemonProcess 'app': defined twice, at " in output

    def test_unknown(self, check):
        accepted, output, number = check("WSGIDaemonProcess app\n" + self.USE.format("apq"))
        assert not accepted
        assert "WSGI1012: WSGIDaemonProcess 'apq': not defined, but named for script '/a.py'" in output
        assert f":{number + 1})" in output
        assert "did you mean 'app'?" in output

    def test_defined_later_is_fine(self, check):
        accepted, output, _ = check(self.USE.format("app") + "\nWSGIDaemonProcess app")
        assert accepted, output

    def test_out_of_reach(self, check):
        one = self.VHOST.format("one.test", "WSGIDaemonProcess app")
        accepted, output, _ = check(one + self.VHOST.format("two.test", self.USE.format("app")))
        assert not accepted
        assert "WSGI1013: WSGIDaemonProcess 'app': defined in the virtual host 'one.test'" in output
        assert "is of the virtual host 'two.test'" in output
        accepted, output, _ = check(one + self.VHOST.format("one.test", self.USE.format("app")))
        assert accepted, output

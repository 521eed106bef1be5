# SPDX-License-Identifier: Apache-2.0
"""What the WSGIPython* directives, the switches of interpreters and <WSGIInterpreterOptions> do:
one server with applications in Apache's own processes and in daemons, which obey different ones."""

import json
import os
import re
import subprocess

import pytest

from harness import modes, procs

USER = "user=games group=games" if os.geteuid() == 0 else ""
ONE_CHILD = "StartServers 1\nServerLimit 1\nMaxRequestWorkers 25\n"
ALLOW = "<Directory {root}/apps>\n  Require all granted\n</Directory>\n"
MOUNTS = {  # url: (process group, application group)
    "e": ("%{GLOBAL}", "%{GLOBAL}"),
    "e-sub": ("%{GLOBAL}", "sub"),
    "e-other": ("%{GLOBAL}", "other"),
    "d": ("app", "%{GLOBAL}"),
    "d-sub": ("app", "sub"),
    "d-second": ("second", "%{GLOBAL}"),
}


def mounts(names):
    return "".join(
        f"WSGIScriptAlias /{n} {{root}}/apps/report.wsgi process-group={MOUNTS[n][0]} "
        f"application-group={MOUNTS[n][1]}\n" for n in names
    )


def ask(server, mount, path="/report"):
    response = server.get(f"/{mount}{path}")
    assert response.status == 200, server.new_log()
    return json.loads(response.text)


CONFIG = f"""
WSGIDaemonProcess app {USER} processes=1 threads=2 switch-interval=0.125
WSGIDaemonProcess second {USER} processes=1 threads=2
WSGIRestrictEmbedded Off
WSGIPythonRuntime 3.11
WSGIPythonHome {{root}}/venv
WSGIPythonPath {{root}}/lib1:{{root}}/lib2
WSGIPythonEggs {{root}}/eggs
WSGIPythonOptimize 1
WSGIPythonWarnings ignore::UserWarning
WSGIPythonWarnings error::BytesWarning
WSGIPythonHashSeed 7
WSGIDontWriteBytecode On
WSGISwitchInterval 0.25
WSGIRestrictStdin On
WSGIRestrictStdout On
<WSGIInterpreterOptions application-group=sub>
  WSGIRestrictStdin Off
  WSGIPythonPath {{root}}/lib3
  WSGIRestrictSignal Off
  WSGISwitchInterval 0.5
</WSGIInterpreterOptions>
<WSGIInterpreterOptions Process-Group=app application-group=sub>
  <IfModule mod_wsgi.c>
    WSGIRestrictStdout Off
    WSGIPythonPath {{root}}/lib4
  </IfModule>
</WSGIInterpreterOptions>
<WSGIInterpreterOptions process-group=%{{GLOBAL}}>
  WSGIRestrictStdin Off
</WSGIInterpreterOptions>
<WSGIInterpreterOptions process-group=second>
  WSGIRestrictStdin Off
  WSGIRestrictStdin On
  WSGIRestrictSignal Off
</WSGIInterpreterOptions>
<WSGIInterpreterOptions process-group=second>
  WSGIRestrictStdin Off
</WSGIInterpreterOptions>
{ONE_CHILD}{mounts(MOUNTS)}{ALLOW}"""


@pytest.fixture(scope="module")
def server(shared_server):
    one = shared_server(CONFIG, start=False)
    for n in (1, 2, 3, 4):
        (one.root / f"lib{n}").mkdir()
    (one.root / "lib1/more.pth").write_text(f"{one.root}/lib1-more\n")
    (one.root / "lib1-more").mkdir()
    (one.root / "venv/bin").mkdir(parents=True)
    (one.root / "venv/pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.11.2\n")
    (one.root / "venv/bin/python").symlink_to("/usr/bin/python3")
    # Sub-interpreters with a shared lock do not get an interval.
    one.tolerate("WSGI3011")
    return one.start()


def libraries(found):
    return [m[1] for p in found["path"] if (m := re.search(r"/(lib\d(-more)?)$", p))]


@pytest.mark.parametrize("mount", ["e", "e-other", "d", "d-second"])
def test_start_of_python(server, mount):
    """Everywhere: home, optimisation, warnings, seed of hashes, byte code."""
    found = ask(server, mount)
    assert found["version"] == "3.11"
    assert found["prefix"] == str(server.root / "venv")
    assert found["optimize"] == 1
    assert found["warnings"] == ["ignore::UserWarning", "error::BytesWarning"]
    assert found["no_bytecode"] is True
    seeded = subprocess.run(["/usr/bin/python3", "-c", "print(hash('wsgi'))"],
                            env={"PYTHONHASHSEED": "7"}, capture_output=True, text=True).stdout
    assert found["hash"] == int(seeded)


def test_of_children_only(server):
    """The path, the eggs and the interval of daemons are those of their group."""
    embedded, daemon = ask(server, "e"), ask(server, "d")
    assert libraries(embedded) == ["lib1", "lib1-more", "lib2"]
    assert embedded["path"][:3] == [str(server.root / n) for n in ("lib1", "lib1-more", "lib2")]
    assert libraries(daemon) == []
    assert embedded["environ"]["PYTHON_EGG_CACHE"] == str(server.root / "eggs")
    assert daemon["environ"]["PYTHON_EGG_CACHE"] is None
    assert embedded["interval"] == 0.25
    assert daemon["interval"] == 0.125 and ask(server, "d-second")["interval"] == 0.005


def test_sections(server):
    """More keys win, then the later; paths of all apply, the most specific first."""
    def restricted(mount):
        found = ask(server, mount)
        return ["restricted" in found[name] for name in ("stdin", "stdout")]

    assert restricted("e") == [False, True]
    assert restricted("e-other") == [False, True]
    assert restricted("e-sub") == [False, True]
    assert restricted("d") == [True, True]
    assert restricted("d-sub") == [False, False]
    assert restricted("d-second") == [False, True]
    assert libraries(ask(server, "e-sub")) == ["lib3", "lib1", "lib1-more", "lib2"]
    assert libraries(ask(server, "d-sub")) == ["lib4", "lib3"]


def test_restricted_streams(server):
    found = ask(server, "d")
    assert found["stdin"] == "OSError: sys.stdin access restricted by mod_wsgi"
    assert found["stdout"] == "OSError: sys.stdout access restricted by mod_wsgi"
    assert found["stream_types"] == ["mod_wsgi.Restricted"] * 2


def test_signals(server):
    """Returned, not registered; with Off it is registered, and the log is silent."""
    for mount in ("e", "d"):
        assert ask(server, mount, "/signal") == [True, False]
    assert "WSGI3018" in server.log()
    server.wait_log("in previous_handler")
    count = server.log().count("WSGI3018")
    # signal.signal itself works in the main thread only, and no request is served there.
    assert server.get("/d-second/signal").status == 500
    server.expect("WSGI5004")
    server.tolerate("WSGI5024")
    server.wait_log("signal only works in main thread")
    assert server.log().count("WSGI3018") == count


def test_interval_of_a_shared_lock(server):
    assert ask(server, "d-sub")["interval"] == 0.125
    text = "interpreter 'sub' has no lock of its own: WSGISwitchInterval is not applied"
    procs.wait_until(lambda: text in server.log(), 5, text)


def test_random_hashes(make_server):
    """`random` is not a seed: two processes differ."""
    one = make_server(
        f"WSGIDaemonProcess app {USER}\nWSGIDaemonProcess second {USER}\nWSGIPythonHashSeed random\n"
        + mounts(["d", "d-second"]) + ALLOW
    )
    found = [ask(one, m) for m in ("d", "d-second")]
    assert found[0]["hash"] != found[1]["hash"]
    assert [f["randomized"] for f in found] == [1, 1]


@pytest.mark.parametrize("switch, atexit", [("On", True), ("Off", False)])
@pytest.mark.parametrize("mode", modes.MODES)
def test_destroy_interpreter(make_server, mode, switch, atexit):
    """Exit functions run where interpreters are torn down, shutdown callbacks always."""
    names = ["e", "e-sub"] if mode == "embedded" else ["d", "d-sub"]
    one = make_server(
        f"WSGIDaemonProcess app {USER}\nWSGIDestroyInterpreter {switch}\n{ONE_CHILD}"
        f"{mounts(names)}{ALLOW}", start=False
    )
    marks = one.root / "marks"
    marks.mkdir()
    marks.chmod(0o777)
    one.start()
    for name in names:
        ask(one, name)
    assert one.stop() == []
    group = "app" if mode == "daemon" else "embedded"
    left = {p.name for p in marks.iterdir()}
    assert {f"callback-{group}-{i}" for i in ("main", "sub")} <= left
    assert {n for n in left if n.startswith("atexit")} == (
        {f"atexit-{group}-{i}" for i in ("main", "sub")} if atexit else set())


@pytest.mark.parametrize("scope, who", [
    ("{}", "(Apache's own processes, group 'app', group 'second')"),
    ("<WSGIInterpreterOptions process-group=second>\n{}\n</WSGIInterpreterOptions>",
     "(group 'second')"),
    ("<WSGIInterpreterOptions process-group=%{{GLOBAL}}>\n{}\n</WSGIInterpreterOptions>",
     "(Apache's own processes)"),
])
@pytest.mark.parametrize("name, needs", [
    ("WSGIPerInterpreterGIL", "it needs 3.12 or later"),
    ("WSGIFreeThreading", "it needs a free-threaded build"),
])
def test_switches_that_this_python_lacks(make_server, name, needs, scope, who):
    """Said once, when the configuration is read; it is served all the same."""
    groups = f"WSGIDaemonProcess app {USER}\nWSGIDaemonProcess second {USER}\n"
    one = make_server(groups + scope.format(f"{name} On"), start=False)
    accepted, output = one.configtest()
    assert accepted, output
    assert output.count(f"WSGI1031: {name} has no effect with Python 3.11: {needs} {who}") == 1
    one.write_config(groups + scope.format(f"{name} Off"))
    assert "WSGI1031" not in one.configtest()[1]


def test_switches_at_a_start(make_server):
    one = make_server(f"WSGIDaemonProcess app {USER}\nWSGIPerInterpreterGIL On\n{mounts(['d-sub'])}"
                      + ALLOW, start=False)
    one.expect("WSGI1031")
    one.start()
    assert ask(one, "d-sub")["application_group"] == "sub"
    one.wait_log("interpreter 'sub' created, shared GIL")
    assert one.log().count("WSGI1031") == 1


def test_runtime_path(make_server):
    """Searched first: what is found there is taken, and what is not there not."""
    one = make_server("", start=False)
    folder = one.root / "runtimes"
    folder.mkdir()
    base = f"WSGIDaemonProcess app {USER}\nWSGIRuntimePath {folder}\n"
    one.write_config(base + "WSGIPythonRuntime 3.99\n")
    accepted, output = one.configtest()
    assert not accepted and "WSGI1033: process group 'app': no runtime for Python 3.99" in output
    runtime = folder / "wsgi-daemon-py3.99"
    runtime.write_text("#!/bin/false\n")
    runtime.chmod(0o755)
    accepted, output = one.configtest()
    assert accepted, output

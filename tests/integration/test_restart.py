# SPDX-License-Identifier: Apache-2.0
"""wsgictl restart APP: one group of a running Apache, process by process, under load."""

import json
import os
import subprocess

import pytest

from harness import procs, server as harness

USER = "user=games group=games" if os.geteuid() == 0 else ""
TOOL = os.environ.get("WSGICTL", str(harness.PREFIX / "bin/wsgictl"))


def config(**groups):
    lines = []
    for name, options in groups.items():
        lines.append(f"WSGIDaemonProcess {name} {USER} {options}")
        lines.append(f"WSGIScriptAlias /{name} {{root}}/apps/faults.wsgi process-group={name} "
                     "application-group=%{GLOBAL}")
    return "\n".join(lines) + "\n<Directory {root}/apps>\n  Require all granted\n</Directory>\n"


def restart(server, *arguments, **kwargs):
    instance = server.root / "instance.json"
    if not instance.exists():
        instance.write_text(json.dumps({"httpd": harness.APACHE, "server_root": str(server.root),
                                        "config": str(server.root / "httpd.conf")}))
        instance.chmod(0o644)
    return subprocess.run([TOOL, "restart", "--instance", str(instance), *arguments],
                          capture_output=True, text=True, timeout=100, **kwargs)


@pytest.fixture
def server(make_server):
    one = make_server(config(app="processes=3 threads=4", other="processes=1 threads=2"))
    procs.wait_until(lambda: len(one.daemons()) == 4, 30, "four daemons")
    assert one.get("/app/hello").status == one.get("/other/hello").status == 200
    return one


def of(server, group):
    return {p for p in server.daemons() if open(f"/proc/{p}/comm").read() == f"wsgi:{group}\n"}


def test_rolls_over_without_loss(server):
    before, others = of(server, "app"), of(server, "other")
    with server.load("/app/hello", clients=2, pause=0.002) as short, \
            server.load("/app/sleep?0.3", clients=3) as long:
        procs.wait_until(lambda: short.ok > 30 and long.ok > 3, 30, "load")
        done = restart(server, "app", "--format", "json")
        served = short.ok
        procs.wait_until(lambda: short.ok > served + 30, 30, "load afterwards")
    assert done.returncode == 0, done.stdout + done.stderr
    for ledger in (short, long):
        assert ledger.ok == ledger.sent, str(ledger)
    answer = json.loads(done.stdout)
    assert {one["before"] for one in answer["processes"]} == before
    procs.wait_until(lambda: not before & set(server.daemons()), 20, "the end of the old ones")
    assert {one["after"] for one in answer["processes"]} == of(server, "app")
    assert of(server, "other") == others
    assert server.log().count("resuming normal operations") == 1


def test_unknown_name(server):
    said = restart(server, "othr")
    assert said.returncode == 1
    assert "WCTL4202" in said.stderr and 'did you mean "other"?' in said.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user")
def test_not_permitted(server):
    said = restart(server, "app", user="nobody", group="nogroup", extra_groups=[])
    assert said.returncode == 8 and "WCTL4203" in said.stderr, said.stderr


def test_replacement_that_does_not_start(make_server):
    """The old process serves on."""
    one = make_server(config(app="processes=2 threads=2 environment-file={root}/app.env"),
                      start=False)
    environment = one.root / "app.env"
    environment.write_text("")
    environment.chmod(0o600)
    one.start()
    procs.wait_until(lambda: len(one.daemons()) == 2, 30, "two daemons")
    assert one.get("/app/hello").status == 200
    before = set(one.daemons())
    one.tolerate("WSGI2004", "WSGI2008")
    environment.write_text("FAULTS_AT_IMPORT=exit\n")
    said = restart(one, "app")
    assert said.returncode == 1
    assert "WCTL4204" in said.stderr and "did not start" in said.stderr
    assert one.get("/app/hello").status == 200
    assert before <= set(one.daemons())
    environment.write_text("")  # for the next attempt


def test_stopped_server(make_server):
    one = make_server(config(app=""))
    assert one.stop() == []
    said = restart(one, "app")
    assert said.returncode == 1 and "WCTL4201" in said.stderr

# SPDX-License-Identifier: Apache-2.0
"""Apache's runtime directory without room, or that nobody may write to. The module keeps nothing
there: it serves, restarts and stops as ever. Who does need it (Apache for its PidFile, `wsgictl
serve` for its server root) says so and leaves nothing behind. Needs root, for a tmpfs."""

import os
import signal
import subprocess

import pytest

from harness import procs
from test_resources import CONFIG, fill, small_disk  # noqa: F401 (a fixture)
from wsgictl_site import ACCOUNT, tool

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture(params=["full", "unwritable"])
def spoilt(request, small_disk):  # noqa: F811
    def spoil(folder):
        small_disk(folder)
        if request.param == "full":
            fill(folder / "filler")
        else:
            subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        return sorted(os.listdir(folder))

    spoil.why = {"full": "No space left on device", "unwritable": "Read-only file system"}[request.param]
    return spoil


def test_the_module_needs_none(spoilt, make_server):
    server = make_server(CONFIG + "PidFile log/httpd.pid\nWSGISocketPrefix run/wsgi\n", start=False)
    before = spoilt(server.root / "run")
    server.start()
    procs.wait_until(lambda: len(server.daemons()) == 2, 30, "two daemons")
    server.expect("WSGI2006")
    server.tolerate("WSGI4110")
    with server.load("/app/hello", clients=2, pause=0.005) as ledger:
        procs.wait_until(lambda: ledger.ok > 20, 30, "load")
        server.graceful()
        os.kill(int(server.get("/app/pid").text), signal.SIGKILL)  # one that has started
        served = ledger.ok
        procs.wait_until(lambda: ledger.ok > served + 50, 30, "load afterwards")
    assert ledger.lost == 0 and ledger.server_errors <= 2, str(ledger)
    assert sorted(os.listdir(server.root / "run")) == before
    assert server.stop() == []


def test_an_apache_that_does_not_start_takes_its_daemons_along(spoilt, make_server):
    server = make_server(CONFIG, start=False)
    before = spoilt(server.root / "run")
    with pytest.raises(AssertionError, match="Apache ended with 1"):
        server.start()
    server.tolerate("AH10231", "AH00099", "AH00100")
    assert spoilt.why in server.log()
    assert server.stop() == []
    # Apache's own attempt at a PidFile may be there, empty.
    left = set(os.listdir(server.root / "run")) - set(before)
    assert all(name.startswith("httpd.pid.") for name in left), left


@pytest.mark.parametrize("named", [True, False], ids=["--server-root", "TMPDIR"])
def test_wsgictl_serve(spoilt, tmp_path, named):
    (tmp_path / "hello.wsgi").write_text("def application(environ, start_response): pass\n")
    folder = tmp_path / "own"
    folder.mkdir()
    before = spoilt(folder)
    # A tmpfs is open to all, which wsgictl would not have; a read-only one stays as it is.
    subprocess.run(["chmod", "755", str(folder)], check=False, stderr=subprocess.DEVNULL)
    command = [tool(), "serve", str(tmp_path / "hello.wsgi"), "--user", ACCOUNT, "--port", "0"]
    command += ["--server-root", str(folder / "root")] if named else []
    done = subprocess.run(command, env=os.environ | {"TMPDIR": str(folder)}, capture_output=True,
                          text=True, timeout=60)
    assert done.returncode not in (0, None)
    assert "error[WCTL4005]: cannot" in done.stderr and str(folder) in done.stderr
    assert spoilt.why in done.stderr
    left = sorted(os.listdir(folder))
    # A server root that was named is the user's to keep.
    assert left == before or (named and left == sorted([*before, "root"]))
    said = subprocess.run([tool(), "explain", "WCTL4005"], capture_output=True, text=True)
    assert "--server-root" in said.stdout

# SPDX-License-Identifier: Apache-2.0
"""What a host may run out of: memory of the control group, room on the disk of the logs. Both need
root and are skipped, with the reason, where the host does not allow them."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess

import pytest

from harness import procs

USER = "user=games group=games"
GROUPS = pathlib.Path("/sys/fs/cgroup")
CONFIG = f"""
WSGIDaemonProcess app {USER} processes=2 threads=4
WSGIScriptAlias /app {{root}}/apps/faults.wsgi process-group=app application-group=%{{GLOBAL}}
<Directory {{root}}/apps>
  Require all granted
</Directory>
"""

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


class ControlGroup:
    """A group of its own below this process's, of version 1 or 2; skips the test without one."""

    def __init__(self):
        own = dict(reversed(line.split(":", 2)[1:])
                   for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines())
        names = {names: path for path, names in own.items()}
        if "memory" in names:
            parent, self.limit = GROUPS / "memory" / names["memory"][1:], "memory.limit_in_bytes"
            self.used = "memory.usage_in_bytes"
        else:
            parent, self.limit = GROUPS / names.get("", "/")[1:], "memory.max"
            self.used = "memory.current"
        self.parent, self.folder = parent, parent / f"wsgi-test-{os.getpid()}"
        try:
            self.folder.mkdir()
        except OSError as e:
            pytest.skip(f"no control group can be made: {e}")
        if not (self.folder / self.limit).exists():
            self.folder.rmdir()
            pytest.skip("control groups here do not limit memory")

    def take(self, pids):
        for pid in pids:
            (self.folder / "cgroup.procs").write_text(str(pid))

    def leave_room(self, size):
        used = int((self.folder / self.used).read_text())
        (self.folder / self.limit).write_text(str(used + size))
        with contextlib.suppress(OSError):
            (self.folder / "memory.swap.max").write_text("0")
        with contextlib.suppress(OSError):
            (self.folder / "memory.swappiness").write_text("0")

    def remove(self):
        procs.wait_until(lambda: not (self.folder / "cgroup.procs").read_text(), 20, "its end")
        self.folder.rmdir()


@pytest.fixture
def control_group():
    group = ControlGroup()
    yield group
    group.remove()


def test_out_of_memory(control_group, make_server):
    """The kernel kills the process that eats; the log says so, the others serve."""
    server = make_server(CONFIG)
    control_group.take([server.pid, *procs.descendants(server.pid)])
    server.graceful()  # a supervisor that was born in the group
    procs.wait_until(lambda: len(server.daemons()) == 2, 30, "two daemons, new ones")
    assert server.get("/app/hello").status == 200
    control_group.leave_room(150 << 20)
    server.expect("WSGI2006")
    server.tolerate("WSGI4110", "WSGI4115")
    with server.load("/app/hello", clients=2, pause=0.005) as ledger:
        procs.wait_until(lambda: ledger.ok > 20, 20, "load")
        assert server.get("/app/eat?400").status == 502
        server.wait_log("killed by the kernel: out of memory", 10)
        procs.wait_until(lambda: len(server.daemons()) == 2, 30, "a successor")
        served = ledger.ok
        procs.wait_until(lambda: ledger.ok > served + 20, 20, "load afterwards")
    assert ledger.lost == 0 and ledger.server_errors <= 3, str(ledger)
    # The kernel kills another too where the memory of the first is not free at once.
    died = [one for one in server.log().splitlines() if "WSGI2006" in one]
    assert all("killed by the kernel: out of memory" in one for one in died), died
    (line,) = [one for one in died if "GET /app/eat" in one]
    assert "raise the limit of the cgroup" in line, line


@pytest.fixture
def small_disk():
    mounted = []

    def mount(folder):
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(folder)],
                              capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"nothing can be mounted: {done.stderr.strip()}")
        mounted.append(folder)

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)
        shutil.rmtree(folder.parent, ignore_errors=True)


def fill(path):
    with open(path, "wb", buffering=0) as f, contextlib.suppress(OSError):
        while True:
            f.write(bytes(512))


def test_disk_of_the_logs_is_full(small_disk, make_server):
    """Messages are lost, requests are not; with room again there are messages again."""
    server = make_server(CONFIG, start=False)
    small_disk(server.root / "log")
    server.start()
    procs.wait_until(lambda: len(server.daemons()) == 2, 30, "two daemons")
    assert server.get("/app/complain?before").status == 200
    server.wait_log("complaint before")
    fill(server.root / "log/filler")
    with server.load("/app/complain?full", clients=2, pause=0.005) as ledger:
        procs.wait_until(lambda: ledger.ok > 200, 30, "load")
        for pid in server.daemons():
            os.kill(pid, signal.SIGUSR1)
            procs.wait_until(lambda p=pid: p not in server.daemons(), 30, "its end")
        procs.wait_until(lambda: len(server.daemons()) == 2, 30, "successors")
        os.kill(int(server.get("/app/pid").text), signal.SIGKILL)
        served = ledger.ok
        procs.wait_until(lambda: ledger.ok > served + 200, 30, "load after the end of a daemon")
    assert ledger.lost == 0 and ledger.server_errors <= 2, str(ledger)
    server.tolerate("WSGI2006", "WSGI4110")
    os.unlink(server.root / "log/filler")
    assert server.get("/app/complain?after").status == 200
    server.wait_log("complaint after")

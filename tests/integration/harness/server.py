# SPDX-License-Identifier: Apache-2.0
"""A private Apache: own server root, a port the kernel chose, the built module, one MPM.

Environment: WSGI_PREFIX is where the module was installed (default build/dev/stage of this tree),
WSGI_MODULE names a module file instead, WSGI_MPM is event, worker or prefork; see also sanitizer.py.

Its error log is part of the verdict: a message id of ours at warning or worse, an error of Apache's
or a word of a sanitizer that the test has not announced fails the test, and so do processes and
socket files that are left when the server has stopped.
"""

import os
import pathlib
import re
import shutil
import signal
import socket
import stat
import subprocess
import tempfile

from . import client, load, procs, sanitizer

HERE = pathlib.Path(__file__).resolve().parents[1]
ROOT = HERE.parents[1]
PREFIX = pathlib.Path(os.environ.get("WSGI_PREFIX", ROOT / "build/dev/stage"))
MODULE = pathlib.Path(
    os.environ.get("WSGI_MODULE") or PREFIX / "lib/apache2/modules/mod_wsgi.so"
)
RUNTIMES = PREFIX / "lib/wsgictl"
MPM = os.environ.get("WSGI_MPM", "event")
APACHE = shutil.which("apache2", path="/usr/sbin:/usr/bin") or shutil.which("httpd") or "apache2"
MODULES = next(
    (d for d in ("/usr/lib/apache2/modules", "/usr/lib64/httpd/modules") if os.path.isdir(d)), ""
)
ACCOUNT = "www-data"
DAEMON_ACCOUNT = "games"

LINE = re.compile(r"^\[[^\]]*\] \[(?P<module>\w*):(?P<level>\w+)\] (?P<rest>.*)$")
OURS = re.compile(r"\bWSGI\d{4}\b")
FIRST = re.compile(r"(?:\[[^\]]*\] )*(WSGI\d{4}): ")
KNOWN = re.compile(r"^WSGI_ERROR\((\d{4}), \w+, (\w+),", re.M)
# The level of each message id, in Apache's words. An environment file is also warned of.
LEVELS = {
    f"WSGI{number}": level.replace("warning", "warn")
    for number, level in KNOWN.findall((ROOT / "module/base/error_ids.def").read_text())
    if number != "2026"
}
APACHES = re.compile(r"\bAH\d{5}\b")
SANITIZER = re.compile(r"AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error: ")
# Apache's own, of no interest: the event MPM stopped while a connection was lingering or began to be
# kept alive; a pool of one child has no spare threads or children, for a moment or as it is meant
# (event; worker; prefork).
ALWAYS = {"AH03092", "AH03093"} | {
    "AH10159", "AH03490", "AH00484", "AH00485", "AH00286", "AH00287", "AH00288", "AH00161",
} | sanitizer.ALWAYS
ERRORS = ("emerg", "alert", "crit", "error")

POOLS = {
    "event": "StartServers 2\nServerLimit 16\nThreadsPerChild 25\nMaxRequestWorkers 100\n"
    "MinSpareThreads 25\nMaxSpareThreads 75\n",
    "worker": "StartServers 2\nServerLimit 16\nThreadsPerChild 25\nMaxRequestWorkers 100\n"
    "MinSpareThreads 25\nMaxSpareThreads 75\n",
    "prefork": "StartServers 8\nMinSpareServers 5\nMaxSpareServers 12\nMaxRequestWorkers 64\n",
}

live = []


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def culprits(text, allowed, stopping=False):
    """Lines of an error log that nobody announced."""
    found = []
    for line in text.splitlines():
        if SANITIZER.search(line):
            found.append(line)
            continue
        match = LINE.match(line)
        if not match:
            continue
        level = match["level"]
        ids = set()
        if level in ERRORS + ("warn",):
            ids.update(OURS.findall(match["rest"]))
        # A child that dies is a notice to Apache only. While it stops one may: the event MPM's main
        # thread closes the connections of workers that are just freeing them.
        if level in ERRORS or ("exit signal" in match["rest"] and not stopping):
            ids.update(APACHES.findall(match["rest"]))
        if ids - allowed - ALWAYS:
            found.append(line)
        if (first := FIRST.match(match["rest"])) and LEVELS.get(first[1], level) != level:
            found.append(f"the level is not {LEVELS[first[1]]}: {line}")
    return found


class Server:
    def __init__(self, config, mpm=None, modules=(), log_level="info"):
        """`config` is put at the end of the configuration; {root}, {port} are replaced in it."""
        self.mpm = mpm or MPM
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="wsgi-"))
        self.root.chmod(0o755)
        for name in ("log", "run", "htdocs"):
            (self.root / name).mkdir(mode=0o755)
        shutil.copytree(HERE / "apps", self.root / "apps")
        (self.root / "htdocs/static.txt").write_text("static\n")
        self.port = free_port()
        self.process = None
        self.expected, self.tolerated = set(), set()
        self.read_to = 0
        self.stop_in_log = None  # where the log was when it was told to stop
        self.write_config(config, modules, log_level)

    def write_config(self, config, modules=(), log_level="info"):
        names = (f"mpm_{self.mpm}", "authz_core", "env", "setenvif", "headers", *modules)
        text = "".join(f"LoadModule {n}_module {MODULES}/mod_{n}.so\n" for n in names)
        config = config.replace("{root}", str(self.root)).replace("{port}", str(self.port))
        self.config = self.root / "httpd.conf"
        self.config.write_text(
            f'ServerRoot "{self.root}"\nServerName localhost\nListen 127.0.0.1:{self.port}\n'
            "DefaultRuntimeDir run\nPidFile run/httpd.pid\nErrorLog log/error.log\n"
            f"LogLevel {log_level}\n{text}{POOLS[self.mpm]}"
            f"LoadModule wsgi_module {MODULE}\n"
            + (f"User {ACCOUNT}\nGroup {ACCOUNT}\n" if os.geteuid() == 0 else "")
            + f'DocumentRoot "{self.root}/htdocs"\nTimeout 60\nKeepAlive On\nKeepAliveTimeout 15\n'
            f"MaxKeepAliveRequests 0\n{sanitizer.bearable(config)}\n"
        )

    # Life

    def configtest(self):
        """(ok, what was said)."""
        command = [APACHE, "-t", "-d", str(self.root), "-f", str(self.config)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60,
                              env=os.environ | sanitizer.environment())
        return done.returncode == 0, done.stderr + done.stdout + self.log()

    def start(self, seconds=30.0, mode="-DFOREGROUND"):
        self.stop_in_log = None
        self.console = open(self.root / "log/console.txt", "wb")
        self.process = subprocess.Popen(
            [APACHE, "-d", str(self.root), "-f", str(self.config), mode],
            stdin=subprocess.DEVNULL,
            stdout=self.console,
            stderr=subprocess.STDOUT,
            # A stopping prefork parent sends TERM to its whole process group.
            start_new_session=True,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"} | sanitizer.environment(),
        )
        procs.adopt_orphans(True)
        procs.own_children.add(self.process.pid)
        live.append(self)
        procs.wait_until(self._answers, seconds, "an answer from Apache")
        return self

    def _answers(self):
        if self.process.poll() is not None:
            raise AssertionError(
                f"Apache ended with {self.process.returncode}:\n{self.console_text()}{self.log()}"
            )
        try:
            return client.request(self.port, "/static.txt").status == 200
        except (OSError, client.Truncated):
            return False

    def stop(self):
        """Stops, then looks for what is left: processes below this one, socket files."""
        if self not in live:
            return []
        self.stop_in_log = len(self.log())
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        left = []
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            left.append("Apache's parent did not end within 30 s")
            self.process.kill()
            self.process.wait(10)
        live.remove(self)
        others = {p for s in live for p in (s.process.pid, *procs.descendants(s.process.pid))}

        def gone():
            procs.reap()
            return not [p for p in procs.descendants(os.getpid()) if p not in others]

        try:
            procs.wait_until(gone, 10)
        except AssertionError:
            for pid in procs.descendants(os.getpid()):
                if pid not in others:
                    command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
                    left.append(f"process {pid} is left: {command.replace(bytes(1), b' ')!r}")
                    os.kill(pid, signal.SIGKILL)
            procs.wait_until(gone, 10)
        left += [f"socket file {p} is left" for p in self.socket_files()]
        procs.adopt_orphans(bool(live))
        self.console.close()
        return left

    def socket_files(self):
        return [p for p in self.root.rglob("*") if stat.S_ISSOCK(p.lstat().st_mode)]

    def remove(self):
        shutil.rmtree(self.root, ignore_errors=True)

    def graceful(self, seconds=15.0):
        """Reloads and returns when new children serve the new configuration."""
        def resumed():
            return self.log().count("resuming normal operations")

        # Its children answer before the parent says so for the first time.
        procs.wait_until(resumed, seconds, "the end of the start")
        before = resumed()
        self.process.send_signal(signal.SIGUSR1)
        procs.wait_until(lambda: resumed() > before, seconds, "the reload")

    # Asking

    def get(self, path="/", **kwargs):
        return client.request(self.port, path, **kwargs)

    def connect(self, timeout=20.0):
        return client.Connection(self.port, timeout)

    def load(self, path, **kwargs):
        return load.Load(self.port, path, **kwargs)

    def background(self, path, **kwargs):
        return load.Background(self.port, path, **kwargs)

    # Processes

    @property
    def pid(self):
        return self.process.pid

    def apaches(self):
        """Parent, children and supervisors: everything that is Apache's executable."""
        below = procs.descendants(self.pid)
        return [p for p in (self.pid, *below) if procs.executable(p).endswith(APACHE)]

    def daemons(self):
        return [p for p in procs.descendants(self.pid) if "wsgi-daemon-py" in procs.executable(p)]

    # The log

    def log(self):
        path = self.root / "log/error.log"
        return path.read_text(errors="backslashreplace") if path.exists() else ""

    def console_text(self):
        path = self.root / "log/console.txt"
        return path.read_text(errors="backslashreplace") if path.exists() else ""

    def new_log(self):
        """What was logged since the last test."""
        return self.log()[self.read_to :]

    def wait_log(self, text, seconds=10.0):
        procs.wait_until(lambda: text in self.new_log(), seconds, f"{text!r} in the error log")

    def expect(self, *ids):
        """These must be logged before the test ends."""
        self.expected.update(ids)

    def tolerate(self, *ids):
        """These may be logged."""
        self.tolerated.update(ids)

    def verdict(self):
        """Complaints about what was logged since the last verdict."""
        missing = []
        for message in sorted(self.expected):
            try:
                self.wait_log(message, 5)
            except AssertionError as e:
                missing.append(str(e))
        text = self.log()
        end = len(text) if self.stop_in_log is None else max(self.read_to, self.stop_in_log)
        allowed = self.expected | self.tolerated
        found = culprits(text[self.read_to : end], allowed) + culprits(text[end:], allowed, True)
        if SANITIZER.search(console := self.console_text()):
            found.append(console)
        self.read_to = len(text)
        self.expected, self.tolerated = set(), set()
        return missing + found

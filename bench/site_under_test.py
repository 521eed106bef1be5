# SPDX-License-Identifier: Apache-2.0
"""A private Apache with the application of one workload, started under whatever wrapper a
measurement needs, and everything below it bound to one CPU."""

import http.client
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

MODULES = next(
    (d for d in ("/usr/lib/apache2/modules", "/usr/lib64/httpd/modules") if os.path.isdir(d)), ""
)
APACHE = next((p for p in ("/usr/sbin/apache2", "/usr/sbin/httpd") if os.path.exists(p)), "httpd")
MODE = {
    "daemon": "WSGISocketPrefix run/wsgi\n"
    "WSGIDaemonProcess app processes=1 threads=5 display-name=%{GROUP}\n"
    "WSGIScriptAlias / {root}/app.wsgi process-group=app application-group=%{GLOBAL}\n",
    "embedded": "WSGIScriptAlias / {root}/app.wsgi process-group=%{GLOBAL} "
    "application-group=%{GLOBAL}\nWSGIRestrictEmbedded Off\n",
}


def descendants(root):
    below = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                fields = pathlib.Path(f"/proc/{entry}/stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            below.setdefault(int(fields[1]), []).append(int(entry))
    found, queue = [], [root]
    while queue:
        some = below.get(queue.pop(), [])
        found += some
        queue += some
    return found


class Site:
    def __init__(self, folder, module, mode, workload, server_cpu, client_cpu):
        self.folder, self.module, self.mode = folder, pathlib.Path(module), mode
        self.workload = workload
        self.server_cpu, self.client_cpu = server_cpu, client_cpu
        folder.chmod(0o755)
        (folder / "run").mkdir()
        workload.write(folder)
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        user = "User www-data\nGroup www-data\n" if os.geteuid() == 0 else ""
        self.config = folder / "httpd.conf"
        self.config.write_text(
            f'ServerRoot "{folder}"\nServerName localhost\nListen 127.0.0.1:{self.port}\n{user}'
            "PidFile run/httpd.pid\nDefaultRuntimeDir run\nErrorLog error.log\nLogLevel warn\n"
            f"LoadModule mpm_event_module {MODULES}/mod_mpm_event.so\n"
            f"LoadModule authz_core_module {MODULES}/mod_authz_core.so\n"
            f"LoadModule wsgi_module {module}\n"
            "StartServers 1\nServerLimit 1\nThreadsPerChild 64\nMaxRequestWorkers 64\n"
            "KeepAlive On\nMaxKeepAliveRequests 0\nKeepAliveTimeout 60\n"
            # As every distribution has it; httpd otherwise looks for .htaccess in each folder.
            "<Directory />\nAllowOverride None\n</Directory>\n"
            f"<Directory {folder}>\nRequire all granted\n</Directory>\n"
            + "".join(line + "\n" for line in workload.directives)
            + MODE[mode].replace("{root}", str(folder))
        )
        self.process, self.free = None, False

    def directive(self, line):
        self.config.write_text(self.config.read_text() + line + "\n")

    def start(self, wrapper=(), single=False, seconds=30.0, free=False, poll=0.02):
        """free: on any CPU. single: one process serves (apache2 -X), and never as root: a tool can
        still open its files when the server would have given up root's rights."""
        command = [*wrapper, APACHE, "-d", str(self.folder), "-f", str(self.config)]
        self.free = free
        cpus = set(range(os.cpu_count())) if free else {self.server_cpu}
        account = {}
        if single and os.geteuid() == 0:
            account = {"user": "www-data", "group": "www-data", "extra_groups": []}
            for path in (self.folder, *self.folder.rglob("*")):
                shutil.chown(path, "www-data", "www-data")
        self.process = subprocess.Popen(
            [*command, "-X" if single else "-DFOREGROUND"],
            stdin=subprocess.DEVNULL,
            stdout=open(self.folder / "console.txt", "wb"),
            stderr=subprocess.STDOUT,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "PYTHONHASHSEED": "0"},
            start_new_session=True,
            preexec_fn=lambda: os.sched_setaffinity(0, cpus),
            **account,
        )
        end = time.monotonic() + seconds
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > end:
                said = (self.folder / "console.txt").read_text(errors="replace")[-600:]
                log = self.folder / "error.log"
                said += log.read_text(errors="replace")[-600:] if log.exists() else ""
                self.stop()
                raise RuntimeError(f"the server does not answer: {said}")
            time.sleep(poll)
        return self

    def bind_client(self):
        if not self.free:
            os.sched_setaffinity(0, {self.client_cpu})

    def answers(self):
        try:
            return self.requests(1) == 1
        except (OSError, http.client.HTTPException):
            return False

    def requests(self, count, pause=0.0):
        """So many one after another on one connection; how many were answered as they should be."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        good, asked = 0, self.workload
        body = b"p" * asked.post if asked.post else None
        try:
            for _ in range(count):
                link.request("POST" if body else "GET", "/", body, asked.headers)
                response = link.getresponse()
                good += asked.right(response.status, response.read())
                if pause:
                    time.sleep(pause)
        finally:
            link.close()
        return good

    def processes(self):
        """Process id to "apache" or "daemon". The other module's daemon is a fork of Apache: it is
        the one that maps libpython in daemon mode."""
        found = {}
        for pid in (self.process.pid, *descendants(self.process.pid)):
            try:
                exe = os.readlink(f"/proc/{pid}/exe")
                title = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
            except OSError:
                continue
            if "wsgi-daemon" in exe or (b"wsgi" in title.split(b"\0")[0] and b"(" in title):
                found[pid] = "daemon"
            elif exe.endswith(APACHE):
                found[pid] = "apache"
        return found

    def stop(self):
        if self.process is None:
            return
        if self.process.poll() is None:
            below = descendants(self.process.pid)
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                for pid in below:
                    if os.path.exists(f"/proc/{pid}"):
                        os.kill(pid, signal.SIGKILL)
        self.process = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

# SPDX-License-Identifier: Apache-2.0
"""A private Apache and a folder tree for tests of wsgictl: what the system's Apache is to `wsgictl
apply`, below a temporary folder, on a free port, described by an --instance file.

Tool and module come from an install prefix: $WSGI_PREFIX, else build/dev is installed into a temporary
folder for the time of the test run.
"""

import atexit
import functools
import http.client
import http.server
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
APACHE = shutil.which("apache2") or shutil.which("httpd") or "/usr/sbin/apache2"
MODULES = next(
    (d for d in ("/usr/lib/apache2/modules", "/usr/lib64/httpd/modules") if os.path.isdir(d)), ""
)
# A user for daemon processes: any system account with a home that exists.
ACCOUNT = "games"


@functools.cache
def prefix():
    if "WSGI_PREFIX" in os.environ:
        return pathlib.Path(os.environ["WSGI_PREFIX"])
    folder = pathlib.Path(tempfile.mkdtemp(prefix="wsgictl-prefix-"))
    folder.chmod(0o755)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    build = os.environ.get("WSGI_BUILD", str(ROOT / "build/dev"))
    subprocess.run(
        ["cmake", "--install", build, "--prefix", str(folder)], check=True, capture_output=True
    )
    return folder


def public_folder(name):
    """A folder that every account may enter; it goes when the tests end. Not one of pytest's: each
    session that starts closes /tmp/pytest-of-USER to others, also for sessions that are running."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"wsgictl-{name}-"))
    folder.chmod(0o755)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def tool():
    return str(prefix() / "bin/wsgictl")


def module():
    return str(prefix() / "lib/apache2/modules/mod_wsgi.so")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wsgictl(*arguments, **kwargs):
    return subprocess.run(
        [tool(), *map(str, arguments)], capture_output=True, text=True, timeout=120, **kwargs
    )


def get(port, path="/", host="site.test"):
    """Status and body; status 0 if nobody answers."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Host": host})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def ask(site, path, host="one.test", **headers):
    """Status, headers and body, of the site's server; redirects are not followed."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)
    try:
        connection.request("GET", path, headers={"Host": host, **headers})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


class Echo(http.server.BaseHTTPRequestHandler):
    """Another server behind a proxy route: answers with the headers and the path that it got."""

    def do_GET(self):
        seen = {name.lower(): value for name, value in self.headers.items()}
        body = json.dumps({**seen, "path": self.path}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def alive(pid):
    """Is there such a process? One that this process adopted and that has ended is reaped."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass
    return os.path.exists(f"/proc/{pid}")


def wait_for(condition, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.02)
    raise AssertionError("did not happen in time")


class Site:
    """The private Apache, its folders, a definition to apply, and the server's parent."""

    def __init__(self, folder):
        self.folder = folder
        folder.chmod(0o755)
        for name in ("sites", "enabled", "log", "run", "state", "static"):
            (folder / name).mkdir()
        (folder / "static/index.txt").write_text("static\n")
        self.port = free_port()
        self.config = folder / "httpd.conf"
        names = ("mpm_event", "authz_core", "alias", "mime", "dir", "headers")
        load = "".join(f"LoadModule {n}_module {MODULES}/mod_{n}.so\n" for n in names)
        self.config.write_text(
            f'ServerRoot "{folder}"\nServerName private.test\nDefaultRuntimeDir run\n'
            f"PidFile run/httpd.pid\nErrorLog log/error.log\n{load}"
            f"LoadModule wsgi_module {module()}\n"
            "TypesConfig /etc/mime.types\nMutex pthread default\n"
            'LogFormat "%h %r %>s" combined\nStartServers 1\n'
            + ("User www-data\nGroup www-data\n" if os.geteuid() == 0 else "")
            # Something to listen on before anything was applied.
            + f"Listen 127.0.0.1:{free_port()}\nIncludeOptional enabled/*.conf\n"
        )
        self.instance = folder / "instance.json"
        self.instance.write_text(
            json.dumps(
                {
                    "httpd": APACHE,
                    "config": str(self.config),
                    "server_root": str(folder),
                    "sites_dir": str(folder / "sites"),
                    "sites_enabled": str(folder / "enabled"),
                    "log_dir": str(folder / "log"),
                    "run_dir": str(folder / "run"),
                    "state_dir": str(folder / "state"),
                }
            )
        )
        self.yaml = folder / "site.yaml"

    # The server

    def control(self, verb):
        subprocess.run(
            [APACHE, "-f", str(self.config), "-k", verb], check=True, capture_output=True, timeout=60
        )

    def start(self):
        self.control("start")
        wait_for(self.parent)

    def parent(self):
        try:
            pid = int((self.folder / "run/httpd.pid").read_text())
            return pid if alive(pid) else 0
        except (OSError, ValueError):
            return 0

    def stop(self):
        pid = self.parent()
        if pid:
            os.kill(pid, signal.SIGTERM)
            wait_for(lambda: not alive(pid))

    def error_log(self):
        log = self.folder / "log/error.log"
        return log.read_text() if log.exists() else ""

    def reloads(self):
        return self.error_log().count("AH00493")

    # The tool

    def define(self, routes, apps="", name="site.test"):
        self.yaml.write_text(
            f"version: 1\n{apps}sites:\n  {name}:\n"
            f'    listen: ["127.0.0.1:{self.port}"]\n    routes:\n'
            + "".join(f"      {path}: {target}\n" for path, target in routes.items())
        )

    def script(self, name, status="200 OK", body="hello"):
        path = self.folder / name
        path.write_text(
            "def application(environ, start_response):\n"
            f"    start_response({status!r}, [('Content-Type', 'text/plain')])\n"
            f"    return [{body!r}.encode()]\n"
        )
        path.chmod(0o644)
        return path

    def define_app(self, script, health="", route="/"):
        user = f"\n    daemon: {{user: {ACCOUNT}}}" if os.geteuid() == 0 else ""
        apps = f"apps:\n  shop:\n    script: {script}{user}\n{health}"
        self.define({route: "{app: shop}"}, apps)

    def run(self, command, *arguments):
        files = [] if command in ("rollback", "status") else [self.yaml]
        return wsgictl(command, *files, "--instance", self.instance, *arguments)

    def owned(self):
        """Everything below sites/ and enabled/, as text."""
        found = {}
        for name in ("sites", "enabled"):
            for path in sorted((self.folder / name).iterdir()):
                link = os.readlink(path) if path.is_symlink() else None
                found[str(path.relative_to(self.folder))] = link or path.read_text()
        return found

    def generation(self):
        current = self.folder / "state/current.json"
        return json.loads(current.read_text())["generation"] if current.exists() else 0

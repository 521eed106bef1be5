# SPDX-License-Identifier: Apache-2.0
"""wsgictl serve: one application on an Apache of one's own, from an install prefix, as root with
another account for the application and as an ordinary account."""

import os
import pathlib
import pwd
import signal
import subprocess
import urllib.request

import pytest

from wsgictl_site import ACCOUNT, alive, get, public_folder, tool, wait_for

ROOT = os.geteuid() == 0

SCRIPT = """\
import os, pwd, sys
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    print("to the log", file=environ["wsgi.errors"])
    user = pwd.getpwuid(os.getuid()).pw_name
    value = os.environ.get("GREETING", "none")
    return [f"{user} {value} {environ['wsgi.multithread']} {environ['PATH_INFO']}".encode()]
"""


class Served:
    """A running `wsgictl serve`; text of its streams, orderly end."""

    def __init__(self, folder, *arguments, account=None):
        self.folder = folder
        self.output = folder / "output"
        self.errors = folder / "errors"
        self.tmp = folder / "tmp"
        self.tmp.mkdir()
        self.tmp.chmod(0o777)
        environment = {"PATH": os.environ["PATH"], "TMPDIR": str(self.tmp)}
        with self.output.open("w") as out, self.errors.open("w") as err:
            self.process = subprocess.Popen(
                [tool(), "serve", *map(str, arguments)],
                stdout=out, stderr=err, env=environment, user=account, group=account and
                pwd.getpwnam(account).pw_gid, extra_groups=[] if account else None,
            )

    def url(self):
        def look():
            assert self.process.poll() is None, self.errors.read_text()
            return self.output.read_text().strip()

        return wait_for(look)

    def get(self, path=""):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self.url().rstrip("/") + "/" + path, timeout=20) as answer:
            return answer.read().decode()

    def children(self, pid=None):
        pid = pid or self.process.pid
        path = pathlib.Path(f"/proc/{pid}/task/{pid}/children")
        found = [int(c) for c in path.read_text().split()] if path.exists() else []
        return found + [d for c in found for d in self.children(c)]

    def end(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(30)


@pytest.fixture
def folder():
    folder = public_folder("serve")
    (folder / "hello.wsgi").write_text(SCRIPT)
    (folder / "hello.wsgi").chmod(0o644)
    return folder


@pytest.fixture
def serve(folder):
    started = []

    def start(*arguments, **kwargs):
        started.append(Served(folder, *arguments, **kwargs))
        return started[-1]

    yield start
    for served in started:
        served.end()


def account():
    return ["--user", ACCOUNT] if ROOT else []


def me():
    return ACCOUNT if ROOT else pwd.getpwuid(os.geteuid()).pw_name


def definition(folder, extra=""):
    user = f", user: {ACCOUNT}" if ROOT else ""
    path = folder / "site.yaml"
    path.write_text(
        "version: 1\napps:\n  shop:\n"
        f"    script: {folder}/hello.wsgi\n    env: {{GREETING: hi}}\n"
        f"    daemon: {{threads: 2{user}}}\n"
        "sites:\n  shop.example.com:\n"
        "    tls: {certificate: /nowhere.pem, key: /nowhere.key}\n"
        f"    routes:\n      /: {{app: shop}}\n{extra}"
    )
    return path


def test_script_is_served_and_sigterm_ends_it_cleanly(serve, folder):
    served = serve(folder / "hello.wsgi", "--port", 0, *account())
    assert served.get("x") == f"{me()} none True /x"
    assert served.url().startswith("http://127.0.0.1:")
    assert len(served.output.read_text().splitlines()) == 1
    pids = served.children()
    assert served.end() == 0
    assert list(served.tmp.iterdir()) == []
    wait_for(lambda: not any([alive(pid) for pid in pids]))


def test_ctrl_c_ends_it_cleanly(serve, folder):
    served = serve(folder / "hello.wsgi", "--port", 0, *account())
    served.get()
    assert served.end(signal.SIGINT) == 0
    assert list(served.tmp.iterdir()) == []


def test_log_lines_come_to_the_terminal(serve, folder):
    served = serve(folder / "hello.wsgi", "--port", 0, *account())
    served.get("somewhere")
    wait_for(lambda: "to the log" in served.errors.read_text())
    wait_for(lambda: "GET /somewhere" in served.errors.read_text())


def test_definition_is_served_without_its_tls(serve, folder):
    served = serve(definition(folder), "--port", 0)
    assert served.get() == f"{me()} hi True /"


def test_threads_and_processes_can_be_given(serve, folder):
    served = serve(definition(folder), "--port", 0, "--threads", 1, "--processes", 2)
    assert served.get() == f"{me()} hi False /"


def test_static_files_are_served(serve, folder):
    (folder / "static").mkdir()
    (folder / "static/a.txt").write_text("file\n")
    served = serve(
        folder / "hello.wsgi", "--port", 0, "--static", f"/static={folder}/static", *account()
    )
    assert served.get("static/a.txt") == "file\n"
    assert served.get("other").endswith("/other")


def test_server_root_that_was_named_is_kept(serve, folder):
    root = folder / "root"
    served = serve(folder / "hello.wsgi", "--port", 0, "--server-root", root, *account())
    served.get()
    assert served.end() == 0
    assert (root / "httpd.conf").exists()
    again = subprocess.run(
        ["apache2", "-f", str(root / "httpd.conf"), "-t"], capture_output=True, text=True
    )
    assert again.returncode == 0, again.stderr


def test_apache_ends_when_the_tool_is_killed(serve, folder):
    served = serve(folder / "hello.wsgi", "--port", 0, *account())
    served.get()
    pids = served.children()
    assert pids
    served.process.kill()
    served.process.wait(10)

    def gone():
        states = [pathlib.Path(f"/proc/{pid}/stat") for pid in pids]
        return all(not s.exists() or s.read_text().rsplit(")")[1].split()[0] == "Z" for s in states)

    wait_for(gone)


def test_port_that_is_taken_is_reported(serve, folder):
    first = serve(folder / "hello.wsgi", "--port", 0, *account())
    port = first.url().rstrip("/").rsplit(":")[-1]
    second = subprocess.run(
        [tool(), "serve", str(folder / "hello.wsgi"), "--port", port, *account()],
        capture_output=True, text=True, timeout=60,
    )
    assert second.returncode == 1
    assert "AH00072" in second.stderr and "WCTL4103" in second.stderr
    assert get(int(port))[0] == 200


def test_missing_script_is_named(folder):
    result = subprocess.run(
        [tool(), "serve", str(folder / "missing.wsgi")], capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 1
    assert "WCTL2001" in result.stderr


@pytest.mark.skipif(not ROOT, reason="asks what root may do")
def test_root_must_name_an_account(folder):
    result = subprocess.run(
        [tool(), "serve", str(folder / "hello.wsgi"), "--port", "0"],
        capture_output=True, text=True, timeout=60,
    )
    assert result.returncode == 1
    assert "WCTL4101" in result.stderr and "--user" in result.stderr


@pytest.mark.skipif(not ROOT, reason="needs root to become somebody else")
def test_ordinary_account_serves(serve, folder):
    served = serve(folder / "hello.wsgi", "--port", 0, account=ACCOUNT)
    assert served.get("x") == f"{ACCOUNT} none True /x"
    assert served.end() == 0
    assert list(served.tmp.iterdir()) == []

# SPDX-License-Identifier: Apache-2.0
"""A process group in a root directory of its own: interpreter, libraries and standard library are
copied there, the rest is out of its reach. What it is told of paths is what it can open."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sysconfig

import pytest

from harness import procs
from harness.server import MPM, RUNTIMES

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="chroot needs root")

CONFIG = """
WSGIDaemonProcess app processes=1 threads=2 user=games group=games chroot={root}/jail/ home=/srv
WSGIRestrictEmbedded On
WSGIScriptAlias /app {root}/jail/srv/app.wsgi process-group=app application-group=%{GLOBAL}
WSGIScriptAlias /file {root}/jail/srv/app.wsgi process-group=app callable-object=wrapped \
  application-group=%{GLOBAL}
WSGIScriptAlias /later {root}/jail/srv/app.wsgi process-group=app
WSGIScriptAlias /outside {root}/apps/app.wsgi process-group=app
WSGIImportScript {root}/jail/srv/first.wsgi process-group=app application-group=%{GLOBAL}
WSGIImportScript {root}/apps/app.wsgi process-group=app application-group=%{GLOBAL}
WSGIHandlerScript jailed {root}/jail/srv/app.wsgi process-group=app
TypesConfig /dev/null
AddHandler jailed .jailed
Alias /data {root}/jail/srv
Alias /elsewhere {root}/htdocs
CustomLog log/access.log "%U %{SCRIPT_FILENAME}e"
<Directory {root}/jail/srv>
  Require all granted
</Directory>
<Directory {root}/apps>
  Require all granted
</Directory>
<Location /app/below>
  SetEnv DOCUMENT_ROOT /forged
</Location>
"""
SCRIPT = """
import json, os, sys

def application(environ, start_response):
    names = ("SCRIPT_FILENAME", "DOCUMENT_ROOT", "SCRIPT_NAME", "PATH_INFO")
    told = {name: environ.get(name) for name in names}
    told.update(file=__file__, root=sorted(os.listdir("/")), here=os.getcwd(),
                imported=getattr(sys, "imported", None),
                opens=open(environ["SCRIPT_FILENAME"]).read(12))
    start_response("200 OK", [])
    return [json.dumps(told).encode()]

def handle_request(environ, start_response):
    return application(environ, start_response)

def reload_required(path):
    sys.asked = path
    return False

def wrapped(environ, start_response):
    start_response("200 OK", [("X-Asked", sys.asked)])
    return environ["wsgi.file_wrapper"](open("/srv/data.jailed", "rb"))
"""


def copy(path, jail):
    target = jail / str(path).lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        shutil.copy(os.path.realpath(path), target)


def build(jail):
    """What an interpreter needs to start: a tenth of the installed one."""
    runtime = sorted(RUNTIMES.glob("abi-*/wsgi-daemon-py*"))[0]
    needed = subprocess.run(["ldd", runtime], capture_output=True, text=True, check=True).stdout
    for library in re.findall(r"(/\S+) \(0x", needed):
        copy(library, jail)
    standard = pathlib.Path(sysconfig.get_path("stdlib"))
    for path in standard.glob("*.py"):
        copy(path, jail)
    for package in ("encodings", "collections", "importlib", "json", "re", "lib-dynload", "asyncio"):
        for path in (standard / package).glob("*.*"):
            if path.is_file():
                copy(path, jail)
    (jail / "srv").mkdir()
    for folder in (jail, *(p for p in jail.rglob("*") if p.is_dir())):
        folder.chmod(0o755)


@pytest.fixture(scope="module")
def server(shared_server):
    one = shared_server(CONFIG, mpm=MPM, start=False, modules=("alias", "mime"))
    jail = one.root / "jail"
    build(jail)
    (jail / "srv/app.wsgi").write_text(SCRIPT)
    (jail / "srv/first.wsgi").write_text("import sys\nsys.imported = __file__\n")
    for folder in ("jail/srv", "htdocs"):
        (one.root / folder / "data.jailed").write_text("data of it\n")
    one.start()
    one.expect("WSGI5021")  # the import script that is outside
    one.wait_log("apps/app.wsgi' is outside the root directory")
    return one


def told(response):
    assert response.status == 200, response.text
    return json.loads(response.text)


def test_paths_are_those_of_the_root(server):
    got = told(server.get("/app/below"))
    assert got["SCRIPT_FILENAME"] == got["file"] == "/srv/app.wsgi"
    assert got["opens"] == SCRIPT[:12]
    assert (got["SCRIPT_NAME"], got["PATH_INFO"]) == ("/app", "/below")
    # Outside the root: dropped, whoever else had set it.
    assert got["DOCUMENT_ROOT"] is None
    assert "srv" in got["root"] and "proc" not in got["root"] and got["here"] == "/srv"
    (daemon,) = server.daemons()
    assert os.path.samefile(f"/proc/{daemon}/root", server.root / "jail")


def test_scripts_before_requests(server):
    assert told(server.get("/later"))["imported"] is None  # another interpreter
    assert told(server.get("/app"))["imported"] == "/srv/first.wsgi"


def test_handler_script(server):
    got = told(server.get("/data/data.jailed"))
    assert (got["SCRIPT_FILENAME"], got["opens"]) == ("/srv/data.jailed", "data of it\n")


def test_file_and_reload_hook(server):
    response = server.get("/file")
    assert (response.body, response.get("X-Asked")) == (b"data of it\n", "/srv/app.wsgi")


@pytest.mark.parametrize("path, file", [("/outside", "apps/app.wsgi"),
                                        ("/elsewhere/data.jailed", "htdocs/data.jailed")])
def test_outside(server, path, file):
    server.expect("WSGI5021")
    response = server.get(path)
    assert response.status == 500 and "jail" not in response.text
    server.wait_log("WSGI5021")
    (line,) = [one for one in server.new_log().splitlines() if "WSGI5021" in one]
    assert "[wsgi:error]" in line and f"'{server.root}/{file}'" in line and "/jail/'" in line


def test_apache_stays_outside(server):
    server.get("/app/logged")
    path = server.root / "log/access.log"
    procs.wait_until(lambda: f"/app/logged {server.root}/jail/srv/app.wsgi" in path.read_text())


def test_a_change_is_seen(server):
    (before,) = server.daemons()
    script = server.root / "jail/srv/app.wsgi"
    script.write_text(SCRIPT + "\nchanged = 1\n")
    assert told(server.get("/app"))["file"] == "/srv/app.wsgi"
    procs.wait_until(lambda: server.daemons() and before not in server.daemons(), 10, "a successor")

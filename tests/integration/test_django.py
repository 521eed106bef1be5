# SPDX-License-Identifier: Apache-2.0
"""The example site, a real Django whose models take two seconds to import: reloads of Apache and
replaced processes, while pages are read and the form is sent."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys

import pytest

from harness import procs

SITE = pathlib.Path(__file__).resolve().parents[2] / "examples/django-site"
USER = "user=games group=games" if os.geteuid() == 0 else ""
CONFIG = f"""
WSGIDaemonProcess site {USER} processes=2 threads=3 python-path={{root}}/site environment-file={{root}}/site.env
WSGIScriptAlias /site {{root}}/site/site_settings/wsgi.py process-group=site application-group=%{{GLOBAL}}
<Directory {{root}}/site>
  Require all granted
</Directory>
"""
STALL = 1.5  # less than the import takes


@pytest.fixture
def server(make_server):
    one = make_server(CONFIG, start=False)
    site, data = one.root / "site", one.root / "data"
    shutil.copytree(SITE, site)
    with open(site / "guestbook/models.py", "a") as models:
        models.write("\nimport time\n\ntime.sleep(2)\n")
    data.mkdir()
    subprocess.run([sys.executable, site / "manage.py", "migrate", "--verbosity", "0"],
                   env=os.environ | {"GUESTBOOK_DATA": str(data)}, check=True)
    if USER:
        for path in (data, *data.iterdir()):
            shutil.chown(path, "games", "games")
    environment = one.root / "site.env"
    environment.write_text(f"GUESTBOOK_DATA={data}\n")
    environment.chmod(0o600)
    one.start()
    procs.wait_until(lambda: one.get("/site/").status == 200 and len(one.daemons()) == 2, 40, "the site")
    return one


def sign(server, text):
    """Fetches the form, sends it with its token, follows to the page."""
    page = server.get("/site/")
    token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', page.text)[1]
    cookie = page.get("Set-Cookie").split(";")[0]
    body = f"csrfmiddlewaretoken={token}&name=test&text={text}".encode()
    headers = (("Cookie", cookie), ("Content-Type", "application/x-www-form-urlencoded"))
    sent = server.get("/site/", method="POST", headers=headers, body=body)
    assert sent.status == 302, sent.text
    assert text in server.get("/site/").text


def test_reloads_that_readers_and_writers_do_not_notice(server):
    with server.load("/site/", clients=2, pause=0.02) as readers:
        for turn in range(3):
            old = set(server.daemons())
            server.graceful()
            sign(server, f"turn-{turn}")
            procs.wait_until(lambda pids=old: not pids & set(server.daemons()), 40, "new processes")
            procs.wait_until(lambda n=readers.ok: readers.ok > n + 30, 30, "readers")
    assert readers.ok == readers.sent, str(readers)
    assert readers.slowest < STALL, str(readers)


def test_replaced_processes_have_the_site_imported(server):
    """USR1: the successor imports what its predecessor had loaded before it takes over."""
    with server.load("/site/", clients=2, pause=0.02) as readers:
        procs.wait_until(lambda: readers.ok > 30, 30, "readers")
        old = set(server.daemons())
        for pid in old:
            os.kill(pid, signal.SIGUSR1)
        procs.wait_until(lambda: not old & set(server.daemons()), 40, "new processes")
        sign(server, "afterwards")
        procs.wait_until(lambda n=readers.ok: readers.ok > n + 30, 30, "readers")
    assert readers.ok == readers.sent, str(readers)
    assert readers.slowest < STALL, str(readers)

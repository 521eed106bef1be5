# SPDX-License-Identifier: Apache-2.0
"""What an application cannot reach: descriptors, pages and memory of Apache and of other groups,
files that only root may read, connections handed to others. Needs root for a second user."""

import json
import os
import pwd

import pytest

from harness import procs

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")

CONFIG = """
WSGIDaemonProcess one user=games group=games threads=2
WSGIDaemonProcess two user=news group=news threads=2 home=/
WSGIScriptAlias /one {root}/apps/faults.wsgi process-group=one application-group=%{GLOBAL}
WSGIScriptAlias /two {root}/apps/faults.wsgi process-group=two application-group=%{GLOBAL}
<Directory {root}/apps>
  Require all granted
</Directory>
"""


@pytest.fixture(scope="module")
def server(shared_server):
    one = shared_server(CONFIG)
    assert one.get("/one/hello").status == one.get("/two/hello").status == 200
    return one


def opened(server, paths):
    """Which of these the application of group one can open."""
    (server.root / "htdocs/paths.json").write_text(json.dumps([str(p) for p in paths]))
    return json.loads(server.get(f"/one/reach?{server.root}/htdocs/paths.json").text)


def daemon(server, group):
    (pid,) = [p for p in server.daemons() if open(f"/proc/{p}/comm").read() == f"wsgi:{group}\n"]
    return pid


def test_other_processes(server):
    others = [daemon(server, "two"), *server.apaches()]
    assert len(others) >= 4  # the other daemon; parent, supervisor, a child
    paths = [f"/proc/{p}/{what}" for p in others for what in ("mem", "environ", "maps")]
    paths += [f"/proc/{p}/fd/{n}" for p in others for n in procs.fds(p)]
    assert opened(server, paths) == []


def test_keys(server):
    key = server.root / "private.key"
    key.write_text("secret\n")
    key.chmod(0o600)
    public = server.root / "htdocs/static.txt"
    assert opened(server, [key, public]) == [str(public)]


def test_its_own_descriptors(server):
    """Null, output pipe, control, receiving end, its own page, and what it made itself."""
    found = procs.fds(daemon(server, "one"))
    assert found[0] == "/dev/null" and found[1] == found[2] and found[1].startswith("pipe:")
    assert found[3].startswith("socket:") and found[4].startswith("socket:")
    assert [t for t in found.values() if "wsgi-page" in t] == ["/memfd:wsgi-page:one (deleted)"]
    apaches = {t for p in server.apaches() for t in procs.fds(p).values()
               if t.startswith(("socket:", "pipe:"))}
    shared = {n for n, t in found.items() if t in apaches}
    assert shared <= {1, 2, 3, 4}, found


def test_identity(server):
    for group, user in (("one", "games"), ("two", "news")):
        status = open(f"/proc/{daemon(server, group)}/status").read()
        assert "CapEff:\t0000000000000000" in status and "CapPrm:\t0000000000000000" in status
        assert procs.uid(daemon(server, group)) == pwd.getpwnam(user).pw_uid

# SPDX-License-Identifier: Apache-2.0
"""Requests that Apache's side refuses before any Python runs: status, message id and level of each
condition in errors.md, section 5, that one configuration can provoke."""

import pytest

from harness.server import MPM

CONFIG = """
WSGIDaemonProcess none processes=1 threads=0
WSGIRestrictEmbedded On
WSGIScriptAlias /absent {root}/apps/absent.wsgi process-group=none
WSGIScriptAlias /folder {root}/apps process-group=none
WSGIScriptAlias /unknown {root}/apps/hostile.wsgi process-group=%{ENV:GROUP}
WSGIScriptAlias /threads {root}/apps/hostile.wsgi process-group=none application-group=%{HOST}
WSGIScriptAlias /embedded {root}/apps/hostile.wsgi application-group=%{HOST}
WSGIScriptAlias /restricted {root}/apps/hostile.wsgi process-group=none application-group=%{HOST}
WSGIScriptAlias /info {root}/apps/hostile.wsgi process-group=none application-group=%{HOST}
SetEnv GROUP nowhere
<Location /restricted>
  WSGIRestrictProcess other
</Location>
<Location /info>
  AcceptPathInfo Off
</Location>
<Directory {root}/apps>
  Require all granted
</Directory>
"""


@pytest.fixture(scope="module")
def server(shared_server):
    return shared_server(CONFIG, mpm=MPM)


@pytest.mark.parametrize(
    "path, status, message, text",
    [
        ("/absent", 404, "WSGI4002", "absent.wsgi"),
        ("/folder/", 403, "WSGI4003", "apps"),
        ("/info/more", 404, "WSGI4004", "'/more'"),
        ("/restricted", 500, "WSGI4010", "'none' is not in WSGIRestrictProcess"),
        ("/embedded", 500, "WSGI4011", "WSGIRestrictEmbedded is On"),
        ("/unknown", 500, "WSGI4012", "no process group is named"),
        ("/threads", 500, "WSGI4014", "threads=0"),
    ],
)
def test_refused(server, path, status, message, text):
    server.expect(message)
    with server.connect() as c:
        response = c.request(path)
        assert response.status == status
        assert "apps" not in response.text
    line = next(one for one in server.new_log().splitlines() if message in one)
    assert "[wsgi:error]" in line and "[client 127.0.0.1" in line and text in line
    assert f"{message}: [script " in line
    assert server.get("/static.txt").status == 200

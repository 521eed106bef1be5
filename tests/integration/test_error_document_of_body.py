# SPDX-License-Identifier: Apache-2.0
"""A body that Apache itself refuses while the application waits for it, and whose ErrorDocument the
same application makes: one thread does both, one after the other."""

import os

import pytest

from harness import client

USER = "user=games group=games" if os.geteuid() == 0 else ""
CONFIG = f"""
WSGIDaemonProcess app processes=1 threads=1 {USER}
WSGIRestrictEmbedded Off
WSGIChunkedRequest On
WSGIApplicationGroup %{{GLOBAL}}
WSGIScriptAlias /daemon {{root}}/apps/reads.wsgi process-group=app
WSGIScriptAlias /embedded {{root}}/apps/reads.wsgi
<Directory {{root}}/apps>
  Require all granted
</Directory>
""" + "".join(f"""
<Location /{mode}>
  ErrorDocument 400 /{mode}/page
  ErrorDocument 413 /{mode}/page
</Location>
<Location /{mode}/limit>
  LimitRequestBody 10
</Location>
""" for mode in ("daemon", "embedded"))
APP = """
def application(environ, start_response):
    if environ["PATH_INFO"] == "/early":
        start_response("200 OK", [])(b"x" * 100_000)
    body = environ["wsgi.input"].read()
    status = environ.get("REDIRECT_STATUS", "200") + " Shown"
    if environ["PATH_INFO"] != "/early":
        start_response(status, [])
    return [b"page of the application, body of %d" % len(body)]
"""


@pytest.fixture(scope="module")
def server(shared_server):
    one = shared_server(CONFIG, start=False)
    (one.root / "apps/reads.wsgi").write_text(APP)
    return one.start()


@pytest.mark.parametrize("mode", ["daemon", "embedded"])
@pytest.mark.parametrize("path, chunks, status, message", [
    ("up", b"5\r\nhello\r\nZZ\r\n", 400, "WSGI5202"),
    ("limit", b"14\r\n" + b"x" * 20 + b"\r\n0\r\n\r\n", 413, "WSGI4009"),
])
def test_same_thread(server, mode, path, chunks, status, message):
    server.tolerate(message, "WSGI5004", "WSGI5024", "AH01590", "AH01591")
    with server.connect(timeout=10) as c:
        c.raw(f"POST /{mode}/{path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        c.raw(chunks)
        response = c.response()
    assert (response.status, response.text) == (status, "page of the application, body of 0")
    server.wait_log(message)
    assert server.get(f"/{mode}/next").status == 200


@pytest.mark.parametrize("mode", ["daemon", "embedded"])
def test_after_the_head(server, mode):
    """What has begun cannot become another answer: it ends visibly before its end."""
    server.tolerate("WSGI5202", "WSGI5004", "WSGI5024", "WSGI5005", "AH01590")
    with server.connect(timeout=10) as c:
        c.raw(f"POST /{mode}/early HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
              "5\r\nhello\r\n".encode())
        assert c.head().status == 200
        c.raw(b"ZZ\r\n")
        with pytest.raises(client.Truncated):
            c.body()
    assert server.get(f"/{mode}/next").status == 200

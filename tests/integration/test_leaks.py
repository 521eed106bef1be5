# SPDX-License-Identifier: Apache-2.0
"""Memory stays flat however often an API is used: each row of USES, in a daemon and in a child of
Apache's. WSGI_LEAK_REQUESTS says how many requests of each (100000 is the long test, `pytest -rP`
shows its figures); with few, Python's own count of its blocks finds what leaks an object a request."""

import base64
import contextlib
import json
import os

import pytest

from harness.client import Closed, Connection

COUNT = int(os.environ.get("WSGI_LEAK_REQUESTS", "600"))
LONG = COUNT > 10000
AT_ONCE = 50  # requests on their way, on one connection
USER = "user=games group=games" if os.geteuid() == 0 else ""
ANYWHERE = (
    "wrapper", "file", "subscriptions", "request_data", "log", "streams", "metrics", "body", "classes",
    "ignored_signal", "wrong", "bad_head", "several_heads", "writing", "fail", "timeout",
)  # fmt: skip
IN_CHILDREN = ("guarded/use", "capsule/request_data")  # a path of its own
USES = [(mode, u) for mode in ("daemon", "embedded") for u in ANYWHERE] + [
    ("embedded", u) for u in IN_CHILDREN]  # fmt: skip
CLOSES = ("fail", "timeout")  # and so costs a connection each
MODULES = ("authn_core", "authz_user", "authz_host", "auth_basic")
TARGET = {"daemon": "leaks", "embedded": "%{GLOBAL}"}

CONFIG = f"""
LogLevel wsgi:info
{"ErrorLog /dev/null" if LONG else ""}
ExtendedStatus On
WSGIServerMetrics On
WSGIRestrictEmbedded Off
StartServers 1
ServerLimit 1
ThreadsPerChild 5
MaxRequestWorkers 5
MinSpareThreads 1
MaxSpareThreads 6
WSGIDaemonProcess leaks processes=1 threads=5 server-metrics=On {USER}
WSGIScriptAlias /use {{root}}/apps/leaks.wsgi
WSGIScriptAlias /capsule {{root}}/apps/leaks.wsgi
WSGIScriptAlias /guarded {{root}}/apps/leaks.wsgi
WSGIApplicationGroup %{{GLOBAL}}
<Directory {{root}}/apps>
  Require all granted
</Directory>
<Location /capsule>
  WSGIPassApacheRequest On
</Location>
<Location /guarded>
  AuthType Basic
  AuthName leaks
  AuthBasicProvider wsgi
  WSGIAccessScript {{root}}/apps/leaks.wsgi
  WSGIAuthUserScript {{root}}/apps/leaks.wsgi
  WSGIAuthGroupScript {{root}}/apps/leaks.wsgi
  WSGIDispatchScript {{root}}/apps/leaks.wsgi
  Require wsgi-group users
</Location>
"""


@pytest.fixture(scope="module")
def server(request, shared_server):
    one = shared_server(CONFIG + f"WSGIProcessGroup {TARGET[request.param]}\n", modules=MODULES)
    one.mode = request.param
    return one


def wire(use):
    body = b"line one\nline two\nthree\nfour\nfive\nsix\nseven\n" if use == "body" else b""
    path = use if "/" in use else "use/" + use
    lines = [f"{'POST' if body else 'GET'} /{path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    if use in CLOSES:
        lines.append("Connection: close")
    lines.append("Authorization: Basic " + base64.b64encode(b"user:word").decode())
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def pipelined(server, use, count):
    """As many requests at once as a connection bears, and no more parsing than needed."""
    one, done = wire(use), 0
    while done < count:
        before = done
        with server.connect() as link, contextlib.suppress(Closed):
            while done < count:
                number = min(AT_ONCE, count - done)
                link.raw(one * number)
                for _ in range(number):
                    assert link.response().status == 200, server.new_log()[-2000:]
                    done += 1
        assert done > before, "closed without a response"


def run(server, use, count):
    if use not in CLOSES:
        return pipelined(server, use, count)
    status = {"fail": 500, "timeout": 504}[use]
    for _ in range(count):
        with Connection(server.port) as link:
            link.raw(wire(use))
            assert link.response().status == status


def size(server):
    return json.loads(server.get("/use/size").text)


@pytest.mark.parametrize("server, use", USES, indirect=["server"], ids=lambda x: x)
def test_memory_is_flat(server, use):
    """Of 100,000: a leak of 32 bytes a request, or one of a block in a hundred requests, fails."""
    server.tolerate("WSGI5004", "WSGI5011", "WSGI5018", "WSGI5024")
    run(server, use, max(200, COUNT // 10))
    memory, blocks = size(server)
    run(server, use, COUNT)
    now, more = size(server)
    print(f"{server.mode} {use}: {COUNT} requests; RSS {memory / 1024:.0f} -> {now / 1024:.0f} KiB, "
          f"blocks {blocks} -> {more}")
    assert more - blocks <= 300 + COUNT // 100
    assert now - memory <= max(COUNT * 32, 2 << 20)

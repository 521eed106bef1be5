# SPDX-License-Identifier: Apache-2.0
"""apache2 -X: one process with the terminal's standard streams, for a debugger (directives.md, 7)."""

from harness import procs

CONFIG = """
WSGIRestrictEmbedded Off
WSGIRestrictStdin On
WSGIRestrictStdout On
WSGIScriptAlias /app {root}/apps/streams-of-x.wsgi application-group=%{GLOBAL}
<Directory {root}/apps>
  Require all granted
</Directory>
"""
APP = """
import sys


def application(environ, start_response):
    print("said to stdout", flush=True)
    print("said to stderr", file=sys.stderr)
    start_response("200 OK", [])
    return [repr((sys.stdin.fileno(), sys.stdout.fileno(), sys.stdin.read())).encode()]
"""


def test_standard_streams(make_server):
    server = make_server(CONFIG, start=False)
    (server.root / "apps/streams-of-x.wsgi").write_text(APP)
    server.start(mode="-X")
    response = server.get("/app")
    assert (response.status, response.text) == (200, "(0, 1, '')")
    procs.wait_until(lambda: "said to stdout" in server.console_text(), 10, "the terminal")
    assert "said to stdout" not in server.log()
    server.wait_log("said to stderr")

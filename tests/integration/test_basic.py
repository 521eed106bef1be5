# SPDX-License-Identifier: Apache-2.0
"""A request and its response, embedded and through a daemon: PEP 3333 as a client sees it. Every
test ends with another request on the same connection where the response allows it."""

import hashlib
import json
import os
import threading

import pytest

from harness.client import Truncated

TRACEBACK = ("WSGI5024",)
DAEMON = """
WSGIDaemonProcess app processes=1 threads=5 user=games group=games
WSGIScriptAlias /app {root}/apps/app.wsgi process-group=app application-group=%{GLOBAL}
WSGIRestrictEmbedded On
"""
EMBEDDED = """
WSGIScriptAlias /app {root}/apps/app.wsgi process-group=%{GLOBAL} application-group=%{GLOBAL}
WSGIRestrictEmbedded Off
"""
COMMON = """
WSGIPassAuthorization Off
WSGIChunkedRequest On
SetEnv FROM_APACHE yes
SetEnv REQUEST_METHOD FOO
<Directory {root}/apps>
  Require all granted
</Directory>
"""


@pytest.fixture(scope="module", params=["daemon", "embedded"])
def server(request, shared_server):
    config = {"daemon": DAEMON, "embedded": EMBEDDED}[request.param] + COMMON
    if os.geteuid() != 0:
        config = config.replace("user=games group=games", "")
    # One child, so that what the application remembers is where the next request looks for it.
    if request.param == "embedded":
        config += (
            "StartServers 1\nMaxRequestWorkers 1\nMinSpareServers 1\nMaxSpareServers 1\n"
            if os.environ.get("WSGI_MPM") == "prefork"
            else "StartServers 1\nMaxRequestWorkers 25\nServerLimit 1\n"
        )
    one = shared_server(config)
    one.mode = request.param
    return one


@pytest.fixture
def link(server):
    """A connection; the test fails unless it still serves afterwards, or was announced to close (as
    Apache does after 500 and 503, for example) and did."""
    with server.connect() as c:
        yield c
        if c.last and c.last.get("Connection", "").lower() == "close":
            assert c.rest() == b""
            return
        again = c.request("/app/hello")
        assert (again.status, again.body) == (200, b"Hello World!")


def environ(link, path="/app/dump", **kwargs):
    response = link.request(path, **kwargs)
    assert response.status == 200
    return json.loads(response.text)


def fact(link, name):
    return json.loads(link.request("/app/facts").text).get(name, 0)


# Requests


def test_get(link):
    response = link.request("/app/hello")
    assert (response.status, response.reason, response.body) == (200, "OK", b"Hello World!")
    assert response.get("Content-Type") == "text/plain"
    assert response.get("Date") and "Apache" in response.get("Server")


def test_pipelined(link):
    for _ in range(5):
        link.send("/app/hello")
    for _ in range(5):
        assert link.response().body == b"Hello World!"


def test_http_1_0(server):
    with server.connect() as c:
        c.send("/app/hello", version="1.0")
        response = c.head()
        assert response.status == 200 and response.get("Transfer-Encoding") is None
        assert c.rest() == b"Hello World!"


@pytest.mark.parametrize("size", [0, 1, 11, 65536, 1 << 20])
def test_post(link, size):
    body = os.urandom(size)
    response = link.request("/app/echo", "POST", body=body)
    assert response.text == f"{size} {hashlib.sha256(body).hexdigest()}"


def test_post_chunked(link):
    chunks = [os.urandom(n) for n in (1, 7, 8192, 70000, 3)]
    body = b"".join(chunks)
    response = link.request("/app/echo", "POST", chunks=chunks)
    assert response.text == f"{len(body)} {hashlib.sha256(body).hexdigest()}"


def test_post_in_pieces(link):
    link.raw(b"POST /app/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\n")
    for byte in b"sliced":
        link.raw(bytes([byte]))
    assert link.response().text == f"6 {hashlib.sha256(b'sliced').hexdigest()}"


def test_body_by_lines(link):
    response = link.request("/app/lines", "POST", body=b"first\nsecond\nthird")
    assert json.loads(response.text) == ["first\n", "sec", "ond\n", "third", ""]


def test_body_unread(link):
    response = link.request("/app/ignore", "POST", body=b"x" * 300_000)
    assert (response.status, response.body) == (200, b"ignored")


def test_body_unread_and_large_response(link):
    """Five megabytes each way, sent and read at the same time."""
    link.raw(b"POST /app/flood HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n")
    sender = threading.Thread(target=link.raw, args=(b"x" * 5_000_000,), daemon=True)
    sender.start()
    assert len(link.response().body) == 80 * 65536
    sender.join(20)
    assert not sender.is_alive()


def test_expect_continue(link):
    link.send("/app/echo", "POST", headers=(("Expect", "100-continue"), ("Content-Length", "2")))
    assert link.head().status == 100
    link.raw(b"ok")
    assert link.response().text.startswith("2 ")


# The environ


def test_environ_paths(link):
    for path, script, info in (
        ("/app", "/app", ""),
        ("/app/", "/app", "/"),
        ("/app/dump/a/b", "/app", "/dump/a/b"),
        ("/app/dump/%41%2Bx", "/app", "/dump/A+x"),
        ("/app/dump/caf%C3%A9", "/app", "/dump/caf\u00c3\u00a9"),
    ):
        got = environ(link, path)
        assert (got["SCRIPT_NAME"], got["PATH_INFO"]) == (script, info), path
        assert got["REQUEST_URI"] == path


def test_environ_query(link):
    assert environ(link, "/app/dump")["QUERY_STRING"] == ""
    assert environ(link, "/app/dump?a=%20b&c")["QUERY_STRING"] == "a=%20b&c"


def test_environ_headers(link):
    headers = (("X-One", "a"), ("x-ONE", "b"), ("X_Dropped", "c"), ("Authorization", "Basic eA=="),
               ("Accept", "t/\u00e9"), ("Content-Type", "a/b"))
    got = environ(link, method="POST", headers=headers, body=b"xyz")
    assert got["HTTP_X_ONE"].replace(" ", "") == "a,b"
    assert "HTTP_X_DROPPED" not in got and "HTTP_AUTHORIZATION" not in got
    assert got["HTTP_ACCEPT"] == "t/\u00e9"
    assert (got["CONTENT_TYPE"], got["CONTENT_LENGTH"]) == ("a/b", "3")
    assert "HTTP_CONTENT_TYPE" not in got and "HTTP_CONTENT_LENGTH" not in got
    assert got["HTTP_HOST"] == "localhost"


def test_environ_server(server, link):
    got = environ(link)
    assert got["REQUEST_METHOD"] == "GET"
    assert got["SERVER_PROTOCOL"] == "HTTP/1.1"
    assert got["SERVER_ADDR"] == got["REMOTE_ADDR"] == "127.0.0.1"
    assert got["REMOTE_PORT"].isdigit() and got["SERVER_PORT"].isdigit()
    assert got["SCRIPT_FILENAME"] == str(server.root / "apps/app.wsgi")
    assert got["DOCUMENT_ROOT"] == str(server.root / "htdocs")
    assert got["FROM_APACHE"] == "yes"
    assert "#types" in got and got["#types"] == ["str"]


def test_environ_wsgi(server, link):
    got = environ(link)
    assert got["wsgi.version"] == [1, 0]
    assert got["wsgi.url_scheme"] == "http"
    assert got["wsgi.run_once"] is False
    assert got["wsgi.multithread"] is (server.mode == "daemon" or server.mpm != "prefork")
    assert got["wsgi.input_terminated"] is True
    assert "FileWrapper" in got["wsgi.file_wrapper"]
    assert "mod_wsgi.Input" in got["wsgi.input"]
    assert got["mod_wsgi.process_group"] == ("app" if server.mode == "daemon" else "")
    assert got["mod_wsgi.application_group"] == ""
    assert not [k for k in got if k.startswith("mod_wsgi.x-")]


def test_runs_where_it_should(server, link):
    pid = json.loads(link.request("/app/pid").text)[0]
    assert (pid in server.apaches()) == (server.mode == "embedded")


# Responses


def test_streaming(server, link, tmp_path):
    tmp_path.chmod(0o755)
    folder = server.root / "htdocs" / tmp_path.name
    folder.mkdir(mode=0o755)
    link.send(f"/app/stream?{folder}")
    for n in range(4):
        (folder / f"go-{n}").touch()
        if n == 0:
            assert link.head().status == 200
        assert link.chunk() == f"item {n}".encode()
    assert link.chunk() == b""


def test_big_response(link):
    response = link.request(f"/app/big?{20 << 20}")
    assert len(response.body) == 20 << 20
    block = bytes(range(256)) * 256
    assert hashlib.sha256(response.body).digest() == hashlib.sha256(block * 320).digest()


def test_slow_reader(server):
    """A client that reads nothing for a while gets everything all the same."""
    with server.connect() as c:
        c.send(f"/app/big?{8 << 20}")
        others = [server.get("/app/hello").status for _ in range(3)] if server.mpm != "prefork" \
            or server.mode == "daemon" else [200]
        assert others.count(200) == len(others)
        assert len(c.response().body) == 8 << 20


def test_write(link):
    assert link.request("/app/write").body == b"one two three"


def test_head(link):
    response = link.request("/app/head", "HEAD")
    assert (response.status, response.get("Content-Length"), response.body) == (200, "5", b"")


def test_headers(link):
    response = link.request("/app/headers")
    assert [v for k, v in response.headers if k == "Set-Cookie"] == ["a=1", "b=2"]
    assert response.get("X-One") == "1" and response.body == b"ok"


@pytest.mark.parametrize("status", ["201 Made", "404 No Such", "200 Error", "503 Later", "418 T"])
def test_status(link, status):
    response = link.request(f"/app/status?{status.replace(' ', '+')}")
    assert f"{response.status} {response.reason}" == status
    assert (response.get("X-Seen"), response.body) == ("yes", b"body")


def test_status_interim(server, link):
    server.expect("WSGI5007")
    server.tolerate(*TRACEBACK)
    assert link.request("/app/status?100+Continue").status == 500


def test_no_content(link):
    response = link.request("/app/status?204+None")
    assert (response.status, response.body) == (204, b"")


def test_file_wrapper(server, link):
    path = server.root / "htdocs/file.bin"
    path.write_bytes(os.urandom(300_000))
    response = link.request(f"/app/file?{path}")
    assert response.body == path.read_bytes()
    assert response.get("Content-Length") == "300000"


def test_close_called_once(link):
    before = fact(link, "close")
    assert link.request("/app/close").body == b"ab"
    assert fact(link, "close") == before + 1


# Errors


@pytest.mark.parametrize(
    "path, message, text",
    [
        ("boom", "WSGI5004", "ValueError: boom of the application"),
        ("close-error", "WSGI5004", "ValueError: broken while iterating"),
        ("leave", "WSGI5005", "SystemExit"),
        ("nothing", "", "start_response() must be called before"),
        ("wrong-item", "", "response iterable must yield bytes, not str"),
    ],
)
def test_exception(server, link, path, message, text):
    server.tolerate("WSGI5004", "WSGI5005", "WSGI5006", *TRACEBACK)
    if message:
        server.expect(message)
    response = link.request(f"/app/{path}")
    assert (response.status, response.reason) == (500, "Internal Server Error")
    assert "Internal Server Error" in response.text
    server.wait_log(text)


def test_traceback_names_the_line(server, link):
    server.tolerate("WSGI5004", *TRACEBACK)
    link.request("/app/boom")
    server.wait_log("Traceback (most recent call last)")
    server.wait_log('raise ValueError("boom of the application")')


def test_close_after_an_error(server):
    server.tolerate("WSGI5004", *TRACEBACK)
    with server.connect() as c:
        before = fact(c, "close_error")
        assert c.request("/app/close-error").status == 500
    with server.connect() as c:
        assert fact(c, "close_error") == before + 1


def test_error_after_headers_truncates(server):
    server.expect("WSGI5004")
    server.tolerate(*TRACEBACK)
    with server.connect() as c:
        c.send("/app/close-late")
        assert c.head().status == 200
        assert c.chunk() == b"first"
        with pytest.raises((Truncated, ConnectionResetError)):
            c.chunk()


def test_short_body_closes(server):
    with server.connect() as c:
        c.send("/app/short")
        c.send("/app/hello")
        assert c.head().status == 200
        assert c.rest() == b"four"


def test_surplus_is_dropped(link):
    assert link.request("/app/surplus").body == b"four"


def test_start_response_refuses(link):
    said = json.loads(link.request("/app/refused").text)
    wanted = {
        "tuple": "TypeError: start_response() argument 2 must be list, not tuple",
        "status bytes": "TypeError: ",
        "status short": "ValueError: status code must be a 3 digit integer: b'20'",
        "status joined": "ValueError: no space following status code: b'200OK'",
        "status control": "ValueError: control character in status reason phrase: ",
        "item": "TypeError: each header must be a 2-tuple, not str",
        "item length": "ValueError: each header must be a 2-tuple, got length 3",
        "value int": "TypeError: ",
        "name empty": "ValueError: header name is empty",
        "name space": "ValueError: space character in header name: b'a b'",
        "value newline": "ValueError: carriage return/line feed character in header value: ",
    }
    assert {k: v for k, v in said.items() if not v.startswith(wanted[k])} == {}


def test_log_lines(server, link):
    assert link.request("/app/log").body == b"logged"
    for text in ("a line of wsgi.errors", "a line of print", "a line of stderr"):
        server.wait_log(text)
        assert server.new_log().count(text) == 1, text


def test_disconnect_of_the_client(server):
    """Left within a large response: close() runs and nothing is an error."""
    with server.connect() as c:
        c.send("/app/big?100000000")
        c.head()
    assert server.get("/app/hello").status == 200

# SPDX-License-Identifier: Apache-2.0
"""mod_http2 and mod_ssl before the application, in both modes: what the environ says, bodies in both
directions, files, and a stream that ends alone. Event and worker; prefork cannot do HTTP/2."""

import json
import subprocess

import bodies_site
import pytest

from harness import h2, procs, server as servers

GROUPS = {"daemon": "app", "embedded": "%{GLOBAL}"}
CONFIG = """
Protocols h2 h2c http/1.1
SSLSessionCache none
Listen 127.0.0.1:TLS
WSGIScriptAlias /lines {root}/apps/lines.wsgi process-group=GROUP application-group=%{GLOBAL}
WSGIScriptAlias /hostile {root}/apps/hostile.wsgi process-group=GROUP application-group=%{GLOBAL}
WSGIScriptAlias /environ {root}/apps/environ.wsgi process-group=GROUP application-group=%{GLOBAL}
<VirtualHost 127.0.0.1:TLS>
  SSLEngine on
  SSLCertificateFile {root}/cert.pem
  SSLCertificateKeyFile {root}/key.pem
</VirtualHost>
<Location /environ/vars>
  SSLOptions +StdEnvVars
</Location>
<Location /environ/proxied>
  WSGITrustedProxyHeaders X-Forwarded-Proto
</Location>
<Location /environ/near>
  WSGITrustedProxyHeaders X-Forwarded-Proto
  WSGITrustedProxies 127.0.0.1
</Location>
<Location /environ/far>
  WSGITrustedProxyHeaders X-Forwarded-Proto
  WSGITrustedProxies 10.0.0.1
</Location>
<Location /app>
  WSGIEnableSendfile On
</Location>
<Location /app/plainly>
  WSGIChunkedRequest Off
</Location>
"""
DATA = bytes(range(256)) * 1200
H2C = ("--http2-prior-knowledge",)
FAILED = ("WSGI5004", "WSGI5024")


@pytest.fixture(scope="module", params=["daemon", "embedded"])
def server(request, shared_server):
    tls = servers.free_port()
    more = CONFIG.replace("TLS", str(tls)).replace("GROUP", GROUPS[request.param])
    modules = ("http2", "socache_shmcb", "ssl")
    one = shared_server(bodies_site.site(request.param, more=more), start=False, modules=modules)
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    command += f" -subj /CN=localhost -keyout {one.root}/key.pem -out {one.root}/cert.pem"
    subprocess.run(command.split(), check=True, capture_output=True)
    (one.root / "data.bin").write_bytes(DATA)
    one.tls, one.mode = tls, request.param
    return one.start()


def curl(server, path, *options, tls=False, **kwargs):
    """Of an independent client: (HTTP version, status, body)."""
    url = f"https://localhost:{server.tls}" if tls else f"http://localhost:{server.port}"
    ask = ["curl", "-q", "-sS", "--noproxy", "*", "--max-time", "20", "-k", "-4"]
    ask += [*options, "-w", "\n%{http_version} %{response_code}", url + path]
    done = subprocess.run(ask, capture_output=True, check=True, **kwargs)
    body, facts = done.stdout.rsplit(b"\n", 1)
    version, status = facts.decode().split()
    return version, int(status), body


def environ(server, path, *options, tls=True):
    version, status, body = curl(server, "/environ" + path, *options, tls=tls)
    assert status == 200
    return version, json.loads(body)


def facts(server):
    return json.loads(server.get("/app/facts").text)


@pytest.fixture(params=["h2c", "h2"])
def connection(request, server):
    tls = request.param == "h2"
    with h2.Connection(server.tls if tls else server.port, tls) as c:
        yield c


def test_environ_h2c(server):
    version, e = environ(server, "/x?a=b", *H2C, "-H", "X-Mine: 1", tls=False)
    assert (version, e["SERVER_PROTOCOL"], e["wsgi.url_scheme"]) == ("2", "HTTP/2.0", "http")
    assert (e["REQUEST_METHOD"], e["SCRIPT_NAME"], e["PATH_INFO"]) == ("GET", "/environ", "/x")
    assert (e["REQUEST_URI"], e["QUERY_STRING"]) == ("/environ/x?a=b", "a=b")
    assert (e["HTTP_HOST"], e["SERVER_PORT"]) == (f"localhost:{server.port}", str(server.port))
    assert (e["HTTP_X_MINE"], e["REMOTE_ADDR"]) == ("1", "127.0.0.1")
    assert (e["SERVER_ADDR"], e["mod_wsgi.listener_port"]) == ("127.0.0.1", str(server.port))
    assert int(e["REMOTE_PORT"]) > 0 and not [k for k in e if k.startswith("HTTP_:")]
    assert "CONTENT_LENGTH" not in e and "HTTP_TRANSFER_ENCODING" not in e


@pytest.mark.parametrize("option, version", [("--http2", "2"), ("--http1.1", "1.1")])
def test_environ_tls(server, option, version):
    got, e = environ(server, "/vars", option)
    protocol = "HTTP/2.0" if version == "2" else "HTTP/1.1"
    assert (got, e["SERVER_PROTOCOL"]) == (version, protocol)
    assert (e["wsgi.url_scheme"], e["REQUEST_SCHEME"]) == ("https", "https")
    assert e["SSL_PROTOCOL"].startswith("TLSv1.") and e["SSL_SERVER_S_DN_CN"] == "localhost"
    assert (e["SERVER_PORT"], e["mod_wsgi.listener_port"]) == (str(server.tls), str(server.tls))
    assert "HTTPS" not in e
    _, e = environ(server, "/none", option)
    assert e["wsgi.url_scheme"] == "https" and "HTTPS" not in e
    assert not [k for k in e if k.startswith("SSL_PROTOCOL")]


@pytest.mark.parametrize("option", ["--http2", "--http1.1"])
def test_scheme_of_proxies(server, option):
    """A trusted header wins over mod_ssl; one that is not sent or not trusted leaves it its say."""
    http = ("-H", "X-Forwarded-Proto: http")
    for path, sent, scheme in (
        ("/proxied", http, "http"),
        ("/proxied", (), "https"),
        ("/proxied", ("-H", "X-Forwarded-Proto: gopher"), "https"),
        ("/near", http, "http"),
        ("/far", http, "https"),
        ("/none", http, "https"),
    ):
        assert environ(server, path, option, *sent)[1]["wsgi.url_scheme"] == scheme, (path, sent)
    _, e = environ(server, "/proxied", "-H", "X-Forwarded-Proto: https", tls=False)
    assert (e["wsgi.url_scheme"], e["REQUEST_SCHEME"]) == ("https", "http")


@pytest.mark.parametrize("tls", [False, True], ids=["h2c", "h2"])
def test_post(server, tls):
    how = ("--http2",) if tls else H2C
    body = bytes(range(256)) * 4096
    answer = curl(server, "/app/echo", *how, "--data-binary", "@-", tls=tls, input=body)
    assert answer == ("2", 200, body)
    # Of unknown length.
    answer = curl(server, "/app/echo", *how, "-X", "POST", "-T", "-", tls=tls, input=body)
    assert answer == ("2", 200, body)


def test_expect(server, connection):
    """100 Continue, then the answer to the body."""
    sent = [("content-length", "3"), ("expect", "100-continue")]
    number = connection.open("/app/echo", "POST", sent, more=True)
    connection.until(lambda: connection.streams[number].heads)
    connection.send(number, b"abc", end=True)
    answer = connection.finish(number)
    assert (answer.heads, answer.body) == ([h2.OTHER, 200], b"abc")


def test_length(server, connection):
    number = connection.open("/environ/x", "POST", [("content-length", "3")], more=True)
    connection.send(number, b"abc", end=True)
    e = json.loads(connection.finish(number).body)
    assert e["CONTENT_LENGTH"] == "3"
    number = connection.open("/environ/x", "POST", more=True)
    connection.send(number, b"abc", end=True)
    e = json.loads(connection.finish(number).body)
    assert "CONTENT_LENGTH" not in e and e["HTTP_TRANSFER_ENCODING"] == "chunked"


def test_length_is_demanded(server, connection):
    """mod_http2 calls a body without a length chunked."""
    server.expect("WSGI4007")
    number = connection.open("/app/plainly", "POST", more=True)
    connection.send(number, b"abc", end=True)
    assert connection.finish(number).status == h2.OTHER


def test_both_ways(server, connection):
    """Each line comes back before the next is sent, without a length."""
    number = connection.open("/lines", "POST", more=True)
    stream, sent = connection.streams[number], b""
    for i in range(5):
        sent += b"line %d\n" % i
        connection.send(number, sent[-7:])
        connection.until(lambda: stream.body == sent)
    connection.send(number, b"", end=True)
    assert (connection.finish(number).body, stream.status) == (sent, 200)


def test_file(server, connection):
    number = connection.open(f"/app/file?path={server.root}/data.bin")
    connection.widen(number, len(DATA))
    stream = connection.finish(number)
    assert (stream.status, stream.body) == (200, DATA)
    assert connection.get("/app/hello").body == b"Hello World!"


@pytest.mark.parametrize("option", ["--http2", "--http1.1"])
def test_file_of_another_client(server, option):
    path = f"/app/file?path={server.root}/data.bin"
    assert curl(server, path, option, tls=True)[1:] == (200, DATA)
    assert curl(server, path + "&seek=70000&length=9", option, tls=True)[2] == DATA[70000:70009]


@pytest.mark.parametrize("what, ids", [
    ("middle?raise", FAILED), ("middle?raise-length", FAILED), ("write?l", FAILED),
    ("length?10,4", ("WSGI5010",)),
])
def test_cut_answer(server, connection, what, ids):
    """Its stream is reset, the connection serves on."""
    server.expect(*ids)
    stream = connection.get("/hostile/" + what)
    assert stream.reset is not None and not stream.ended
    assert connection.get("/hostile/hello").body == b"Hello World!"


@pytest.mark.parametrize("what, status, ids", [
    ("call-raises?value", 500, FAILED), ("header?Content-Length:x", 500, ("WSGI5008",)),
    ("length?4,9", 200, ()), ("status?204%20x", 204, ()), ("status?404%20x", 404, ()),
])
def test_whole_answer(server, connection, what, status, ids):
    server.expect(*ids)
    stream = connection.get("/hostile/" + what)
    assert (stream.status, stream.ended, stream.reset) == (status, True, None)
    assert connection.get("/hostile/hello").body == b"Hello World!"


def test_one_stream_ends(server, connection):
    """The application of that stream hears of it; the connection's others go on."""
    closed = facts(server).get("endless-closed", 0)
    other = connection.open("/app/count", "POST", more=True)
    connection.send(other, bytes(1000))
    endless = connection.open("/app/endless")
    connection.until(lambda: connection.streams[endless].body)
    connection.cancel(endless)
    procs.wait_until(lambda: facts(server).get("endless-closed", 0) > closed, 10, "close()")
    connection.send(other, bytes(1000), end=True)
    assert connection.finish(other).body == b"2000"


@pytest.mark.parametrize("length", [(), [("content-length", "900000")]], ids=["open", "length"])
def test_upload_ends(server, connection, length):
    """Without a length mod_http2 may end the body as if it were complete; the read does end."""
    number = connection.open("/lines", "POST", length, more=True)
    connection.send(number, b"line\n")
    connection.until(lambda: connection.streams[number].body)
    connection.cancel(number)
    procs.wait_until(lambda: server.get("/lines/end").body != b"none", 10, "the end")
    how = server.get("/lines/end").text
    failed = how.startswith("mod_wsgi request data read error: ")
    assert failed or (not length and how == "complete")
    assert connection.get("/app/hello").body == b"Hello World!"


def test_many_streams(server, connection):
    numbers = [connection.open("/app/hello") for _ in range(60)]
    for number in numbers:
        assert connection.finish(number).body == b"Hello World!"

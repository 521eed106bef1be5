# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1 on a bare socket: what the server sends is seen byte by byte, so that keep-alive,
pipelining, chunks and truncation can be told apart. One Connection belongs to one thread."""

import contextlib
import socket

from . import sanitizer


class Truncated(Exception):
    """The server ended the connection within a response."""


class Closed(Truncated):
    """It did so between two responses, which it may at any time; a request on its way then can be
    sent again (RFC 9112, 9.3.1 and 9.5). The event MPM does when no worker is free."""


class Response:
    def __init__(self, version, status, reason, headers):
        self.version, self.status, self.reason, self.headers = version, status, reason, headers
        self.body = b""

    def get(self, name, default=None):
        """All values of one header joined as a list would be; default if there is none."""
        found = [v for k, v in self.headers if k.lower() == name.lower()]
        return ", ".join(found) if found else default

    @property
    def text(self):
        return self.body.decode("latin-1")


class Connection:
    def __init__(self, port, timeout=20.0, host="127.0.0.1"):
        self.socket = socket.create_connection((host, port), timeout * sanitizer.SLOWDOWN)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.framing = self.last = None

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # Sending

    def send(self, path="/", method="GET", headers=(), body=None, chunks=None, version="1.1"):
        lines = [f"{method} {path} HTTP/{version}", "Host: localhost"]
        lines += [f"{k}: {v}" for k, v in headers]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        if chunks is not None:
            lines.append("Transfer-Encoding: chunked")
        self.raw("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b""))
        for chunk in chunks or ():
            self.raw(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        if chunks is not None:
            self.raw(b"0\r\n\r\n")

    def raw(self, data):
        self.socket.sendall(data)

    # Receiving

    def _fill(self):
        data = self.socket.recv(262144)
        self.buffer += data
        return bool(data)

    def _line(self):
        while b"\r\n" not in self.buffer:
            if not self._fill():
                raise Truncated(f"within a line: {self.buffer[:80]!r}")
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line.decode("latin-1")

    def _take(self, count):
        while len(self.buffer) < count:
            if not self._fill():
                raise Truncated(f"{len(self.buffer)} of {count} bytes")
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def head(self, method="GET"):
        """Status line and headers; the body is then read with body(), chunk() or rest()."""
        if not self.buffer and not self._fill():
            raise Closed("before a response")
        first = self._line()
        version, status, *reason = first.split(" ", 2)
        headers = []
        while line := self._line():
            name, value = line.split(":", 1)
            headers.append((name, value.strip()))
        response = self.last = Response(version, int(status), "".join(reason), headers)
        if method == "HEAD" or response.status in (204, 304) or 100 <= response.status < 200:
            self.framing = 0
        elif "chunked" in response.get("Transfer-Encoding", ""):
            self.framing = "chunked"
        elif (length := response.get("Content-Length")) is not None:
            self.framing = int(length)
        else:
            self.framing = "close"
        return response

    def chunk(self):
        """The next chunk of a chunked body; b"" for the last."""
        size = int(self._line().split(";")[0], 16)
        data = self._take(size)
        while size == 0 and self._line():
            pass
        if size:
            self._take(2)
        return data

    def body(self):
        if self.framing == "chunked":
            parts = []
            while part := self.chunk():
                parts.append(part)
            return b"".join(parts)
        if self.framing == "close":
            return self.rest()
        return self._take(self.framing)

    def rest(self):
        """Everything until the server closes."""
        parts = [self.buffer]
        self.buffer = b""
        with contextlib.suppress(ConnectionResetError):
            while data := self.socket.recv(262144):
                parts.append(data)
        return b"".join(parts)

    def response(self, method="GET"):
        response = self.head(method)
        response.body = self.body()
        return response

    def request(self, path="/", method="GET", **kwargs):
        self.send(path, method, **kwargs)
        return self.response(method)


def request(port, path="/", method="GET", timeout=20.0, **kwargs):
    """One request on a connection of its own."""
    with Connection(port, timeout) as c:
        headers = (*kwargs.pop("headers", ()), ("Connection", "close"))
        return c.request(path, method, headers=headers, **kwargs)

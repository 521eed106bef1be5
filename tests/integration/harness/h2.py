# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 frame by frame (RFC 9113), with prior knowledge or over TLS: streams can be interleaved,
held back by flow control and reset alone, which finished clients do not let a test do. Header
blocks are sent as literals; of those received only the status is read, as mod_http2 sends it first.
One Connection belongs to one thread."""

import contextlib
import socket
import ssl
import struct

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
END_STREAM, END_HEADERS, ACK = 1, 4, 1
CANCEL = 8
OTHER = 0
# HPACK's static table: one octet each (RFC 7541, appendix A). Any other status is OTHER.
STATUS = {0x88: 200, 0x89: 204, 0x8A: 206, 0x8B: 304, 0x8C: 400, 0x8D: 404, 0x8E: 500}


def literal(name, value):
    """Without indexing, new name, no Huffman code; both below 127 bytes."""
    parts = (name.encode("latin-1"), value.encode("latin-1"))
    return b"\x00" + b"".join(bytes([len(p)]) + p for p in parts)


class Stream:
    def __init__(self):
        self.heads, self.body, self.ended, self.reset = [], b"", False, None

    @property
    def status(self):
        """The last: those before it were interim."""
        return self.heads[-1] if self.heads else None


class Connection:
    def __init__(self, port, tls=False, timeout=20.0):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.scheme = "https" if tls else "http"
        if tls:
            context = ssl._create_unverified_context()
            context.set_alpn_protocols(["h2"])
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
        self.buffer, self.streams, self.next = b"", {}, 1
        self.socket.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        self.frame(SETTINGS, 0, 0, b"")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    # Sending

    def frame(self, kind, flags, stream, payload):
        head = struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream)
        self.socket.sendall(head + payload)

    def open(self, path, method="GET", headers=(), more=False):
        """Starts a stream and returns its number; `more`: a body follows."""
        number, self.next = self.next, self.next + 2
        names = [(":method", method), (":scheme", self.scheme), (":path", path)]
        names += [(":authority", "localhost"), *headers]
        block = b"".join(literal(*n) for n in names)
        self.streams[number] = Stream()
        self.frame(HEADERS, END_HEADERS | (0 if more else END_STREAM), number, block)
        return number

    def send(self, stream, data, end=False):
        self.frame(DATA, END_STREAM if end else 0, stream, data)

    def cancel(self, stream):
        self.frame(RST_STREAM, 0, stream, struct.pack(">I", CANCEL))

    def widen(self, stream, by):
        """Lets the server send more on the stream; the connection's window follows what came."""
        self.frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", by))

    # Receiving

    def _take(self, count):
        while len(self.buffer) < count:
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError("the server closed the connection")
            self.buffer += data
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def step(self):
        """Takes one frame."""
        head = self._take(9)
        size, kind, flags = int.from_bytes(head[:3], "big"), head[3], head[4]
        payload = self._take(size)
        stream = self.streams.get(int.from_bytes(head[5:], "big"))
        if kind in (SETTINGS, PING) and not flags & ACK:
            with contextlib.suppress(OSError):
                self.frame(kind, ACK, 0, payload if kind == PING else b"")
        elif kind == HEADERS:
            stream.heads.append(STATUS.get(payload.lstrip(b"\x20\x3f")[0], OTHER))
        elif kind == DATA:
            stream.body += payload
            if payload:
                self.widen(0, len(payload))
        elif kind == RST_STREAM:
            stream.reset = int.from_bytes(payload, "big")
        if kind in (HEADERS, DATA) and flags & END_STREAM:
            stream.ended = True

    def until(self, condition):
        while not condition():
            self.step()

    def finish(self, number):
        """The stream when it has ended or was reset."""
        stream = self.streams[number]
        self.until(lambda: stream.ended or stream.reset is not None)
        return stream

    def get(self, path, **kwargs):
        return self.finish(self.open(path, **kwargs))

# SPDX-License-Identifier: Apache-2.0
"""The shared page of a daemon group as its holders see it: module/transport/page.h."""

import contextlib
import os
import struct

from harness import procs

WAITERS = 132
SLOT = 512  # each slot's size; the first comes after as many bytes
HEAD = struct.Struct("<6xH8xI4xI")  # slots, cells, cell_off
CELL, PATH = 256, 48


def pages(server, group):
    """(path of the page's descriptor) for each generation of a group."""
    found = {}
    for pid in server.apaches():
        for number, target in procs.fds(pid).items():
            if target.startswith(f"/memfd:wsgi-page:{group} "):
                path = f"/proc/{pid}/fd/{number}"
                with contextlib.suppress(OSError):
                    found[os.stat(path).st_ino] = path
    return list(found.values())


def number(server, group, offset, size=4):
    """0 while there is no page."""
    for path in pages(server, group)[:1]:
        with contextlib.suppress(OSError), open(path, "rb") as f:
            return int.from_bytes(os.pread(f.fileno(), size, offset), "little")
    return 0


def waiters(server, group):
    return number(server, group, WAITERS)


def in_use(server, group, slot=0):
    """Permits taken. The daemon may not have seen the request yet: it can still be given back."""
    return number(server, group, SLOT * (1 + slot), 3)


def begun(server, group):
    """Paths of the requests that daemons have begun: flight records in use."""
    found = []
    for path in pages(server, group):
        with contextlib.suppress(OSError), open(path, "rb") as f:
            slots, cells, offset = HEAD.unpack(f.read(28))
            f.seek(offset)
            records = f.read(2 * slots * cells * CELL)
            for at in range(0, len(records), CELL):
                if records[at : at + 8] != bytes(8):
                    found.append(records[at + PATH : at + CELL].split(b"\0", 1)[0].decode())
    return found

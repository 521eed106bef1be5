# SPDX-License-Identifier: Apache-2.0
"""Processes as /proc shows them, and waiting for a condition.

While a server runs, this process adopts the orphans of everything below it (prctl,
PR_SET_CHILD_SUBREAPER): whatever a server leaves behind stays its descendant and is found, however
often it was forked.
"""

import ctypes
import os
import pathlib
import re
import time

from . import sanitizer

PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans(on):
    """Off again for those who wait until a process they do not own has gone from /proc."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, int(on), 0, 0, 0)


def wait_until(condition, seconds=10.0, what="the condition"):
    """The first true value of condition(); AssertionError after the deadline."""
    end = time.monotonic() + seconds * sanitizer.SLOWDOWN
    while True:
        if value := condition():
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come true within {seconds} s")
        time.sleep(0.005)


def stat(pid):
    """Fields of /proc/PID/stat after the command's name (state first); None if there is none."""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return text[text.rindex(")") + 2 :].split()


def alive(pid):
    fields = stat(pid)
    return fields is not None and fields[0] not in "ZX"


def descendants(root):
    """Processes below root that are not zombies, root excluded."""
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (fields := stat(entry)) and fields[0] not in "ZX":
            children.setdefault(int(fields[1]), []).append(int(entry))
    found, queue = [], [root]
    while queue:
        below = children.get(queue.pop(), [])
        found += below
        queue += below
    return found


def children(pid):
    return [p for p in descendants(pid) if (f := stat(p)) and int(f[1]) == pid]


def executable(pid):
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return ""


def maps(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/maps").read_text()
    except OSError:
        return ""


def uid(pid):
    """Effective user id."""
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"^Uid:\s+\d+\s+(\d+)", text, re.M)[1])


def capabilities(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"^CapEff:\s+([0-9a-f]+)", text, re.M)[1], 16)


def fds(pid):
    """Descriptor number to what it leads to."""
    found = {}
    try:
        for name in os.listdir(f"/proc/{pid}/fd"):
            try:
                found[int(name)] = os.readlink(f"/proc/{pid}/fd/{name}")
            except OSError:
                pass
    except OSError:
        pass
    return found


def named_sockets(pids):
    """Names of Unix sockets that these processes hold; unnamed ones are left out."""
    inodes = {t for p in pids for t in fds(p).values() if t.startswith("socket:")}
    names = []
    for line in pathlib.Path("/proc/net/unix").read_text().splitlines()[1:]:
        fields = line.split(None, 7)
        if len(fields) == 8 and f"socket:[{fields[6]}]" in inodes:
            names.append(fields[7])
    return names


def listening(pid):
    """Does this process hold a TCP socket that listens?"""
    inodes = set()
    for table in ("tcp", "tcp6"):
        for line in pathlib.Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A":
                inodes.add(f"socket:[{fields[9]}]")
    return bool(inodes & set(fds(pid).values()))


def reap():
    """Collects adopted children that have ended, except those a Popen object waits for."""
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (f := stat(entry)) and f[0] == "Z" and int(f[1]) == os.getpid():
            if int(entry) not in own_children:
                try:
                    os.waitpid(int(entry), os.WNOHANG)
                except ChildProcessError:
                    pass


own_children = set()

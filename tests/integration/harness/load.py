# SPDX-License-Identifier: Apache-2.0
"""Clients in threads, each a closed loop of one request after another, and a ledger that says what
became of every request that was sent."""

import collections
import threading
import time

from .client import Connection, Truncated


class Ledger:
    """Shared by the threads of one load. `lost`: no complete response."""

    def __init__(self):
        self.lock = threading.Lock()
        self.sent = self.ok = self.lost = 0
        self.status = collections.Counter()
        self.slowest = 0.0
        self.slowest_at = 0.0
        self.slowest_failure = 0.0
        self.problems = []

    @property
    def server_errors(self):
        return sum(n for status, n in self.status.items() if status >= 500)

    def note(self, started, seconds, status, problem=""):
        with self.lock:
            self.sent += 1
            if status == 200:
                self.ok += 1
                if seconds > self.slowest:
                    self.slowest, self.slowest_at = seconds, started
            else:
                self.slowest_failure = max(self.slowest_failure, seconds)
                self.problems.append(f"{status or 'lost'} after {seconds:.3f} s {problem}")
            if status:
                self.status[status] += 1
            else:
                self.lost += 1

    def __str__(self):
        return (
            f"sent {self.sent}, ok {self.ok}, 5xx {self.server_errors}, lost {self.lost}, "
            f"slowest {self.slowest:.3f} s {self.problems[:5]}"
        )


class Load:
    """`with server.load("/app/hello", clients=2) as ledger:` runs until the block is left. A
    connection a request by default, as a reload may end any idle kept-alive connection."""

    def __init__(self, port, path, clients=1, pause=0.0, timeout=30.0, keep_alive=False,
                 ledger=None):
        self.ledger = ledger or Ledger()
        self.stopped = threading.Event()
        self.keep_alive = keep_alive
        self.port, self.path, self.pause, self.timeout = port, path, pause, timeout
        self.threads = [threading.Thread(target=self._run, daemon=True) for _ in range(clients)]

    def _run(self):
        connection = None
        while not self.stopped.is_set():
            started, status, problem = time.monotonic(), 0, ""
            try:
                connection = connection or Connection(self.port, self.timeout)
                how = () if self.keep_alive else (("Connection", "close"),)
                status = connection.request(self.path, headers=how).status
            except (OSError, Truncated, ValueError) as e:
                problem = repr(e)
            self.ledger.note(started, time.monotonic() - started, status, problem)
            if connection and (not status or not self.keep_alive):
                connection.close()
                connection = None
            self.stopped.wait(self.pause)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self.ledger

    def __exit__(self, *_):
        self.stopped.set()
        for thread in self.threads:
            thread.join(self.timeout + 10)


class Background:
    """One request in a thread of its own; result() waits for it."""

    def __init__(self, port, path, timeout=30.0):
        self.response = self.error = None
        self.seconds = 0.0
        self.port, self.path, self.timeout = port, path, timeout
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        started = time.monotonic()
        try:
            with Connection(self.port, self.timeout) as c:
                self.response = c.request(self.path, headers=(("Connection", "close"),))
        except (OSError, Truncated, ValueError) as e:
            self.error = e
        self.seconds = time.monotonic() - started

    def result(self):
        self.thread.join(self.timeout + 10)
        if self.error:
            raise self.error
        return self.response

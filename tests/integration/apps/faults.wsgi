# SPDX-License-Identifier: Apache-2.0
"""An application that does what should not be done; the path decides what."""

import ctypes
import faulthandler
import json
import os
import subprocess
import sys
import time

if os.environ.get("FAULTS_AT_IMPORT") == "exit":
    os._exit(9)

libc = ctypes.CDLL(None)
kept = []


def hello(query):
    return b"Hello World!"


def pid(query):
    return str(os.getpid()).encode()


def sleep(query):
    """In steps that an injected exception can end."""
    end = time.monotonic() + float(query)
    while time.monotonic() < end:
        time.sleep(0.01)
    return b"slept"


def stuck(query):
    """In C, GIL released: nothing of Python can reach it."""
    time.sleep(float(query))
    return b"slept in C"


def hold(query):
    """In C with the GIL held."""
    end = time.monotonic() + float(query)
    pylib = ctypes.PyDLL(None)
    while time.monotonic() < end:
        pylib.usleep(int(float(query) * 1e6))
    return b"held"


def stubborn(query):
    """Swallows what is injected."""
    end = time.monotonic() + float(query)
    while time.monotonic() < end:
        try:
            while time.monotonic() < end:
                time.sleep(0.01)
        except BaseException:
            pass
    return b"outlasted"


def burn(query):
    end = time.process_time() + float(query)
    while time.process_time() < end:
        pass
    return b"burnt"


def memory(query):
    try:
        kept.append(bytearray(int(query) << 20))
    except MemoryError:
        return b"MemoryError"
    kept.clear()
    return b"had it"


def eat(query):
    """Memory that is really used."""
    kept.append(b"x" * (int(query) << 20))
    return b"full"


def complain(query):
    print("complaint " + query, file=sys.stderr)
    return b"complained"


def reach(query):
    """Which of the paths listed in a file can be opened."""
    found = []
    for path in json.load(open(query)):
        try:
            os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
            found.append(path)
        except OSError:
            pass
    return json.dumps(found).encode()


def stack(query):
    """How much of the thread's stack a recursion in C may use is what it has."""
    attr = ctypes.create_string_buffer(64)
    size = ctypes.c_size_t()
    libc.pthread_self.restype = ctypes.c_ulong
    libc.pthread_getattr_np(ctypes.c_ulong(libc.pthread_self()), attr)
    libc.pthread_attr_getstacksize(attr, ctypes.byref(size))
    return str(size.value).encode()


def segfault(query):
    faulthandler._sigsegv()


def abort(query):
    os.abort()


def leave(query):
    os._exit(int(query))


def fork(query):
    """A child that ends like a script would, and one that is told to stop as the daemon would be."""
    child = os.fork()
    if child == 0:
        os.execv("/bin/sleep", ["sleep", "60"])
    os.kill(child, 15)
    killed = os.waitpid(child, 0)[1]
    child = os.fork()
    if child == 0:
        os._exit(7)
    return json.dumps([killed, os.waitpid(child, 0)[1] >> 8]).encode()


def orphan(query):
    """A child that nobody waits for, and that ends."""
    subprocess.Popen(["/bin/sleep", query])
    return b"left alone"


def run(query):
    done = subprocess.run([sys.executable, "-c", "print(6*7)"], capture_output=True, text=True)
    return done.stdout.strip().encode()


def descriptors(query):
    """Takes all there are, then gives them back after a while."""
    taken = []
    try:
        while True:
            taken.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        time.sleep(float(query))
    finally:
        for fd in taken:
            os.close(fd)
    return b"all taken"


PATHS = {
    f.__name__: f
    for f in (hello, pid, sleep, stuck, hold, stubborn, burn, memory, stack, segfault, abort, leave,
              fork, orphan, run, descriptors, eat, complain, reach)
}


def application(environ, start_response):
    body = PATHS[environ["PATH_INFO"].strip("/")](environ["QUERY_STRING"])
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]

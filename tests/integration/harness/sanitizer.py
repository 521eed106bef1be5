# SPDX-License-Identifier: Apache-2.0
"""Apache under a sanitizer (tests/sanitized): httpd is not instrumented, so the sanitizer's library is
put before it. What any process reports goes to files of one folder and fails the test that sees it.

Environment: WSGI_PRELOAD is the library; *SAN_OPTIONS and PYTHONMALLOC are passed on; WSGI_SLOWDOWN is
by how much everything may take longer. Only what starts Apache runs so, not the tests and their tools.
"""

import atexit
import os
import pathlib
import re
import shutil
import tempfile

PRELOAD = os.environ.get("WSGI_PRELOAD", "")
SLOWDOWN = float(os.environ.get("WSGI_SLOWDOWN", "1"))
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="wsgi-sanitizer-")) if PRELOAD else None
if FOLDER:
    FOLDER.chmod(0o1777)  # daemons run as others
    atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
seen = {}
# A slow daemon may be killed at the end of shutdown-timeout.
ALWAYS = {"WSGI2013"} if PRELOAD else set()


def environment():
    """What an Apache needs beside its usual environment."""
    if not PRELOAD:
        return {}
    found = {k: v for k, v in os.environ.items() if k == "PYTHONMALLOC"}
    for name, options in os.environ.items():
        if name.endswith("SAN_OPTIONS"):
            found[name] = f"{options}:log_path={FOLDER}/{name}"
    return found | {"LD_PRELOAD": PRELOAD}


def bearable(config):
    """Without limits of memory: a sanitizer's shadow is beyond any."""
    return re.sub(r"\b(virtual-)?memory-limit=\d+", "", config) if PRELOAD else config


def reports():
    """Those since the last call. A process keeps its file open, so files stay."""
    found = []
    for path in sorted(FOLDER.iterdir()) if FOLDER else ():
        text = path.read_text(errors="backslashreplace")
        found += [text[seen.get(path, 0) :]] if len(text) > seen.get(path, 0) else []
        seen[path] = len(text)
    return found

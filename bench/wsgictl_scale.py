#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Time and memory of `validate` and `render` for 1,000 and 10,000 applications.

Usage: wsgictl_scale.py WSGICTL. The definitions are folders of files of 500 applications, each with
a site. Prints seconds and MiB; exits 1 when 1,000 take a second or more, or when 10,000 take more
than 14 times of what 1,000 take.
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import time

FILE = 500


def write(folder, count):
    for start in range(0, count, FILE):
        apps, sites = [], []
        for n in range(start, min(count, start + FILE)):
            apps.append(f"  app{n}:\n    script: /srv/app{n}/wsgi.py\n"
                        f"    daemon: {{processes: 2, threads: 4}}\n")
            sites.append(f"  app{n}.example.com:\n    routes:\n      /: {{app: app{n}}}\n"
                         f"      /static: {{directory: /srv/app{n}/static, cache: 30d}}\n")
        text = "version: 1\napps:\n" + "".join(apps) + "sites:\n" + "".join(sites)
        (folder / f"{start:06}.yaml").write_text(text, encoding="ascii")


def run(command):
    """Seconds, and the peak memory of the process in MiB."""
    before = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f"{command}: status {status}")
    return time.monotonic() - before, usage.ru_maxrss / 1024


def main():
    tool = sys.argv[1]
    totals = {}
    for count in (1000, 10000):
        with tempfile.TemporaryDirectory() as name:
            write(pathlib.Path(name), count)
            validate = min(run([tool, "validate", name]) for _ in range(3))
            render = min(run([tool, "render", name, "--target", "debian-12"]) for _ in range(3))
        totals[count] = validate[0] + render[0]
        print(f"{count:6} apps: validate {validate[0]:.2f} s, {validate[1]:.0f} MiB; "
              f"render {render[0]:.2f} s, {render[1]:.0f} MiB")
    return 1 if totals[1000] >= 1 or totals[10000] > 14 * totals[1000] else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""init -> validate -> render -> `apache2 -t`, for the project of examples/django-site.

Usage: init_to_apache.py WSGICTL MODULE EXAMPLE, MODULE as installed. Rests on apache_accepts.py for
everything behind the definition.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

import apache_accepts


def main(tool, module, example):
    root = pathlib.Path(tempfile.mkdtemp(prefix="wsgictl-init-"))
    try:
        shutil.copytree(example, root / "guestbook")
        made = subprocess.run(
            [tool, "init", root / "guestbook", "--at", "/srv/guestbook", "--user", "daemon"],
            capture_output=True, text=True)
        if made.returncode != 0:
            return made.stderr
        definition = root / "guestbook/wsgictl.yaml"
        valid = subprocess.run([tool, "validate", definition], capture_output=True, text=True)
        if valid.returncode != 0:
            return valid.stderr
        if "site_settings.settings" not in definition.read_text(encoding="utf-8"):
            return "the settings of the project were not found"
        return apache_accepts.check(tool, pathlib.Path(module), definition, ("", ""))
    finally:
        shutil.rmtree(root)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) or 0)

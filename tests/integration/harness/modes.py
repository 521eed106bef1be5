# SPDX-License-Identifier: Apache-2.0
"""The same scripts in a daemon and embedded: what a test file serves, for both modes. One process
runs the application, so that what it remembers is where the next request looks for it."""

import os

MODES = ("daemon", "embedded")


def config(mode, mpm, scripts, extra=""):
    """`scripts`: lines "url file [options]" below {root}/apps."""
    daemon = mode == "daemon"
    account = "user=games group=games" if os.geteuid() == 0 else ""
    text = f"WSGIDaemonProcess app processes=1 threads=5 {account}\n" if daemon else ""
    text += f"WSGIRestrictEmbedded {'On' if daemon else 'Off'}\n"
    group = "app" if daemon else "%{GLOBAL}"
    for line in scripts:
        url, file, *options = line.split()
        text += (f"WSGIScriptAlias {url} {{root}}/apps/{file} process-group={group} "
                 f"application-group=%{{GLOBAL}} {' '.join(options)}\n")
    if not daemon:
        text += (
            "StartServers 1\nMaxRequestWorkers 1\nMinSpareServers 1\nMaxSpareServers 1\n"
            if mpm == "prefork"
            else "StartServers 1\nMaxRequestWorkers 25\nServerLimit 1\n"
        )
    return text + "<Directory {root}/apps>\n  Require all granted\n</Directory>\n" + extra

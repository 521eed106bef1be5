# SPDX-License-Identifier: Apache-2.0
"""Every directive in .htaccess files: taken where AllowOverride gives its class, else refused with
Apache's words; what is wrong in one is said in the error log."""

import pytest

from test_config import DIRECTIVES

FOLDERS = {"F": "FileInfo", "A": "AuthConfig", "all": "All"}
CONFIG = "WSGIRestrictEmbedded On\n" + "".join(
    f"<Directory {{root}}/htdocs/{name}>\nAllowOverride {override}\n</Directory>\n"
    for name, override in FOLDERS.items()
)


@pytest.fixture(scope="module")
def server(shared_server):
    return shared_server(CONFIG)


def status(server, folder, name, line):
    """Of a static file beside a .htaccess file with that line."""
    here = server.root / "htdocs" / folder / name
    here.mkdir(parents=True)
    (here / "file.txt").write_text("static")
    (here / ".htaccess").write_text(line + "\n")
    return server.get(f"/{folder}/{name}/file.txt").status


@pytest.mark.parametrize("name", DIRECTIVES)
def test_htaccess(server, name):
    context, arguments = DIRECTIVES[name]
    # Scripts that decide over access do not exist, and so refuse the request themselves.
    server.tolerate("WSGI5001", "WSGI5024")
    for folder, allowing in (("F", "F"), ("A", "A"), ("all", "FA")):
        answer = status(server, folder, name, f"{name} {arguments}")
        file = server.root / "htdocs" / folder / name / ".htaccess"
        refused = f"{file}: {name} not allowed here" in server.new_log()
        assert refused == (context not in allowing), (folder, server.new_log())
        assert not refused or answer == 500
        assert refused or answer == 200 or context == "A", (folder, answer)


def test_htaccess_error_text(server):
    server.tolerate("WSGI1002")
    assert status(server, "F", "bad", "WSGICallableObject") == 500
    assert "WSGICallableObject: takes exactly one argument" in server.new_log()

# SPDX-License-Identifier: Apache-2.0
"""The distribution's frameworks, unmodified, in both modes: NAME.wsgi is a small application of
each, and all answer the same paths. One httpd per mode serves all of them: embedded each in a
sub-interpreter of its own, otherwise each in the main interpreter of its own daemon.
/NAME-validated is the same application under wsgiref.validate, in the same interpreter.

The last test compares docs/frameworks.md with what was seen; WSGI_BLESS=1 rewrites it.
"""

import hashlib
import os
import pathlib
import re
import shutil
import urllib.parse

import pytest

from harness import server as harness

HERE = pathlib.Path(__file__).resolve().parent
TABLE = HERE.parents[1] / "docs/frameworks.md"
ALL = ("page", "404", "form", "upload", "stream", "session", "error", "redirect", "file", "unicode")
# Where a framework has less than everything to show.
FEATURES = {
    "beaker": ("page", "404", "session", "error"),
    "hug": tuple(f for f in ALL if f != "stream"),
    "whitenoise": ("page", "404", "file"),
}
NAMES = sorted(p.stem for p in HERE.glob("*.wsgi"))
VALIDATED = ("bottle", "django", "flask")
MODES = ("embedded", "daemon")
FILES = {"paste": "file/blob.bin", "whitenoise": "file/blob.bin"}
# Compiled by Cython: one interpreter of a process may have them, so they share the main one.
MAIN_ONLY = ("falcon", "hug")
UNICODE = "Grüße-€-日本"
# Errors that a framework lets through are ours to report.
OURS = ("WSGI5004", "WSGI5024")

# Embedded in one child: sessions in memory are where the next request looks for them.
POOL = (
    "StartServers 1\nMaxRequestWorkers 1\nMinSpareServers 1\nMaxSpareServers 1\n"
    if harness.MPM == "prefork"
    else "StartServers 1\nServerLimit 1\nThreadsPerChild 10\nMaxRequestWorkers 10\n"
    "MinSpareThreads 1\nMaxSpareThreads 10\n"
)
COMMON = """
<Directory {root}/frameworks>
  Require all granted
</Directory>
"""
seen = {}


def alias(mount, name, place, callable_object):
    return (
        f"WSGIScriptAlias /{mount} {{root}}/frameworks/{name}.wsgi {place}"
        f" callable-object={callable_object}\n"
    )


def config(mode):
    text = COMMON + (POOL if mode == "embedded" else "")
    text += f"WSGIRestrictEmbedded {'On' if mode == 'daemon' else 'Off'}\n"
    account = "user=games group=games" if os.geteuid() == 0 else ""
    for name in NAMES:
        group = "%{GLOBAL}" if name in MAIN_ONLY else name
        place = f"process-group=%{{GLOBAL}} application-group={group}"
        if mode == "daemon":
            text += f"WSGIDaemonProcess {name} processes=1 threads=3 {account}\n"
            place = f"process-group={name} application-group=%{{GLOBAL}}"
        if name in VALIDATED:
            text += alias(f"{name}-validated", name, place, "validated")
        text += alias(name, name, place, "application")
    return text


@pytest.fixture(scope="module", params=MODES)
def server(request, shared_server):
    one = shared_server(config(request.param), start=False)
    shutil.copytree(HERE, one.root / "frameworks", ignore=shutil.ignore_patterns("__pycache__"))
    (one.root / "frameworks/static").mkdir()
    (one.root / "frameworks/static/blob.bin").write_bytes(os.urandom(200_000))
    one.mode = request.param
    return one.start()


class App:
    """One framework's application at one place."""

    def __init__(self, server, name, mount):
        self.server, self.name, self.mount = server, name, mount

    def get(self, path="", **kwargs):
        return self.server.get(f"/{self.mount}/{path}", **kwargs)

    def post(self, path, content_type, body):
        return self.get(path, method="POST", body=body, headers=(("Content-Type", content_type),))


def check_page(app):
    answer = app.get()
    assert answer.status == 200 and answer.get("Content-Type")
    return re.search(r" ([0-9][^ <\"]*)", answer.text)[1]


def check_404(app):
    assert app.get("missing").status == 404


def check_form(app):
    body = urllib.parse.urlencode({"name": UNICODE, "other": "x" * 2000}).encode()
    answer = app.post("form", "application/x-www-form-urlencoded", body)
    assert (answer.status, answer.body.decode()) == (200, "hello " + UNICODE)


def check_upload(app):
    data = os.urandom(300_000)
    part = 'Content-Disposition: form-data; name="blob"; filename="b.bin"\r\n'
    kind = "Content-Type: application/octet-stream\r\n\r\n"
    body = f"--edge\r\n{part}{kind}".encode() + data + b"\r\n--edge--\r\n"
    answer = app.post("upload", "multipart/form-data; boundary=edge", body)
    assert answer.status == 200
    assert answer.text == f"{len(data)} {hashlib.sha256(data).hexdigest()}"


def check_stream(app):
    """Without a length to announce, hence in chunks; items as they come are test_basic's."""
    with app.server.connect() as c:
        answer = c.request(f"/{app.mount}/stream")
    assert (answer.status, answer.get("Transfer-Encoding")) == (200, "chunked")
    assert answer.text == "".join(f"line {n}\n" for n in range(5))


def check_session(app):
    first = app.get("count")
    cookie = "; ".join(v.split(";")[0] for k, v in first.headers if k.lower() == "set-cookie")
    second = app.get("count", headers=(("Cookie", cookie),))
    assert (first.status, first.text, second.status, second.text) == (200, "1", 200, "2")
    assert app.get("count").text == "1"


def check_error(app):
    app.server.tolerate(*OURS)
    assert app.get("error").status == 500
    app.server.wait_log(f"RuntimeError: broken on purpose: {app.name}")
    app.server.wait_log("Traceback (most recent call last)")
    assert app.get().status == 200


def check_redirect(app):
    answer = app.get("redirect")
    assert answer.status in (302, 303)
    target = urllib.parse.urljoin(f"http://localhost/{app.mount}/redirect", answer.get("Location"))
    assert urllib.parse.urlsplit(target).path.rstrip("/") == f"/{app.mount}"


def check_file(app):
    answer = app.get(FILES.get(app.name, "file"))
    assert answer.status == 200
    assert answer.body == (app.server.root / "frameworks/static/blob.bin").read_bytes()


def check_unicode(app):
    answer = app.get("path/" + urllib.parse.quote(UNICODE))
    assert (answer.status, answer.body.decode()) == (200, UNICODE)


CHECKS = {f: globals()[f"check_{f}"] for f in ALL}


@pytest.mark.parametrize("name", NAMES)
def test_framework(server, name):
    version = check_page(App(server, name, name))
    for feature in FEATURES.get(name, ALL):
        CHECKS[feature](App(server, name, name))
    seen[name, server.mode] = version


@pytest.mark.parametrize("name", VALIDATED)
def test_validated(server, name):
    """The validator complains by AssertionError, and by a line where it is too late for that."""
    for feature in FEATURES.get(name, ALL):
        CHECKS[feature](App(server, name, f"{name}-validated"))
    assert "AssertionError" not in server.new_log()
    assert "garbage collected without being closed" not in server.new_log()


def test_runs_where_it_should(server):
    assert len(server.daemons()) == (len(NAMES) if server.mode == "daemon" else 0)


def table():
    rows = [
        "| Framework | Version | Embedded | Daemon | Exercised |",
        "|---|---|---|---|---|",
    ]
    for name in NAMES:
        version = seen.get((name, "daemon")) or seen.get((name, "embedded")) or "-"
        ok = " | ".join("yes" if (name, mode) in seen else "**no**" for mode in MODES)
        notes = ", main interpreter only" if name in MAIN_ONLY else ""
        notes += ", under `wsgiref.validate` too" if name in VALIDATED else ""
        rows.append(f"| {name} | {version} | {ok} | {', '.join(FEATURES.get(name, ALL))}{notes} |")
    return "\n".join(rows) + "\n"


def without_versions(text):
    return re.sub(r"(?m)^(\| [\w-]+ \|)[^|]*\|", r"\1 |", text)


def test_documented():
    """After all the others, so it is only judged when all of them ran."""
    if len({mode for _, mode in seen}) < len(MODES):
        pytest.skip("needs the tests of both modes")
    intro = TABLE.read_text().split("| Framework", 1)[0]
    if os.environ.get("WSGI_BLESS"):
        TABLE.write_text(intro + table())
    assert without_versions(TABLE.read_text()) == without_versions(intro + table())

# SPDX-License-Identifier: Apache-2.0
"""What `wsgictl route` says of a URL is what Apache does with the rendered configuration: site, kind
of route, application, SCRIPT_NAME and PATH_INFO. One server for the whole table."""

import http.client
import json
import os

import pytest

from wsgictl_site import ACCOUNT, Site, public_folder, wait_for, wsgictl

SCRIPT = """\
import json
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    names = ("SCRIPT_NAME", "PATH_INFO", "SERVER_NAME")
    return [json.dumps(dict({name: environ[name] for name in names}, app=WHICH)).encode()]
"""

# Host, and path as it goes over the wire.
URLS = [
    ("one.test", "/"),
    ("one.test", "/x/y"),
    ("one.test", "/?a=/app"),
    ("one.test", "/app"),
    ("one.test", "/app/"),
    ("one.test", "/app/x?y"),
    ("one.test", "/apple"),
    ("one.test", "/%61pp/x"),
    ("one.test", "/APP"),
    ("one.test", "/app/deep"),
    ("one.test", "/app/deep/er"),
    ("one.test", "/app/deeper"),
    ("one.test", "/app/static/file.txt"),
    ("one.test", "/app/staticx"),
    ("one.test", "/app/static/../x"),
    ("one.test", "/app/./x"),
    ("one.test", "//app//x"),
    ("one.test", "/x//y"),
    ("one.test", "/app/caf%C3%A9"),
    ("one.test", "/app/a%20b%25"),
    ("one.test", "/old"),
    ("one.test", "/old/page"),
    ("one.test", "/older"),
    ("one.test", "/old/kept/x"),
    ("one.test", "/robots.txt"),
    ("www.one.test", "/app/x"),
    ("a.wild.test", "/v1/x"),
    ("two.test", "/v1"),
    ("TWO.test", "/v1/x"),
    ("two.test", "/"),
    ("two.test", "/v2"),
    ("unknown.test", "/app/x"),
    # A file answers at its own path alone.
    ("one.test", "/robots.txt/x"),
    ("one.test", "/app/static/copy.txt"),
    ("one.test", "/app/static/copy.txt/x"),
    ("one.test", "/old/file"),
    ("one.test", "/old/file/x"),
    ("spa.test", "/"),
    ("spa.test", "/x"),
    ("spa.test", "/api"),
    ("spa.test", "/api/x"),
    ("spa.test", "/docs"),
    ("spa.test", "/docs/"),
    ("spa.test", "/docs/x"),
    ("spa.test", "/docs/api"),
    ("spa.test", "/docs/api/x"),
]


@pytest.fixture(scope="module")
def site():
    site = Site(public_folder("route"))
    (site.folder / "static/file.txt").write_text("a file\n")
    user = f", daemon: {{user: {ACCOUNT}}}" if os.geteuid() == 0 else ""
    apps = "apps:\n"
    for name in ("root", "app", "deep", "api"):
        script = site.folder / f"{name}.wsgi"
        script.write_text(SCRIPT.replace("WHICH", repr(name)))
        apps += f"  {name}: {{script: {script}{user}}}\n"
    listen = f'    listen: ["127.0.0.1:{site.port}"]\n'
    site.yaml.write_text(
        f"version: 1\n{apps}sites:\n  one.test:\n    aliases: [www.one.test]\n{listen}    routes:\n"
        "      /: {app: root}\n      /app: {app: app}\n      /app/deep: {app: deep}\n"
        f"      /app/static: {{directory: {site.folder}/static}}\n"
        "      /old: {redirect: /app}\n      /old/kept: {app: deep}\n"
        f"      /robots.txt: {{file: {site.folder}/static/file.txt}}\n"
        f"      /app/static/copy.txt: {{file: {site.folder}/static/file.txt}}\n"
        f"      /old/file: {{file: {site.folder}/static/file.txt}}\n"
        f"  spa.test:\n{listen}    routes:\n"
        f"      /: {{file: {site.folder}/static/file.txt}}\n      /api: {{app: api}}\n"
        f"      /docs: {{file: {site.folder}/static/file.txt}}\n      /docs/api: {{app: api}}\n"
        f'  two.test:\n    aliases: ["*.wild.test"]\n{listen}    routes:\n'
        "      /v1: {app: api}\n"
    )
    site.start()
    applied = site.run("apply")
    assert applied.returncode == 0, applied.stdout + applied.stderr
    yield site
    site.stop()


def ask(site, host, path):
    """Status, Location and body; PATH goes out as it is."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)
    try:
        connection.putrequest("GET", path, skip_host=True)
        connection.putheader("Host", f"{host}:{site.port}")
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.getheader("Location"), answer.read().decode()
    finally:
        connection.close()


def route(site, host, path):
    ran = wsgictl("route", f"http://{host}:{site.port}{path}", "-f", site.yaml, "--format", "json")
    return ran.returncode, json.loads(ran.stdout).get("answer")


@pytest.mark.parametrize("host,path", URLS)
def test_route_says_what_apache_does(site, host, path):
    code, said = route(site, host, path)
    status, location, body = ask(site, host, path)
    if code == 1:
        assert status == 404, f"route: {said}\nApache: {status} {body}"
        return
    assert code == 0
    if said["kind"] == "redirect":
        assert status == 308
        assert location.endswith(said["target"])
    elif said["kind"] == "directory" and path.endswith("/x"):
        assert status == 404  # the folder has no such file
    elif said["kind"] in ("directory", "file"):
        assert (status, body) == (200, "a file\n")
    else:
        assert status == 200, body
        seen = json.loads(body)
        app = said["app"]
        assert seen["app"] == app["name"]
        # PEP 3333: bytes as Latin-1.
        native = {name: seen[name].encode("latin-1").decode() for name in ("SCRIPT_NAME", "PATH_INFO")}
        assert native == {"SCRIPT_NAME": app["script_name"], "PATH_INFO": app["path_info"]}


@pytest.mark.parametrize("path", ["/a%2fb", "/%00", "/%zz", "/../x"])
def test_urls_that_route_refuses_reach_nobody(site, path):
    assert route(site, "one.test", path) == (2, None)
    assert ask(site, "one.test", path)[0] in (400, 404)


def test_every_table_entry_is_answered_by_a_server_that_runs(site):
    assert wait_for(site.parent)
    kinds = {(route(site, *url)[1] or {}).get("kind", "nobody") for url in URLS}
    assert kinds == {"app", "directory", "file", "redirect", "nobody"}

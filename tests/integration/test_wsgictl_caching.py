# SPDX-License-Identifier: Apache-2.0
"""The key cache: each route sends its own Cache-Control, once, whatever the site or a folder shared
with another route says; errors and deeper routes have none of it."""

import json
import os

import pytest

from wsgictl_site import ACCOUNT, Site, ask, public_folder

APP = """\
def application(environ, start_response):
    start_response("200 OK", [("Cache-Control", "private")])
    return [b"dynamic"]
"""


@pytest.fixture(scope="module")
def site():
    site = Site(public_folder("caching"))
    script = site.folder / "app.wsgi"
    script.write_text(APP)
    for name in ("images", "static/sub"):
        (site.folder / name).mkdir()
        (site.folder / name / "a.txt").write_text("a\n")
    user = {"daemon": {"user": ACCOUNT}} if os.geteuid() == 0 else {}
    static, images = str(site.folder / "static"), str(site.folder / "images")
    listen = [f"127.0.0.1:{site.port}"]
    routes = {
        "/": {"app": "shop"},
        "/static": {"directory": static, "cache": "1h"},
        "/static/app": {"app": "shop"},
        "/static/images": {"directory": images},
        "/v2": {"directory": static, "cache": "2h"},
        "/sub": {"directory": static + "/sub", "cache": "3h"},
        "/one": {"file": static + "/index.txt", "cache": "4h"},
        "/two": {"file": static + "/index.txt", "cache": "0s"},
    }
    site.yaml.write_text(json.dumps({  # YAML holds JSON
        "version": 1,
        "apps": {"shop": {"script": str(script), **user}},
        "sites": {
            "plain.test": {"listen": listen, "routes": routes},
            "strict.test": {"listen": listen, "headers": {"cache-control": "no-store"},
                            "routes": routes},
        },
    }))
    site.start()
    applied = site.run("apply")
    assert applied.returncode == 0, applied.stdout + applied.stderr
    yield site
    site.stop()


def cache_control(site, host, path, **headers):
    status, sent, _ = ask(site, path, host, **headers)
    return status, sent.get_all("Cache-Control"), sent.get("ETag")


@pytest.mark.parametrize("host", ["plain.test", "strict.test"])
@pytest.mark.parametrize("path,seconds", [
    ("/static/index.txt", 3600), ("/static/sub/a.txt", 3600), ("/v2/index.txt", 7200),
    ("/sub/a.txt", 10800), ("/one", 14400), ("/two", 0),
])
def test_each_route_has_its_own_age(site, host, path, seconds):
    status, sent, tag = cache_control(site, host, path)
    assert (status, sent) == (200, [f"public, max-age={seconds}"])
    again = cache_control(site, host, path, **{"If-None-Match": tag})
    assert again[:2] == (304, [f"public, max-age={seconds}"])


@pytest.mark.parametrize("host,path,status,sent", [
    ("plain.test", "/static/none", 404, None),
    ("plain.test", "/static/images/a.txt", 200, None),
    ("plain.test", "/static/app", 200, ["private"]),
    ("strict.test", "/static/none", 404, ["no-store"]),
    ("strict.test", "/static/images/a.txt", 200, ["no-store"]),
    ("strict.test", "/static/app", 200, ["no-store"]),
])
def test_errors_and_deeper_routes_have_none_of_it(site, host, path, status, sent):
    assert cache_control(site, host, path)[:2] == (status, sent)

# SPDX-License-Identifier: Apache-2.0
"""Dispatch scripts choose group, interpreter and callable; one that fails refuses the request."""

import json
import os

import pytest

TRACEBACK = "WSGI5024"

SCRIPT = """
def words(environ):
    return dict(p.partition("=")[::2] for p in environ["QUERY_STRING"].split("&"))

def answer(environ, name):
    what = words(environ).get(name)
    environ["QUERY_STRING"] = "changed"
    table = {"int": 1, "wide": "\\u20ac", "bytes": b"two", "nul": "a\\0b"}
    if what == "raise":
        raise KeyError(name)
    if what == "env":
        import json
        facts = {k: str(v) for k, v in environ.items()}
        print("ENVIRON " + json.dumps(facts), file=environ["wsgi.errors"])
        what = None
    return table.get(what, what)

def process_group(environ):
    return answer(environ, "process")

def application_group(environ):
    return answer(environ, "application")

def callable_object(environ):
    return answer(environ, "callable")
"""

APP = """
import json

def reply(name):
    def application(environ, start_response):
        body = json.dumps([
            name, environ["mod_wsgi.process_group"], environ["mod_wsgi.application_group"],
            environ["mod_wsgi.callable_object"], environ["QUERY_STRING"]]).encode()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]
    return application

application, two = reply("one"), reply("two")
"""

CONFIG = """
WSGIDaemonProcess app processes=1 threads=2 user=games group=games
WSGIRestrictEmbedded On
WSGIScriptAlias /app {root}/apps/target.wsgi
WSGIScriptAlias /missing {root}/apps/target.wsgi
WSGIScriptAlias /partial {root}/apps/target.wsgi
WSGIProcessGroup app
WSGIApplicationGroup main
WSGIRestrictProcess app unknown
SetEnv wsgi.version forged
SetEnv CHOSEN two
<Directory {root}/apps>
  Require all granted
</Directory>
<Location /app>
  WSGIDispatchScript {root}/apps/dispatch.wsgi application-group=routes
</Location>
<Location /missing>
  WSGIDispatchScript {root}/apps/absent.wsgi
</Location>
<Location /partial>
  WSGIDispatchScript {root}/apps/partial.wsgi
</Location>
"""


@pytest.fixture(scope="module")
def server(shared_server):
    config = CONFIG if os.geteuid() == 0 else CONFIG.replace("user=games group=games", "")
    one = shared_server(config, start=False)
    (one.root / "apps/dispatch.wsgi").write_text(SCRIPT)
    (one.root / "apps/target.wsgi").write_text(APP)
    (one.root / "apps/partial.wsgi").write_text("def callable_object(environ): return 'two'\n")
    return one.start()


@pytest.mark.parametrize(
    "path, expected",
    [
        ("/app?", ["one", "app", "main", "application", ""]),
        ("/app?application=other", ["one", "app", "other", "application", "application=other"]),
        ("/app?callable=two", ["two", "app", "main", "two", "callable=two"]),
        ("/app?callable=bytes", ["two", "app", "main", "two", "callable=bytes"]),
        ("/app?callable=%{ENV:CHOSEN}", None),
        ("/partial?", ["two", "app", "main", "two", ""]),
    ],
)
def test_routes(server, path, expected):
    response = server.get(path)
    assert response.status == 200
    if expected is None:
        assert json.loads(response.text)[:4] == ["two", "app", "main", "two"]
    else:
        assert json.loads(response.text) == expected


@pytest.mark.parametrize("name", ["process", "application", "callable"])
@pytest.mark.parametrize(
    "answer, messages",
    [
        ("int", ("WSGI5107",)),
        ("wide", ("WSGI5107",)),
        ("nul", ("WSGI5107",)),
        ("raise", ("WSGI5107", TRACEBACK)),
    ],
)
def test_failures_refuse(server, name, answer, messages):
    server.expect(*messages)
    assert server.get(f"/app?{name}={answer}").status == 500


def test_missing_script_refuses(server):
    server.expect("WSGI5107", TRACEBACK)
    assert server.get("/missing").status == 500


def test_chosen_group_is_checked(server):
    server.expect("WSGI4010")
    assert server.get("/app?process=forbidden").status == 500


def test_chosen_group_must_exist(server):
    server.expect("WSGI4012")
    assert server.get("/app?process=unknown").status == 500


def test_environ(server):
    server.tolerate("WSGI5018")
    assert server.get("/app/x?callable=env", headers=(("X-Good", "1"),)).status == 200
    server.wait_log("ENVIRON ")
    environ = json.loads(server.new_log().split("ENVIRON ", 1)[1].splitlines()[0])
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"], environ["HTTP_X_GOOD"]) == ("/app", "/x", "1")
    assert environ["mod_wsgi.process_group"] == ""
    assert environ["mod_wsgi.application_group"] == "routes"
    assert "mod_wsgi.callable_object" not in environ
    assert [k for k in environ if k.startswith("wsgi.")] == ["wsgi.errors"]

# SPDX-License-Identifier: Apache-2.0
"""A script alias behind mod_dir: index of a folder and fallback. mod_dir puts the request that it
tried out in the place of the client's; group, interpreter and account stay those of the alias."""

import json
import os

import pytest

USER = "user=games group=games" if os.geteuid() == 0 else ""
CONFIG = f"""
WSGIDaemonProcess app processes=1 threads=2 {USER}
WSGIRestrictEmbedded Off
WSGIScriptAlias /index.wsgi {{root}}/apps/who.wsgi process-group=app application-group=mine
WSGIScriptAlias /loose.wsgi {{root}}/apps/who.wsgi process-group=app application-group=mine
WSGIScriptAliasMatch ^/back\\.(w)sgi {{root}}/apps/$1ho.wsgi process-group=app application-group=mine
<Location /loose.wsgi>
  Options +ExecCGI
</Location>
<Directory {{root}}/apps>
  Require all granted
</Directory>
<Directory {{root}}/htdocs>
  Require all granted
  DirectoryIndex index.wsgi
</Directory>
<Directory {{root}}/htdocs/loose>
  DirectoryIndex /loose.wsgi
</Directory>
<Directory {{root}}/htdocs/back>
  DirectoryIndex disabled
  FallbackResource /back.wsgi
</Directory>
"""
APP = """
import json
import os


def application(environ, start_response):
    start_response("200 OK", [])
    names = ("mod_wsgi.process_group", "mod_wsgi.application_group", "SCRIPT_NAME", "PATH_INFO")
    return [json.dumps([os.getuid(), *map(environ.get, names)]).encode()]
"""


@pytest.fixture(scope="module")
def server(shared_server):
    one = shared_server(CONFIG, start=False, modules=("dir",))
    for name in ("loose", "back"):
        (one.root / "htdocs" / name).mkdir()
    (one.root / "apps/who.wsgi").write_text(APP)
    return one.start()


@pytest.mark.parametrize("path, name", [
    ("/index.wsgi", "index"), ("/", "index"), ("/loose/", "loose"), ("/back/some/where", "back"),
])
def test_the_alias_applies(server, path, name):
    response = server.get(path)
    assert response.status == 200
    uid, group, interpreter, script, _ = json.loads(response.text)
    assert (group, interpreter, script) == ("app", "mine", f"/{name}.wsgi")
    assert uid == (5 if os.geteuid() == 0 else os.getuid())

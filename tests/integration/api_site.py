# SPDX-License-Identifier: Apache-2.0
"""The site of test_api_names.py and test_api_events.py: apps/names.wsgi in Apache's children (/E), in
daemons (/D) and as a service script (S), and a connection that stays with one process."""

import json

import pytest

from harness import client, procs
from harness.server import free_port
from test_python_api import ONE_CHILD, PREFORK, USER

MPM_THREADS = 1 if PREFORK else 5
# What the directives of the MPM say is only compared; what happens in requests needs one child.
THREE = (
    "StartServers 1\nMaxRequestWorkers 3\nMinSpareServers 1\nMaxSpareServers 1\n"
    "LogLevel mpm_prefork:crit\n"
    if PREFORK
    else "StartServers 1\nServerLimit 3\nThreadsPerChild 5\nMaxRequestWorkers 15\n"
    "MinSpareThreads 1\nMaxSpareThreads 15\n"
)
CONFIG = f"""
LogLevel wsgi:info
ErrorLogFormat "[%{{u}}t] [%-m:%l] %F %M"
SetEnv OF_SETENV yes
WSGIDaemonProcess one processes=1 threads=1 {USER} home={{root}}/apps
WSGIDaemonProcess many processes=2 threads=3 {USER} home={{root}}/apps
WSGIDaemonProcess jobs processes=2 threads=0 {USER} home={{root}}/apps server-metrics=On
WSGIRestrictEmbedded Off
WSGIApplicationGroup %{{GLOBAL}}
WSGIImportScript {{root}}/apps/names.wsgi process-group=jobs application-group=%{{GLOBAL}}
WSGIImportScript {{root}}/apps/names.wsgi process-group=many application-group=%{{GLOBAL}}
WSGIImportScript {{root}}/apps/names.wsgi process-group=%{{GLOBAL}} application-group=%{{GLOBAL}}
WSGIScriptAlias /D/many {{root}}/apps/names.wsgi process-group=many
WSGIScriptAlias /D/missing {{root}}/apps/names.wsgi process-group=one callable-object=missing
WSGIScriptAlias /E/missing {{root}}/apps/names.wsgi process-group=%{{GLOBAL}} callable-object=missing
WSGIScriptAlias /D/broken {{root}}/apps/broken.wsgi process-group=one
WSGIScriptAlias /E/broken {{root}}/apps/broken.wsgi process-group=%{{GLOBAL}}
WSGIScriptAlias /D {{root}}/apps/names.wsgi process-group=one
WSGIScriptAlias /E {{root}}/apps/names.wsgi process-group=%{{GLOBAL}}
<LocationMatch "^/./debug/">
  LogLevel wsgi:debug
</LocationMatch>
<LocationMatch "^/./crit/">
  LogLevel wsgi:crit
</LocationMatch>
<Directory {{root}}/apps>
  Require all granted
</Directory>
{{pool}}
Listen 127.0.0.1:{{port2}}
<VirtualHost 127.0.0.1:{{port2}}>
  ErrorLog log/other.log
  LogLevel wsgi:error
</VirtualHost>
"""


def make(factory, pool, text=CONFIG):
    """Not started."""
    one = factory(text.replace("{pool}", pool), start=False)
    one.other_port = free_port()
    one.config.write_text(one.config.read_text().replace("{port2}", str(one.other_port)))
    (one.root / "apps/broken.wsgi").write_text("import mod_wsgi\nraise KeyError('broken')\n")
    (one.root / "apps").chmod(0o777)
    (one.root / "run").chmod(0o777)
    return one


class Link:
    """A connection that is made again when the server has closed it; one process either way."""

    def __init__(self, server, mode):
        self.server, self.mode, self.connection = server, mode, server.connect()

    def request(self, path):
        try:
            response = self.connection.request(f"/{self.mode}/{path}")
        except client.Closed:
            self.again()
            response = self.connection.request(f"/{self.mode}/{path}")
        if response.get("Connection") == "close":
            self.again()
        return response

    def again(self):
        self.connection.close()
        self.connection = self.server.connect()


def ask(link, path):
    response = link.request(path)
    assert response.status == 200, link.server.new_log()
    return json.loads(response.text)


def job_of(server):
    """What a service script has written."""
    path = server.root / "apps/job.json"
    procs.wait_until(path.exists, 20, "the service script's report")
    return json.loads(path.read_text())


@pytest.fixture(scope="module")
def server(shared_server):
    return make(shared_server, ONE_CHILD).start()


@pytest.fixture(params=["E", "D"])
def link(request, server):
    one = Link(server, request.param)
    yield one
    ask(one, "unsubscribe")
    one.connection.close()

# SPDX-License-Identifier: Apache-2.0
"""`run: instance`: the rendered Apache of an application, started as its own user, behind the site's
Apache: who runs what, what the application sees of the client, and what a restart does."""

import http.client
import json
import os
import pathlib
import pwd
import re
import signal
import subprocess

import pytest

from wsgictl_site import ACCOUNT, APACHE, Site, free_port, get, module, public_folder, wait_for, wsgictl

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="starts an Apache as another account")

SCRIPT = """\
import json, os
NAMES = ("SCRIPT_NAME", "PATH_INFO", "REMOTE_ADDR", "HTTP_HOST", "SERVER_PORT", "wsgi.url_scheme")
def application(environ, start_response):
    status = "404 Not Found" if environ["PATH_INFO"] == "/none" else "200 OK"
    start_response(status, [("Content-Type", "application/json")])
    seen = {name: environ.get(name) for name in NAMES}
    seen.update(uid=os.getuid(), parent=os.getppid(), greeting=os.environ.get("GREETING"),
                secret=os.environ.get("SECRET"), length=len(environ["wsgi.input"].read()))
    return [json.dumps(seen).encode()]
"""


class Instance:
    """The rendered configuration of an instance as its unit would start it; systemd's folders and
    credentials are below FOLDER."""

    def __init__(self, rendered, folder, account):
        self.folder = folder
        self.account = account
        entry = pwd.getpwnam(account)
        text = rendered.read_text()
        text = re.sub(r'"/run/wsgictl-[^"/]*', f'"{folder}', text)
        text = re.sub(r"/run/credentials/[^/]*", str(folder), text)
        text = re.sub(r'(LoadModule wsgi_module) ".*"', rf'\1 "{module()}"', text)
        text = re.sub(r'"syslog:.*"', f'"{folder}/error.log"', text)
        self.config = folder / "httpd.conf"
        self.config.write_text(text)
        for path in (folder, self.config):
            os.chown(path, entry.pw_uid, entry.pw_gid)
        self.process = None

    def credential(self, name, text):
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o400)
        entry = pwd.getpwnam(self.account)
        os.chown(path, entry.pw_uid, entry.pw_gid)

    def start(self):
        entry = pwd.getpwnam(self.account)
        self.process = subprocess.Popen(
            [APACHE, "-f", str(self.config), "-DFOREGROUND"], user=entry.pw_uid,
            group=entry.pw_gid, extra_groups=[], stdin=subprocess.DEVNULL)

    def stop(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGWINCH)
            assert self.process.wait(30) == 0
            self.process = None

    def error_log(self):
        return (self.folder / "error.log").read_text()


@pytest.fixture(scope="module")
def pair():
    """The site's Apache and the instance behind it."""
    site = Site(public_folder("front"))
    modules = pathlib.Path(module()).parent
    system = "/usr/lib/apache2/modules" if os.path.isdir("/usr/lib/apache2/modules") else modules
    load = "".join(f"LoadModule {n}_module {system}/mod_{n}.so\n" for n in ("proxy", "proxy_http"))
    site.config.write_text(site.config.read_text() + load)
    script = site.folder / "shop.wsgi"
    script.write_text(SCRIPT)
    port = free_port()
    site.yaml.write_text(
        f"version: 1\napps:\n  shop:\n    script: {script}\n    run: instance\n    port: {port}\n"
        "    env: {GREETING: it's \"here\"}\n    env_file: /etc/shop.env\n"
        f"    daemon: {{user: {ACCOUNT}, threads: 4}}\n"
        f'sites:\n  site.test:\n    listen: ["127.0.0.1:{site.port}"]\n    limits: {{request_field: 32KiB, request_line: 32KiB}}\n    error_documents: {{404: /static/index.txt}}\n    routes:\n'
        "      /: {app: shop}\n      /shop: {app: shop, requests: {error_override: true}}\n"
        f"      /static: {{directory: {site.folder}/static}}\n"
    )
    out = site.folder / "out"
    rendered = wsgictl("render", site.yaml, "--target", "debian-12", "-o", out)
    assert rendered.returncode == 0, rendered.stderr
    folder = public_folder("instance")
    instance = Instance(out / "etc/wsgictl/instances/shop.conf", folder, ACCOUNT)
    environment = out / "var/lib/wsgictl/apps/shop/environment"
    instance.credential("environment", environment.read_text())
    instance.credential("env_file", "SECRET=from the file\n")
    for path in (out / "etc/apache2/sites-available").glob("*.conf"):
        text = path.read_text().replace("/var/log/apache2", str(site.folder / "log"))
        (site.folder / "enabled" / path.name).write_text(text)
    instance.start()
    site.start()
    wait_for(lambda: get(site.port)[0] == 200)
    yield site, instance
    site.stop()
    instance.stop()


def test_the_whole_instance_runs_as_its_user(pair):
    site, instance = pair
    seen = json.loads(get(site.port)[1])
    account = pwd.getpwnam(ACCOUNT).pw_uid
    assert seen["uid"] == account
    assert os.stat(f"/proc/{instance.process.pid}").st_uid == account
    # The application belongs to the instance: its supervisor is a child of that Apache.
    status = pathlib.Path(f"/proc/{seen['parent']}/status").read_text()
    assert f"PPid:\t{instance.process.pid}\n" in status


def test_the_application_sees_the_client_and_not_the_proxy(pair):
    site, _ = pair
    seen = json.loads(get(site.port, "/shop/a%20b", host=f"site.test:{site.port}")[1])
    assert seen["SCRIPT_NAME"] == "/shop"
    assert seen["PATH_INFO"] == "/a b"
    assert seen["HTTP_HOST"] == f"site.test:{site.port}"
    assert seen["SERVER_PORT"] == str(site.port)
    assert seen["wsgi.url_scheme"] == "http"
    assert seen["REMOTE_ADDR"] == "127.0.0.1"


def test_what_a_client_claims_of_itself_is_not_believed(pair):
    site, _ = pair
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)
    connection.request("GET", "/", headers={
        "Host": "site.test", "X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.test", "X-Forwarded-Port": "444"})
    seen = json.loads(connection.getresponse().read())
    connection.close()
    assert seen["HTTP_HOST"] == "site.test"
    assert seen["wsgi.url_scheme"] == "http"
    assert seen["SERVER_PORT"] == str(site.port)


def test_the_limits_of_the_site_hold_for_the_instance_too(pair):
    site, _ = pair
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)
    connection.request("GET", "/?" + "q" * 20000, headers={"Host": "site.test", "X-Long": "x" * 20000})
    answer = connection.getresponse()
    assert (answer.status, len(json.loads(answer.read())) > 0) == (200, True)
    connection.close()


def test_what_the_limits_just_let_pass_arrives(pair):
    site, _ = pair
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)
    connection.putrequest("GET", "/" + "|" * 30000, skip_accept_encoding=True)  # becomes %7C
    for i in range(99):  # with Host: the usual most
        connection.putheader(f"X-{i}", "x")
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    connection.close()


def test_error_pages_are_the_sites_where_the_route_says_so(pair):
    site, _ = pair
    assert get(site.port, "/shop/none") == (404, "static\n")
    status, body = get(site.port, "/none")
    assert (status, "uid" in json.loads(body)) == (404, True)


def test_variables_arrive_by_credentials(pair):
    site, _ = pair
    seen = json.loads(get(site.port)[1])
    assert seen["greeting"] == "it's \"here\""
    assert seen["secret"] == "from the file"


def test_static_files_are_the_sites(pair):
    site, _ = pair
    assert get(site.port, "/static/index.txt") == (200, "static\n")


def test_route_names_the_instance(pair):
    site, _ = pair
    said = wsgictl("route", f"http://site.test:{site.port}/shop/x", "-f", site.yaml).stdout
    assert re.search(r"instance +its own Apache at 127\.0\.0\.1:\d+ \(wsgictl-shop\)", said), said


def test_without_the_instance_its_urls_alone_are_503_and_it_comes_back_at_once(pair):
    site, instance = pair
    instance.stop()
    assert get(site.port)[0] == 503
    assert get(site.port, "/static/index.txt")[0] == 200
    instance.start()
    wait_for(lambda: get(site.port)[0] == 200)

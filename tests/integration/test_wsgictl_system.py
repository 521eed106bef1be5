# SPDX-License-Identifier: Apache-2.0
"""wsgictl apply on the system's own Apache with its own configuration, in namespaces of the test: its
folders are copies, its ports are its own, and nothing of the machine is changed. Debian only."""

import os
import pathlib
import shutil
import subprocess

import pytest

from wsgictl_site import ACCOUNT, prefix, public_folder, tool

NAMESPACES = ["unshare", "--mount", "--net", "--pid", "--fork", "--mount-proc"]


def available():
    if os.geteuid() != 0 or not pathlib.Path("/etc/apache2/sites-enabled").is_dir():
        return False
    return subprocess.run([*NAMESPACES, "true"], capture_output=True).returncode == 0


pytestmark = pytest.mark.skipif(not available(), reason="needs root, namespaces and Debian's Apache")

# The module is installed but not enabled, as right after the package of somebody who said no to it;
# the distribution's default site is enabled and has no directive of ours.
SETUP = """
set -e
ip link set lo up
mount --bind {copy}/etc /etc/apache2
mount --bind {copy}/lib /var/lib
mount -t tmpfs -o mode=755 none /var/log/apache2
mkdir -p /run/apache2
mount -t tmpfs -o mode=755 none /run/apache2
rm -f /etc/apache2/mods-enabled/wsgi.* /etc/apache2/mods-enabled/headers.*
rm -f /etc/apache2/mods-available/wsgi.conf
echo 'LoadModule wsgi_module {module}' > /etc/apache2/mods-available/wsgi.load
echo 'ServerName system.test' > /etc/apache2/conf-enabled/test.conf
trap 'apache2ctl stop >/dev/null 2>&1' EXIT
set +e
"""


@pytest.fixture
def system():
    folder = public_folder("system")
    copy = folder / "copy"
    shutil.copytree("/etc/apache2", copy / "etc", symlinks=True)
    shutil.copytree("/var/lib/apache2", copy / "lib/apache2", symlinks=True)
    (folder / "app.wsgi").write_text(
        "def application(environ, start_response):\n"
        "    start_response('200 OK', [])\n    return [b'served']\n"
    )
    (folder / "static").mkdir()
    (folder / "site.yaml").write_text(
        f"version: 1\napps:\n  shop:\n    script: {folder}/app.wsgi\n"
        f"    daemon: {{user: {ACCOUNT}}}\n"
        "sites:\n  shop.test:\n    routes:\n      /: {app: shop}\n"
        f"      /static: {{directory: {folder}/static, cache: 1h}}\n"
    )
    setup = SETUP.format(copy=copy, module=prefix() / "lib/apache2/modules/mod_wsgi.so")

    def run(script):
        return subprocess.run(
            [*NAMESPACES, "bash", "-c", setup + f"cd {folder}; W={tool()}\n" + script],
            capture_output=True, text=True, timeout=180,
        )

    return run


def test_running_server_gets_modules_and_site_by_a_graceful_reload(system):
    result = system(
        "apache2ctl start && $W apply site.yaml && echo applied\n"
        "curl -s -H 'Host: shop.test' http://127.0.0.1/; echo\n"
        "$W apply site.yaml; $W status; echo status $?\n"
        "readlink /etc/apache2/mods-enabled/wsgi.load\n"
        "stat -c '%a %U' /var/lib/wsgictl /var/lib/wsgictl/generations /var/lib/wsgictl/current.json\n"
    )
    output = result.stdout
    assert "enable modules: headers, wsgi" in output, output + result.stderr
    assert "applied\nserved\nno changes\n" in output, output + result.stderr
    assert "group shop: 1 of 1 processes ready" in output
    assert "status 0" in output
    assert "../mods-available/wsgi.load" in output
    assert "755 root\n700 root\n644 root" in output


def test_stopped_server_is_left_so_and_started_when_asked(system):
    result = system(
        "$W apply site.yaml; ls /run/apache2; $W rollback; echo rollback $?\n"
        "sed -i 's/1h/2h/' site.yaml; $W apply --start site.yaml && echo started\n"
        "curl -s -H 'Host: shop.test' http://127.0.0.1/\n"
    )
    assert "Apache does not run; --start starts it" in result.stdout, result.stderr
    assert "apache2.pid" not in result.stdout
    assert "rollback 1" in result.stdout
    assert result.stdout.endswith("started\nserved"), result.stdout + result.stderr


def test_module_that_the_administrator_disabled_stays_so(system):
    result = system(
        "mkdir -p /var/lib/apache2/module/disabled_by_admin\n"
        "touch /var/lib/apache2/module/disabled_by_admin/headers\n"
        "$W apply site.yaml; echo apply $?; ls /etc/apache2/sites-enabled\n"
    )
    assert "apply 4" in result.stdout
    assert "WCTL3003" in result.stderr
    assert "wsgictl" not in result.stdout.split("apply 4")[1]

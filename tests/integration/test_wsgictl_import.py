# SPDX-License-Identifier: Apache-2.0
"""wsgictl import on a real, private Apache: what was applied comes back, from the files and from the
server's own dump, and a definition that import wrote plans no change."""

import json
import os

import pytest

from wsgictl_site import ACCOUNT, APACHE, MODULES, Site, get, public_folder, wsgictl


@pytest.fixture
def site():
    site = Site(public_folder("site"))
    yield site
    site.stop()


def import_by(site, how, output, *more):
    source = ["--server"] if how == "server" else [site.config]
    return wsgictl("import", *source, "--instance", site.instance, "-o", output, *more)


@pytest.mark.parametrize("how", ["server", "files"])
def test_what_was_applied_comes_back_and_plans_no_change(site, how):
    user = f"user: {ACCOUNT}, " if os.geteuid() == 0 else ""
    apps = (
        f"apps:\n  shop:\n    script: {site.script('app.wsgi')}\n    env: {{MOTTO: 'secret word'}}\n"
        f"    daemon: {{{user}threads: 3, request_timeout: 60s}}\n"
    )
    site.define({"/": "{app: shop}", "/static": f"{{directory: {site.folder}/static}}"}, apps)
    site.start()
    assert site.run("apply").returncode == 0

    found = site.folder / "imported.yaml"
    result = import_by(site, how, found)
    assert result.returncode == 0, result.stderr
    assert "WCTL" not in result.stderr, "something was not carried"
    assert "secret word" in found.read_text()
    assert found.stat().st_mode & 0o777 == 0o600, "it holds values of variables"
    # The old definition put its lines elsewhere: comments name them, nothing else differs.
    diff = wsgictl("plan", found, "--instance", site.instance).stdout
    changes = [line[1:].strip() for line in diff.splitlines() if line[:1] in "+-"]
    assert [c for c in changes if c and not c.startswith(("#", "--", "++"))] == [], diff
    assert wsgictl("apply", found, "--instance", site.instance).returncode == 0

    again = site.folder / "again.yaml"
    assert import_by(site, how, again).returncode == 0
    assert again.read_text() == found.read_text()
    again.replace(found)
    plan = wsgictl("plan", found, "--instance", site.instance, "--exit-code")
    assert plan.returncode == 0, plan.stdout
    assert get(site.port) == (200, "hello")


def test_hand_written_host_goes_over(site):
    """The old file goes, the definition comes, the site answers as before."""
    script = site.script("app.wsgi")
    user = f" user={ACCOUNT}" if os.geteuid() == 0 else ""
    old = site.folder / "enabled/old.conf"
    old.write_text(
        f"Listen 127.0.0.1:{site.port}\nWSGIDaemonProcess shop{user} threads=2 home=/\n"
        f"<VirtualHost 127.0.0.1:{site.port}>\nServerName site.test\nAlias /static/ {site.folder}/static/\n"
        f"WSGIScriptAlias / {script} process-group=shop application-group=%{{GLOBAL}}\n"
        f"<Directory {site.folder}>\nRequire all granted\n</Directory>\n"
        "UseCanonicalName On\n<IfModule no_such_module>\nSetEnv COLOUR red\n</IfModule>\n"
        "</VirtualHost>\n"
    )
    site.start()
    assert get(site.port) == (200, "hello")
    result = import_by(site, "files", site.yaml, "--format", "json")
    assert result.returncode == 0, result.stdout
    answer = json.loads(result.stdout)
    assert answer["replaces"] == [str(old)]
    codes = {d["code"] for d in answer["diagnostics"]}
    assert codes == {"WCTL2502", "WCTL2503", "WCTL2504", "WCTL2508", "WCTL2509"}, answer["diagnostics"]
    site.stop()
    old.unlink()
    site.start()
    applied = site.run("apply")
    assert applied.returncode == 0, applied.stderr
    assert get(site.port) == (200, "hello")
    assert get(site.port, "/static/index.txt") == (200, "static\n")


def test_what_was_closed_stays_closed(site):
    """Rules of <Directory>, <Location> and of folders above, in the host and in another file."""
    app, hidden = site.folder / "app", site.folder / "intranet/docs"
    app.mkdir()
    hidden.mkdir(parents=True)
    (hidden / "index.txt").write_text("hidden\n")
    script = app / "app.wsgi"
    script.write_text(site.script("app.wsgi").read_text())
    script.chmod(0o644)
    (site.folder / "users").write_text("")
    with site.config.open("a") as config:
        for name in ("auth_basic", "authn_core", "authn_file", "authz_user", "authz_host"):
            config.write(f"LoadModule {name}_module {MODULES}/mod_{name}.so\n")
    (site.folder / "enabled/access.conf").write_text(
        "<Directory />\nRequire all denied\n</Directory>\n"
        f"<Directory {site.folder}/intranet>\nRequire ip 192.0.2.1\n</Directory>\n"
        f"<Directory {site.folder}/static>\nRequire all granted\n</Directory>\n"
    )
    user = f" user={ACCOUNT}" if os.geteuid() == 0 else ""
    old = site.folder / "enabled/old.conf"
    old.write_text(
        f"Listen 127.0.0.1:{site.port}\nWSGIDaemonProcess shop{user} threads=2 home=/\n"
        f"<VirtualHost 127.0.0.1:{site.port}>\nServerName site.test\n"
        f"Alias /docs {hidden}\nAlias /static {site.folder}/static\n"
        f"WSGIScriptAlias /app {script} process-group=shop application-group=%{{GLOBAL}}\n"
        f"<Directory {app}>\nRequire ip 127.0.0.0/8\n</Directory>\n"
        "<Location /app>\nAuthType Basic\nAuthName x\n"
        f"AuthUserFile {site.folder}/users\nRequire valid-user\n</Location>\n"
        "</VirtualHost>\n"
    )
    expected = {"/app": 401, "/docs/index.txt": 403, "/static/index.txt": 200}
    site.start()
    assert {path: get(site.port, path)[0] for path in expected} == expected
    result = import_by(site, "files", site.yaml)
    assert result.returncode == 0, result.stderr
    site.stop()
    old.unlink()
    site.start()
    applied = site.run("apply")
    assert applied.returncode == 0, applied.stderr
    assert {path: get(site.port, path)[0] for path in expected} == expected


def test_output_is_not_overwritten_and_secrets_are_not_shown(site):
    site.define_app(site.script("app.wsgi"), health="    env: {MOTTO: 'secret word'}\n")
    site.start()
    assert site.run("apply").returncode == 0
    found = site.folder / "imported.yaml"
    found.write_text("mine")
    assert import_by(site, "files", found).returncode == 1
    assert found.read_text() == "mine"
    assert import_by(site, "files", found, "--force").returncode == 0
    assert "secret word" in found.read_text()
    shown = wsgictl("import", site.config, "--instance", site.instance)
    assert shown.returncode == 0
    assert "secret word" not in shown.stdout + shown.stderr
    assert "WCTL2507" in shown.stderr


def test_server_that_fails_its_own_test_says_so(site):
    site.config.write_text(site.config.read_text() + "NoSuchDirective\n")
    result = wsgictl("import", "--server", "--instance", site.instance)
    assert result.returncode == 1
    assert result.stdout == ""
    assert "did not say its configuration" in result.stderr
    assert APACHE in result.stderr

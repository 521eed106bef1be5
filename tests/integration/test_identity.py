# SPDX-License-Identifier: Apache-2.0
"""The module is what existing configurations take it for: mod_wsgi.c, wsgi_module, the log source
wsgi. And what is wrong in a configuration is said by `apache2 -t`."""

import pytest

HELLO = """
WSGIScriptAlias /app {root}/apps/app.wsgi process-group=%{GLOBAL} application-group=%{GLOBAL}
WSGIRestrictEmbedded Off
<Directory {root}/apps>
  Require all granted
</Directory>
"""


@pytest.mark.parametrize("name", ["mod_wsgi.c", "wsgi_module"])
def test_if_module_is_active(make_server, name):
    inside = f"<IfModule {name}>\nHeader set X-Inside yes\n</IfModule>\n"
    outside = f"<IfModule !{name}>\nHeader set X-Outside yes\n</IfModule>\n"
    response = make_server(HELLO + inside + outside).get("/app/hello")
    assert (response.status, response.get("X-Inside"), response.get("X-Outside")) == (
        200,
        "yes",
        None,
    )


@pytest.mark.parametrize("name", ["wsgi", "wsgi_module", "mod_wsgi.c"])
def test_log_level_of_the_module(make_server, name):
    server = make_server(HELLO, log_level=f"warn {name}:debug")
    assert server.get("/app/hello").status == 200
    # At warn alone nothing of ours would be there.
    server.wait_log("[wsgi:")


def test_server_header_names_the_module(make_server):
    assert "mod_wsgi/" in make_server("ServerTokens Full\n" + HELLO).get("/app/hello").get("Server")


@pytest.mark.parametrize(
    "line, said",
    [
        ("WSGIDaemonProcess app thraeds=5", ("WSGI1004", "thraeds", "WSGIDaemonProcess")),
        ("WSGIDaemonProcess app threads=many", ("WSGI1006", "threads", "many")),
        ("WSGIDaemonProcess app threads=1\nWSGIDaemonProcess app threads=2", ("WSGI1011", "app")),
        ("WSGINoSuchThing On", ("WSGINoSuchThing", "Invalid command")),
        ("WSGIDaemonProcess app user=no-such-user", ("WSGI1015", "no-such-user")),
        ("WSGIDaemonProcess app user=root", ("WSGI1016", "root")),
    ],
)
def test_configuration_error(make_server, line, said):
    server = make_server(line, start=False)
    ok, text = server.configtest()
    assert not ok
    missing = [word for word in said if word not in text]
    assert not missing, text


def test_sound_configuration(make_server):
    server = make_server(HELLO + "WSGIDaemonProcess app processes=2 threads=5\n", start=False)
    ok, text = server.configtest()
    assert ok, text
    assert "Syntax OK" in text

# SPDX-License-Identifier: Apache-2.0
"""The virtual host that certbot copied into a file of its own, definition of the daemon group and
all: the same twice is said and harmless, a copy that was changed since is refused."""

import json
import socket
import ssl
import subprocess

from harness.server import free_port
from test_deployments import USER, ask

# Certbot copies the virtual host of port 80, WSGIDaemonProcess and all, into a file beside it.
SHOP = """<VirtualHost *:{port}>
  ServerName shop.test
  WSGIDaemonProcess shop processes=1 threads=2 USER home={root}/lib python-path={root}/lib
  WSGIProcessGroup shop
  WSGIApplicationGroup %{GLOBAL}
  WSGIScriptAlias / {root}/apps/deployed.wsgi
</VirtualHost>
"""
CERTBOT = """
TypesConfig /dev/null
SSLSessionCache none
Listen 127.0.0.1:{tls}
<Directory {root}/apps>
  Require all granted
</Directory>
IncludeOptional {root}/sites/*.conf
"""


def certbot(make_server, change=lambda text: text):
    one = make_server("", start=False)
    one.tls = free_port()
    one.write_config(CERTBOT.replace("{tls}", str(one.tls)), modules=("mime", "ssl", "socache_shmcb"))
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-subj", "/CN=shop.test", "-days", "2", "-keyout", str(one.root / "privkey.pem"),
         "-out", str(one.root / "fullchain.pem")], check=True, capture_output=True)  # fmt: skip
    (one.root / "sites").mkdir()
    (one.root / "lib").mkdir()
    (one.root / "options-ssl-apache.conf").write_text("SSLEngine on\nSSLProtocol all -SSLv3\n")
    text = SHOP.replace("USER", USER).replace("{root}", str(one.root))
    (one.root / "sites/shop.conf").write_text(text.replace("{port}", str(one.port)))
    copy = change(text).replace("{port}", str(one.tls)).replace(
        "</VirtualHost>", "\n  Include {root}/options-ssl-apache.conf\n"
        "  SSLCertificateFile {root}/fullchain.pem\n  SSLCertificateKeyFile {root}/privkey.pem\n"
        "</VirtualHost>".replace("{root}", str(one.root))).replace("{root}", str(one.root))
    (one.root / "sites/shop-le-ssl.conf").write_text(f"<IfModule mod_ssl.c>\n{copy}</IfModule>\n")
    one.places = (f"{one.root}/sites/shop-le-ssl.conf:4", f"{one.root}/sites/shop.conf:3")
    return one


def test_virtual_host_that_certbot_copied(make_server):
    """One group, said in a notice that names both places; http and https reach the same process."""
    one = certbot(make_server)
    one.tolerate("WSGI1038")
    one._answers = lambda: one.log().count("WSGI2010") == 1
    one.start()
    assert ("WSGIDaemonProcess 'shop' is defined twice with the same options, at "
            f"{one.places[0]} and {one.places[1]}; the second has no effect") in one.log()
    plain = ask(one, "shop.test", "/x")
    trust = ssl._create_unverified_context()
    with trust.wrap_socket(socket.create_connection(("127.0.0.1", one.tls), 20)) as c:
        c.sendall(b"GET /x HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: c.recv(65536), b""))
    secure = json.loads(answer.partition(b"\r\n\r\n")[2].strip().splitlines()[-1])
    assert secure["pid"] == plain["pid"] and secure["wsgi.url_scheme"] == "https"
    assert plain["wsgi.url_scheme"] == "http" and secure["PATH_INFO"] == "/x"
    assert len(one.daemons()) == 1


def test_copy_that_was_changed_since(make_server):
    """Another definition of the same name is an error that names both places."""
    one = certbot(make_server, lambda text: text.replace("threads=2", "threads=3"))
    accepted, output = one.configtest()
    assert not accepted
    assert (f"WSGI1011: WSGIDaemonProcess 'shop': defined twice, at {one.places[0]} and "
            f"{one.places[1]}; give the groups different names") in output
    one.tolerate("WSGI1011")

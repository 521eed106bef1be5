# SPDX-License-Identifier: Apache-2.0
"""Pecan: object dispatch, request and response of the thread, a signed cookie, redirect."""

import hashlib
import os
from importlib.metadata import version

import pecan
from webob.cookies import SignedCookieProfile
from webob.static import FileIter

HERE = os.path.dirname(os.path.abspath(__file__))
profile = SignedCookieProfile("not a secret", "wsgi", "seen")


class Root:
    @pecan.expose(generic=True)
    def index(self):
        return f"<h1>Pecan {version('pecan')}</h1>"

    @pecan.expose()
    def form(self, name, **others):
        return "hello " + name

    @pecan.expose()
    def upload(self, blob):
        data = blob.file.read()
        return f"{len(data)} {hashlib.sha256(data).hexdigest()}"

    @pecan.expose(content_type="text/plain")
    def stream(self):
        pecan.response.app_iter = (b"line %d\n" % n for n in range(5))
        return pecan.response

    @pecan.expose()
    def count(self):
        cookie = profile.bind(pecan.request)
        seen = (cookie.get_value() or 0) + 1
        cookie.set_cookies(pecan.response, seen)
        return str(seen)

    @pecan.expose()
    def error(self):
        raise RuntimeError("broken on purpose: pecan")

    @pecan.expose()
    def redirect(self):
        pecan.redirect(pecan.request.application_url + "/")

    @pecan.expose(content_type="application/octet-stream")
    def file(self):
        name = os.path.join(HERE, "static/blob.bin")
        pecan.response.app_iter = FileIter(open(name, "rb"))
        pecan.response.content_length = os.path.getsize(name)
        return pecan.response

    @pecan.expose()
    def path(self, text):
        return text


application = pecan.make_app(Root(), debug=False)

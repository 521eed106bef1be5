# SPDX-License-Identifier: Apache-2.0
"""Falcon: resources, media handlers for forms and multipart, streams; a signed cookie."""

import hashlib
import os

import falcon
from itsdangerous import Signer

HERE = os.path.dirname(os.path.abspath(__file__))
signer = Signer("not a secret")


class Page:
    def on_get(self, req, resp):
        resp.text = f"Falcon {falcon.__version__}"


class Form:
    def on_post(self, req, resp):
        resp.text = "hello " + req.get_media()["name"]


class Upload:
    def on_post(self, req, resp):
        for part in req.get_media():
            if part.name == "blob":
                data = part.stream.read()
                resp.text = f"{len(data)} {hashlib.sha256(data).hexdigest()}"


class Stream:
    def on_get(self, req, resp):
        resp.content_type = "text/plain"
        resp.stream = (b"line %d\n" % n for n in range(5))


class Count:
    def on_get(self, req, resp):
        cookie = req.get_cookie_values("seen")
        seen = int(signer.unsign(cookie[0])) + 1 if cookie else 1
        resp.set_cookie("seen", signer.sign(str(seen)).decode(), secure=False)
        resp.text = str(seen)


class Error:
    def on_get(self, req, resp):
        raise RuntimeError("broken on purpose: falcon")


class Redirect:
    def on_get(self, req, resp):
        raise falcon.HTTPFound(req.prefix + "/")


class File:
    def on_get(self, req, resp):
        name = os.path.join(HERE, "static/blob.bin")
        resp.set_stream(open(name, "rb"), os.path.getsize(name))


class Path:
    def on_get(self, req, resp, text):
        resp.text = text


application = falcon.App()
application.add_route("/", Page())
application.add_route("/form", Form())
application.add_route("/upload", Upload())
application.add_route("/stream", Stream())
application.add_route("/count", Count())
application.add_route("/error", Error())
application.add_route("/redirect", Redirect())
application.add_route("/file", File())
application.add_route("/path/{text}", Path())

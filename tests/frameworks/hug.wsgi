# SPDX-License-Identifier: Apache-2.0
"""hug: annotated functions, output formats, over Falcon; exceptions are Falcon's to report."""

import hashlib
import os

import hug
from itsdangerous import Signer

HERE = os.path.dirname(os.path.abspath(__file__))
signer = Signer("not a secret")
api = hug.API(__name__)
html = hug.output_format.html


@hug.get("/", output=html)
def page():
    return f"<h1>hug {hug.__version__}</h1>"


@hug.post("/form", output=html)
def form(name):
    return "hello " + name


@hug.post("/upload", output=html)
def upload(blob):
    return f"{len(blob)} {hashlib.sha256(blob).hexdigest()}"


@hug.get("/count", output=html)
def count(request, response):
    cookie = request.cookies.get("seen")
    seen = int(signer.unsign(cookie)) + 1 if cookie else 1
    response.set_cookie("seen", signer.sign(str(seen)).decode(), secure=False)
    return str(seen)


@hug.get("/error")
def error():
    raise RuntimeError("broken on purpose: hug")


@hug.get("/redirect")
def redirect(request):
    hug.redirect.found(request.prefix + "/")


@hug.get("/file", output=hug.output_format.file)
def file():
    return os.path.join(HERE, "static/blob.bin")


@hug.get("/path/{text}", output=html)
def path(text):
    return text


application = __hug_wsgi__  # noqa: F821  put here by hug

# SPDX-License-Identifier: Apache-2.0
"""Bottle: routes, forms, uploads, signed cookies, static_file; errors caught by the framework."""

import hashlib
import os

import bottle

HERE = os.path.dirname(os.path.abspath(__file__))
SECRET = "not a secret"
app = application = bottle.Bottle()


@app.get("/")
def page():
    return f"<h1>Bottle {bottle.__version__}</h1>"


@app.post("/form")
def form():
    return "hello " + bottle.request.forms.getunicode("name")


@app.post("/upload")
def upload():
    data = bottle.request.files["blob"].file.read()
    return f"{len(data)} {hashlib.sha256(data).hexdigest()}"


@app.get("/stream")
def stream():
    bottle.response.content_type = "text/plain"
    for n in range(5):
        yield f"line {n}\n"


@app.get("/count")
def count():
    seen = (bottle.request.get_cookie("seen", secret=SECRET) or 0) + 1
    bottle.response.set_cookie("seen", seen, secret=SECRET)
    return str(seen)


@app.get("/error")
def error():
    raise RuntimeError("broken on purpose: bottle")


@app.get("/redirect")
def redirect():
    bottle.redirect("./")


@app.get("/file")
def file():
    return bottle.static_file("blob.bin", root=os.path.join(HERE, "static"))


@app.get("/path/<text>")
def path(text):
    return text


from wsgiref.validate import validator  # noqa: E402  the same application under its watch

validated = validator(application)

# SPDX-License-Identifier: Apache-2.0
"""Flask: routes, request.form and files, the signed session, send_from_directory."""

import hashlib
import os
from wsgiref.validate import validator

import flask

app = application = flask.Flask("shop", root_path=os.path.dirname(os.path.abspath(__file__)))
app.secret_key = "not a secret"
validated = validator(application)


@app.get("/")
def page():
    return flask.render_template_string("<h1>Flask {{ version }}</h1>", version=flask.__version__)


@app.post("/form")
def form():
    return "hello " + flask.request.form["name"]


@app.post("/upload")
def upload():
    data = flask.request.files["blob"].read()
    return f"{len(data)} {hashlib.sha256(data).hexdigest()}"


@app.get("/stream")
def stream():
    return flask.Response((f"line {n}\n" for n in range(5)), mimetype="text/plain")


@app.get("/count")
def count():
    flask.session["seen"] = flask.session.get("seen", 0) + 1
    return str(flask.session["seen"])


@app.get("/error")
def error():
    raise RuntimeError("broken on purpose: flask")


@app.get("/redirect")
def redirect():
    return flask.redirect(flask.url_for("page"))


@app.get("/file")
def file():
    return flask.send_from_directory("static", "blob.bin")


@app.get("/path/<text>")
def path(text):
    return text

# SPDX-License-Identifier: Apache-2.0
"""Flask-RESTful: resources, reqparse for forms and uploads, JSON answers."""

import hashlib
import os

import flask
import flask_restful
from flask_restful import reqparse
from importlib.metadata import version
from werkzeug.datastructures import FileStorage

HERE = os.path.dirname(os.path.abspath(__file__))
app = application = flask.Flask("rest", root_path=HERE)
app.secret_key = "not a secret"
api = flask_restful.Api(app, default_mediatype="text/html")


@api.representation("text/html")
def plain(data, code, headers=None):
    return flask.make_response(data if isinstance(data, str) else str(data), code, headers)


def resource(path, **methods):
    """One resource of one function each."""
    name = "R" + path.strip("/").split("/")[0]
    functions = {k: staticmethod(v) for k, v in methods.items()}
    api.add_resource(type(name, (flask_restful.Resource,), functions), path)


def form():
    parser = reqparse.RequestParser()
    parser.add_argument("name", location="form", required=True)
    return "hello " + parser.parse_args()["name"]


def upload():
    parser = reqparse.RequestParser()
    parser.add_argument("blob", type=FileStorage, location="files", required=True)
    data = parser.parse_args()["blob"].read()
    return f"{len(data)} {hashlib.sha256(data).hexdigest()}"


def count():
    flask.session["seen"] = flask.session.get("seen", 0) + 1
    return str(flask.session["seen"])


def error():
    raise RuntimeError("broken on purpose: flask_restful")


resource("/", get=lambda: f"Flask-RESTful {version('flask-restful')}")
resource("/form", post=form)
resource("/upload", post=upload)
resource("/stream", get=lambda: flask.Response(f"line {n}\n" for n in range(5)))
resource("/count", get=count)
resource("/error", get=error)
resource("/redirect", get=lambda: flask.redirect(flask.url_for("r")))
resource("/file", get=lambda: flask.send_from_directory("static", "blob.bin"))
resource("/path/<text>", get=lambda text: text)

# SPDX-License-Identifier: Apache-2.0
"""Werkzeug by itself: URL map, request, response, send_file; exceptions reach the server."""

import hashlib
import os

import werkzeug
from itsdangerous import Signer
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.utils import redirect, send_file
from werkzeug.wrappers import Request, Response

HERE = os.path.dirname(os.path.abspath(__file__))
signer = Signer("not a secret")
urls = Map(
    [Rule("/", endpoint="page")]
    + [Rule("/" + n, endpoint=n) for n in ("stream", "count", "error", "redirect", "file")]
    + [Rule("/" + n, endpoint=n, methods=["POST"]) for n in ("form", "upload")]
    + [Rule("/path/<text>", endpoint="path")]
)


def count(request):
    cookie = request.cookies.get("seen")
    seen = int(signer.unsign(cookie)) + 1 if cookie else 1
    response = Response(str(seen))
    response.set_cookie("seen", signer.sign(str(seen)).decode())
    return response


def upload(request):
    data = request.files["blob"].read()
    return Response(f"{len(data)} {hashlib.sha256(data).hexdigest()}")


def error(request):
    raise RuntimeError("broken on purpose: werkzeug")


views = {
    "page": lambda request: Response(f"Werkzeug {werkzeug.__version__}"),
    "form": lambda request: Response("hello " + request.form["name"]),
    "upload": upload,
    "stream": lambda request: Response(f"line {n}\n" for n in range(5)),
    "count": count,
    "error": error,
    "redirect": lambda request: redirect(request.root_url),
    "file": lambda request: send_file(os.path.join(HERE, "static/blob.bin"), request.environ),
    "path": lambda request, text: Response(text),
}


@Request.application
def application(request):
    try:
        endpoint, values = urls.bind_to_environ(request.environ).match()
    except HTTPException as e:
        return e
    return views[endpoint](request, **values)

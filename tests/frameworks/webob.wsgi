# SPDX-License-Identifier: Apache-2.0
"""WebOb: wsgify, SignedCookieProfile, FileApp; exceptions reach the server."""

import hashlib
import os
from importlib.metadata import version

from webob import Response, exc
from webob.cookies import SignedCookieProfile
from webob.dec import wsgify
from webob.static import FileApp

HERE = os.path.dirname(os.path.abspath(__file__))
profile = SignedCookieProfile("not a secret", "wsgi", "seen")


def upload(request):
    data = request.POST["blob"].file.read()
    return f"{len(data)} {hashlib.sha256(data).hexdigest()}"


def count(request):
    seen = (profile.bind(request).get_value() or 0) + 1
    response = Response(str(seen))
    profile.bind(request).set_cookies(response, seen)
    return response


def error(request):
    raise RuntimeError("broken on purpose: webob")


views = {
    "": lambda request: f"WebOb {version('webob')}",
    "form": lambda request: "hello " + request.POST["name"],
    "upload": upload,
    "stream": lambda request: Response(app_iter=(b"line %d\n" % n for n in range(5))),
    "count": count,
    "error": error,
    "redirect": lambda request: exc.HTTPFound(location=request.application_url + "/"),
    "file": lambda request: FileApp(os.path.join(HERE, "static/blob.bin")),
}


@wsgify
def application(request):
    name, _, rest = request.path_info.lstrip("/").partition("/")
    if name == "path":
        return rest
    if name not in views:
        raise exc.HTTPNotFound()
    return views[name](request)

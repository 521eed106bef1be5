# SPDX-License-Identifier: Apache-2.0
"""Pyramid: imperative configuration, signed cookie session; exceptions reach the server."""

import hashlib
import os
from importlib.metadata import version

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPFound
from pyramid.response import FileResponse, Response
from pyramid.session import SignedCookieSessionFactory

HERE = os.path.dirname(os.path.abspath(__file__))


def page(request):
    return Response(f"<h1>Pyramid {version('pyramid')}</h1>")


def form(request):
    return Response("hello " + request.POST["name"])


def upload(request):
    data = request.POST["blob"].file.read()
    return Response(f"{len(data)} {hashlib.sha256(data).hexdigest()}")


def stream(request):
    return Response(app_iter=(b"line %d\n" % n for n in range(5)), content_type="text/plain")


def count(request):
    request.session["seen"] = request.session.get("seen", 0) + 1
    return Response(str(request.session["seen"]))


def error(request):
    raise RuntimeError("broken on purpose: pyramid")


def redirect(request):
    return HTTPFound(request.route_url("page"))


def file(request):
    return FileResponse(os.path.join(HERE, "static/blob.bin"), request=request)


def path(request):
    return Response(request.matchdict["text"])


with Configurator(session_factory=SignedCookieSessionFactory("not a secret")) as config:
    for view, pattern in {
        page: "/",
        form: "/form",
        upload: "/upload",
        stream: "/stream",
        count: "/count",
        error: "/error",
        redirect: "/redirect",
        file: "/file",
        path: "/path/{text}",
    }.items():
        config.add_route(view.__name__, pattern)
        config.add_view(view, route_name=view.__name__)
    application = config.make_wsgi_app()

# SPDX-License-Identifier: Apache-2.0
"""Django REST framework: function views with parsers and renderers, over Django's sessions."""

import hashlib
import os

import rest_framework
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import FileResponse, StreamingHttpResponse
from django.urls import path

HERE = os.path.dirname(os.path.abspath(__file__))
settings.configure(
    SECRET_KEY="not a secret",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["rest_framework"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    USE_TZ=True,
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.StaticHTMLRenderer"],
        "UNAUTHENTICATED_USER": None,
    },
    LOGGING={
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"stderr": {"class": "logging.StreamHandler"}},
        "root": {"handlers": ["stderr"], "level": "ERROR"},
    },
)
application = get_wsgi_application()

from rest_framework.decorators import api_view, parser_classes  # noqa: E402  needs the settings
from rest_framework.parsers import FormParser, MultiPartParser  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.reverse import reverse  # noqa: E402


@api_view()
def page(request):
    return Response(f"<h1>Django REST framework {rest_framework.VERSION}</h1>")


@api_view(["POST"])
@parser_classes([FormParser])
def form(request):
    return Response("hello " + request.data["name"])


@api_view(["POST"])
@parser_classes([MultiPartParser])
def upload(request):
    data = request.data["blob"].read()
    return Response(f"{len(data)} {hashlib.sha256(data).hexdigest()}")


@api_view()
def stream(request):
    return StreamingHttpResponse(f"line {n}\n" for n in range(5))


@api_view()
def count(request):
    request.session["seen"] = request.session.get("seen", 0) + 1
    return Response(str(request.session["seen"]))


@api_view()
def error(request):
    raise RuntimeError("broken on purpose: djangorestframework")


@api_view()
def redirect(request):
    return Response(status=302, headers={"Location": reverse("page", request=request)})


@api_view()
def file(request):
    return FileResponse(open(os.path.join(HERE, "static/blob.bin"), "rb"))


@api_view()
def echo(request, text):
    return Response(text)


urlpatterns = [
    path("", page, name="page"),
    path("form", form),
    path("upload", upload),
    path("stream", stream),
    path("count", count),
    path("error", error),
    path("redirect", redirect),
    path("file", file),
    path("path/<text>", echo),
]

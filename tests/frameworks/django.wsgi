# SPDX-License-Identifier: Apache-2.0
"""Django, settings in the file: views, forms, uploads, signed cookie sessions, FileResponse."""

import hashlib
import os
from wsgiref.validate import validator

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import path

HERE = os.path.dirname(os.path.abspath(__file__))
settings.configure(
    SECRET_KEY="not a secret",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
    ],
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    USE_TZ=True,
    LOGGING={
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"stderr": {"class": "logging.StreamHandler"}},
        "root": {"handlers": ["stderr"], "level": "ERROR"},
    },
)


def page(request):
    return HttpResponse(f"<h1>Django {django.__version__}</h1>")


def form(request):
    return HttpResponse("hello " + request.POST["name"])


def upload(request):
    data = b"".join(request.FILES["blob"].chunks())
    return HttpResponse(f"{len(data)} {hashlib.sha256(data).hexdigest()}")


def stream(request):
    return StreamingHttpResponse((f"line {n}\n" for n in range(5)), content_type="text/plain")


def count(request):
    request.session["seen"] = request.session.get("seen", 0) + 1
    return HttpResponse(str(request.session["seen"]))


def error(request):
    raise RuntimeError("broken on purpose: django")


def file(request):
    return FileResponse(open(os.path.join(HERE, "static/blob.bin"), "rb"))


urlpatterns = [
    path("", page, name="page"),
    path("form", form),
    path("upload", upload),
    path("stream", stream),
    path("count", count),
    path("error", error),
    path("redirect", lambda request: redirect("page")),
    path("file", file),
    path("path/<text>", lambda request, text: HttpResponse(text)),
]
application = get_wsgi_application()
validated = validator(application)

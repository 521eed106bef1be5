# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from guestbook import views

urlpatterns = [
    path("", views.page, name="page"),
    path("healthz", views.healthz, name="healthz"),
]

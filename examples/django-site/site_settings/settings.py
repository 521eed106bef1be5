# SPDX-License-Identifier: Apache-2.0
"""Settings of the example site. Paths of data come from the environment, so that the code folder
can stay read-only for the user that runs it."""
import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("GUESTBOOK_DATA", BASE_DIR / "data"))

# Kept outside the code: the definition's env_file sets it. The fallback serves development only.
SECRET_KEY = os.environ.get("GUESTBOOK_SECRET_KEY", "for-development-only")
DEBUG = False
ALLOWED_HOSTS = os.environ.get("GUESTBOOK_HOSTS", "127.0.0.1,localhost").split(",")

INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.staticfiles", "guestbook"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
ROOT_URLCONF = "site_settings.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
WSGI_APPLICATION = "site_settings.wsgi.application"
DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATA_DIR / "guestbook.sqlite3"}
}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
USE_TZ = True
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]

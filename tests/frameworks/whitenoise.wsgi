# SPDX-License-Identifier: Apache-2.0
"""WhiteNoise: static files before an application of nothing but PEP 3333."""

import os
from importlib.metadata import version

from whitenoise import WhiteNoise

HERE = os.path.dirname(os.path.abspath(__file__))


def app(environ, start_response):
    found = environ["PATH_INFO"] == "/"
    text = f"WhiteNoise {version('whitenoise')}" if found else "nothing here"
    start_response("200 OK" if found else "404 Not Found", [("Content-Type", "text/plain")])
    return [text.encode()]


application = WhiteNoise(app)
application.add_files(os.path.join(HERE, "static"), prefix="file/")

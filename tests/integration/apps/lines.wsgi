# SPDX-License-Identifier: Apache-2.0
"""Answers each line of the body when it has come; what ended the last upload is at /end."""

end = {}


def lines(environ):
    end.pop("how", None)
    try:
        yield from environ["wsgi.input"]
        end["how"] = "complete"
    except OSError as e:
        end["how"] = str(e)


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/end":
        return [end.get("how", "none").encode()]
    return lines(environ)

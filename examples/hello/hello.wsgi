# SPDX-License-Identifier: Apache-2.0
"""The smallest application: says hello, whatever is asked."""


def application(environ, start_response):
    body = b"Hello, World!\n"
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]

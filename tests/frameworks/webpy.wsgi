# SPDX-License-Identifier: Apache-2.0
"""web.py: classes on a URL table, web.input, a session in memory; it catches errors itself."""

import hashlib
import os

import web

HERE = os.path.dirname(os.path.abspath(__file__))
web.config.debug = False
web.config.session_parameters.update(cookie_name="seen", secret_key="not a secret")


class page:
    def GET(self):
        web.header("Content-Type", "text/html; charset=utf-8")
        return f"<h1>web.py {web.__version__}</h1>"


class form:
    def POST(self):
        return "hello " + web.input().name


class upload:
    def POST(self):
        data = web.input(blob={}).blob.file.read()
        return f"{len(data)} {hashlib.sha256(data).hexdigest()}"


class stream:
    def GET(self):
        web.header("Content-Type", "text/plain")
        for n in range(5):
            yield f"line {n}\n"


class count:
    def GET(self):
        session.seen += 1
        return str(session.seen)


class error:
    def GET(self):
        raise RuntimeError("broken on purpose: webpy")


class redirect:
    def GET(self):
        raise web.seeother("/")


class file:
    def GET(self):
        name = os.path.join(HERE, "static/blob.bin")
        web.header("Content-Type", "application/octet-stream")
        web.header("Content-Length", str(os.path.getsize(name)))
        return web.ctx.environ["wsgi.file_wrapper"](open(name, "rb"), 8192)


class path:
    def GET(self, text):
        return text


names = ("form", "upload", "stream", "count", "error", "redirect", "file")
urls = ("/", "page", "/path/(.*)", "path") + tuple(x for n in names for x in ("/" + n, n))
app = web.application(urls, globals())
session = web.session.Session(app, web.session.MemoryStore(), initializer={"seen": 0})
application = app.wsgifunc()

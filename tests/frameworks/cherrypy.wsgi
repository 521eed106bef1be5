# SPDX-License-Identifier: Apache-2.0
"""CherryPy: exposed methods of an object, the session tool in memory, serve_file."""

import hashlib
import os

import cherrypy
from cherrypy.lib.static import serve_file

HERE = os.path.dirname(os.path.abspath(__file__))


class Root:
    @cherrypy.expose
    def index(self):
        return f"<h1>CherryPy {cherrypy.__version__}</h1>"

    @cherrypy.expose
    def form(self, name, **others):
        return "hello " + name

    @cherrypy.expose
    def upload(self, blob):
        data = blob.file.read()
        return f"{len(data)} {hashlib.sha256(data).hexdigest()}"

    @cherrypy.expose
    @cherrypy.config(**{"response.stream": True})
    def stream(self):
        return (f"line {n}\n" for n in range(5))

    @cherrypy.expose
    @cherrypy.config(**{"tools.sessions.on": True})
    def count(self):
        cherrypy.session["seen"] = cherrypy.session.get("seen", 0) + 1
        return str(cherrypy.session["seen"])

    @cherrypy.expose
    def error(self):
        raise RuntimeError("broken on purpose: cherrypy")

    @cherrypy.expose
    def redirect(self):
        raise cherrypy.HTTPRedirect(cherrypy.url("/"))

    @cherrypy.expose
    def file(self):
        return serve_file(os.path.join(HERE, "static/blob.bin"))

    @cherrypy.expose
    def path(self, text):
        return text


cherrypy.config.update({"environment": "embedded"})
application = cherrypy.Application(Root(), script_name=None)
application.log.wsgi = True

"""The root controller of a TurboGears 1.5 project."""

import json

import cherrypy
from turbogears.controllers import expose


class Root(object):

    def index(self):
        return "front page"

    index.exposed = True

    @expose
    def page(self, name=""):
        cherrypy.response.headers["Content-Type"] = "application/json"
        get = cherrypy.config.get
        return json.dumps({
            "name": name, "link": cherrypy.url("/page", relative="server"),
            "settings": {key: get(key) for key in (
                "environment", "server.webpath", "engine.autoreload_on")},
            "engine": str(cherrypy.engine.state),
            "compiled": self.page._expose.is_compiled()})

    def leave(self):
        raise cherrypy.HTTPRedirect("page")

    leave.exposed = True

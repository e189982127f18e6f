"""The root controller of a TurboGears 1.0 or 1.1 project."""

import json
import logging
import sys

import cherrypy
import turbogears
from turbogears.controllers import expose

cherrypy.server.on_stop_server_list.append(
    lambda: sys.__stdout__.write("engine stopped\n"))


class Root(object):

    def index(self):
        return "front page"

    index.exposed = True

    @expose
    def page(self, name="", **others):
        print("printed")
        cherrypy.response.headers["Content-Type"] = "application/json"
        get = turbogears.config.get
        return json.dumps({
            "name": name, "link": turbogears.url("/page"),
            "settings": {key: get(key) for key in (
                "wiki.name", "wiki.kept", "wiki.directory", "autoreload.on",
                "server.environment", "server.log_to_screen")},
            "compiled": self.page._expose.is_compiled()})

    def leave(self):
        raise cherrypy.HTTPRedirect(turbogears.url("/page"))

    leave.exposed = True

    def cookies(self):
        cherrypy.response.simple_cookie["one"] = "1"
        cherrypy.response.simple_cookie["two"] = "2"
        return "two"

    cookies.exposed = True

    def fail(self):
        raise ValueError("failed on purpose")

    fail.exposed = True

    def _cp_log_message(self, msg, context="", severity=0):
        # As TurboGears' RootController does.
        logging.getLogger("cherrypy.msg").info("%s: %s", context, msg)

"""What starts TurboGears 1.5."""

import cherrypy


def start_server(root):
    """The application of ``root``; embedded, no engine is started."""
    assert cherrypy.config["environment"] == "embedded"
    assert not cherrypy.config["server.webpath"]
    return cherrypy.tree.mount(root)

from pylons import url

from pylonsapp.lib.base import BaseController


class HelloController(BaseController):

    def index(self):
        return "hello at " + str(url("/there"))

"""The loaded application."""

from __future__ import annotations

from modwsgideploy.catalog.checks.model import (
    ERROR,
    HINT,
    LOAD,
    WARNING,
    Check,
)

APPLICATION = (
    Check(
        "MWD601", ERROR, "the application does not load",
        "application.loads", since="1.0.0", cost=LOAD,
        bad={"shop.wsgi": """\
from shpo import application
"""},
        good={"shop.wsgi": """\
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'Hello']
"""}),
    Check(
        "MWD602", WARNING, "more processes than memory",
        "application.memory", since="1.0.0", cost=LOAD,
        bad={"shop.conf": """\
# The application takes 400 MiB, and the machine has 8 GiB.
WSGIDaemonProcess shop processes=40
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi process-group=shop
"""},
        good={"shop.conf": """\
WSGIDaemonProcess shop processes=2
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi process-group=shop
"""}),
    Check(
        "MWD603", ERROR, "response headers that Apache refuses",
        "application.headers", since="1.0.0", cost=LOAD,
        bad={"shop.wsgi": """\
def application(environ, start_response):
    start_response('200 OK', [('X-Title', 'two\\nlines')])
    return [b'Hello']
"""},
        good={"shop.wsgi": """\
def application(environ, start_response):
    start_response('200 OK', [('X-Title', 'one line')])
    return [b'Hello']
"""}),
    Check(
        "MWD604", ERROR, "the first page fails",
        "first_page.fails", since="1.0.0", cost=LOAD,
        bad={"shop.wsgi": """\
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [open('/srv/shop/no-such-file', 'rb').read()]
"""},
        good={"shop.wsgi": """\
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'Hello']
"""}),
    Check(
        "MWD605", ERROR, "a factory or an ASGI application",
        "first_page.no_application", since="1.0.0", cost=LOAD,
        bad={"shop.wsgi": """\
def make_application():
    from wsgiref.simple_server import demo_app
    return demo_app
application = make_application
"""},
        good={"shop.wsgi": """\
def make_application():
    from wsgiref.simple_server import demo_app
    return demo_app
application = make_application()
"""}),
    Check(
        "MWD606", ERROR, "DEBUG of Django is on",
        "first_page.django_debug", since="1.0.0", cost=LOAD,
        bad={"settings.py": """\
DEBUG = True
"""},
        good={"settings.py": """\
DEBUG = False
"""}),
    Check(
        "MWD607", ERROR, "Django's generated SECRET_KEY",
        "first_page.django_secret", since="1.0.0", cost=LOAD,
        bad={"settings.py": """\
SECRET_KEY = 'django-insecure-0m8w$d7h2b'
"""},
        good={"settings.py": """\
SECRET_KEY = os.environ['SECRET_KEY']
"""}),
    Check(
        "MWD608", WARNING, "no STATIC_ROOT",
        "first_page.django_static", since="1.0.0", cost=LOAD,
        bad={"settings.py": """\
STATIC_URL = '/static/'
"""},
        good={"settings.py": """\
STATIC_URL = '/static/'
STATIC_ROOT = BASE_DIR / 'static'
""", "console": """\
$ virtualenv/bin/python manage.py collectstatic
"""}),
    Check(
        "MWD609", WARNING, "what is imported is not required",
        "requirements.undeclared", since="1.0.0",
        bad={"setup.py": """\
setup(name='Shop', packages=['shop'], install_requires=['TurboGears2'])
""", "shop/model.py": """\
from sqlalchemy import create_engine
"""},
        good={"setup.py": """\
setup(name='Shop', packages=['shop'],
      install_requires=['TurboGears2', 'SQLAlchemy'])
""", "shop/model.py": """\
from sqlalchemy import create_engine
"""}),
    Check(
        "MWD610", HINT, "a session cookie of the application without flags",
        "first_page.cookie_flags", since="1.0.0", cost=LOAD,
        bad={"shop.py": """\
app = Flask(__name__)
app.secret_key = os.environ['SECRET_KEY']
"""},
        good={"shop.py": """\
app = Flask(__name__)
app.secret_key = os.environ['SECRET_KEY']
app.config.update(SESSION_COOKIE_SECURE=True, SESSION_COOKIE_SAMESITE='Lax')
"""}),
)

"""Values of a Paste configuration that suit development only, or fail."""

from __future__ import annotations

from modwsgideploy.catalog.checks.model import (
    CHEAP,
    ERROR,
    HINT,
    WARNING,
    Check,
)

PASTE_INI = (
    Check(
        "MWD501", ERROR, "debug is on",
        "paste_ini.debug", since="1.0.0", cost=CHEAP,
        bad={"production.ini": """\
[app:main]
use = egg:Shop
debug = true
"""},
        good={"production.ini": """\
[app:main]
use = egg:Shop
debug = false
"""}),
    Check(
        "MWD502", ERROR, "a secret that everybody knows",
        "paste_ini.secrets", since="1.0.0", cost=CHEAP,
        bad={"production.ini": """\
[app:main]
use = egg:Shop
beaker.session.secret = somesecret
"""},
        good={"production.ini": """\
[app:main]
use = egg:Shop
beaker.session.secret = 0f1e6a0c5b7d4e9f8a3b2c1d
"""}),
    Check(
        "MWD503", WARNING, "a relative path",
        "paste_ini.relative_paths", since="1.0.0", cost=CHEAP,
        bad={"production.ini": """\
[app:main]
use = egg:Shop
sqlalchemy.url = sqlite:///data/shop.db
"""},
        good={"production.ini": """\
[app:main]
use = egg:Shop
sqlalchemy.url = sqlite:///%(here)s/data/shop.db
"""}),
    Check(
        "MWD504", WARNING, "logging is not set up",
        "paste_ini.loggers", since="1.0.0",
        bad={"production.ini": """\
[app:main]
use = egg:Shop
"""},
        good={"production.ini": """\
[app:main]
use = egg:Shop
[loggers]
keys = root
[handlers]
keys = console
[formatters]
keys = generic
[logger_root]
level = INFO
handlers = console
[handler_console]
class = StreamHandler
args = (sys.stderr,)
formatter = generic
[formatter_generic]
format = %(levelname)s [%(name)s] %(message)s
"""}),
    Check(
        "MWD505", ERROR, "logging is set up by half",
        "paste_ini.incomplete_logging", since="1.0.0", cost=CHEAP,
        bad={"production.ini": """\
[app:main]
use = egg:Shop
[loggers]
keys = root
[logger_root]
level = INFO
handlers =
"""},
        good={"production.ini": """\
[app:main]
use = egg:Shop
[loggers]
keys = root
[handlers]
keys =
[formatters]
keys =
[logger_root]
level = INFO
handlers =
"""}),
    Check(
        "MWD506", WARNING, "PrefixMiddleware under Apache",
        "paste_ini.prefix_middleware", since="1.0.0", cost=CHEAP,
        bad={"production.ini": """\
[app:main]
use = egg:Shop
filter-with = proxy-prefix
[filter:proxy-prefix]
use = egg:PasteDeploy#prefix
prefix = /shop
"""},
        good={"production.ini": """\
[app:main]
use = egg:Shop
"""}),
    Check(
        "MWD507", ERROR, "a value that PasteDeploy cannot fill in",
        "paste_ini.uninterpolated", since="1.0.0", cost=CHEAP,
        bad={"production.ini": """\
[app:main]
use = egg:Shop
date_format = %d.%m.%Y
"""},
        good={"production.ini": """\
[app:main]
use = egg:Shop
date_format = %%d.%%m.%%Y
"""}),
    Check(
        "MWD508", WARNING, "SQLite shared by processes",
        "paste_ini.sqlite_processes", since="1.0.0", cost=CHEAP,
        bad={"production.ini": """\
[app:main]
use = egg:Shop
sqlalchemy.url = sqlite:///%(here)s/data/shop.db
""", "shop.conf": """\
WSGIDaemonProcess shop processes=4
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi process-group=shop
"""},
        good={"production.ini": """\
[app:main]
use = egg:Shop
sqlalchemy.url = sqlite:///%(here)s/data/shop.db
""", "shop.conf": """\
WSGIDaemonProcess shop threads=15
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi process-group=shop
"""}),
    Check(
        "MWD509", HINT, "a session cookie without flags",
        "paste_ini.cookie_flags", since="1.0.0",
        bad={"production.ini": """\
[app:main]
use = egg:Shop
beaker.session.key = shop
"""},
        good={"production.ini": """\
[app:main]
use = egg:Shop
beaker.session.key = shop
beaker.session.httponly = true
beaker.session.samesite = Lax
"""}),
)

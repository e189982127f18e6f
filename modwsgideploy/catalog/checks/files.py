"""What must exist: files, directories and virtualenvs."""

from __future__ import annotations

from modwsgideploy.catalog.checks.model import CHEAP, ERROR, WARNING, Check

FILES = (
    Check(
        "MWD101", WARNING, "the baseline virtualenv is missing",
        "missing_files.baseline", since="1.0.0", cost=CHEAP,
        bad={"modwsgi-baseline.conf": """\
WSGIPythonHome /srv/basline
"""},
        good={"modwsgi-baseline.conf": """\
WSGIPythonHome /srv/baseline
"""}),
    Check(
        "MWD102", WARNING, "the application's virtualenv is missing",
        "missing_files.virtualenv", since="1.0.0", cost=CHEAP,
        bad={"shop.wsgi": """\
VIRTUALENV = '/srv/shop/env'
"""},
        good={"console": """\
$ python3 -m venv /srv/shop/virtualenv
""", "shop.wsgi": """\
VIRTUALENV = '/srv/shop/virtualenv'
"""}),
    Check(
        "MWD103", WARNING, "the project is not where it is served",
        "missing_files.code", since="1.0.0", cost=CHEAP,
        bad={"shop.conf": """\
WSGIScriptAlias /shop /srv/shop-2.0/apache/shop.wsgi
"""},
        good={"console": """\
$ sudo git clone https://git.example.com/shop.git /srv/shop
""", "shop.conf": """\
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi
"""}),
    Check(
        "MWD104", WARNING, "the Paste configuration is missing",
        "missing_files.config", since="1.0.0", cost=CHEAP,
        bad={"shop.wsgi": """\
CONFIG = '/srv/shop/prod.ini'
"""},
        good={"shop.wsgi": """\
CONFIG = '/srv/shop/production.ini'
"""}),
    Check(
        "MWD105", WARNING, "the egg cache is missing",
        "missing_files.egg_cache", since="1.0.0", cost=CHEAP,
        bad={"shop.wsgi": """\
VIRTUALENV = '/srv/shop/virtualenv'
os.environ['PYTHON_EGG_CACHE'] = '/srv/egg-cache'
"""},
        good={"console": """\
$ sudo install -d -o www-data -g www-data /srv/eggs
""", "shop.wsgi": """\
VIRTUALENV = '/srv/shop/virtualenv'
os.environ['PYTHON_EGG_CACHE'] = '/srv/eggs'
"""}),
    Check(
        "MWD106", WARNING, "the site takes every host",
        "virtual_hosts.whole_server", since="1.0.0", cost=CHEAP,
        bad={"shop.conf": """\
WSGIScriptAlias / /srv/shop/apache/shop.wsgi
"""},
        good={"shop.conf": """\
<VirtualHost *:80>
    ServerName shop.example.com
    WSGIScriptAlias / /srv/shop/apache/shop.wsgi
</VirtualHost>
"""}),
    Check(
        "MWD107", ERROR, "the WSGI script is missing",
        "missing_files.script", since="1.0.0",
        bad={"shop.conf": """\
WSGIScriptAlias /shop /srv/shop/apache/shpo.wsgi
"""},
        good={"shop.conf": """\
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi
"""}),
    Check(
        "MWD108", WARNING, "static files are missing",
        "missing_files.static", since="1.0.0",
        bad={"shop.conf": """\
Alias /shop/static /srv/shop/static
"""},
        good={"shop.conf": """\
Alias /shop/static /srv/shop/shop/public
"""}),
    Check(
        "MWD109", ERROR, "the log directory is missing",
        "missing_files.log_directory", since="1.0.0", refused=True,
        bad={"shop.conf": """\
<VirtualHost *:80>
    ErrorLog /var/log/shop-logs/error.log
</VirtualHost>
"""},
        good={"console": """\
$ sudo mkdir -p /var/log/shop
""", "shop.conf": """\
<VirtualHost *:80>
    ErrorLog /var/log/shop/error.log
</VirtualHost>
"""}),
    Check(
        "MWD110", ERROR, "the daemon's home is missing",
        "missing_files.home", since="1.0.0",
        bad={"shop.conf": """\
WSGIDaemonProcess shop home=/srv/shop/run
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi process-group=shop
"""},
        good={"shop.conf": """\
WSGIDaemonProcess shop home=/srv/shop/data
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi process-group=shop
"""}),
    Check(
        "MWD111", ERROR, "python-home is no virtualenv",
        "environment.no_prefix", since="1.0.0",
        bad={"shop.conf": """\
WSGIDaemonProcess shop python-home=/srv/shop/virtualenv/bin
"""},
        good={"shop.conf": """\
WSGIDaemonProcess shop python-home=/srv/shop/virtualenv
"""}),
    Check(
        "MWD112", WARNING, "the env file is missing",
        "missing_files.env_file", since="1.0.0", cost=CHEAP,
        bad={"shop.wsgi": """\
ENV_FILE = '/srv/shop/.env'
"""},
        good={"console": """\
$ sudo install -m 0640 -g www-data /dev/null /srv/shop/secrets.env
""", "shop.wsgi": """\
ENV_FILE = '/srv/shop/secrets.env'
"""}),
    Check(
        "MWD113", WARNING, "the init file is missing",
        "missing_files.init", since="1.0.0", cost=CHEAP,
        bad={"shop.wsgi": """\
INIT = '/srv/shop/init.py'
"""},
        good={"shop.wsgi": """\
INIT = '/srv/shop/setup.py'
"""}),
    Check(
        "MWD114", WARNING, "python-path leads nowhere",
        "missing_files.python_path", since="1.0.0",
        bad={"shop.conf": """\
WSGIDaemonProcess shop python-path=/srv/shop/modules
"""},
        good={"shop.conf": """\
WSGIDaemonProcess shop python-path=/srv/shop
"""}),
)

"""Apache itself: its modules, its directives, and access by them."""

from __future__ import annotations

from modwsgideploy.catalog.checks.model import (
    CHEAP,
    ERROR,
    HINT,
    WARNING,
    Check,
)

SERVER = (
    Check(
        "MWD301", ERROR, "there is no Apache",
        "apache_modules.no_apache", since="1.0.0",
        bad={"console": """\
$ apache2 -v
bash: apache2: command not found
"""},
        good={"console": """\
$ sudo apt-get install apache2 libapache2-mod-wsgi-py3
$ apache2 -v
Server version: Apache/2.4.57 (Debian)
"""}),
    Check(
        "MWD302", ERROR, "an Apache module is missing",
        "apache_modules.modules", since="1.0.0", refused=True,
        bad={"shop.conf": """\
Header set X-Frame-Options DENY
"""},
        good={"apache2.conf": """\
LoadModule headers_module /usr/lib/apache2/modules/mod_headers.so
""", "shop.conf": """\
Header set X-Frame-Options DENY
"""}),
    Check(
        "MWD303", ERROR, "mod_wsgi and mod_python in one Apache",
        "apache_modules.exclusive", since="1.0.0",
        bad={"console": """\
$ sudo a2enmod wsgi python
"""},
        good={"console": """\
$ sudo a2dismod python
$ sudo a2enmod wsgi
"""}),
    Check(
        "MWD304", ERROR, "mod_wsgi is for another Python",
        "environment.python_mismatch", since="1.0.0",
        bad={"console": """\
$ ldd /usr/lib/apache2/modules/mod_wsgi.so | grep -o 'libpython[0-9.]*'
libpython3.11.
""", "virtualenv/pyvenv.cfg": """\
version = 3.8.20
"""},
        good={"virtualenv/pyvenv.cfg": """\
version = 3.11.2
"""}),
    Check(
        "MWD305", ERROR, "Apache refuses the configuration",
        "config_test.rejected", since="1.0.0",
        bad={"shop.conf": """\
WSGIDeamonProcess shop
"""},
        good={"shop.conf": """\
WSGIDaemonProcess shop
"""}),
    Check(
        "MWD306", ERROR, "Order and Allow without mod_access_compat",
        "access_rules.old_access", since="1.0.0", refused=True,
        bad={"shop.conf": """\
<Directory /srv/shop/apache>
    Order deny,allow
    Allow from all
</Directory>
"""},
        good={"shop.conf": """\
<Directory /srv/shop/apache>
    Require all granted
</Directory>
"""}),
    Check(
        "MWD307", ERROR, "a directive of another mod_wsgi",
        "apache_modules.version", since="1.0.0", refused=True,
        bad={"shop.conf": """\
# mod_wsgi 4.9 is loaded.
WSGIDaemonProcess shop switch-interval=0.002
"""},
        good={"shop.conf": """\
WSGIDaemonProcess shop
"""}),
    Check(
        "MWD308", ERROR, "a directive of the server in a VirtualHost",
        "server_directives.server_only", since="1.0.0", refused=True,
        bad={"shop.conf": """\
<VirtualHost *:80>
    WSGIPythonHome /srv/baseline
    WSGIScriptAlias / /srv/shop/apache/shop.wsgi
</VirtualHost>
"""},
        good={"shop.conf": """\
WSGIPythonHome /srv/baseline
<VirtualHost *:80>
    WSGIScriptAlias / /srv/shop/apache/shop.wsgi
</VirtualHost>
"""}),
    Check(
        "MWD309", WARNING, "several WSGIPythonHome",
        "server_directives.python_home_twice", since="1.0.0",
        bad={"apache2.conf": """\
WSGIPythonHome /srv/baseline
""", "shop.conf": """\
WSGIPythonHome /srv/shop/virtualenv
"""},
        good={"apache2.conf": """\
WSGIPythonHome /srv/baseline
""", "shop.conf": """\
WSGIDaemonProcess shop python-home=/srv/shop/virtualenv
"""}),
    Check(
        "MWD310", HINT, "sockets are renamed at a reload",
        "server_directives.socket_rotation", since="1.0.0",
        bad={"shop.conf": """\
WSGIDaemonProcess shop
"""},
        good={"shop.conf": """\
WSGISocketRotation Off
WSGIDaemonProcess shop
"""}),
    Check(
        "MWD311", ERROR, "nobody is granted access",
        "access_rules.granted", since="1.0.0",
        bad={"apache2.conf": """\
<Directory />
    Require all denied
</Directory>
""", "shop.conf": """\
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi
"""},
        good={"apache2.conf": """\
<Directory />
    Require all denied
</Directory>
""", "shop.conf": """\
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi
<Directory /srv/shop/apache>
    Require all granted
</Directory>
"""}),
    Check(
        "MWD312", ERROR, "the .htaccess file is not read",
        "access_rules.allow_override", since="1.0.0",
        bad={"apache2.conf": """\
<Directory /srv/www>
    AllowOverride None
</Directory>
""", ".htaccess": """\
SetHandler fcgid-script
"""},
        good={"apache2.conf": """\
<Directory /srv/www>
    AllowOverride FileInfo
</Directory>
""", ".htaccess": """\
SetHandler fcgid-script
"""}),
    Check(
        "MWD313", HINT, "TRACE is answered",
        "server_directives.trace", since="1.0.0",
        bad={"shop.conf": """\
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi
"""},
        good={"apache2.conf": """\
TraceEnable Off
"""}),
    Check(
        "MWD314", WARNING, "a module that the site would use is not loaded",
        "apache_modules.unused", since="1.0.0",
        bad={"shop.conf": """\
<IfModule headers_module>
    Header setifempty X-Content-Type-Options nosniff
</IfModule>
"""},
        good={"apache2.conf": """\
LoadModule headers_module /usr/lib/apache2/modules/mod_headers.so
""", "shop.conf": """\
<IfModule headers_module>
    Header setifempty X-Content-Type-Options nosniff
</IfModule>
"""}),
    Check(
        "MWD315", HINT, "HTTP/2 is offered, and prefork has none",
        "apache_modules.no_http2", since="1.0.0",
        bad={"apache2.conf": """\
LoadModule mpm_prefork_module /usr/lib/apache2/modules/mod_mpm_prefork.so
""", "shop.conf": """\
Protocols h2 http/1.1
"""},
        good={"apache2.conf": """\
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
""", "shop.conf": """\
Protocols h2 http/1.1
"""}),
    Check(
        "MWD320", WARNING, "the application server is not installed",
        "app_server.installed", since="1.0.0", cost=CHEAP,
        bad={"server.py": """\
from gunicorn.app.base import BaseApplication
"""},
        good={"server.py": """\
from granian.server import Server
"""}),
    Check(
        "MWD321", WARNING, "the application server does not listen",
        "app_server.listening", since="1.0.0",
        bad={"server.py": "# The application server.\n", "apache2.conf": """\
LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
Include /srv/shop/apache/shop
""", "shop.conf": """\
ProxyPass /shop "unix:/run/shop/http.sock|http://shop"
"""},
        good={"server.py": "# The application server.\n", "shop.conf": """\
ProxyPass /shop "unix:/run/shop/http.sock|http://shop"
"""}),
    Check(
        "MWD322", WARNING, "another version of the application server",
        "app_server.other_version", since="1.0.0", cost=CHEAP,
        bad={"console": "$ /srv/venv/bin/python -m pip install 'granian<2'\n"},
        good={"console":
              "$ /srv/venv/bin/python -m pip install 'granian>=2.5,<3'\n"}),
    Check(
        "MWD323", WARNING, "nothing starts the application server at boot",
        "app_server.at_boot", since="1.0.0",
        bad={"console": "$ sudo systemctl disable shop.socket shop.service\n"},
        good={"console":
              "$ sudo systemctl enable shop.socket shop.service\n"}),
    Check(
        "MWD324", ERROR, "the unit hides what the application needs",
        "app_server.hidden", since="1.0.0", cost=CHEAP,
        bad={"shop.service": """\
[Service]
ExecStart=/home/anna/venv/bin/python /srv/shop/apache/server.py
ProtectHome=yes
"""},
        good={"shop.service": """\
[Service]
ExecStart=/home/anna/venv/bin/python /srv/shop/apache/server.py
ProtectHome=no
"""}),
    Check(
        "MWD325", WARNING, "another program listens at the site's port",
        "app_server.port_taken", since="1.0.0",
        bad={"console": "$ python3 -m http.server 8001\n", "shop.conf": """\
ProxyPass /shop http://127.0.0.1:8001
"""},
        good={"shop.conf": """\
ProxyPass /shop http://127.0.0.1:8002
"""}),
)

"""What users may read, enter and write."""

from __future__ import annotations

from modwsgideploy.catalog.checks.model import ERROR, WARNING, Check

PERMISSIONS = (
    Check(
        "MWD201", ERROR, "the daemon's user cannot read a file",
        "permissions.readable", since="1.0.0",
        bad={"console": """\
$ sudo chmod 0700 /srv/shop
"""},
        good={"console": """\
$ sudo chmod 0711 /srv/shop
"""}),
    Check(
        "MWD202", WARNING, "the egg cache cannot be written",
        "permissions.egg_cache", since="1.0.0",
        bad={"console": """\
$ sudo install -d /srv/eggs
""", "shop.wsgi": """\
VIRTUALENV = '/srv/shop/virtualenv'
os.environ['PYTHON_EGG_CACHE'] = '/srv/eggs'
"""},
        good={"console": """\
$ sudo install -d -o www-data -g www-data /srv/eggs
""", "shop.wsgi": """\
VIRTUALENV = '/srv/shop/virtualenv'
os.environ['PYTHON_EGG_CACHE'] = '/srv/eggs'
"""}),
    Check(
        "MWD203", ERROR, "Apache's user cannot reach the sockets",
        "permissions.socket", since="1.0.0",
        bad={"apache2.conf": """\
WSGISocketPrefix /var/log/apache2/wsgi
"""},
        good={"apache2.conf": """\
WSGISocketPrefix /run/apache2/wsgi
"""}),
    Check(
        "MWD204", ERROR, "SQLite cannot be written",
        "permissions.sqlite", since="1.0.0",
        bad={"console": """\
$ sudo chown root /srv/shop/data
""", "production.ini": """\
[app:main]
use = egg:Shop
sqlalchemy.url = sqlite:////srv/shop/data/shop.db
"""},
        good={"console": """\
$ sudo chown -R www-data /srv/shop/data
""", "production.ini": """\
[app:main]
use = egg:Shop
sqlalchemy.url = sqlite:////srv/shop/data/shop.db
"""}),
    Check(
        "MWD205", ERROR, "the daemon's user does not exist",
        "permissions.account", since="1.0.0", refused=True,
        bad={"shop.conf": """\
WSGIDaemonProcess shop user=no-such-user
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi process-group=shop
"""},
        good={"shop.conf": """\
WSGIDaemonProcess shop user=www-data
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi process-group=shop
"""}),
    Check(
        "MWD206", WARNING, "SELinux may refuse a file",
        "permissions.selinux", since="1.0.0",
        bad={"console": """\
$ ls -dZ /srv/shop
unconfined_u:object_r:user_home_t:s0 /srv/shop
"""},
        good={"console": """\
$ sudo semanage fcontext -a -t httpd_sys_content_t '/srv/shop(/.*)?'
$ sudo restorecon -R /srv/shop
$ ls -dZ /srv/shop
unconfined_u:object_r:httpd_sys_content_t:s0 /srv/shop
"""}),
    Check(
        "MWD207", WARNING, "AppArmor may refuse a file",
        "permissions.apparmor", since="1.0.0",
        bad={"console": """\
$ grep apache2 /sys/kernel/security/apparmor/profiles
/usr/sbin/apache2 (enforce)
"""},
        good={"console": """\
$ sudo aa-complain /usr/sbin/apache2
$ grep apache2 /sys/kernel/security/apparmor/profiles
/usr/sbin/apache2 (complain)
"""}),
    Check(
        "MWD208", ERROR, "the application would run as root",
        "permissions.root", refused=True, since="1.0.0",
        bad={"shop.conf": """\
WSGIDaemonProcess shop user=root
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi process-group=shop
"""},
        good={"shop.conf": """\
WSGIDaemonProcess shop user=www-data
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi process-group=shop
"""}),
    Check(
        "MWD209", ERROR, "everybody can change the deployment",
        "permissions.open_to_all", since="1.0.0",
        bad={"console": """\
$ sudo chmod 666 /srv/shop/apache/shop.wsgi
"""},
        good={"console": """\
$ sudo chmod 644 /srv/shop/apache/shop.wsgi
"""}),
    Check(
        "MWD210", ERROR, "Apache would run another user's code as root",
        "permissions.root_directives_of_others", since="1.0.0",
        bad={"console": """\
$ sudo chown -R nobody /srv/shop/apache
""", "shop.conf": """\
LoadModule shop_module /srv/shop/shop.so
"""},
        good={"console": """\
$ sudo chown -R root /srv/shop/apache
""", "shop.conf": """\
LoadModule shop_module /srv/shop/shop.so
"""}),
    Check(
        "MWD211", ERROR, "the env file is refused",
        "permissions.env_file", since="1.0.0",
        bad={"console": """\
$ sudo install -m 0644 /dev/null /srv/shop/.env
""", "shop.wsgi": """\
ENV_FILE = '/srv/shop/.env'
"""},
        good={"console": """\
$ sudo install -m 0640 -g www-data /dev/null /srv/shop/.env
""", "shop.wsgi": """\
ENV_FILE = '/srv/shop/.env'
"""}),
)

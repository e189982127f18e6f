"""How a site runs: its processes, its virtual host and its URLs."""

from __future__ import annotations

from modwsgideploy.catalog.checks.model import CHEAP, ERROR, WARNING, Check

SITE = (
    Check(
        "MWD401", ERROR, "a daemon process is defined twice",
        "process_groups.daemon_twice", since="1.0.0", refused=True,
        bad={"blog.conf": """\
WSGIDaemonProcess shop
""", "shop.conf": """\
WSGIDaemonProcess shop
"""},
        good={"blog.conf": """\
WSGIDaemonProcess blog
""", "shop.conf": """\
WSGIDaemonProcess shop
"""}),
    Check(
        "MWD402", ERROR, "an unknown process group",
        "process_groups.group_unknown", since="1.0.0",
        bad={"shop.conf": """\
WSGIDaemonProcess shop
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi process-group=shpo
"""},
        good={"shop.conf": """\
WSGIDaemonProcess shop
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi process-group=shop
"""}),
    Check(
        "MWD403", ERROR, "the process group of another VirtualHost",
        "process_groups.group_of_another", since="1.0.0",
        bad={"blog.conf": """\
<VirtualHost *:80>
    ServerName blog.example.com
    WSGIDaemonProcess both
</VirtualHost>
""", "shop.conf": """\
<VirtualHost *:80>
    ServerName shop.example.com
    WSGIScriptAlias / /srv/shop/apache/shop.wsgi process-group=both
</VirtualHost>
"""},
        good={"blog.conf": """\
WSGIDaemonProcess both
<VirtualHost *:80>
    ServerName blog.example.com
</VirtualHost>
""", "shop.conf": """\
<VirtualHost *:80>
    ServerName shop.example.com
    WSGIScriptAlias / /srv/shop/apache/shop.wsgi process-group=both
</VirtualHost>
"""}),
    Check(
        "MWD404", ERROR, "the daemon process comes too late",
        "process_groups.group_too_late", since="1.0.0", refused=True,
        bad={"shop.conf": """\
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi \\
    process-group=shop application-group=%{GLOBAL}
WSGIDaemonProcess shop
"""},
        good={"shop.conf": """\
WSGIDaemonProcess shop
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi \\
    process-group=shop application-group=%{GLOBAL}
"""}),
    Check(
        "MWD405", WARNING, "a process group for the whole server",
        "process_groups.group_of_all", since="1.0.0",
        bad={"shop.conf": """\
WSGIDaemonProcess shop
WSGIProcessGroup shop
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi
"""},
        good={"shop.conf": """\
WSGIDaemonProcess shop
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi process-group=shop
"""}),
    Check(
        "MWD406", WARNING, "not Python's first interpreter",
        "processes.application_group", since="1.0.0",
        bad={"shop.conf": """\
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi process-group=shop
"""},
        good={"shop.conf": """\
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi \\
    process-group=shop application-group=%{GLOBAL}
"""}),
    Check(
        "MWD407", WARNING, "no locale",
        "environment.locale_unset", since="1.0.0",
        bad={"shop.conf": """\
WSGIDaemonProcess shop
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi process-group=shop
"""},
        good={"shop.conf": """\
WSGIDaemonProcess shop lang=C.UTF-8 locale=C.UTF-8
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi process-group=shop
"""}),
    Check(
        "MWD408", WARNING, "the locale is not installed",
        "environment.locale_missing", since="1.0.0",
        bad={"shop.conf": """\
WSGIDaemonProcess shop lang=en_UK.UTF-8 locale=en_UK.UTF-8
"""},
        good={"shop.conf": """\
WSGIDaemonProcess shop lang=C.UTF-8 locale=C.UTF-8
"""}),
    Check(
        "MWD409", ERROR, "a mount point with a slash at the end",
        "urls.trailing_slash", since="1.0.0",
        bad={"shop.conf": """\
WSGIScriptAlias /shop/ /srv/shop/apache/shop.wsgi
"""},
        good={"shop.conf": """\
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi
"""}),
    Check(
        "MWD410", ERROR, "another site has this place",
        "virtual_hosts.same_place", since="1.0.0",
        bad={"blog.conf": """\
<VirtualHost *:80>
    ServerName www.example.com
    WSGIScriptAlias / /srv/blog/apache/blog.wsgi
</VirtualHost>
""", "shop.conf": """\
<VirtualHost *:80>
    ServerName www.example.com
    WSGIScriptAlias / /srv/shop/apache/shop.wsgi
</VirtualHost>
"""},
        good={"blog.conf": """\
<VirtualHost *:80>
    ServerName blog.example.com
    WSGIScriptAlias / /srv/blog/apache/blog.wsgi
</VirtualHost>
""", "shop.conf": """\
<VirtualHost *:80>
    ServerName shop.example.com
    WSGIScriptAlias / /srv/shop/apache/shop.wsgi
</VirtualHost>
"""}),
    Check(
        "MWD411", ERROR, "another directive takes the site's URLs",
        "urls.shadowed", since="1.0.0",
        bad={"shop.conf": """\
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi
Alias /shop /srv/shop/shop/public
"""},
        good={"shop.conf": """\
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi
Alias /shop/static /srv/shop/shop/public
"""}),
    Check(
        "MWD412", WARNING, "no queue-timeout",
        "processes.queue_timeout", since="1.0.0",
        bad={"shop.conf": """\
WSGIDaemonProcess shop socket-timeout=60
"""},
        good={"shop.conf": """\
WSGIDaemonProcess shop socket-timeout=60 queue-timeout=45
"""}),
    Check(
        "MWD413", WARNING, "Authorization is not passed",
        "request_headers.authorization", since="1.0.0",
        bad={"production.ini": """\
[app:main]
use = egg:Shop
filter-with = login
[filter:login]
paste.filter_app_factory = paste.auth.basic:make_basic
""", "shop.conf": """\
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi
"""},
        good={"production.ini": """\
[app:main]
use = egg:Shop
filter-with = login
[filter:login]
paste.filter_app_factory = paste.auth.basic:make_basic
""", "shop.conf": """\
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi
WSGIPassAuthorization On
"""}),
    Check(
        "MWD414", WARNING, "the wrong scheme behind a proxy",
        "request_headers.scheme", since="1.0.0",
        bad={"shop.conf": """\
<VirtualHost *:80>
    ServerName https://shop.example.com
</VirtualHost>
"""},
        good={"shop.conf": """\
<VirtualHost *:80>
    ServerName https://shop.example.com
    WSGITrustedProxies 192.0.2.7
    WSGITrustedProxyHeaders X-Forwarded-Proto X-Forwarded-Host
</VirtualHost>
"""}),
    Check(
        "MWD415", WARNING, "old code is served",
        "processes.old_code", since="1.0.0",
        bad={"shop.conf": """\
WSGIScriptReloading Off
"""},
        good={"shop.conf": """\
WSGIScriptReloading On
"""}),
    Check(
        "MWD416", ERROR, "certbot copied the daemon process",
        "process_groups.certbot", since="1.0.0", refused=True,
        bad={"shop.conf": """\
<VirtualHost *:80>
    WSGIDaemonProcess shop
</VirtualHost>
""", "shop-le-ssl.conf": """\
<VirtualHost *:443>
    WSGIDaemonProcess shop
</VirtualHost>
"""},
        good={"shop.conf": """\
WSGIDaemonProcess shop
<VirtualHost *:80>
    WSGIProcessGroup shop
</VirtualHost>
""", "shop-le-ssl.conf": """\
<VirtualHost *:443>
    WSGIProcessGroup shop
</VirtualHost>
"""}),
    Check(
        "MWD417", WARNING, "static files outside the mount point",
        "urls.static_mount", since="1.0.0",
        bad={"shop.conf": """\
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi
Alias /static /srv/shop/shop/public
"""},
        good={"shop.conf": """\
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi
Alias /shop/static /srv/shop/shop/public
"""}),
    Check(
        "MWD418", ERROR, "embedded mode is switched off",
        "process_groups.embedded", since="1.0.0",
        bad={"apache2.conf": """\
WSGIRestrictEmbedded On
""", "shop.conf": """\
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi
"""},
        good={"apache2.conf": """\
WSGIRestrictEmbedded On
""", "shop.conf": """\
WSGIDaemonProcess shop
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi process-group=shop
"""}),
    Check(
        "MWD419", WARNING, "processes that cache what SQLObject read",
        "processes.caches", since="1.0.0", cost=CHEAP,
        bad={"shop.conf": """\
# The project requires TurboGears 1.0.
WSGIDaemonProcess shop processes=2
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi process-group=shop
"""},
        good={"shop.conf": """\
WSGIDaemonProcess shop threads=15
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi process-group=shop
"""}),
    Check(
        "MWD420", WARNING, "shared daemon processes defined otherwise",
        "process_groups.daemon_otherwise", since="1.0.0",
        bad={"blog.conf": """\
<IfDefine !modwsgi-daemon-apps>
    Define modwsgi-daemon-apps
    WSGIDaemonProcess apps threads=5
</IfDefine>
""", "shop.conf": """\
<IfDefine !modwsgi-daemon-apps>
    Define modwsgi-daemon-apps
    WSGIDaemonProcess apps threads=15
</IfDefine>
"""},
        good={"blog.conf": """\
<IfDefine !modwsgi-daemon-apps>
    Define modwsgi-daemon-apps
    WSGIDaemonProcess apps threads=15
</IfDefine>
""", "shop.conf": """\
<IfDefine !modwsgi-daemon-apps>
    Define modwsgi-daemon-apps
    WSGIDaemonProcess apps threads=15
</IfDefine>
"""}),
    Check(
        "MWD421", WARNING, "a module for one interpreter in shared ones",
        "processes.one_interpreter", since="1.0.0",
        bad={"console": """\
$ /srv/shop/virtualenv/bin/pip freeze | grep numpy
numpy==2.2.6
""", "shop.conf": """\
<IfDefine !modwsgi-daemon-apps>
    Define modwsgi-daemon-apps
    WSGIDaemonProcess apps python-home=/srv/shop/virtualenv
</IfDefine>
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi process-group=apps
"""},
        good={"shop.conf": """\
WSGIDaemonProcess shop python-home=/srv/shop/virtualenv
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi process-group=shop
"""}),
    Check(
        "MWD422", ERROR, "nothing leads to the application",
        "urls.unmounted", since="1.0.0",
        bad={"shop.conf": """\
<IfModule mod_wgsi.c>
    WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi
</IfModule>
"""},
        good={"shop.conf": """\
<IfModule mod_wsgi.c>
    WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi
</IfModule>
"""}),
    Check(
        "MWD423", ERROR, "another host's wildcard takes the site's requests",
        "virtual_hosts.wildcard", since="1.0.0",
        bad={"blog.conf": """\
<VirtualHost *:80>
    ServerName blog.example.com
    ServerAlias *.example.com
</VirtualHost>
""", "shop.conf": """\
<VirtualHost *:80>
    ServerName shop.example.com
    WSGIScriptAlias / /srv/shop/apache/shop.wsgi
</VirtualHost>
"""},
        good={"shop.conf": """\
<VirtualHost *:80>
    ServerName shop.example.com
    WSGIScriptAlias / /srv/shop/apache/shop.wsgi
</VirtualHost>
""", "zzz-blog.conf": """\
<VirtualHost *:80>
    ServerName blog.example.com
    ServerAlias *.example.com
</VirtualHost>
"""}),
    Check(
        "MWD424", WARNING, "a virtual host for an address comes first",
        "virtual_hosts.address", since="1.0.0",
        bad={"blog.conf": """\
<VirtualHost 192.0.2.7:80>
    ServerName blog.example.com
</VirtualHost>
""", "shop.conf": """\
<VirtualHost *:80>
    ServerName shop.example.com
</VirtualHost>
"""},
        good={"blog.conf": """\
<VirtualHost 192.0.2.7:80>
    ServerName blog.example.com
</VirtualHost>
""", "shop.conf": """\
<VirtualHost *:80 192.0.2.7:80>
    ServerName shop.example.com
</VirtualHost>
"""}),
    Check(
        "MWD425", WARNING, "a daemon process that no script runs in",
        "process_groups.unused", since="1.0.0",
        bad={"shop.conf": """\
WSGIDaemonProcess shop
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi
"""},
        good={"shop.conf": """\
WSGIDaemonProcess shop
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi process-group=shop
"""}),
    Check(
        "MWD426", ERROR, "an Alias with a slash at the end of its URL alone",
        "urls.slashes", since="1.0.0",
        bad={"shop.conf": """\
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi
Alias /shop/static/ /srv/shop/shop/public
"""},
        good={"shop.conf": """\
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi
Alias /shop/static/ /srv/shop/shop/public/
"""}),
    Check(
        "MWD427", ERROR, "Apache serves the project's own files",
        "served_source.served", since="1.0.0",
        bad={"shop.conf": """\
DocumentRoot /srv/shop
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi
<Directory /srv/shop>
    Require all granted
</Directory>
"""},
        good={"shop.conf": """\
DocumentRoot /srv/www
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi
<Directory /srv/shop/apache>
    Require all granted
</Directory>
"""}),
    Check(
        "MWD428", WARNING, "Apache does not listen at the site's port",
        "virtual_hosts.unlistened", since="1.0.0",
        bad={"shop.conf": """\
<VirtualHost *:8080>
    ServerName shop.example.com
    WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi
</VirtualHost>
"""},
        good={"apache2.conf": """\
Listen 8080
""", "shop.conf": """\
<VirtualHost *:8080>
    ServerName shop.example.com
    WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi
</VirtualHost>
"""}),
    Check(
        "MWD429", WARNING, "the processes run as another user",
        "processes.running_user", since="1.0.0",
        bad={"shop.conf": """\
WSGIDaemonProcess shop user=shop
""", "console": """\
$ ps -C apache2 -o user,args | grep wsgi:shop
www-data (wsgi:shop)
"""},
        good={"shop.conf": """\
WSGIDaemonProcess shop user=shop
""", "console": """\
$ sudo systemctl reload apache2
$ ps -C apache2 -o user,args | grep wsgi:shop
shop     (wsgi:shop)
"""}),
    Check(
        "MWD430", WARNING, "two limits of mod_fcgid where there is one",
        "server_directives.request_length", since="1.0.0",
        bad={"blog.conf": """\
FcgidMaxRequestLen 1048576
""", "shop.conf": """\
FcgidMaxRequestLen 10485760
"""},
        good={"blog.conf": """\
FcgidMaxRequestLen 10485760
""", "shop.conf": """\
FcgidMaxRequestLen 10485760
"""}),
    Check(
        "MWD431", WARNING, "a server name with a path",
        "virtual_hosts.name_with_path", since="1.0.0",
        bad={"blog.conf": """\
<VirtualHost *:80>
    ServerName blog.example.com
</VirtualHost>
""", "shop.conf": """\
<VirtualHost *:80>
    ServerName shop.example.com/shop
    WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi
</VirtualHost>
"""},
        good={"blog.conf": """\
<VirtualHost *:80>
    ServerName blog.example.com
</VirtualHost>
""", "shop.conf": """\
<VirtualHost *:80>
    ServerName shop.example.com
    WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi
</VirtualHost>
"""}),
)

"""Sites as others have written them, read from a real httpd."""

import tempfile
import unittest
from pathlib import Path

from modwsgideploy.apache import binaries
from modwsgideploy.apache.host import Host
from modwsgideploy.apache.mod_wsgi import find_mod_wsgi
from modwsgideploy.status.neighbours import apache_sites

MODULES = ("mpm_event", "authz_core", "alias", "macro")


class Neighbours(unittest.TestCase):

    def sites(self, **files):
        """What there is: name, URL, groups and certificate of each site."""
        top = tempfile.TemporaryDirectory()
        self.addCleanup(top.cleanup)
        root = Path(top.name).resolve()
        httpd = binaries.find_httpd()
        lines = [f"LoadModule {name}_module {path}" for name in MODULES
                 if (path := httpd.module(name))]
        lines += [f"LoadModule wsgi_module {find_mod_wsgi(httpd).path}",
                  f"ServerRoot {root}", "ErrorLog error.log",
                  "ServerName localhost", "Listen 8081", "Listen 8082"]
        for name, text in files.items():
            path = root / f"{name.replace('_', '-')}.conf"
            path.write_text(text)
            lines.append(f"Include {path}")
        conf = root / "httpd.conf"
        conf.write_text("\n".join(lines) + "\n")
        host = Host(str(conf))
        self.assertTrue(host.report.accepted, host.report.output)
        return [(site.name, site.endpoint.url, sorted(site.groups))
                for site in apache_sites(host)]

    def test_a_group_for_the_whole_server(self):
        self.assertEqual(self.sites(annotate="""\
WSGIDaemonProcess www-data
WSGIProcessGroup www-data
<VirtualHost *:8081>
    ServerAdmin webmaster@localhost
    DocumentRoot /srv/annotate/public
    <Directory /srv/annotate/public>
        AllowOverride All
    </Directory>
    WSGIScriptAlias /server /srv/annotate/server.py
    Alias /doc/ "/usr/share/doc/"
</VirtualHost>
"""), [("annotate", "http://localhost:8081/server", ["www-data"])])

    def test_what_inside_has_mounted_is_no_page_of_the_host(self):
        with tempfile.NamedTemporaryFile("w", suffix=".inside") as mount:
            mount.write("WSGIScriptAlias /wiki /srv/wiki/apache/wiki.wsgi\n")
            mount.flush()
            self.assertEqual(self.sites(old=f"""\
<VirtualHost *:8081>
    IncludeOptional {mount.name}
    ServerName old.example.net
    WSGIScriptAlias /shop /srv/shop.py
</VirtualHost>
"""), [("old", "http://old.example.net:8081/shop", [])])

    def test_a_group_for_a_directory_and_a_second_host_without(self):
        self.assertEqual(self.sites(gateway="""\
<VirtualHost *:8081>
    ServerName gate.example.net
    WSGIDaemonProcess keys processes=1 threads=5
    WSGIScriptAlias /upload /opt/keys/upload/keys.py
    <Directory "/opt/keys/upload">
        WSGIProcessGroup keys
        WSGIApplicationGroup %{GLOBAL}
    </Directory>
</VirtualHost>
<VirtualHost *:8082>
    ServerName gate.example.net
    DocumentRoot /opt/keys/website
</VirtualHost>
"""), [("gateway", "http://gate.example.net:8081/upload", ["keys"]),
            ("gateway", "http://gate.example.net:8082/", [])])

    def test_options_of_the_alias_and_a_host_without_a_port(self):
        self.assertEqual(self.sites(beds="""\
WSGIDaemonProcess beds display-name=%{GROUP}
<VirtualHost *>
    ServerName beds.example.com
    ServerAlias www.beds.example.com
    WSGIScriptAlias / /var/www/beds/pi.wsgi process-group=beds \\
        application-group=%{GLOBAL}
</VirtualHost>
"""), [("beds", "http://beds.example.com:8081/", ["beds"])])

    def test_several_applications_of_the_main_server(self):
        self.assertEqual(self.sites(controls="""\
WSGIDaemonProcess cupid processes=2 threads=15
WSGIProcessGroup cupid
WSGIScriptAlias /readonly /usr/lib/controls/readonly.py
WSGIScriptAlias /actions /usr/lib/controls/actions.py
"""), [("controls", "http://localhost:8081/readonly", ["cupid"]),
            ("controls", "http://localhost:8081/actions", ["cupid"])])

    def test_a_macro_and_several_hosts_in_one_file(self):
        self.assertEqual(self.sites(all_sites="""\
<Macro Site $host $port $project>
    <VirtualHost *:$port>
        ServerName $host
        WSGIDaemonProcess $project threads=5
        WSGIProcessGroup $project
        WSGIScriptAlias / /srv/$project/app.wsgi
    </VirtualHost>
</Macro>
Use Site one.example.org 8081 one
Use Site two.example.org 8082 two
<VirtualHost *:8081>
    ServerName http://three.example.org
    Redirect / https://three.example.org/
</VirtualHost>
"""), [("one.example.org", "http://one.example.org:8081/", ["one"]),
            ("two.example.org", "http://two.example.org:8082/", ["two"]),
            ("three.example.org", "http://three.example.org:8081/", [])])


if __name__ == "__main__":
    unittest.main()

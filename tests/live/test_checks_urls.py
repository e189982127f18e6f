"""Virtual hosts and URLs that other sites take.

Each failure is foretold, seen, and mended by the printed fix.
"""

import socket

from modwsgideploy.apache.probe import probe
from tests.support.check_case import HOST, CheckCase


class Urls(CheckCase):

    def test_directives_that_are_in_force_nowhere(self):
        self.deploy()
        self.edit(self.conf, r"(.|\n)+",
                  r"<IfModule no_such_module>\n\g<0></IfModule>\n")
        self.prove("MWD422", "404")

    def test_14_authorization_that_is_not_passed(self):
        self.usual = ("--egg-cache=",)
        self.deploy()
        self.prove("MWD413", '"authorization": null',
                   '"authorization": "Basic eDp5"', "/seen",
                   headers={"Authorization": "Basic eDp5"})

    def test_15_a_mount_point_with_a_slash_at_the_end(self):
        self.deploy()
        self.edit(self.conf, "WSGIScriptAlias /plain_app ",
                  "WSGIScriptAlias /plain_app/ ")
        self.prove("MWD409", "404", path="")

    def test_16_static_files_outside_the_mount_point(self):
        static = f"{self.project}/plain_app/static"
        self.deploy(f"--static=/static={static}")
        self.edit(self.conf, "Alias /plain_app/static", "Alias /static")
        self.prove("MWD417", "404", path="/static/style.css")

    def test_a_server_name_with_a_path(self):
        self.deploy(f"--server-name={HOST}", f"--port={self.port}")
        self.neighbour(f"<VirtualHost *:{self.port}>\nServerName first\n"
                       "Redirect gone /\n</VirtualHost>")
        self.edit(self.conf, f"ServerName {HOST}", f"ServerName {HOST}/shop")
        self.prove("MWD431", "410")

    def test_16_static_files_that_are_not_there(self):
        self.deploy(f"--static=/files={self.top}/files")
        found = self.check()
        self.assertRegex(self.visit("/files/x"), "404|AH00128|403")
        self.mend(found["MWD108"])
        self.assertEqual(self.check(), {})

    def test_17_the_scheme_behind_a_proxy(self):
        self.deploy(f"--server-name={HOST}", f"--port={self.port}")
        self.edit(self.conf, f"ServerName {HOST}:{self.port}",
                  f"ServerName https://{HOST}")
        self.prove("MWD414", '"scheme": "http"', '"scheme": "https"', "/seen",
                   headers={"X-Forwarded-Proto": "https",
                            "X-Forwarded-For": "10.1.2.3"})

    def test_17_headers_that_are_believed_from_everybody(self):
        self.deploy()
        self.edit(self.conf, r"\Z",
                  "WSGITrustedProxyHeaders X-Forwarded-For\n")
        self.prove("MWD414", "200")

    def test_an_alias_that_takes_the_sites_urls(self):
        self.deploy()
        self.neighbour(f"Alias /plain_app {self.top}/logs")
        self.prove("MWD411", "403|404")

    def test_a_redirect_that_takes_the_sites_urls(self):
        self.deploy()
        self.neighbour("Redirect permanent / https://www.example.com/")
        self.prove("MWD411", "301")

    def test_a_redirect_of_the_main_server_takes_a_virtual_hosts(self):
        self.deploy(f"--server-name={HOST}", f"--port={self.port}",
                    "--mount-point=/plain_app")
        self.neighbour("RedirectMatch 302 ^/plain(.*)$ http://127.0.0.1/$1")
        self.prove("MWD411", "302")

    def test_a_pattern_that_takes_the_sites_urls(self):
        self.deploy()
        self.neighbour(f"AliasMatch ^/([a-z_]+)/ {self.top}/logs/$1")
        self.prove("MWD411", "403|404")

    def test_a_proxy_that_takes_the_sites_urls(self):
        self.modules = ("proxy", "proxy_http")
        self.deploy()
        self.neighbour("ProxyPass / http://127.0.0.1:1/")
        self.prove("MWD411", "503")

    def test_a_proxy_of_the_main_server_takes_a_virtual_hosts(self):
        self.modules = ("proxy", "proxy_http")
        self.deploy(f"--server-name={HOST}", f"--port={self.port}")
        self.neighbour("ProxyPass / http://127.0.0.1:1/")
        self.prove("MWD411", "503")

    def test_a_proxy_that_leaves_the_sites_urls(self):
        self.modules = ("proxy", "proxy_http")
        self.deploy()
        self.neighbour("ProxyPass /plain_app !\n"
                       "ProxyPass / http://127.0.0.1:1/")
        self.assertEqual(self.check(), {})
        self.assertRegex(self.visit(), "200")

    def other_application(self):
        """The path of the script of an application of somebody else."""
        path = self.top / "other.wsgi"
        path.write_text("def application(environ, start_response):\n"
                        "    start_response('200 OK', [])\n"
                        "    return [b'somebody else']\n")
        return path

    def grant(self):
        self.neighbour(f"<Directory {self.top}>\nRequire all granted\n"
                       "</Directory>")

    def test_the_first_virtual_host_takes_a_mount_of_the_main_server(self):
        self.deploy()
        self.grant()
        self.neighbour(f"<VirtualHost *:{self.port}>\n"
                       f"WSGIScriptAlias / {self.other_application()}\n"
                       "</VirtualHost>")
        self.assertRegex(self.check()["MWD411"]["message"],
                         "WSGIScriptAlias / .* takes all of /plain_app .*"
                         " where no other VirtualHost answers")
        self.assertIn("somebody else", self.visit())
        # As a host of its own it is not in the way.
        self.deploy(f"--server-name={HOST}", f"--port={self.port}")
        self.assertEqual(self.check(), {})
        self.assertNotIn("somebody else", self.visit())

    def test_another_virtual_host_may_have_all_urls(self):
        self.deploy()
        self.neighbour(f"<VirtualHost *:{self.port}>\n</VirtualHost>\n"
                       f"<VirtualHost *:{self.port}>\nServerName {HOST}\n"
                       f"WSGIScriptAlias / {self.other_application()}\n"
                       "</VirtualHost>")
        self.assertEqual(self.check(), {})
        self.assertNotIn("somebody else", self.visit())

    def test_a_script_of_the_main_server_that_is_read_first(self):
        self.deploy()
        self.grant()
        self.neighbour(f"WSGIScriptAlias / {self.other_application()}")
        self.assertIn("read first", self.check()["MWD411"]["message"])
        self.assertIn("somebody else", self.visit())

    def test_a_virtual_host_for_an_address(self):
        self.deploy(f"--server-name={HOST}", f"--port={self.port}")
        # One that visitors come to, on every machine.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours:
            try:
                ours.connect(("192.0.2.1", 9))
            except OSError:
                self.skipTest("this machine has no address but its own")
            address = ours.getsockname()[0]
        self.neighbour(f"Listen {address}:{self.port}\n"
                       f"<VirtualHost {address}:{self.port}>\n"
                       "ServerName other.example.com\n</VirtualHost>")

        def status():
            with self.apache() as server:
                server.start(self.served)
                return probe(self.mount, self.port, HOST,
                             address=address).status

        found = self.check()
        self.assertIn("MWD424", found)
        self.assertIn(status(), (403, 404))
        self.mend(found["MWD424"])
        self.assertEqual(self.check(), {})
        self.assertEqual(status(), 200)

    def test_virtual_hosts_for_other_addresses(self):
        self.deploy(f"--server-name={HOST}", f"--port={self.port}")
        self.neighbour(f"<VirtualHost 127.0.0.2:{self.port}>\n"
                       "ServerName localhost\n</VirtualHost>\n"
                       f"<VirtualHost 192.0.2.1:{self.port + 1}>\n"
                       "ServerName other.example.com\n</VirtualHost>\n"
                       f"<VirtualHost _default_:{self.port}>\n"
                       "ServerName third.example.com\n</VirtualHost>")
        self.assertEqual(self.check(), {})

    def test_a_host_that_a_macro_makes(self):
        self.modules = ("macro",)
        self.deploy(f"--server-name={HOST}", f"--port={self.port}")
        self.neighbour("<Macro Both $name $port>\n"
                       "<VirtualHost *:$port>\nServerName $name\n"
                       "</VirtualHost>\n"
                       "<VirtualHost *:1>\nServerName $name\n"
                       "</VirtualHost>\n</Macro>\n"
                       f"Use Both other.example.com {self.port}\n"
                       f"Use Both {HOST} 2")
        self.assertEqual(self.check(), {})
        self.neighbour(f"Use Both {HOST} {self.port}")
        self.assertIn(f"taken by {self.others[-1]}:1 as well",
                      self.check()["MWD410"]["message"])

    def test_redirects_that_take_only_some(self):
        self.deploy()
        self.neighbour("Redirect /plain_app/old /plain_app/new\n"
                       "Redirect gone /plain\n"
                       "RedirectMatch ^/plain_app/$ /plain_app/start\n"
                       "<Location /other>\nRedirect /\n</Location>")
        self.assertEqual(self.check(), {})

    def test_a_host_that_another_site_has(self):
        self.deploy(f"--server-name={HOST}", f"--port={self.port}")
        self.neighbour(f"<VirtualHost *:{self.port}>\nServerName {HOST}\n"
                       "</VirtualHost>")
        self.assertIn("MWD410", self.check())
        self.assertRegex(self.visit(), "40\\d")

    def test_a_host_that_anothers_wildcard_takes(self):
        self.deploy(f"--server-name={HOST}", f"--port={self.port}")
        self.neighbour(f"<VirtualHost *:{self.port}>\nServerName example.com\n"
                       "ServerAlias *.example.com\n</VirtualHost>")
        self.assertIn("MWD423", self.check())
        self.assertRegex(self.visit(), "40\\d")

    def test_a_mount_point_that_another_site_has(self):
        self.deploy()
        self.neighbour("WSGIScriptAlias /plain_app /elsewhere/app.wsgi")
        self.assertIn("MWD410", self.check())


class Takers(CheckCase):
    """What takes a site's URLs: sections, patterns, rewriting, scripts."""

    modules = ("proxy", "proxy_http", "rewrite", "mime", "access_compat")

    def other(self):
        """The path of the script of somebody else's application."""
        path = self.top / "other.wsgi"
        path.write_text("def application(environ, start_response):\n"
                        "    start_response('200 OK', [])\n"
                        "    return [b'somebody else']\n")
        return path

    def test_neighbours(self):
        self.deploy()
        for text, symptom in (
                ("<Location />\nProxyPass http://127.0.0.1:1/\n</Location>",
                 "503"),
                ('ProxyPassMatch "^/(.*)$" "http://127.0.0.1:1/$1"', "503"),
                ("<Location /plain_app>\nSetHandler cgi-script\n"
                 "</Location>", "403|404|500"),
                ("<Location />\nRedirect 302 http://example.org/\n"
                 "</Location>", "302"),
                ("RewriteEngine On\nRewriteRule ^ - [F]", "403"),
                ("RewriteEngine On\n"
                 "RewriteRule ^/(.*)$ http://127.0.0.1:1/$1 [P]", "503"),
                ("RewriteEngine On\nRewriteRule ^/(.*)$ /elsewhere/$1",
                 "404")):
            with self.subTest(text):
                self.others.clear()
                self.neighbour(text)
                self.prove("MWD411", symptom)

    def test_neighbours_that_leave_it_alone(self):
        self.deploy()
        for text in (
                "<Location /other>\nProxyPass http://127.0.0.1:1/\n"
                "</Location>", "RewriteRule ^ - [F]",
                "RewriteEngine On\nRewriteRule ^/plain_app - [L]\n"
                "RewriteRule ^ - [F]",
                "RewriteEngine On\nRewriteCond %{HTTP_HOST} ^no\\.such\n"
                "RewriteRule ^ - [F]",
                "<Location />\nSetHandler None\n</Location>",
                # The site's own section comes later.
                "AddHandler cgi-script .wsgi",
                "<FilesMatch wsgi$>\nSetHandler default-handler\n"
                "</FilesMatch>",
                "<Files *.cgi>\nSetHandler cgi-script\n</Files>",
                "ProxyPassMatch ^/other/ http://127.0.0.1:1/",
                f"WSGIScriptAliasMatch ^/other/ {self.other()}"):
            with self.subTest(text):
                self.others.clear()
                self.neighbour(text)
                self.assertEqual(self.check(), {})
                self.assertRegex(self.visit(), "200 OK")

    def test_a_pattern_of_another_script(self):
        self.deploy()
        self.neighbour(f"WSGIScriptAliasMatch ^/(.+)$ {self.other()}\n"
                       f"<Directory {self.top}>\nRequire all granted\n"
                       "</Directory>")
        self.assertIn("MWD411", self.check())
        self.assertRegex(self.visit(), "somebody else")

    def test_its_own_earlier_script(self):
        self.deploy(f"--server-name={HOST}", f"--port={self.port}",
                    "--mount-point=/plain_app")
        self.edit(self.conf, "(?m)^( *)(?=WSGIScriptAlias /plain_app )",
                  rf"\1WSGIScriptAlias / {self.other()}\n\1")
        self.edit(self.conf, r"\Z", f"<Directory {self.top}>\n"
                  "Require all granted\n</Directory>\n")
        self.prove("MWD411", "somebody else")

    def test_a_host_by_an_alias_alone(self):
        self.deploy(f"--server-name={HOST}", f"--port={self.port}")
        self.neighbour(f"<VirtualHost *:{self.port}>\nServerAlias {HOST}\n"
                       "</VirtualHost>")
        self.assertIn("MWD410", self.check())
        self.assertRegex(self.visit(), "40\\d")

    def test_a_slash_at_the_end_of_an_aliass_url_alone(self):
        static = f"{self.project}/plain_app/static"
        self.deploy(f"--static=/static={static}")
        self.edit(self.conf, 'Alias /plain_app/static (".*"|\\S+)',
                  f"Alias /plain_app/static/ {static}")
        self.prove("MWD426", "40[34]", path="/static/style.css")

    def test_the_project_below_the_document_root(self):
        self.deploy(f"--server-name={HOST}", f"--port={self.port}",
                    "--mount-point=/plain_app")
        self.edit(self.conf, "(?=</VirtualHost>)",
                  f"DocumentRoot {self.project}\n"
                  f"<Directory {self.project}>\nRequire all granted\n"
                  "</Directory>\n")
        found = self.check()["MWD427"]
        self.mount = ""
        self.assertRegex(self.visit(f"/{self.ini.name}"), "200 OK")
        self.mend(found)
        self.assertNotIn("MWD427", self.check())
        self.assertRegex(self.visit(f"/{self.ini.name}"), "40[34]")

    def test_a_daemon_that_no_script_runs_in(self):
        self.deploy()
        self.edit(self.conf, " process-group=\\S+", "")
        self.prove("MWD425", "500|200")

    def test_a_home_that_is_no_virtualenv(self):
        self.deploy()
        for path in ("/bin", "/bin/python", "/lib"):
            with self.subTest(path):
                self.edit(self.conf, r"(python-home=\S*?)(?=[\s\"])",
                          r"\1" + path)
                found = self.check()
                self.mend(found["MWD111"])
                self.assertEqual(self.check(), {})

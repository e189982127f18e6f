"""Apache's modules and directives for the whole server.

Each failure is foretold, seen, and mended by the printed fix.
"""

from pathlib import Path

from modwsgideploy.apache import binaries, control
from tests.support import samples
from tests.support.check_case import HOST, CheckCase


class Servers(CheckCase):

    def prove_on_server(self, code, refused=True):
        """As `prove`, where the fix is one of the server's."""
        found = self.findings()
        self.assertIn(code, found)
        httpd = binaries.find_httpd()
        self.assertEqual(
            control.config_test(httpd, self.server_config)[0], not refused)
        self.mend(found[code])
        self.assertEqual(self.findings(), {})
        self.assertTrue(control.config_test(httpd, self.server_config)[0])

    def test_a_module_that_is_not_enabled(self):
        self.deploy()
        self.edit(self.conf, r"\Z", "ExpiresActive On\n")
        with self.apache():
            self.prove_on_server("MWD302")

    def test_a_module_that_this_machine_does_not_have(self):
        login = self.top / "login.conf"
        for line, fix in (
                ("OIDCUnAuthAction 401", "sudo apt-get install"
                 " libapache2-mod-auth-openidc"),
                ("GssapiLocalName On", "sudo apt-get install"
                 " libapache2-mod-auth-gssapi"),
                ("ShibRequestSetting requireSession On",
                 "sudo apt-get install libapache2-mod-shib"),
                ("KrbMethodNegotiate On", "install mod_auth_kerb, which debian"
                 " has in no package that this program knows, and have Apache"
                 " load it")):
            login.write_text(f"AuthType x\n{line}\nRequire valid-user\n")
            self.deploy(f"--server-name={HOST}", f"--require={login}",
                        "--platform=debian", "-f")
            found = self.check()["MWD302"]
            self.assertIn(line.split()[0], found["message"])
            self.assertEqual(found["fix"], fix)

    def test_a_module_is_told_of_once(self):
        self.deploy()
        with self.apache():
            self.edit(Path(self.server_config),
                      r"LoadModule headers_module.*\n", "")
            self.assertEqual(set(self.findings()), {"MWD314"})
            self.edit(self.conf, r"\Z", "RequestHeader unset X_Staff\n")
            self.assertEqual(set(self.findings()), {"MWD302"})

    def test_mod_python_beside_mod_wsgi(self):
        self.deploy()
        with self.apache() as server:
            self.edit(Path(self.server_config), "(?=LoadModule wsgi_module)",
                      "LoadModule python_module"
                      f" {server.httpd.module('python')}\n")
            self.prove_on_server("MWD303", refused=False)

    def test_an_option_of_another_mod_wsgi(self):
        self.deploy()
        self.edit(self.conf, " threads=15", " threads=15 interrupt-timeout=5")
        self.prove("MWD307", "did not start")

    def test_a_directive_of_the_server_in_a_host(self):
        self.deploy(f"--server-name={HOST}", f"--port={self.port}")
        self.edit(self.conf, "(?=</VirtualHost>)",
                  f"WSGIPythonHome {self.virtualenv}\n")
        self.prove("MWD308", "did not start")

    def test_several_baselines(self):
        self.deploy()
        self.neighbour(f"WSGIPythonHome {self.virtualenv}")
        self.neighbour(f"WSGIPythonHome {samples.baseline()}")
        self.prove("MWD309", "200")

    def test_the_baseline_of_another_site(self):
        other = samples.baseline()
        self.deploy(f"--baseline={self.virtualenv}")
        self.edit(self.project / "apache" / "baseline.conf",
                  "(?m)^WSGISocketPrefix.*\n", "")
        self.neighbour(f"WSGIPythonHome {other}")
        self.prove("MWD309", f"200 OK(.|\n)*{other}",
                   f"200 OK(.|\n)*{other}", "/seen")

    def test_what_apache_alone_can_tell(self):
        self.deploy()
        self.edit(self.conf, r"\Z", "Alias /nowhere\n")
        found = self.check()
        self.assertEqual(set(found), {"MWD305"})
        self.assertIn("Alias", found["MWD305"]["message"])
        self.assertIn(
            f"line {len(self.conf.read_text().splitlines())} of {self.conf}",
            found["MWD305"]["fix"])
        self.assertRegex(self.visit(), "did not start")

    def test_what_is_refused_may_be_a_line_of_others(self):
        self.deploy()
        self.neighbour("ServerNam wiki.example.com")
        found = self.check()
        self.assertEqual(set(found), {"MWD305"})
        self.assertEqual(found["MWD305"]["fix"],
                         f"mend line 1 of {self.others[0]}")

    def test_a_site_that_is_not_in_force_is_tried_by_apache_as_well(self):
        self.deploy()
        self.edit(self.conf, r"\Z", "Alias /nowhere\n")
        # What its <IfModule> ask for: without sites it loads none of them.
        self.modules = ("headers", "deflate")
        with self.apache() as server:
            self.server_config = server.configure([])
            self.assertEqual(set(self.findings()), {"MWD305"})
            self.run_command("check", "--enabled",
                             "--server-config", self.server_config)
            self.assertEqual(self.status, 2)

    def test_more_processes_than_memory(self):
        self.deploy("--processes=100000")
        found = self.check()
        self.mend(found["MWD602"])
        self.assertEqual(self.check(), {})

"""Sites that modwsgideploy has not written: what `check` says of the file, and
what Apache does with it before and after the fix."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from modwsgideploy.server.configuration import Served
from modwsgideploy.server.private import Server
from tests.support import ports, samples
from tests.support.check_case import needs_root
from tests.support.ending import ending_at_once

MODULES = ("macro", "access_compat", "proxy", "proxy_http")
COMMAND = Path(sys.executable).parent / "modwsgideploy"
APPLICATION = """\
import sys

def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    text = '%s|%s' % (environ['mod_wsgi.process_group'], sys.prefix)
    return [text.encode()]
"""
GRANT = "<Directory {top}>\n    Require all granted\n</Directory>\n"
# As users have reported theirs, with what is of no account taken out.
ALONE = """\
<VirtualHost *:{port}>
  ServerName myapp.example
  WSGIDaemonProcess myapp python-home={venv}
  WSGIScriptAlias /hello {top}/hello.wsgi
 <Directory {top}>
    Require all granted
 </Directory>
 LogLevel debug
</VirtualHost>
"""
LAST_GROUP = """\
WSGIDaemonProcess mon processes=1 threads=5
WSGIProcessGroup mon
WSGIScriptAlias /mon {top}/hello.wsgi
WSGIDaemonProcess research processes=1 threads=5
WSGIProcessGroup research
WSGIScriptAlias /research {top}/other.wsgi
""" + GRANT
DIFFERENT_NAME = """\
<VirtualHost *:{port}>
ServerName my_app.example
ServerAlias myapp.example
WSGIDaemonProcess stage_app processes=2 threads=15 \\
    python-home={venv}/lib/python3/site-packages
WSGIProcessGroup stage_app
WSGIScriptAlias / {top}/hello.wsgi process-group=my_app
    <Directory {top}/>
        Require all granted
    </Directory>
    Alias /media/ {top}/media/
</VirtualHost>
"""
IN_LOCATION = """\
<VirtualHost *:{port}>
    ServerName myapp.example
    WSGIDaemonProcess fronty threads=5 lang=C.UTF-8
    WSGIScriptAlias / {top}/hello.wsgi
    <Location {top}>
      WSGIProcessGroup fronty
      WSGIApplicationGroup %{{GLOBAL}}
      Require all granted
    </Location>
</VirtualHost>
"""
# As packages of OpenStack install it.
WITH_AN_ALIAS = """\
<VirtualHost *:{port}>
    ServerName api.example
    WSGIDaemonProcess api lang=C.UTF-8 locale=C.UTF-8
    WSGIProcessGroup api
    WSGIApplicationGroup %{{GLOBAL}}
    WSGIScriptAlias / {top}/hello.wsgi
</VirtualHost>
Alias /api {top}/hello.wsgi
<Location /api>
    SetHandler wsgi-script
    Options +ExecCGI
    WSGIProcessGroup api
    WSGIApplicationGroup %{{GLOBAL}}
</Location>
""" + GRANT
# The same for a host without a name, which then has that of the server.
UNNAMED = "Listen {other}\n" + WITH_AN_ALIAS.replace(
    "{port}", "{other}").replace("    ServerName api.example\n", "")
# What stands in the files that it includes is the site's own.
INCLUDING = """\
WSGIDaemonProcess myapp lang=C.UTF-8 locale=C.UTF-8
<VirtualHost *:{port}>
    ServerName myapp.example
    WSGIProcessGroup myapp
    WSGIApplicationGroup %{{GLOBAL}}
    Include {top}/included.conf
</VirtualHost>
"""
INCLUDED = "WSGIScriptAlias /wsgi {top}/hello.wsgi\n" + GRANT
MACRO = """\
<Macro Site $host $name $directory>
<VirtualHost *:{port}>
    ServerName $host
    WSGIDaemonProcess $name lang=C.UTF-8 locale=C.UTF-8
    WSGIScriptAlias /wsgi $directory/$name.wsgi process-group=$name \\
        application-group=%{{GLOBAL}}
    <Directory $directory>
        Require all granted
    </Directory>
</VirtualHost>
</Macro>
Use Site myapp.example hello {top}
Use Site other.example other {top}
UndefMacro Site
"""
# As packages of Pulp have it.
GROUPS_OF_FILES = """\
WSGIProcessGroup %{{GLOBAL}}
WSGIApplicationGroup %{{GLOBAL}}
WSGIDaemonProcess shop lang=C.UTF-8 locale=C.UTF-8
WSGIScriptAlias /shop {top}/hello.wsgi
<Files hello.wsgi>
    WSGIProcessGroup shop
    Require all granted
</Files>
"""
GROUP_OF_ALL = """\
WSGIDaemonProcess wiki lang=C.UTF-8 locale=C.UTF-8
WSGIProcessGroup wiki
WSGIApplicationGroup %{{GLOBAL}}
WSGIScriptAlias /wiki {top}/other.wsgi
""" + GRANT
# One of the two is enough, and Allow is there.
SATISFIED = """\
WSGIDaemonProcess myapp lang=C.UTF-8 locale=C.UTF-8
WSGIScriptAlias /wsgi {top}/hello.wsgi process-group=myapp \\
    application-group=%{{GLOBAL}}
<Location /wsgi>
    Require all denied
    Order deny,allow
    Allow from all
    Satisfy Any
</Location>
"""
# What is not passed on is said too late.
LATE = """\
<VirtualHost *:{port}>
    ServerName myapp.example
    WSGIDaemonProcess myapp lang=C.UTF-8 locale=C.UTF-8
    WSGIScriptAlias /all/wsgi {top}/hello.wsgi process-group=myapp \\
        application-group=%{{GLOBAL}}
    ProxyPass /all http://127.0.0.1:9/
    ProxyPass /all/wsgi !
</VirtualHost>
""" + GRANT
# Processes of long names, of which there is no room for all.
LONG = """\
WSGIDaemonProcess NAME user={user} display-name={shown} \\
    lang=C.UTF-8 locale=C.UTF-8
WSGIScriptAlias /{which} {{top}}/hello.wsgi process-group=NAME \\
    application-group=%{{{{GLOBAL}}}}
""".replace("NAME", "a-name-" * 20 + "{which}") + GRANT.replace(
    "{top}", "{{top}}")
# Nothing is wrong with these.
RIGHT = (("/wsgi/hello", """\
WSGIScriptAliasMatch ^/wsgi/([^/]+) {top}/$1.wsgi
""" + GRANT), ("/wsgi/hello.wsgi", """\
WSGIScriptAlias /wsgi/ "{top}/"
""" + GRANT), ("/wsgi", """\
Define OURS {top}
WSGIDaemonProcess myapp user={user} lang=C.UTF-8 locale=C.UTF-8
WSGIProcessGroup myapp
WSGIApplicationGroup %{{GLOBAL}}
WSGIScriptAlias /wsgi ${{OURS}}/hello.wsgi
WSGIPassAuthorization On
<Directory ${{OURS}}>
    <Files hello.wsgi>
    Require all granted
    </Files>
</Directory>
"""), ("/wsgi/hello.wsgi", """\
AddHandler wsgi-script .wsgi
Alias /wsgi {top}
<Directory {top}>
    Options ExecCGI
    Require all granted
</Directory>
"""), ("/api", WITH_AN_ALIAS), ("/api", UNNAMED), ("/wsgi", INCLUDING),
    ("/wsgi", MACRO), ("/wsgi", SATISFIED))


class Foreign(unittest.TestCase):

    @contextlib.contextmanager
    def apache(self, *texts):
        """A private Apache with the file of a site, and those of others."""
        with tempfile.TemporaryDirectory() as top:
            os.chmod(top, 0o755)
            for name in ("hello.wsgi", "other.wsgi"):
                Path(top, name).write_text(APPLICATION)
            Path(top, "included.conf").write_text(INCLUDED.format(top=top))
            with ending_at_once(Server(
                    prefer="system", timeout=60,
                    modules=MODULES)) as server:
                self.path, *others = [Path(server.write(
                    f"site{number or ''}.conf", text.format(
                        top=top, port=server.port, user=server.user,
                        other=ports.free_port(),
                        venv=samples.bare().virtualenv)))
                    for number, text in enumerate(texts)]
                self.served = [Served((str(path),), "/")
                               for path in (self.path, *others)]
                self.config = server.configure(self.served)
                yield server

    def check(self, target, *arguments, status=1):
        done = subprocess.run(
            [COMMAND, "check", target, "--json", *arguments],
            capture_output=True, text=True)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def findings(self, status=1):
        """The findings by code, without hints."""
        site, = self.check(self.path, "--server-config", self.config,
                           status=status)["sites"]
        self.assertTrue(site["enabled"])
        return {each["code"]: each for each in site["problems"]
                if each["level"] != "hint"}

    def mend(self, finding):
        subprocess.run(finding["fix"], shell=True, check=True)

    def seen(self, server, url, host="myapp.example"):
        """What a visitor gets of an Apache that is started and stopped."""
        with ending_at_once(Server(
                prefer="system", timeout=60, port=server.port,
                modules=MODULES)) as again:
            again.start(self.served)
            answer = again.get(url, host)
            return answer.status, answer.body.decode()

    def test_a_daemon_that_no_script_runs_in(self):
        with self.apache(ALONE) as server:
            found = self.findings()
            self.assertEqual(set(found), {"MWD406", "MWD425"})
            self.assertEqual(self.seen(server, "/hello")[1].split("|")[0], "")
            for code in ("MWD406", "MWD425"):
                self.mend(self.findings()[code])
            # It is used now, so its locale counts.
            self.mend(self.findings()["MWD407"])
            self.assertEqual(self.findings(0), {})
            self.assertEqual(
                self.seen(server, "/hello"),
                (200, f"myapp|{samples.bare().virtualenv}"))

    def test_the_last_process_group_of_a_section_counts(self):
        with self.apache(LAST_GROUP) as server:
            self.assertEqual(self.seen(server, "/mon")[1].split("|")[0],
                             "research")
            found = self.findings()["MWD425"]
            self.assertIn("the processes research", found["message"])
            self.mend(found)
            self.assertNotIn("MWD425", self.findings())
            self.assertEqual(self.seen(server, "/mon")[1].split("|")[0],
                             "mon")

    def test_names_and_paths_that_do_not_fit(self):
        with self.apache(DIFFERENT_NAME) as server:
            found = self.findings()
            self.assertEqual(set(found), {
                "MWD108", "MWD111", "MWD402", "MWD406"})
            self.assertEqual(found["MWD108"]["fix"],
                             "put the files there, or take the Alias out")
            for code in ("MWD402", "MWD406", "MWD111"):
                self.mend(self.findings()[code])
            self.mend(self.findings()["MWD407"])
            self.assertEqual(set(self.findings()), {"MWD108"})
            self.assertEqual(
                self.seen(server, "/"),
                (200, f"stage_app|{samples.bare().virtualenv}"))

    def test_a_location_that_is_a_directory(self):
        with self.apache(IN_LOCATION) as server:
            self.assertEqual(self.seen(server, "/")[0], 403)
            self.mend(self.findings()["MWD311"])
            found = self.findings()
            self.assertEqual(set(found), {"MWD425"})
            self.assertEqual(self.seen(server, "/")[1].split("|")[0], "")
            self.mend(found["MWD425"])
            self.assertNotIn("MWD425", self.findings(0))
            self.assertEqual(self.seen(server, "/")[1].split("|")[0],
                             "fronty")

    def test_nothing_is_said_of_what_is_right(self):
        for url, text in RIGHT:
            with self.subTest(text), self.apache(text) as server:
                self.assertEqual(self.findings(0), {})
                self.assertEqual(self.seen(server, url)[0], 200, url)

    def test_a_byte_order_mark(self):
        with self.apache("\ufeff" + WITH_AN_ALIAS) as server:
            found = self.findings()["MWD305"]
            self.assertIn("begins with a byte order mark", found["message"])
            self.mend(found)
            self.assertNotIn("MWD305", self.findings(0))
            self.assertEqual(self.seen(server, "/api")[0], 200)

    def test_a_group_of_one_host_for_all_hosts(self):
        other = ("<VirtualHost *:{port}>\n    ServerName myapp.example\n"
                 "</VirtualHost>\n")
        with self.apache(other + WITH_AN_ALIAS) as server:
            self.assertEqual(self.seen(server, "/api", "api.example")[0], 200)
            self.assertEqual(self.seen(server, "/api")[0], 500)
            self.mend(self.findings()["MWD403"])
            self.assertNotIn("MWD403", self.findings(0))
            self.assertEqual(self.seen(server, "/api")[0], 200)

    def test_a_group_of_a_host_without_a_name(self):
        other = ("<VirtualHost *:{port}>\n    ServerName myapp.example\n"
                 "</VirtualHost>\n")
        with self.apache(other + UNNAMED) as server:
            self.assertEqual(self.seen(server, "/api")[0], 500)
            self.mend(self.findings()["MWD403"])
            self.assertNotIn("MWD403", self.findings(0))
            self.assertEqual(self.seen(server, "/api")[0], 200)

    def test_a_group_of_all_that_another_site_overrules(self):
        with self.apache(GROUP_OF_ALL, GROUPS_OF_FILES) as server:
            self.assertEqual(self.seen(server, "/wiki")[1].split("|")[0], "")
            found = self.findings()["MWD405"]
            self.assertIn("runs in Apache's own processes", found["message"])
            self.mend(found)
            self.assertNotIn("MWD405", self.findings(0))
            self.assertEqual(self.seen(server, "/wiki")[1].split("|")[0],
                             "wiki")

    def test_apaches_own_processes_as_the_group_of_all(self):
        with self.apache(GROUPS_OF_FILES, GROUP_OF_ALL.replace(
                "WSGIProcessGroup wiki\n", "")) as server:
            self.assertEqual(self.findings(0), {})
            self.assertEqual(self.seen(server, "/shop")[1].split("|")[0],
                             "shop")

    def test_a_proxy_whose_exclusion_comes_too_late(self):
        with self.apache(LATE) as server:
            self.assertEqual(self.seen(server, "/all/wsgi")[0], 503)
            found = self.findings()
            self.assertEqual(set(found), {"MWD411"})
            self.mend(found["MWD411"])
            self.assertEqual(self.findings(0), {})
            self.assertEqual(self.seen(server, "/all/wsgi")[0], 200)

    @needs_root
    def test_processes_of_another_site_whose_name_begins_alike(self):
        with self.apache(
                LONG.format(which="that", user="daemon", shown="that"),
                LONG.format(which="this", user="{user}",
                            shown="%{{GROUP}}")) as server:
            server.start(self.served)
            self.assertEqual(server.get("/this").status, 200)
            self.assertEqual(self.findings(0), {})

    def test_files_directories_and_whole_configurations(self):
        with self.apache(ALONE):
            for target in (self.path, self.path.parent, self.config):
                with self.subTest(target):
                    arguments = () if target == self.config else (
                        "--server-config", self.config)
                    site, = self.check(target, *arguments)["sites"]
                    self.assertEqual(site["deployment"], str(self.path))
                    self.assertEqual(site["enabled"], str(self.path))
            done = subprocess.run(
                [COMMAND, "check", self.path, "--name=shop", "--enabled"],
                capture_output=True, text=True)
            self.assertEqual(done.returncode, 2)
            self.assertIn("--enabled, --name:", done.stderr)

    def test_a_site_that_is_not_in_force(self):
        with self.apache(ALONE), tempfile.TemporaryDirectory() as other:
            copy = Path(other, "shop.conf")
            copy.write_text(self.path.read_text())
            # The same text is the same site, wherever it is.
            site, = self.check(copy, "--server-config", self.config)["sites"]
            self.assertEqual(site["enabled"], str(self.path))
            self.assertNotIn("MWD401", str(site["problems"]))
            copy.write_text(self.path.read_text().replace(
                "myapp.example", "shop.example"))
            site, = self.check(copy, "--server-config", self.config)["sites"]
            self.assertEqual(site["enabled"], "")
            self.assertIn("MWD401", str(site["problems"]))


if __name__ == "__main__":
    unittest.main()

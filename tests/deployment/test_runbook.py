"""README.txt: what a project needs to be installed and configured."""

import contextlib
import io
import os
import re
import subprocess
import sys
import unittest

from modwsgideploy.cli import console
from tests.support.fakes import Case


class Runbook(Case):

    def runbook(self, directory, *arguments):
        """The text of the runbook, and what `deploy` warned of."""
        with contextlib.redirect_stdout(io.StringIO()), \
                contextlib.redirect_stderr(io.StringIO()) as said:
            status = console.main(["deploy", directory, "--platform=debian",
                               "--deployment=/srv", *arguments])
        self.assertEqual(status, 0, said.getvalue())
        with open(os.path.join(directory, "apache", "README.txt"),
                  encoding="utf-8") as stream:
            return stream.read(), said.getvalue()

    def commands(self, directory, *arguments):
        """The commands for the project in the runbook, in order."""
        text, said = self.runbook(directory, *arguments)
        return [line.strip() for line in text.splitlines()
                if "pip install" in line or " cp -n " in line
                or "sudoedit" in line], said

    def step(self, text, title):
        """The commands of one step, without sudo."""
        step = re.search(rf"\d\. {title}\n-+\n(.*?)(?:\n\d+\. |\Z)", text,
                         re.DOTALL).group(1)
        return [line.replace("sudo ", "")
                for line in re.findall("^  (.*)$", step, re.MULTILINE)]

    def copy_project(self, text, title):
        """Type the commands of a step that copy the project."""
        for command in self.step(text, title):
            if re.match(r"mkdir|cp -R|\(cd ", command):
                subprocess.run(["sh", "-ec", command], check=True)

    def test_turbogears_1_is_installed_before_its_project(self):
        directory = self.copy("turbogears1")
        for arguments in ((), ("--backend=fastcgi", "--fastcgi-mode=htaccess",
                               "--web-directory=/srv/web",
                               "--mount-point=/x")):
            found, _ = self.commands(directory, *arguments, "-f")
            requirements, project = [
                line.removeprefix("sudo ") for line in found
                if "mod_wsgi" not in line][:2]
            self.assertEqual(
                requirements, "/usr/local/pythonenv/wiki20/bin/pip install"
                " --no-binary TurboGears --find-links /srv/wiki20/packages"
                " -r /srv/wiki20/requirements.txt")
            self.assertEqual(project, "/usr/local/pythonenv/wiki20/bin/pip"
                             " install --no-deps -e /srv/wiki20")

    def test_https_takes_what_each_platform_needs_for_it(self):
        directory = self.copy("paste")
        https = ("--server-name=shop.example", "--https=auto", "--acme-agree",
                 "--acme-contact=me@shop.example", "-f")
        for platform, wanted in (
                ("redhat", {"dnf install mod_ssl mod_md",
                            "systemctl restart httpd"}),
                ("suse", {"a2enflag SSL", "systemctl restart apache2"}),
                ("debian", {"systemctl restart apache2"})):
            text, _ = self.runbook(directory, f"--platform={platform}",
                                   *https)
            commands = {*self.step(text, "Apache and mod_wsgi"),
                        *self.step(text, "Switch it on")}
            self.assertLessEqual(wanted, commands)
            self.assertEqual("a2enflag SSL" in commands, platform == "suse")
        self.assertIn("(A restart the first time: mod_md", text)

    def test_what_is_installed_can_be_imported(self):
        said = "import sys; sys.path.pop(0); import "
        text, _ = self.runbook(self.copy("turbogears2"), "--user=shop",
                               "--virtualenv=/srv/an env")
        self.assertIn("sudo -u shop '/srv/an env/bin/python' -c"
                      f" '{said}myapp'", text)
        # Its own script alone finds what nothing installs.
        text, _ = self.runbook(self.copy("wsgi"), "--application=hello:app")
        self.assertNotIn(said, text)
        command = f"{said}no_such_package"
        with self.assertRaises(subprocess.CalledProcessError):
            subprocess.run([sys.executable, "-c", command], check=True,
                           stderr=subprocess.DEVNULL)
        self.write("here_only.py", "")
        with self.assertRaises(subprocess.CalledProcessError):
            subprocess.run([sys.executable, "-c", f"{said}here_only"],
                           check=True, cwd=self.tmp,
                           stderr=subprocess.DEVNULL)
        subprocess.run([sys.executable, "-c", f"{said}modwsgideploy"],
                       check=True, cwd=self.tmp)

    def test_mod_python_is_built_for_the_python_below_the_virtualenv(self):
        text, _ = self.runbook(self.copy("turbogears1"),
                               "--backend=mod_python")
        line, = re.findall(r"^  (python=.*)$", text, re.MULTILINE)
        virtualenv = os.path.join(self.tmp, "env")
        subprocess.run([sys.executable, "-m", "venv", "--without-pip",
                        virtualenv], check=True)
        out = subprocess.run(
            ["sh", "-c", line.replace("/usr/local/pythonenv/wiki20",
                                      virtualenv) + '; echo "$python"'],
            check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
        self.assertEqual(os.path.realpath(out),
                         os.path.realpath(sys.executable))
        self.assertNotIn(virtualenv, out)

    def test_an_apache_that_a_reload_ends_is_restarted(self):
        old, new = self.copy("turbogears1"), self.copy("turbogears2")
        for directory, backend, restarted in (
                (old, "mod_python", True), (old, "mod_wsgi", False),
                (new, "mod_python", False)):
            text, _ = self.runbook(directory, "-f", f"--backend={backend}")
            self.assertEqual("systemctl reload" not in text, restarted)
            self.assertEqual("NULL tstate" in text, restarted)
            self.assertEqual("/etc/logrotate.d/apache2" in text, restarted)

    def test_pastedeploy_is_installed_as_turbogears_does_not_require_it(self):
        found, _ = self.commands(self.copy("turbogears2"))
        self.assertEqual(
            found[0],
            "sudo /usr/local/pythonenv/myapp/bin/pip install -e /srv/myapp"
            " PasteDeploy")

    def test_a_configuration_is_copied_from_that_for_development(self):
        project = self.copy("turbogears2")
        found, said = self.commands(project)
        self.assertEqual(found[1:3], [
            "sudo cp -n /srv/myapp/development.ini /srv/myapp/production.ini",
            "sudoedit /srv/myapp/production.ini"])
        self.assertIn(f"sudo cp {project}/development.ini"
                      " /srv/myapp/production.ini", said)
        self.write("turbogears2/production.ini", "[app:main]\nuse = egg:x\n")
        found, said = self.commands(project)
        self.assertEqual(found[1], "sudoedit /srv/myapp/production.ini")
        self.assertIn(f"sudo cp {project}/production.ini"
                      " /srv/myapp/production.ini", said)

    def test_a_copy_brings_new_code_and_keeps_configuration_and_data(self):
        kept = "conf 1/production.ini", "data.db", "sub/db.sqlite3"
        code = "shop.py", "sub/production.ini"
        ini = "# {}\n[app:main]\nuse = egg:Shop\n"
        for name in (*kept, *code):
            self.write(f"my shop/{name}", ini.format("old"))
        self.egg_info("my shop/Shop.egg-info", "Shop", top_level="shop")
        os.symlink("../shop.py", os.path.join(self.tmp, "my shop/sub/link"))
        for backend in (("--backend=mod_wsgi",), (
                "--backend=fastcgi", "--fastcgi-mode=htaccess",
                f"--web-directory={self.tmp}/web")):
            text, _ = self.runbook(
                os.path.join(self.tmp, "my shop"), "-f", *backend,
                f"--deployment={self.tmp}/srv", "--name=x",
                "--config=conf 1/production.ini")
            self.copy_project(text, "The project")
            for name in (*kept, *code, "apache/README.txt", "sub/link"):
                path = os.path.join(self.tmp, "srv/x", name)
                self.assertTrue(os.path.exists(path), name)
            for step in "The project", "Update":
                for name in (*kept, *code):
                    self.write(f"srv/x/{name}", ini.format("edited"))
                    self.write(f"my shop/{name}", ini.format("new"))
                self.copy_project(text, step)
                for name in (*kept, *code):
                    with open(f"{self.tmp}/srv/x/{name}") as stream:
                        self.assertEqual(stream.read(), ini.format(
                            "edited" if name in kept else "new"), name)
                self.assertTrue(os.path.islink(f"{self.tmp}/srv/x/sub/link"))

    def test_a_project_that_is_where_it_is_served_is_not_copied(self):
        project = self.copy("turbogears2")
        text, _ = self.runbook(project, f"--deployment={self.tmp}",
                               "--name=turbogears2")
        self.assertNotIn("cp -R", text)
        self.assertNotIn("(cd ", text)
        self.assertIn("\n  sudo /usr/local/pythonenv/turbogears2/bin/pip"
                      f" install -e {project} PasteDeploy\n", text)

    def test_in_place_the_owner_installs_what_the_virtualenv_lacks(self):
        project, env = self.copy("turbogears2"), self.virtualenv("env")
        for backend in "mod_wsgi", "fastcgi", "mod_python":
            text, _ = self.runbook(project, "--in-place", "-f",
                                   f"--virtualenv={env}",
                                   f"--backend={backend}")
            self.assertIn(f"{env}/bin/pip install -e {project} PasteDeploy",
                          self.step(text, "The project"))
            self.assertNotIn(f"sudo {env}/bin/pip", text)

    def test_what_nothing_in_the_project_requires_is_said(self):
        self.write("hello/hello.py")
        text, _ = self.runbook(os.path.join(self.tmp, "hello"),
                               "--application=hello:app")
        self.assertIn("Nothing in the project tells what else it requires",
                      text)
        self.write("dj/manage.py", "os.environ.setdefault("
                   "'DJANGO_SETTINGS_MODULE', 'mysite.settings')\n")
        self.write("dj/mysite/wsgi.py")
        self.write("dj/mysite/settings.py")
        found, _ = self.commands(os.path.join(self.tmp, "dj"))
        self.assertEqual(found[0], "sudo /usr/local/pythonenv/mysite/bin/pip"
                         " install Django")

    def test_curl_asks_this_machine(self):
        project = self.copy("turbogears2")
        text, _ = self.runbook(project, "--server-name=www.example.com")
        self.assertIn("\n  curl --connect-to ::localhost: -i"
                      " http://www.example.com/\n", text)
        # Its logs are its own, and go with it.
        self.assertIn("\n  /var/log/apache2/myapp-error.log\n",
                      text[text.index("To remove it"):])
        text, _ = self.runbook(project, "-f", "--server-name=")
        self.assertIn("\n  curl -i http://localhost/myapp\n", text)

    def test_the_test_page_is_switched_on_by_commands(self):
        project = self.copy("turbogears2")
        for backend in "mod_wsgi", "fastcgi", "mod_python":
            text, _ = self.runbook(project, f"--backend={backend}", "-f",
                                   "--test-page=off")
            self.assertIn(f"\n  modwsgideploy deploy {project}"
                          " --test-page=local\n", text)
            text, _ = self.runbook(project, "-f", "--test-page=local")
            self.assertNotIn("modwsgideploy deploy", text)
            self.assertRegex(text, "curl .*/test.(wsgi|fcgi)\n")

    def test_a_proxied_application_runs_before_its_site_is_asked(self):
        text, _ = self.runbook(self.copy("turbogears2"), "--backend=fastcgi",
                               "--fastcgi-mode=proxy")
        order = [text.index(words) for words in (
            "Start the application", "systemctl restart myapp",
            "Switch it on", "See that it works", "disable --now myapp",
            "To remove it", "\n  /etc/systemd/system/myapp.service")]
        self.assertEqual(order, sorted(order))

    def test_what_a_shared_host_shows_when_it_is_switched_off(self):
        text, _ = self.runbook(
            self.copy("turbogears2"), "--backend=fastcgi",
            "--fastcgi-mode=htaccess", f"--web-directory={self.tmp}")
        self.assertIn("curl -i http://localhost/myapp/\n", text)
        command, *_ = self.step(text, "Switch off, remove")
        subprocess.run(["sh", "-ec", command], check=True)
        with open(os.path.join(self.tmp, ".htaccess")) as stream:
            self.assertEqual(stream.read(),
                             "RewriteEngine On\nRewriteRule ^ - [G]\n")

    def test_mod_python_comes_when_nothing_of_mod_wsgi_is_left(self):
        text, _ = self.runbook(self.copy("turbogears2"),
                               "--backend=mod_python")
        commands = self.step(text, "Apache and mod_python")
        self.assertEqual(commands[1:], [
            "rm -f /etc/apache2/conf-enabled/modwsgi-baseline.conf",
            "a2dismod wsgi", "a2enmod python headers deflate brotli"])

    def test_a_project_without_any_configuration(self):
        _, said = self.commands(self.copy("pylons"))
        self.assertIn("sudoedit /srv/blog/production.ini", said)

    def test_what_is_but_an_ini_is_installed_from_the_index(self):
        site = self.site("env")
        self.egg_info(f"{site}/Shop.App-1.0.dist-info", "Shop.App")
        self.write(f"{site}/Shop.App-1.0.dist-info/METADATA",
                   "Metadata-Version: 2.1\nName: Shop.App\nVersion: 1.0\n")
        self.write(f"{site}/Shop.App-1.0.dist-info/RECORD",
                   "shop/__init__.py,,\n")
        self.write(f"{site}/shop/__init__.py")
        self.write("shop/production.ini", "[app:main]\nuse = egg:Shop.App\n")
        env = self.virtualenv("env")
        found, _ = self.commands(os.path.join(self.tmp, "shop"),
                                 f"--virtualenv={env}")
        self.assertEqual(
            found[0],
            f"sudo {env}/bin/pip install Shop.App PasteDeploy")
        # An update brings it anew, and nothing beside it.
        self.assertIn(f"sudo {env}/bin/pip install --upgrade Shop.App",
                      found[1:])

    def test_requirements_pin_what_the_project_requires(self):
        project = self.copy("turbogears2")
        self.write("turbogears2/requirements.txt", "WebOb==1.8.9\n")
        found, _ = self.commands(project)
        self.assertEqual(
            found[0], "sudo /usr/local/pythonenv/myapp/bin/pip install"
            " -r /srv/myapp/requirements.txt -e /srv/myapp PasteDeploy")

    def test_what_belongs_to_development_is_not_copied(self):
        self.egg_info("shop/Shop.egg-info", "Shop", top_level="shop")
        kept = ("shop.py", ".env", "bin/tool", "static/.gitkeep")
        left = (".git/config", ".venv/bin/activate", "env/bin/activate",
                "env/lib/x.py", "__pycache__/shop.pyc", ".pytest_cache/x",
                "sub/.hg/x", "old.pyc", ".tox/x")
        for name in (*kept, *left):
            self.write(f"shop/{name}")
        text, _ = self.runbook(os.path.join(self.tmp, "shop"), "--name=x",
                               f"--deployment={self.tmp}/srv")
        self.copy_project(text, "The project")
        for name in (*kept, *left):
            self.assertEqual(
                os.path.exists(os.path.join(self.tmp, "srv/x", name)),
                name in kept, name)

    def test_an_update_deletes_what_the_project_no_longer_has(self):
        self.egg_info("shop/Shop.egg-info", "Shop", top_level="shop")
        for name in ("shop.py", "it's gone.py", "sub/gone too.py"):
            self.write(f"shop/{name}")
        text, _ = self.runbook(os.path.join(self.tmp, "shop"), "--name=x",
                               f"--deployment={self.tmp}/srv")
        self.copy_project(text, "The project")
        # What the application writes was never copied.
        self.write("srv/x/uploads/picture.png")
        for name in ("it's gone.py", "sub/gone too.py"):
            self.assertTrue(os.path.exists(f"{self.tmp}/srv/x/{name}"))
            os.unlink(os.path.join(self.tmp, "shop", name))
        os.rename(f"{self.tmp}/shop", f"{self.tmp}/away")
        with self.assertRaises(subprocess.CalledProcessError):
            self.copy_project(text, "Update")
        self.assertTrue(os.path.exists(f"{self.tmp}/srv/x/it's gone.py"))
        os.rename(f"{self.tmp}/away", f"{self.tmp}/shop")
        for _ in range(2):
            self.copy_project(text, "Update")
            for name, there in (("it's gone.py", False), ("shop.py", True),
                                ("sub/gone too.py", False),
                                ("uploads/picture.png", True)):
                self.assertEqual(
                    os.path.exists(f"{self.tmp}/srv/x/{name}"), there, name)

    def test_the_database_is_made_as_the_project_has_it(self):
        project = self.copy("turbogears2")
        for name, text, said in (
                ("myapp/websetup/__init__.py", "",
                 "(cd /srv/myapp && sudo -u www-data /srv/env/bin/gearbox"
                 " setup-app -c /srv/myapp/production.ini)"),
                ("alembic.ini", "[alembic]\n",
                 "(cd /srv/myapp && sudo -u www-data /srv/env/bin/alembic"
                 " upgrade head)"),
                ("setup.cfg", "[options.entry_points]\nconsole_scripts =\n"
                 "    initialize_myapp_db = x:y\n",
                 "(cd /srv/myapp && sudo -u www-data"
                 " /srv/env/bin/initialize_myapp_db"
                 " /srv/myapp/production.ini)")):
            text_of_before, _ = self.runbook(
                project, "-f", "--virtualenv=/srv/env",
                "--config=production.ini")
            self.assertNotIn(said, text_of_before)
            self.write(f"turbogears2/{name}", text)
            text, _ = self.runbook(project, "-f")
            self.assertIn("sudo " + said if said[0] != "(" else said,
                          text)
        update = text[text.index(". Update"):]
        self.assertIn("alembic upgrade head", update)
        self.assertNotIn("initialize_myapp_db", update)

    def test_what_https_needs_is_said(self):
        project = self.copy("turbogears2")
        text, _ = self.runbook(project, "--server-name=www.example.com")
        self.assertEqual(self.step(text, "HTTPS"),
                         ["certbot --apache -d www.example.com"])
        text, _ = self.runbook(project, "-f", "--certificate=/x/full.pem",
                               "--certificate-key=/x/key.pem")
        self.assertEqual(self.step(text, "HTTPS"), [
            "/x/full.pem", "/x/key.pem", "systemctl reload apache2"])
        # Apache would refuse to start without them.
        self.assertLess(text.index("HTTPS\n-"), text.index("Switch it on\n-"))
        text, _ = self.runbook(self.copy("pyramid"), "-f")
        self.assertNotIn("HTTPS\n-", text)

    def test_code_without_metadata_needs_pastedeploy_alone(self):
        self.write("bare/bare.py")
        self.write("bare/production.ini",
                   "[app:main]\npaste.app_factory = bare:main\n")
        found, _ = self.commands(os.path.join(self.tmp, "bare"))
        self.assertEqual(
            found[0],
            "sudo /usr/local/pythonenv/bare/bin/pip install PasteDeploy")


if __name__ == "__main__":
    unittest.main()

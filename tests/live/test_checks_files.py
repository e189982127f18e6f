"""Files and directories that are missing or closed.

Each failure is foretold, seen, and mended by the printed fix.
"""

import os
import subprocess
import zipfile

from tests.support import kept, samples
from tests.support.check_case import (
    HOST,
    CheckCase,
    StagedCase,
    needs_root,
    other_python,
)


class Places(CheckCase):

    def test_02_a_module_that_is_not_installed_without_a_virtualenv(self):
        self.deploy("--virtualenv=", "--backend=fastcgi")
        with self.apache():
            found = self.findings()["MWD601"]
        path = f"{self.project}/virtualenv"
        self.assertRegex(found["fix"], f" -m venv {path} && (sudo )?{path}/bin"
                         f"/pip install .* && .*--virtualenv={path}")
        subprocess.run(found["fix"].split(" && ")[0], shell=True, check=True)
        self.assertTrue(os.path.exists(f"{path}/bin/pip"))

    def test_02_a_python_path_that_leads_nowhere(self):
        self.deploy()
        libraries = self.top / "libraries"
        self.edit(self.conf, "threads=15",
                  f"threads=15 python-path={libraries}")
        self.edit(self.script, r"\A", "import shop_late\n")
        self.assertIn(f"names {libraries}, which does not exist",
                      self.check()["MWD114"]["message"])
        wrong = "500(.|\n)*No module named 'shop_late'"
        self.assertRegex(self.visit("/", wrong), wrong)
        libraries.mkdir()
        (libraries / "shop_late.py").write_text("")
        self.assertEqual(self.check(), {})
        self.assertRegex(self.visit(), "^200")

    def test_02_a_module_that_is_not_installed(self):
        self.virtualenv = self.top / "virtualenv"
        subprocess.run([kept.interpreter(), "-m", "venv",
                        self.virtualenv], check=True)
        self.deploy()
        self.prove("MWD601", "No module named 'paste'")

    def test_02_a_baseline_that_is_missing(self):
        self.deploy(f"--baseline={self.top}/baseline")
        # An ordinary user's server has its sockets elsewhere.
        self.edit(self.project / "apache" / "baseline.conf",
                  "(?m)^WSGISocketPrefix.*\n", "")
        self.prove("MWD101", "encodings|did not answer")

    def test_02_a_virtualenv_that_is_missing(self):
        self.virtualenv = self.top / "gone"
        self.deploy()
        found = self.check()
        self.assertRegex(self.visit(), "encodings|did not answer|No module")
        self.mend(found["MWD102"])
        # It is empty still, and that is the next finding.
        found = self.check()
        self.assertNotIn("MWD102", found)
        self.assertIn("MWD601", found)

    def test_03_a_virtualenv_of_another_python(self):
        python = other_python()
        self.virtualenv = self.top / "virtualenv"
        subprocess.run([python, "-m", "venv", "--without-pip",
                        self.virtualenv], check=True)
        ours = samples.paste().virtualenv
        self.virtualenv, wrong = ours, self.virtualenv
        self.deploy()
        self.edit(self.conf, str(ours), str(wrong))
        self.edit(self.script, str(ours), str(wrong))
        self.prove("MWD304", "No module named|nothing can be seen")

    @needs_root
    def test_04_a_directory_that_only_its_owner_enters(self):
        self.deploy()
        self.top.chmod(0o700)
        self.prove("MWD201", "403|did not answer|50\\d|Permission")

    @needs_root
    def test_04_an_ini_that_only_its_owner_reads(self):
        self.deploy()
        self.ini.chmod(0o600)
        self.prove("MWD201", "cannot read .*production.ini")
        self.assertEqual(self.ini.stat().st_mode & 0o777, 0o640)

    def test_05_a_script_that_is_not_there(self):
        self.deploy()
        self.edit(self.conf, r"apache/plain_app\.wsgi", "apache/plain.wsgi")
        self.prove("MWD107", "403|404|500")

    def test_06_order_and_allow(self):
        self.deploy()
        self.edit(self.conf, "Require all granted",
                  "Order allow,deny\n        Allow from all")
        self.prove("MWD306", "did not start(.|\n)*Order")

    def test_06_access_that_nobody_grants(self):
        self.deploy()
        self.edit(self.conf, " +Require all granted\n(?= *</Files>)", "")
        self.prove("MWD311", "403(.|\n)*AH01630")

    @needs_root
    def test_07_sockets_in_a_closed_directory(self):
        self.deploy()
        closed = self.top / "run"
        closed.mkdir(mode=0o700)
        self.neighbour(f"WSGISocketPrefix {closed}/wsgi")
        self.prove("MWD203", "503")

    def zipped_egg(self):
        """The path of a package that is a zip file."""
        egg = self.top / "zipped-1.0-py3.egg"
        with zipfile.ZipFile(egg, "w") as archive:
            archive.writestr("zipped/__init__.py", "")
            archive.writestr("zipped/data.txt", "unpacked")
            archive.writestr("EGG-INFO/PKG-INFO",
                             "Metadata-Version: 2.1\nName: zipped\n"
                             "Version: 1.0\n")
        return egg

    @needs_root
    def test_13_an_egg_cache_that_cannot_be_written(self):
        cache = self.top / "eggs"
        cache.mkdir(mode=0o755)
        egg = self.zipped_egg()
        self.usual = ("--pass-authorization",)
        self.deploy(f"--egg-cache={cache}", f"--python-path={egg}")
        self.edit(self.script, r"\Z", (
            "\nimport pkg_resources\n"
            "pkg_resources.resource_filename('zipped', 'data.txt')\n"))
        self.prove("MWD202", "Can't extract file")

    def test_the_egg_cache_is_made_by_the_fix(self):
        self.usual = ("--pass-authorization",)
        self.deploy(f"--egg-cache={self.top}/eggs")
        self.assertEqual(self.check(), {})
        self.deploy(f"--egg-cache={self.top}/eggs",
                    f"--python-path={self.zipped_egg()}")
        finding = self.check()["MWD105"]
        if os.geteuid():
            self.assertIn("sudo install -d", finding["fix"])
            return
        self.mend(finding)
        self.assertEqual(self.check(), {})

    @needs_root
    def test_18_a_database_that_cannot_be_written(self):
        self.ini = self.project / "relative.ini"
        self.deploy("--processes=1", "--skip=MWD504")
        found = self.check()
        self.assertEqual(set(found), {"MWD204"})
        post = dict(path="/notes", method="POST", body=b"remember")
        wrong = "readonly database"
        self.assertRegex(self.visit(symptom=wrong, **post), wrong)
        # Into a directory of its own, as there is code beside it.
        self.mend(found["MWD204"])
        self.assertNotEqual(self.project.stat().st_mode & 0o022, 0o022)
        self.assertEqual(self.check(), {})
        self.assertRegex(self.visit(**post), "200 OK\nfirst\nremember")

    def test_18_a_database_that_processes_share(self):
        self.ini = self.project / "relative.ini"
        self.deploy()
        found = self.check()
        self.mend(found["MWD508"])
        self.assertNotIn("MWD508", self.check())
        self.assertRegex(self.visit("/seen"), '"multiprocess": false')

    def test_a_home_that_is_missing(self):
        self.deploy(f"--home={self.top}/home")
        self.prove("MWD110", "did not|503|No such file", "200")

    def test_a_log_directory_that_is_missing(self):
        self.deploy(f"--server-name={HOST}", f"--port={self.port}",
                    f"--log-directory={self.top}/gone")
        self.prove("MWD109", "did not start")

    @needs_root
    def test_a_user_who_does_not_exist(self):
        self.deploy("--user=nobody-of-that-name")
        found = self.check()
        self.assertIn("useradd --system nobody-of-that-name",
                      found["MWD205"]["fix"])
        self.assertNotIn("MWD305", found)
        self.assertRegex(self.visit(), "did not start")


class Modules(StagedCase):

    def test_02_what_the_project_requires_is_not_installed(self):
        self.virtualenv = self.top / "virtualenv"
        subprocess.run([kept.interpreter(), "-m", "venv",
                        self.virtualenv], check=True)
        subprocess.run([self.virtualenv / "bin" / "pip", "-q", "install",
                        "PasteDeploy"], check=True,
                       stderr=subprocess.DEVNULL)
        self.edit(self.project / "setup.py", '"Paste"', '"WebOb"')
        self.edit(self.project / "plain_app" / "__init__.py", "(?=from .seen)",
                  "import webob  # noqa\n")
        self.deploy()
        self.prove("MWD601", "No module named 'webob'")

"""The modules of the collection modwsgideploy.fleet, as Ansible runs them on
a host."""

import json
import os
import shutil
import subprocess
import tarfile

from tests.support import ansible, kept
from tests.support.apache_case import BIN
from tests.support.fleet_case import APPLICATION, PACKAGE, LocalHost

MODULES = "ansible_collections.modwsgideploy.fleet.plugins.modules"


class Case(LocalHost):
    """A host, and a project on it that is not deployed yet."""

    def setUp(self):
        super().setUp()
        self.shop = self.top / "shop"
        self.shop.mkdir()
        self.code("1")
        self.options = {
            "application": "app:application", "in_place": True,
            "processes": 1, "virtualenv": "", "egg_cache": "",
            "platform": "debian", "log_directory": f"{self.root}/log"}

    def code(self, version, more="", broken="pass"):
        (self.shop / "app.py").write_text(APPLICATION.format(
            version=version, more=more, broken=broken))

    def run_module(self, name, /, check=False, diff=False, fails=False,
               **parameters):
        """What a module returns."""
        arguments = self.top / "arguments.json"
        if name != "artifacts":
            parameters = {"command": str(BIN / "modwsgideploy"),
                          "server_config": str(self.config), **parameters}
        arguments.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": {
            **parameters, "_ansible_check_mode": check,
            "_ansible_diff": diff, "_ansible_remote_tmp": str(self.top)}}))
        done = subprocess.run(
            [ansible.virtualenv() / "bin/python", "-m", f"{MODULES}.{name}",
             arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL, text=True, check=False, cwd=PACKAGE,
            timeout=300)
        found = json.loads(done.stdout)
        self.assertEqual(bool(found.get("failed")), fails,
                         done.stdout + done.stderr)
        self.assertEqual(done.stderr, "")
        return found


class Sites(Case):
    """One site by its project's directory."""

    def site(self, state="enabled", **parameters):
        if state == "enabled":
            parameters.setdefault("options", self.options)
        return self.run_module("site", project=str(self.shop), state=state,
                           **parameters)

    def test_on_and_off(self):
        before = self.tree()
        found = self.site(check=True, diff=True)
        self.assertTrue(found["changed"])
        self.assertIn("+WSGIScriptAlias /shop ", found["diff"]["prepared"])
        self.assertFalse((self.shop / "apache").exists())
        found = self.site()
        self.assertTrue(found["changed"])
        self.assertEqual([site["status"] for site in found["sites"]], ["on"])
        self.assertEqual(self.served(), "1")
        for check in True, False:
            self.assertFalse(self.site(check=check)["changed"])
        # Another choice is written, installed and read.
        self.options["threads"] = 7
        generation = self.generation()
        found = self.site(check=True, diff=True)
        self.assertTrue(found["changed"])
        self.assertIn("+    threads=7", found["diff"]["prepared"])
        self.assertEqual(self.generation(), generation)
        self.assertTrue(self.site()["changed"])
        self.assertIn("threads=7", self.installed())
        # New code takes new processes.
        self.code("2")
        self.assertTrue(self.site("restarted", check=True)["changed"])
        self.assertEqual(self.served(), "1")
        self.assertTrue(self.site("restarted")["changed"])
        self.assertEqual(self.served(), "2")
        info = self.run_module("site_info", target=str(self.shop))
        self.assertEqual((info["wrong"], info["release"]), ([], ""))
        for check in True, False:
            found = self.site("disabled", check=check, diff=True)
            self.assertTrue(found["changed"])
            self.assertIn("-../sites-available/shop.conf",
                          found["diff"]["prepared"])
        self.assertFalse(self.site("disabled")["changed"])
        self.assertTrue(self.site("absent")["changed"])
        self.assertFalse(self.site("absent")["changed"])
        self.assertFalse((self.shop / "apache").exists())
        self.assertEqual(self.tree(), before)

    def test_what_does_not_work(self):
        found = self.run_module("site", project=str(self.top / "nowhere"),
                            fails=True)
        self.assertIn("nowhere: there is no such directory", found["msg"])
        found = self.run_module("site", project=str(self.shop), fails=True,
                            command=str(self.top / "nothing"))
        self.assertIn("nothing: there is no such command on this host; install"
                      " it, or name it by command", found["msg"])
        before = self.tree()
        self.code("1", broken="raise RuntimeError('too bad')")
        found = self.site(fails=True)
        self.assertRegex(found["msg"], "shop: http://.* answers 500(?s:.*)"
                                       "RuntimeError")
        self.assertEqual(self.tree(), before)

    def test_hand_edits_are_in_the_way(self):
        self.site()
        installed = self.root / "sites-available" / "shop.conf"
        installed.write_text(installed.read_text().replace(
            "threads=15", "threads=3"))
        self.options["threads"] = 7
        found = self.site(fails=True)
        self.assertIn("was edited since it was installed", found["msg"])
        self.assertTrue(self.site(overwrite=True)["changed"])
        self.assertIn("threads=3", (
            self.root / "sites-available/shop.conf.bak").read_text())


class Releases(Case):
    """A release of the host, which has a site or two."""

    def setUp(self):
        super().setUp()
        self.sites = [{"name": "shop", "project": "shop", **{
            name: value for name, value in self.options.items()
            if name not in ("in_place", "virtualenv")}}]
        self.shared = []

    def release(self, number, **parameters):
        """Make a release of the code as it is; what the module returns."""
        built = self.run_module(
            "artifacts", projects={"shop": {"directory": str(self.shop)}},
            dest=str(self.top / "artifacts"), inputs=[number])
        self.left_out = built["left_out"]
        return self.run_module(
            "release", name=f"20261127-00000{number}",
            root=str(self.releases), sites=self.sites, projects={"shop": {
                "archive": built["archives"]["shop"],
                "shared": self.shared}},
            python=ansible.kept.interpreter(), **parameters)

    def serve(self, release, **parameters):
        return self.run_module("site", release=release,
                           root=str(self.releases), **parameters)

    def names(self):
        return sorted(path.name for path in self.releases.iterdir()
                      if path.name.startswith("2026"))

    def test_hand_edits_go_with_it_and_gone_sites_are_off(self):
        self.sites.append({**self.sites[0], "name": "wiki"})
        self.assertTrue(self.release(1)["changed"])
        self.assertFalse(self.release(1)["changed"])
        self.assertFalse((self.releases / "current").exists())
        found = self.serve("20261127-000001", check=True, diff=True)
        self.assertTrue(found["changed"])
        self.assertIn("+WSGIScriptAlias /wiki ", found["diff"]["prepared"])
        self.serve("20261127-000001")
        self.assertEqual(self.served("/wiki"), "1")
        script = self.releases / "current/sites/shop/shop.wsgi"
        script.write_text(script.read_text() + "# mine\n")
        wiki = self.sites.pop()
        self.code("2")
        self.release(2)
        self.assertEqual(self.served("/wiki"), "1")
        found = self.serve("20261127-000002")
        self.assertEqual({site["name"]: site["status"]
                          for site in found["sites"]},
                         {"wiki": "off", "shop": "on"})
        self.assertEqual(self.served(), "2")
        self.assertEqual(self.get("/wiki").status, 404)
        self.assertTrue(script.read_text().endswith("# mine\n"))
        # And it is on again in the release before.
        found = self.serve("previous")
        self.assertEqual(found["release"], "20261127-000001")
        self.assertEqual((self.served(), self.served("/wiki")), ("1", "1"))
        self.assertFalse(self.serve("current")["changed"])
        self.sites.append(wiki)
        for number in 3, 4, 5:
            self.release(number)
            self.serve(f"20261127-00000{number}", keep=2)
        self.assertEqual(self.names(), ["20261127-000004",
                                        "20261127-000005"])
        found = self.run_module("site_info", root=str(self.releases))
        self.assertEqual((found["release"], found["previous"],
                          found["wrong"]),
                         ("20261127-000005", "20261127-000004", []))
        # One that is served can be taken away as well.
        self.assertTrue(self.serve("20261127-000005", state="absent",
                                   check=True)["changed"])
        self.assertEqual(self.served(), "2")
        self.assertTrue(self.serve("20261127-000005",
                                   state="absent")["changed"])
        self.assertFalse(self.serve("20261127-000005",
                                    state="absent")["changed"])
        self.assertEqual(self.names(), ["20261127-000004"])
        self.assertEqual(self.get("/shop").status, 404)

    def test_one_that_would_not_work_is_not_left(self):
        self.release(1)
        self.serve("20261127-000001")
        before = self.tree()
        self.code("2", more="import not_there")
        found = self.release(2, fails=True)
        self.assertRegex(found["msg"],
                         r"\Ashop: (?s:.*)'not_there'(?s:.*) \[MWD601\]: mend"
                         " it in the project, in what it requires")
        self.assertEqual(self.names(), ["20261127-000001"])
        # One that fails only where it is served is taken back, whole.
        self.sites.append({**self.sites[0], "name": "wiki"})
        self.code("3", broken="assert environ['SCRIPT_NAME'] != '/wiki' or"
                              f" environ['SERVER_PORT'] != '{self.port}'")
        self.release(3)
        found = self.serve("20261127-000003", fails=True)
        self.assertRegex(found["msg"], "wiki: http://.* answers 500")
        self.assertTrue(found["restored"])
        self.assertEqual(self.current, "20261127-000001")
        self.assertEqual(self.tree(), before)
        self.assertEqual(self.served(), "1")
        found = self.serve("20261127-000009", fails=True)
        self.assertIn("there is no release 20261127-000009; there are"
                      " 20261127-000003, 20261127-000001", found["msg"])

    def test_a_host_has_the_sites_of_one_manifest(self):
        self.release(1, manifest="sites.ini")
        self.serve("20261127-000001")
        found = self.release(2, manifest="other.ini", fails=True)
        self.assertIn("has the sites of sites.ini, and one of other.ini would"
                      " switch them off", found["msg"])
        self.assertEqual(self.names(), ["20261127-000001"])
        self.release(2, manifest="sites.ini")

    def test_wheels_of_another_python(self):
        archive = self.top / "shop.tar.gz"
        self.release(1)
        wheels = self.top / "wheels"
        wheels.mkdir()
        (wheels / "other-1-cp27-none-win32.whl").touch()
        with tarfile.open(archive, "w:gz") as packed:
            packed.add(self.shop, "code")
            packed.add(wheels, "wheels")
        found = self.run_module(
            "release", name="20261127-000002", root=str(self.releases),
            sites=self.sites, projects={"shop": {"archive": str(archive)}},
            python=ansible.kept.interpreter(), fails=True)
        self.assertRegex(found["msg"], (
            r"\Ashop: pip install failed \(1\)\n *ERROR: other-1-cp27-none-win"
            r"32.whl is not a supported(?s:.*)have site_build_python be of"))
        self.assertEqual(self.names(), ["20261127-000001"])

    def test_a_directory_that_others_can_write_to(self):
        self.release(1)
        for change, back in ((lambda: self.releases.chmod(0o775),
                              lambda: self.releases.chmod(0o755)),
                             (lambda: os.chown(self.releases, 65534, -1),
                              lambda: os.chown(self.releases, 0, -1))):
            change()
            for found in (self.release(2, fails=True),
                          self.serve("20261127-000001", fails=True)):
                self.assertIn(f"{self.releases}: others than root can write"
                              " there", found["msg"])
            back()
        self.serve("20261127-000001")
        self.assertEqual(self.served(), "1")

    def test_databases(self):
        database = self.shop / "data.db"
        database.write_bytes(b"SQLite format 3\0 and so on")
        self.release(1)
        self.assertEqual(self.left_out, [str(database)])
        self.serve("20261127-000001")
        inside = self.releases / "current/projects/shop/data.db"
        self.assertFalse(inside.exists())
        shutil.copy(database, inside)
        self.code("2")
        found = self.release(2, fails=True)
        kept = self.releases / "shared/shop/data.db"
        self.assertIn(f"move it to {kept}, and add data.db to `shared`",
                      found["msg"])
        self.shared = ["data.db"]
        inside.unlink()
        found = self.release(2, fails=True)
        self.assertIn(f"{kept}: is missing", found["msg"])
        kept.parent.mkdir(parents=True)
        shutil.copy(database, kept)
        self.release(2)
        self.assertEqual(os.readlink(
            self.releases / "20261127-000002/projects/shop/data.db"),
            str(kept))


class Artifacts(Case):

    def build(self, **parameters):
        parameters.setdefault(
            "projects", {"shop": {"directory": str(self.shop)}})
        return self.run_module(
            "artifacts", dest=str(self.top / "artifacts"), **parameters)

    def test_the_name_stays_while_nothing_changes(self):
        (self.shop / "secret.ini").write_text("x")
        (self.shop / "secret.ini").chmod(0o600)
        (self.shop / ".git").mkdir()
        (self.shop / ".git/config").write_text("x")
        first = self.build(inputs=[1])
        self.assertTrue(first["changed"])
        again = self.build(inputs=[1])
        self.assertFalse(again["changed"])
        self.assertEqual(again["release"], first["release"])
        self.assertEqual(again["archives"], first["archives"])
        with tarfile.open(first["archives"]["shop"]) as archive:
            modes = {entry.name: entry.mode for entry in archive}
        self.assertEqual(modes, {"code": 0o755, "code/app.py": 0o644,
                                 "code/secret.ini": 0o640})
        # What the hosts are to have is another release of the same code.
        other = self.build(inputs=[2])
        self.assertNotEqual(other["release"], first["release"])
        self.assertEqual(other["archives"], first["archives"])
        self.code("2")
        new = self.build(inputs=[2])
        self.assertNotIn(new["release"], (first["release"], other["release"]))
        self.assertEqual(sorted(os.listdir(self.top / "artifacts")), sorted(
            ["release.json", os.path.basename(new["archives"]["shop"])]))
        named = self.build(inputs=[2], release="20200101-000000")
        self.assertEqual(named["release"], "20200101-000000")

    def test_a_project_with_nothing_but_a_setup_py(self):
        (self.shop / "setup.py").write_text(
            "from setuptools import setup\n"
            "setup(name='shop', version='1', py_modules=['app'])\n")
        found = self.build(python=kept.interpreter())
        with tarfile.open(found["archives"]["shop"]) as archive:
            self.assertIn("wheels/shop-1-py3-none-any.whl",
                          archive.getnames())

    def test_what_cannot_be_built(self):
        found = self.build(projects={"shop": {"directory": "/nowhere"}},
                           fails=True)
        self.assertIn("shop: /nowhere: there is no such directory",
                      found["msg"])
        (self.shop / "requirements.txt").write_text("./not-there\n")
        found = self.build(fails=True)
        self.assertIn("shop: pip wheel failed (1)", found["msg"])
        found = self.build(release="v1", fails=True)
        self.assertIn("v1: is no name of a release, such as", found["msg"])
        self.assertEqual(os.listdir(self.top / "artifacts"), [])



"""``fleet``, and what a manifest says of many hosts."""

import contextlib
import io
import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from modwsgideploy.cli import console
from tests.support import ansible

MANIFEST = """\
[DEFAULT]
platform = debian
hosts = web

[hosts:web]
hosts = h1, h2

[shop]
project = shop
server-name = www.example.com
server-alias =
    example.com
    *.example.com
processes = 2
http2 = no
static = /media={top}/shop/media
access-log-format = %h {{{{x}}}} %%>s

[wiki]
project = shop
server-name = www.example.com
hosts = db
threads = 5
"""


class Fleets(unittest.TestCase):

    maxDiff = None

    def setUp(self):
        top = tempfile.TemporaryDirectory()
        self.addCleanup(top.cleanup)
        self.top = Path(top.name).resolve()
        shop = self.top / "shop"
        (shop / "media").mkdir(parents=True)
        (shop / "wsgi.py").write_text(
            "def application(environ, start_response):\n    pass\n")
        self.manifest = self.top / "sites.ini"
        self.write(MANIFEST.format(top=self.top))
        self.out = self.top / "fleet"

    def write(self, text):
        self.manifest.write_text(text)

    def run_command(self, *arguments, status=0):
        """What a command prints: stdout and stderr."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            found = console.main([*map(str, arguments)])
        self.assertEqual(found, status, out.getvalue() + err.getvalue())
        return out.getvalue(), err.getvalue()

    def fleet(self, *options, status=0):
        return self.run_command("fleet", self.manifest, "-o", self.out,
                                *options, status=status)

    def files(self):
        return {str(path.relative_to(self.out)): path.read_text()
                for path in self.out.rglob("*")
                if path.is_file() and path.name[0] != "."}

    def test_writes_what_ansible_reads(self):
        out, _ = self.fleet()
        self.assertIn("2 sites on 3 hosts: h1, h2, db\n", out)
        self.assertEqual(sorted(self.files()), [
            "README.txt", "ansible.cfg", "group_vars/sites.yml",
            "host_vars/db.yml", "host_vars/h1.yml", "host_vars/h2.yml",
            "inventory.ini", "rollout.yml"])
        found = self.inventory()
        self.assertEqual(found["sites"]["hosts"], ["h1", "h2", "db"])
        self.assertEqual(found["web"]["hosts"], ["h1", "h2"])
        variables = found["_meta"]["hostvars"]
        shop, = variables["h1"]["site_sites"]
        self.assertEqual(variables["h2"]["site_sites"], [shop])
        self.assertEqual(shop, {
            "name": "shop", "project": "shop", "platform": "debian",
            "server_name": "www.example.com",
            "server_alias": ["example.com", "*.example.com"],
            "processes": 2, "http2": False,
            "static": ["/media={code}/media"],
            "access_log_format": {"__ansible_unsafe": "%h {{x}} %%>s"}})
        # The other machine has nothing of that host, and is no conflict.
        self.assertEqual(variables["db"]["site_sites"], [{
            "name": "wiki", "project": "shop", "platform": "debian",
            "server_name": "www.example.com", "threads": 5}])
        self.assertEqual(variables["db"]["site_projects"],
                         {"shop": {"directory": f"{self.top}/shop"}})

    def inventory(self):
        """What Ansible reads in the directory."""
        done = subprocess.run(
            [ansible.virtualenv() / "bin/ansible-inventory", "--list"],
            cwd=self.out, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, check=False, env={
                **os.environ, "ANSIBLE_HOME": str(self.top / "ansible")})
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_a_second_run_keeps_edits(self):
        self.fleet()
        before = self.files()
        out, _ = self.fleet("--changed")
        self.assertIn("  all files are as they should be\n", out)
        self.assertEqual(self.files(), before)
        inventory = self.out / "inventory.ini"
        inventory.write_text(before["inventory.ini"].replace(
            "h1\n", "h1 ansible_host=192.0.2.7\n", 1))
        self.write(self.manifest.read_text().replace(
            "h1, h2", "h1, h2, h3").replace("hosts = db", "hosts = h4"))
        out, _ = self.fleet("-n", "--changed", status=3)
        self.assertIn("\n+h3\n", out)
        self.assertNotIn("h3", inventory.read_text())
        out, _ = self.fleet("--changed", status=3)
        self.assertRegex(out, r"  merge     \S+/inventory.ini\n")
        self.assertIn("h1 ansible_host=192.0.2.7\nh2\nh3\n",
                      inventory.read_text())
        self.assertFalse((self.out / "host_vars/db.yml").exists())
        # The same lines: both stay.
        web = self.out / "host_vars/h1.yml"
        web.write_text(web.read_text().replace("processes: 2",
                                               "processes: 9"))
        self.write(self.manifest.read_text().replace("processes = 2",
                                                     "processes = 4"))
        _, err = self.fleet(status=1)
        self.assertIn("your edits and the new text change the same lines",
                      err)
        self.assertIn("processes: 9", web.read_text())
        self.assertIn("processes: 4", (
            self.out / "host_vars/h1.yml.new").read_text())
        self.assertIn("processes: 4", (
            self.out / "host_vars/h2.yml").read_text())

    def test_foreign_files_are_in_the_way(self):
        self.out.mkdir()
        (self.out / "ansible.cfg").write_text("[defaults]\n")
        _, err = self.fleet(status=1)
        self.assertIn("ansible.cfg: is not as it would be written", err)
        self.assertEqual((self.out / "ansible.cfg").read_text(),
                         "[defaults]\n")
        self.fleet("-f")
        self.assertEqual((self.out / "ansible.cfg.bak").read_text(),
                         "[defaults]\n")

    def test_another_manifest(self):
        """Its hosts and sites would take the place of these."""
        self.fleet()
        before = self.files()
        other = self.manifest.rename(self.top / "other.ini")
        for options in ((), ("-n",)):
            _, err = self.run_command("fleet", other, "-o", self.out, *options,
                                      status=2)
            self.assertIn("fleet: was written from sites.ini, and not from"
                          " other.ini; name another directory by -o", err)
            self.assertEqual(self.files(), before)
        self.run_command("fleet", other, "-o", self.out, "-f")
        self.assertIn("from other.ini", self.files()["rollout.yml"])

    def test_json(self):
        found = json.loads(self.fleet("--json", "-n")[0])
        self.assertEqual(found["hosts"], {
            "h1": ["shop"], "h2": ["shop"], "db": ["wiki"]})
        self.assertTrue(found["changed"])
        self.assertIn("+site_sites:", found["diff"])
        self.assertFalse(self.out.exists())

    def test_every_host(self):
        self.write(self.manifest.read_text().replace(
            "hosts = db\n", "hosts = all\n").replace(
                "server-name = www.example.com\nhosts",
                "server-name = wiki.example.com\nhosts"))
        found = json.loads(self.fleet("--json")[0])
        self.assertEqual(found["hosts"], {
            "h1": ["shop", "wiki"], "h2": ["shop", "wiki"]})

    def test_conflicts_are_judged_per_host(self):
        same = ("\n[other]\nproject = shop\nserver-name = www.example.com\n"
                "name = shop\nhosts = {}\n")
        text = self.manifest.read_text()
        self.write(text + same.format("h9"))
        self.fleet()
        self.write(text + same.format("h2"))
        _, err = self.fleet(status=2)
        self.assertRegex(err, r"\[other\]: is called shop as \S+sites.ini:8"
                              r" \[shop\] is")
        self.assertEqual(err.count("is called"), 1)

    def test_processes_that_sites_of_a_project_share(self):
        self.write(self.manifest.read_text().replace(
            "hosts = db", "hosts = web\ndaemon = one").replace(
                "processes = 2", "processes = 2\ndaemon = one").replace(
                "threads = 5", "processes = 2\nmount-point = /wiki"))
        self.fleet()

    def test_wrong_hosts(self):
        text = self.manifest.read_text()
        for old, new, said in (
                ("hosts = h1, h2", "hosts = h1:22", "'h1:22' cannot be the"
                                                    " name of a host"),
                ("hosts = h1, h2", "hosts =", "[hosts:web]: names no hosts"),
                ("[hosts:web]", "[hosts:sites]", "'sites' cannot be the name"
                                                 " of a group"),
                ("[hosts:web]\n", "[hosts:web]\nport = 8\n",
                 "[hosts:web] port: a group has nothing but hosts"),
                ("hosts = web\n", "", "[shop]: is on no host; add hosts ="),
                ("processes = 2\n", "backend = http\n",
                 "[shop]: is for --backend=http"),
        ):
            with self.subTest(new):
                self.write(text.replace(old, new, 1))
                _, err = self.fleet(status=2)
                self.assertIn(said, err)
                self.assertFalse(self.out.exists())

    def test_other_commands_know_that_it_is_a_fleet(self):
        _, err = self.run_command("batch", self.manifest, status=2)
        self.assertIn("[shop]: is on h1, h2; `modwsgideploy fleet` writes",
                      err)
        _, err = self.run_command("plan", self.manifest, status=2)
        self.assertIn("its sites are on h1, h2, db; say for which of them by"
                      " --host", err)
        found = json.loads(self.run_command(
            "plan", self.manifest, "--no-load", "--host=db", "--json",
            "--memory=4000")[0])
        self.assertEqual([site["name"] for site in found["sites"]], ["wiki"])
        _, err = self.run_command("plan", self.manifest, "--host=dbx",
                                  status=2)
        self.assertIn("--host: no site is on dbx (did you mean 'db'?)", err)

    def test_projects_that_cannot_be_read(self):
        """They are told with all else that is wrong."""
        self.write(self.manifest.read_text().replace(
            "project = shop\nserver-name = www.example.com\nhosts",
            "project = nowhere\nserver-name = www.example.com\nhosts")
            + "\n[blog]\nproject = shop\nhosts =\n"
              "\n[news]\nproject = shop\nthreads = many\n")
        _, err = self.fleet(status=2)
        self.assertRegex(
            err, r"sites.ini:\d+ \[wiki\].*nowhere: there is no such dir")
        self.assertRegex(err, r"sites.ini:\d+ \[blog\]: is on no host")
        self.assertRegex(err, r"sites.ini:\d+ \[news\] threads: 'many'")
        self.assertFalse(self.out.exists())


if __name__ == "__main__":
    unittest.main()

"""What is shipped for Ansible."""

import os
import subprocess
import tarfile
import tempfile
import unittest
from pathlib import Path

from modwsgideploy import __version__
from tests.support import TOP, ansible

COLLECTION = Path(
    TOP, "modwsgideploy/ansible_collections/modwsgideploy/fleet")


class Collection(unittest.TestCase):

    def test_galaxy_can_build_it(self):
        with tempfile.TemporaryDirectory() as top:
            done = subprocess.run(
                [ansible.virtualenv() / "bin/ansible-galaxy", "collection",
                 "build", COLLECTION, "--output-path", top],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                check=False, cwd=top)
            self.assertEqual(done.returncode, 0, done.stdout)
            path = Path(top, f"modwsgideploy-fleet-{__version__}.tar.gz")
            with tarfile.open(path) as archive:
                names = archive.getnames()
        for name in ("plugins/modules/site.py", "plugins/modules/site_info.py",
                     "plugins/module_utils/command.py",
                     "roles/site/meta/argument_specs.yml",
                     "playbooks/rollout.yml", "playbooks/rollback.yml",
                     "playbooks/status.yml", "playbooks/check.yml"):
            self.assertIn(name, names)

    def test_its_modules_say_what_can_be_set(self):
        for module in ("site", "site_info", "release"):
            done = subprocess.run(
                [ansible.virtualenv() / "bin/ansible-doc", "-t", "module",
                 f"modwsgideploy.fleet.{module}"],
                env={**os.environ, "ANSIBLE_COLLECTIONS_PATH":
                     str(COLLECTION.parents[2])},
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                check=False)
            self.assertEqual(done.returncode, 0, done.stdout)
            for option in ("command", "probe", "root", "server_config"):
                self.assertRegex(done.stdout, rf"(?m)^ +{option} ")

    def test_it_is_in_the_distribution(self):
        text = Path(TOP, "MANIFEST.in").read_text()
        self.assertIn("graft modwsgideploy/ansible_collections\n", text)


if __name__ == "__main__":
    unittest.main()

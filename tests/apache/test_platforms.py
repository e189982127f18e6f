"""Which layout of Apache is meant."""

import os
import tempfile
import unittest

from modwsgideploy.apache.platforms import PLATFORMS, find_platform
from modwsgideploy.errors import DeployError


def on(text):
    """The name of the platform whose os-release says ``text``."""
    with tempfile.TemporaryDirectory() as top:
        path = os.path.join(top, "os-release")
        with open(path, "w") as stream:
            stream.write(text)
        return find_platform(os_release=path).name


class Platforms(unittest.TestCase):

    def test_distributions_are_told_by_their_id(self):
        self.assertEqual(on("NAME=x\nID=debian\n"), "debian")
        self.assertEqual(on('ID="rocky"\nID_LIKE="rhel centos fedora"\n'),
                         "redhat")
        self.assertEqual(on('ID="opensuse-leap"\nID_LIKE="suse opensuse"\n'),
                         "suse")

    def test_relatives_are_told_by_what_they_are_like(self):
        self.assertEqual(on('ID=neon\nID_LIKE="ubuntu debian"\n'), "debian")
        self.assertEqual(on("ID=mine\nID_LIKE=fedora\n"), "redhat")

    def test_an_unknown_or_silent_system_counts_as_debian(self):
        self.assertEqual(on("ID=plan9\n"), "debian")
        self.assertEqual(find_platform(os_release="/nowhere").name, "debian")

    def test_modules_in_packages_of_their_own(self):
        redhat = PLATFORMS["redhat"]
        self.assertEqual(redhat.install_modules("wsgi", "md", "ssl"),
                         "dnf install mod_ssl mod_md")
        for name in "debian", "suse":
            platform = PLATFORMS[name]
            self.assertEqual(platform.install_modules("md", "ssl"), "")

    def test_one_can_be_named(self):
        for name in PLATFORMS:
            self.assertEqual(find_platform(name).name, name)

    def test_a_wrong_name_is_an_error_that_names_them_all(self):
        with self.assertRaises(DeployError) as caught:
            find_platform("windows")
        for words in ("--platform", "'windows'", *PLATFORMS):
            self.assertIn(words, str(caught.exception))


if __name__ == "__main__":
    unittest.main()

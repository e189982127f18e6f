"""Where a site is mounted when nothing says so, now and before."""

import re

from tests.support.commands import CommandTest


class MountPoint(CommandTest):

    def mounted(self):
        """The mount point in Apache's configuration."""
        return re.findall(r"(?m)^ *WSGIScriptAlias (\S+) ",
                          self.text("myapp"))

    def test_a_host_of_its_own_is_all_the_sites(self):
        self.deploy("--server-name=www.example.com")
        self.assertEqual(self.mounted(), ["/"])
        self.assertNotIn("mount-point", self.text("site.ini"))
        _, err = self.deploy()
        self.assertNotIn("stays", err)

    def test_without_a_host_it_has_its_name(self):
        self.deploy()
        self.assertEqual(self.mounted(), ["/myapp"])

    def test_what_is_deployed_stays_where_it_is(self):
        self.deploy()
        _, err = self.deploy("--server-name=www.example.com")
        self.assertEqual(self.mounted(), ["/myapp"])
        self.assertIn("stays mounted at /myapp", err)
        self.assertIn("mount-point = /myapp\n", self.text("site.ini"))
        _, err = self.deploy()
        self.assertEqual(self.mounted(), ["/myapp"])
        self.assertNotIn("stays", err)
        self.deploy("--mount-point=/")
        self.assertEqual(self.mounted(), ["/"])
        self.deploy("--threads=3")
        self.assertEqual(self.mounted(), ["/"])

    def test_another_site_of_that_name_is_none_of_its_business(self):
        self.deploy("--name=shop", "--mount-point=/myapp")
        self.deploy("--server-name=www.example.com", "--mount-point=/shops")
        self.deploy("--mount-point=/")
        self.assertEqual(
            re.findall(r"(?m)^ *WSGIScriptAlias (\S+) ", self.text("shop")),
            ["/"])


if __name__ == "__main__":
    import unittest

    unittest.main()

"""Where another Apache has its configuration."""

import os
import tempfile
import unittest

from modwsgideploy.activation.layout import find_layout
from modwsgideploy.apache.platforms import PLATFORMS
from modwsgideploy.errors import DeployError


class Layouts(unittest.TestCase):

    def test_directories_of_another_apache(self):
        with tempfile.TemporaryDirectory() as top:
            for path in ("debian/sites-available", "redhat/conf.d",
                         "redhat/conf"):
                os.makedirs(os.path.join(top, path))
            found = find_layout(PLATFORMS["debian"],
                                f"{top}/debian/apache2.conf")
            self.assertEqual(found.platform.sites,
                             f"{top}/debian/sites-available")
            self.assertEqual(found.enabled, f"{top}/debian/sites-enabled")
            self.assertEqual(found.conf_enabled, f"{top}/debian/conf-enabled")
            found = find_layout(PLATFORMS["redhat"],
                                f"{top}/redhat/conf/httpd.conf")
            self.assertEqual(found.root, f"{top}/redhat")
            self.assertEqual(found.platform.sites, f"{top}/redhat/conf.d")
            self.assertEqual(found.enabled, "")
            with self.assertRaises(DeployError) as caught:
                find_layout(PLATFORMS["debian"],
                            f"{top}/redhat/conf/httpd.conf")
            self.assertIn("no sites-available", str(caught.exception))


if __name__ == "__main__":
    unittest.main()

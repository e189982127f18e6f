"""Static files that are delivered otherwise because of their names."""

import os
import re
import unittest

from modwsgideploy.sites.delivered_files import (
    HASHED_NAMES,
    has_precompressed,
)
from tests.support.commands import CommandTest

# As build tools name them: Create React App, webpack, Django, Sprockets,
# Angular, ember-cli; then names that people give, dates and identifiers.
HASHED = (
    "main.8f7c1f0b.js", "main.8f7c1f0b.chunk.css", "2.5a3e7c9d.chunk.js.map",
    "bundle.c4aab2b5f7d8e9a0b1c2.js", "style.55e7cbb9ba48.css",
    "application-908e25f4bf641868d8683022a5b62f54.js",
    "runtime.b2c3d4e5f6a70819.js", "vendor-d41d8cd98f00b204e9800998ecf8427e"
    ".css")
NAMED = (
    "style.css", "photo-20240101.jpg", "IMG.20240101123456.jpg",
    "sea-facade.jpg", "jquery-3.7.1.min.js", "bootstrap.min.css",
    "report-2024.pdf", "word-deadbeef.css", "3f9ac1d2.js",
    "550e8400-e29b-41d4-a716-446655440000.png", "a-1b2c3d4.js")


class Hashed(unittest.TestCase):

    def test_names_that_hold_a_hash(self):
        for name in HASHED:
            self.assertRegex(name, HASHED_NAMES)

    def test_names_that_hold_none(self):
        for name in NAMED:
            self.assertIsNone(re.search(HASHED_NAMES, name), name)


class Precompressed(CommandTest):

    def test_a_copy_counts_beside_its_file_alone(self):
        os.makedirs(os.path.join(self.directory, "static", "css"))
        for name, found in (("archive.gz", False), ("css/a.css", False),
                            ("css/b.css.gz", False), ("css/a.css.gz", True)):
            with open(os.path.join(self.directory, "static", name), "w"):
                pass
            self.assertEqual(has_precompressed(
                [f"{self.directory}/{path}" for path in ("none", "static")]),
                found, name)

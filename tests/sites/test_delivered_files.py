"""Static files that are delivered otherwise because of their names."""

import os
import re
import tempfile
import unittest

from modwsgideploy.sites.delivered_files import (
    HASHED_NAMES,
    has_precompressed,
    names_with_hashes,
)
from tests.support.commands import CommandTest

# As build tools name them: Create React App, webpack, Django, Sprockets,
# Angular, ember-cli; then names that people give, dates and identifiers.
HASHED = (
    "main.8f7c1f0b.js", "main.8f7c1f0b.chunk.css", "2.5a3e7c9d.chunk.js.map",
    "bundle.c4aab2b5f7d8e9a0b1c2.js", "style.55e7cbb9ba48.css",
    "application-908e25f4bf641868d8683022a5b62f54.js",
    # Hugo, by SHA-384 and SHA-512.
    "main.min." + "0b2c7e0a1f7c3d9e" * 6 + ".css",
    "main.min." + "0b2c7e0a1f7c3d9e" * 8 + ".css",
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


class Built(CommandTest):
    """Directories, by the names of what is in them."""

    def pattern(self, *names):
        directory = tempfile.mkdtemp(dir=self.directory)
        os.mkdir(f"{directory}/assets")
        for name in (*names, "robots.txt", "inter-BgVq2Tll.woff2"):
            with open(f"{directory}/assets/{name}", "w"):
                pass
        return names_with_hashes([f"{directory}/none", directory])

    def test_what_vite_and_others_build(self):
        for names in (
                ("index-BUJcyEgn.js", "index-DiwrgTda.css"),
                ("vendor-C5hQkX_q.js", "vendor-C5hQkX_q.js.map"),
                ("start.BUJcyEgn.js", "app.D3-x9aZ0.js"),
                ("chunk-7Q5ZX2LA.js", "main-XKQ4ABCD.js")):
            pattern = self.pattern(*names)
            for name in (*names, "inter-BgVq2Tll.woff2", *HASHED):
                self.assertRegex(name, pattern)
            for name in NAMED:
                self.assertIsNone(re.search(pattern, name), name)

    def test_what_has_words_in_its_names(self):
        for names in (
                (), ("app-DataGrid.js", "app-settings.js"),
                ("app-DataGrid.js", "lib-JavaDocs.css"),
                ("index-BUJcyEgn.js", "app.js"), ("x-GNULESSR.css",)):
            self.assertEqual(self.pattern(*names), HASHED_NAMES, names)


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

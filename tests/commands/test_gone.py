"""Sites that have gone from a manifest, as batch tells of them."""

import json
import os
import shutil
import unittest

from tests.support.commands import CommandTest

MEMORY = ".sites.ini.modwsgideploy"


class Gone(CommandTest):

    def setUp(self):
        super().setUp()
        self.manifest = os.path.join(self.directory, "sites.ini")

    def write(self, *names):
        with open(self.manifest, "w", encoding="utf-8") as stream:
            stream.write("[DEFAULT]\nproject = .\n" + "".join(
                f"[{name}]\noutput-dir = out/{name}\n" for name in names))

    def batch(self, *arguments, **kwargs):
        """What it says on standard error."""
        return self.run_command("modwsgideploy", "batch", "sites.ini",
                                *arguments, **kwargs)[1]

    def test_are_named_until_their_files_are_gone(self):
        self.write("shop", "blog", "wiki")
        self.assertEqual(self.batch(), "")
        self.write("blog")
        self.assertEqual(self.batch("-n").count("is not in sites.ini any"), 2)
        for _ in range(2):
            err = self.batch()
            self.assertIn(
                "note: shop is not in sites.ini any more; its deployment is in"
                " out/shop, and --prune"
                " switches it off where it is on\n", err)
            self.assertIn("wiki is not in sites.ini", err)
        out, _ = self.run_command("modwsgideploy", "batch", "--json")
        self.assertEqual([each["name"] for each in json.loads(out)["gone"]],
                         ["shop", "wiki"])
        shutil.rmtree(os.path.join(self.directory, "out", "shop"))
        self.batch()
        self.assertNotIn("shop", self.batch())
        self.write("blog", "wiki")
        self.assertEqual(self.batch(), "")

    def test_are_not_those_that_were_left_out(self):
        self.write("shop", "blog")
        self.batch("--only=shop")
        self.assertEqual(self.batch("--only=blog"), "")
        self.write("blog")
        self.assertIn("shop is not in", self.batch("--only=blog"))

    def test_are_forgotten_where_the_memory_is_damaged(self):
        self.write("shop", "blog")
        self.batch()
        self.write("blog")
        path = os.path.join(self.directory, MEMORY)
        with open(path, encoding="utf-8") as stream:
            text = stream.read()
        for damaged in (text[:100], "[]", '{"format": 9}',
                        text.replace('"shop"', '"../../shop"'),
                        text.replace('"shop"', '"sh\\u001bop"'),
                        text.replace("output_dir", "output"), "\ud800"):
            with self.subTest(damaged):
                with open(path, "w", encoding="utf-8",
                          errors="surrogatepass") as stream:
                    stream.write(damaged)
                self.assertEqual(self.batch("-n"), "")

    def test_of_standard_input_nobody_knows(self):
        self.write("shop")
        with open(self.manifest, encoding="utf-8") as stream:
            self.run_command("modwsgideploy", "batch", "-",
                             answers=stream.read())
        self.assertNotIn(MEMORY, os.listdir(self.directory))
        for target in ("-", self.directory):
            _, err = self.run_command("modwsgideploy", "enable", "--prune",
                                      target, status=2)
            self.assertIn("--prune: needs a manifest, in a file", err)

    def test_cannot_be_remembered_everywhere(self):
        self.write("shop")
        os.mkdir(os.path.join(self.directory, MEMORY))
        self.assertIn("a later run cannot tell which sites have gone",
                      self.batch())


if __name__ == "__main__":
    unittest.main()

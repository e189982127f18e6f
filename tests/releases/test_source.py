"""What --from names, and what it must not make git do."""

import os
import tempfile
import unittest

from modwsgideploy.errors import DeployError
from modwsgideploy.releases.sharing import check_shared
from modwsgideploy.releases.source import (
    DIRECTORY,
    GIT,
    SDIST,
    WHEEL,
    read_source,
)


class Sources(unittest.TestCase):

    def setUp(self):
        top = tempfile.TemporaryDirectory()
        self.addCleanup(top.cleanup)
        self.top = os.path.realpath(top.name)

    def path(self, name, directory=False):
        path = os.path.join(self.top, name)
        if directory:
            os.makedirs(path)
        else:
            with open(path, "w"):
                pass
        return path

    def test_paths(self):
        for name, kind in (
                ("shop-1.0-py3-none-any.whl", WHEEL),
                ("shop-1.0.tar.gz", SDIST), ("shop-1.0.zip", SDIST)):
            path = self.path(name)
            self.assertEqual(read_source(path), (kind, path, ""))
        path = self.path("project", directory=True)
        self.assertEqual(read_source(path + "/"), (DIRECTORY, path, ""))
        bare = self.path("shop.git", directory=True)
        for name in "objects", "refs":
            os.mkdir(os.path.join(bare, name))
        self.path("shop.git/HEAD")
        self.assertEqual(read_source(bare), (GIT, bare, ""))
        self.assertEqual(read_source(path + "@v1"), (GIT, path, "v1"))

    def test_urls(self):
        for text, location, ref in (
                ("https://git.example/shop.git", None, ""),
                ("https://git.example/shop.git@v1.2",
                 "https://git.example/shop.git", "v1.2"),
                ("git+https://git.example/shop@feature/cart",
                 "https://git.example/shop", "feature/cart"),
                ("ssh://git@git.example:2222/shop.git@main",
                 "ssh://git@git.example:2222/shop.git", "main"),
                ("git@git.example:me/shop.git",
                 "git@git.example:me/shop.git", ""),
                ("git@git.example:me/shop.git@9fb06ec",
                 "git@git.example:me/shop.git", "9fb06ec"),
                ("file:///srv/git/shop.git@v1", "file:///srv/git/shop.git",
                 "v1")):
            with self.subTest(text):
                self.assertEqual(read_source(text),
                                 (GIT, location or text, ref))

    def test_passwords_are_not_recorded(self):
        self.assertEqual(
            read_source("https://me:secret@git.example/shop.git@v1").text,
            "https://me@git.example/shop.git@v1")

    def test_what_git_would_take_for_something_else_is_refused(self):
        for text in (
                "", " ", "--upload-pack=touch /tmp/x", "-cfoo",
                "ext::sh -c touch% /tmp/x", "ssh://-oProxyCommand=x/shop",
                "https://git.example/shop@--upload-pack=x",
                "https://git.example/shop@a..b", "https://git.example/shop@",
                "https://git.example/shop@v1 --foo", "-oX@host:shop",
                "https://git.example/shop@v1\n", "ftp://git.example/shop",
                "https://git.example", "host:-x@-y", "nothing/of/it",
                "https://git.example/shop@refs/../x"):
            with self.subTest(text), self.assertRaises(DeployError) as caught:
                print(read_source(text))
            self.assertTrue(caught.exception.messages[0].startswith("--from"))

    def test_what_is_shared_is_in_the_code(self):
        self.assertEqual(check_shared("./data/uploads/"), "data/uploads")
        for path in "", "/etc", "..", "../x", "a/../../x", ".":
            with self.subTest(path), self.assertRaises(DeployError):
                check_shared(path)


if __name__ == "__main__":
    unittest.main()

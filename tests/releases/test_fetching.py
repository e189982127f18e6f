"""The code of a release: copied, unpacked, cloned, and what is shared."""

import io
import os
import stat
import subprocess
import tarfile
import tempfile
import unittest
import zipfile
from pathlib import Path

from modwsgideploy.errors import DeployError, Failed
from modwsgideploy.model.release import ReleasePaths
from modwsgideploy.releases.fetching import fetch
from modwsgideploy.releases.running import Runner, environment_of
from modwsgideploy.releases.sharing import check_root, forget_links, share
from modwsgideploy.releases.source import read_source


class Quiet:
    """The process that forked this one, if there were one."""

    def report(self, value):
        pass

    def is_gone(self, milliseconds=0):
        return False


class Fetched(unittest.TestCase):

    def setUp(self):
        top = tempfile.TemporaryDirectory()
        self.addCleanup(top.cleanup)
        self.top = Path(top.name).resolve()
        self.root = self.top / "root"
        self.root.mkdir()
        self.paths = ReleasePaths(str(self.root))
        self.made = 0

    def fetch(self, text):
        """The directory of the code, and the commit."""
        self.made += 1
        code = self.top / f"code{self.made}"
        runner = Runner(Quiet(), environment_of(None),
                        str(self.top / "log"))
        return code, fetch(read_source(str(text)), self.paths, str(code),
                           runner)


class Directories(Fetched):

    def test_what_is_made_anew_is_left_out(self):
        for path in ("app.py", "static/logo.svg", ".git/config",
                     "__pycache__/app.pyc", "env/pyvenv.cfg", "env/lib/x.py",
                     "apache/.modwsgideploy.base", "apache/site.ini",
                     "releases/mine.py"):
            file = self.top / "new" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("")
        os.symlink("app.py", self.top / "new" / "link.py")
        os.mkfifo(self.top / "new" / "fifo")
        code, _ = self.fetch(self.top / "new")
        self.assertEqual(
            sorted(str(path.relative_to(code)) for path in code.rglob("*")),
            ["app.py", "link.py", "releases", "releases/mine.py", "static",
             "static/logo.svg"])
        self.assertEqual(os.readlink(code / "link.py"), "app.py")

    def test_the_site_itself_is_copied_without_its_releases(self):
        for path in ("app.py", "releases/1/code/app.py", "shared/db"):
            file = self.root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("")
        code, _ = self.fetch(self.root)
        self.assertEqual(os.listdir(code), ["app.py"])


class Archives(Fetched):

    def tar(self, *members):
        path = self.top / "shop-1.0.tar.gz"
        with tarfile.open(path, "w:gz") as archive:
            for name, kind, target in members:
                info = tarfile.TarInfo(name)
                info.type, info.linkname = kind, target
                data = b"text" if kind == tarfile.REGTYPE else b""
                info.size, info.mode = len(data), 0o4755
                archive.addfile(info, io.BytesIO(data))
        return path

    def zip(self, *members):
        path = self.top / "shop-1.0.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, mode in members:
                info = zipfile.ZipInfo(name)
                info.external_attr = mode << 16
                archive.writestr(info, "text")
        return path

    def test_sdists(self):
        for archive in (
                self.tar(("shop-1.0", tarfile.DIRTYPE, ""),
                         ("shop-1.0/a/app.py", tarfile.REGTYPE, "")),
                self.zip(("shop-1.0/a/app.py", stat.S_IFREG | 0o644))):
            code, _ = self.fetch(archive)
            file = code / "a" / "app.py"
            self.assertEqual(file.read_text(), "text")
            self.assertFalse(file.stat().st_mode & stat.S_ISUID)

    def refused(self, archive, says):
        with self.assertRaises(Failed) as caught:
            self.fetch(archive)
        self.assertIn(says, caught.exception.messages[0])
        self.assertEqual(sorted(set(os.listdir(self.top)) - {
            "root", "log", *(f"code{n}" for n in range(99))}),
            [archive.name])
        archive.unlink()

    def test_what_leads_out_of_an_sdist(self):
        out = "which leads out of it"
        for name in ("shop-1.0/../../evil", "shop-1.0/a/../../../evil"):
            self.refused(self.tar((name, tarfile.REGTYPE, "")), out)
            self.refused(self.zip((name, 0o644)), out)
        self.refused(self.tar(("/evil", tarfile.REGTYPE, "")), out)
        self.refused(self.tar(
            ("shop-1.0/link", tarfile.SYMTYPE, "../.."),
            ("shop-1.0/link/evil", tarfile.REGTYPE, "")), "is a link")
        self.refused(self.tar(
            ("shop-1.0/passwd", tarfile.LNKTYPE, "/etc/passwd")), "is a link")
        self.refused(self.tar(
            ("shop-1.0/device", tarfile.CHRTYPE, "")), "is a link or a device")
        self.refused(self.zip(("shop-1.0/link", stat.S_IFLNK | 0o777)),
                     "is a link")

    def test_what_is_no_sdist(self):
        self.refused(self.tar(("a", tarfile.REGTYPE, ""),
                              ("b", tarfile.REGTYPE, "")), "is no sdist")
        broken = self.top / "broken.tar.gz"
        broken.write_bytes(b"\x1f\x8b nothing")
        self.refused(broken, "is no archive that can be read")


class Repositories(Fetched):

    def setUp(self):
        super().setUp()
        self.repository = self.top / "repository"
        self.git("init", "--quiet", "-b", "main", self.repository)
        self.commits = {}
        for version in "1", "2":
            (self.repository / "app.py").write_text(version)
            self.git("add", ".")
            self.git("commit", "--quiet", "-m", version)
            self.git("tag", f"v{version}")
            self.commits[version] = self.git("rev-parse", "HEAD").strip()
        self.git("checkout", "--quiet", "-b", "feature/cart", "v1")
        self.git("checkout", "--quiet", "main")

    def git(self, *words):
        place = () if words[0] == "init" else ("-C", self.repository)
        return subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@b", *place,
             *words], check=True, stdout=subprocess.PIPE, text=True).stdout

    def test_branches_tags_and_commits(self):
        url = f"file://{self.repository}"
        for ref, version in (("", "2"), ("@v1", "1"), ("@main", "2"),
                             ("@feature/cart", "1"),
                             ("@" + self.commits["1"], "1"),
                             ("@" + self.commits["2"][:9], "2")):
            with self.subTest(ref):
                code, commit = self.fetch(url + ref)
                self.assertEqual((code / "app.py").read_text(), version)
                self.assertEqual(commit, self.commits[version])

    def test_none_of_that_name(self):
        with self.assertRaises(Failed) as caught:
            self.fetch(f"file://{self.repository}@v3")
        self.assertIn("has no branch, tag or commit v3",
                      caught.exception.messages[0])

    def test_no_repository(self):
        with self.assertRaises(Failed) as caught:
            self.fetch(f"file://{self.top}/nothing.git")
        self.assertIn("git clone failed", caught.exception.messages[0])


class Shared(Fetched):

    def share(self, *wanted, unless_there=()):
        code = self.top / "code"
        code.mkdir(exist_ok=True)
        return share(self.paths, str(code), wanted, unless_there), code

    def write(self, path, data=b""):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def test_what_the_site_stores_stays_where_it_is(self):
        self.write(self.root / "data" / "shop.db", b"SQLite format 3\0...")
        self.write(self.root / "Data.fs")
        self.write(self.root / ".env", b"SECRET=1")
        self.write(self.root / "production.ini", b"[app:main]")
        self.write(self.root / "app.py")
        self.write(self.top / "code" / "data" / "seed.csv", b"kept")
        shared, code = self.share(unless_there=["production.ini", ""])
        self.assertEqual(set(shared), {
            "data/shop.db", "Data.fs", ".env", "production.ini"})
        for path in shared:
            self.assertEqual(os.path.realpath(code / path),
                             str(self.root / path))
        self.assertEqual((code / "data" / "seed.csv").read_bytes(), b"kept")

    def test_the_configuration_of_the_new_code_counts(self):
        self.write(self.root / "production.ini", b"old")
        self.write(self.top / "code" / "production.ini", b"new")
        shared, code = self.share(unless_there=["production.ini"])
        self.assertEqual(shared, [])
        self.assertEqual((code / "production.ini").read_bytes(), b"new")

    def test_what_is_in_shared_counts_more_than_the_code(self):
        self.write(self.root / "shared" / "uploads" / "a.png", b"a")
        self.write(self.top / "code" / "uploads" / ".gitkeep")
        shared, code = self.share()
        self.assertEqual(shared, ["uploads"])
        self.assertEqual(os.listdir(code / "uploads"), ["a.png"])

    def test_a_project_that_has_what_releases_need(self):
        self.write(self.top / "code" / "shared" / "__init__.py")
        with self.assertRaises(Failed):
            self.share()
        check_root(self.paths)
        for path in ("current", "releases/1.0.txt", "shared/__init__.py"):
            with self.subTest(path):
                self.write(self.root / path)
                with self.assertRaises(DeployError) as caught:
                    check_root(self.paths)
                self.assertIn(f"{self.root}/{path}: is of the project itself",
                              str(caught.exception))
                (self.root / path).unlink()

    def test_only_our_own_links_are_forgotten(self):
        self.write(self.root / "data" / "shop.db", b"SQLite format 3\0")
        self.write(self.root / "shared" / "uploads" / "a.png")
        os.symlink("/etc", self.root / "shared" / "theirs")
        self.share()
        forget_links(self.paths)
        self.assertEqual(sorted(os.listdir(self.root / "shared")),
                         ["theirs", "uploads"])

    def test_a_directory_of_the_code_begins_to_be_shared(self):
        self.write(self.top / "code" / "var" / "uploads" / ".gitkeep")
        self.share("var/uploads")
        self.assertEqual(os.listdir(self.root / "shared" / "var" / "uploads"),
                         [])
        with self.assertRaises(Failed):
            self.share("nothing")


if __name__ == "__main__":
    unittest.main()

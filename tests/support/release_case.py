"""A site on an Apache of its own, and new code of it to be served."""

import os
import subprocess
import time

from modwsgideploy.model.release import NAME
from modwsgideploy.system.accounts import find_account
from tests.support.apache_case import BIN, ApacheCase

# It says its version, that of a module which it imports late, and that of a
# file beside it: the same, when all that is served is one release.
APPLICATION = """\
import os
import sys
import threading

VERSION = {version!r}
HERE = os.path.dirname(os.path.abspath(__file__))
LOCK = threading.Lock()
{more}

def application(environ, start_response):
    {broken}
    with LOCK:
        sys.modules.pop('shop_late', None)
        from shop_late import VERSION as late
    with open(os.path.join(HERE, 'version.txt')) as stream:
        text = ' '.join([VERSION, late, stream.read()])
    start_response('200 OK', [('Content-Type', 'text/plain'),
                              ('Content-Length', str(len(text)))])
    return [text.encode()]
"""


class ReleaseCase(ApacheCase):
    """An Apache with a site, ``shop``, that is on the first day's way."""

    backend = ("--processes=2", "--threads=5")    # its options

    def setUp(self):
        super().setUp()
        self.shop = self.top / "shop"
        self.code(self.shop, "1")
        self.first_day()

    def first_day(self, *options):
        """Deploy and enable the site as on the first day."""
        self.run_command(
            "deploy", self.shop, "-q", "--in-place", "--name=shop",
            "--application=shop_app:application", "--virtualenv=",
            "--log-directory", self.root / "log", "--egg-cache=",
            "--platform=debian", *self.backend, *options)
        self.own(self.shop)
        self.enable(self.shop, "--no-check")

    def code(self, directory, version, more="", broken="pass"):
        """Write the code of a ``version``; its directory.

        ``more`` is run when it is imported, ``broken`` for each request.
        """
        directory.mkdir(exist_ok=True)
        (directory / "shop_app.py").write_text(APPLICATION.format(
            version=version, more=more, broken=broken))
        (directory / "shop_late.py").write_text(f"VERSION = {version!r}\n")
        (directory / "version.txt").write_text(version)
        self.own(directory)
        return directory

    def new_code(self, version, **changes):
        return self.code(self.top / f"new-{version}", version, **changes)

    def own(self, directory):
        """Give a directory to a user, if root runs the tests."""
        if os.geteuid():
            return
        account = find_account()
        for path in [directory, *directory.rglob("*")]:
            os.chown(path, account.uid, account.gid, follow_symlinks=False)

    def update(self, *options, **kwargs):
        return self.run_command(
            "update", self.shop, "--server-config", self.config, *options,
            **kwargs)

    def raw_update(self, *options):
        """One that may quote a traceback of the application's."""
        return subprocess.run(
            [BIN / "modwsgideploy", "update", self.shop, "--server-config",
             self.config, *options], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
            check=False, cwd="/", timeout=300)

    def rollback(self, *options, **kwargs):
        return self.run_command(
            "rollback", self.shop, "--server-config", self.config, *options,
            **kwargs)

    def served(self):
        """The version that answers."""
        answer = self.get("/shop")
        self.assertEqual(answer.status, 200, answer)
        versions = answer.body.decode().split()
        self.assertEqual(len(versions), 3)
        self.assertEqual(len(set(versions)), 1, versions)
        return versions[0]

    def current(self):
        """The name of the current release."""
        return os.path.basename(os.readlink(self.shop / "current"))

    def releases(self):
        """The names of the releases there are."""
        return sorted(path.name for path in (self.shop / "releases").iterdir()
                      if NAME.fullmatch(path.name))

    def version(self):
        """What one of the processes answers."""
        return self.get("/shop").body.decode().split()[0]

    def processes(self):
        """The processes of the site."""
        done = subprocess.run(["pgrep", "-P", str(self.pid), "-f",
                               r"^\(wsgi:shop"], stdout=subprocess.PIPE,
                              text=True, check=True)
        return set(done.stdout.split())

    def kill_in_the_middle(self):
        """Kill an update when one process has loaded the new release, and the
        other has not; see it taken back."""
        slow = "import time\ntime.sleep(2)"
        self.update("--from", self.new_code("2", more=slow), "-y")
        before = self.current()
        process = self.start_command(
            "update", self.shop, "--server-config", self.config, "--from",
            self.new_code("3", more=slow))
        self.until(lambda: self.current() != before)
        self.until(lambda: self.version() == "3")
        process.kill()
        process.wait()
        self.until(lambda: self.current() == before)
        self.until(lambda: {self.version() for _ in range(20)} == {"2"})
        self.update("--from", self.new_code("4"))
        self.assertEqual(self.served(), "4")
        self.assertEqual(self.releases(), [before, self.current()])

    def until(self, holds):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if holds():
                return
            time.sleep(0.01)
        self.fail("in vain")

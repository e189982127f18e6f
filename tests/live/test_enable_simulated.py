"""``enable -n`` foretells what ``enable`` does, and changes nothing."""

import contextlib
import json
import os
import re
import signal
import socket
import time
from unittest import mock

from tests.support.apache_case import (
    ApacheCase,
    HttpsCase,
    owner_without_rights,
)


class Foretold(ApacheCase):

    def setUp(self):
        super().setUp()
        self.shop = self.project("shop")
        self.before = self.tree()

    def said(self, err):
        """What is said of the site, without times and process ids."""
        return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|pid \d+", "", err)

    def same(self, *options, status=1):
        """-n exits and says as the real run does; both messages."""
        out, foretold = self.enable(self.shop, "-n", *options, status=status)
        self.assertEqual(self.tree(), self.before)
        self.assertIn("would not be switched on", out)
        _, said = self.enable(self.shop, *options, status=status)
        self.assertEqual(self.said(foretold), self.said(said))
        return said

    def test_what_apache_refuses(self):
        conf = self.shop / "apache" / "shop"
        conf.write_text(conf.read_text() + "NoSuchDirective\n")
        self.assertIn("does not know the directive", self.same("--no-check"))
        # Whatever way the files are included.
        main = self.config.read_text()
        self.config.write_text(main.replace(
            "IncludeOptional sites-enabled",
            f'includeoptional "{self.root}/sites-enabled').replace(
                "sites-enabled/*.conf", 'sites-enabled/*.conf"'))
        path = self.root / "sites-enabled" / "neighbour.conf"
        path.unlink()
        os.symlink(self.root / "sites-available" / "neighbour.conf", path)
        self.before = self.tree()
        self.same("--no-check")

    def test_what_the_checks_find(self):
        (self.shop / "apache" / "shop.wsgi").unlink()
        self.assertIn("in its way", self.same())

    def test_a_site_that_is_on_and_fails(self):
        self.enable(self.shop)
        self.before = self.tree()
        (self.shop / "bare_app.py").write_text("raise ValueError(7)\n")
        self.run_command("deploy", self.shop, "-q", "--env=A=B")
        out, err = self.enable(self.shop, "-n", status=1)
        self.assertIn("is on already, and does not work", out)
        self.assertIn("the application raised ValueError: 7", err)

    def test_an_apache_that_does_not_run(self):
        self.stop()
        _, err = self.enable(self.shop, "-n", status=1)
        self.assertIn("Apache does not run", err)
        self.enable(self.shop, "-n", "--no-reload")
        document = json.loads(self.enable(self.shop, "-n", "--json",
                                          status=1)[0])
        site, = document["sites"]
        self.assertIn("Apache does not run", site["messages"][0])
        self.assertEqual((document["changed"], site["changed"]),
                         (False, False))

    def test_a_site_that_is_on_in_a_broken_configuration(self):
        self.enable(self.shop)
        (self.root / "sites-enabled" / "zz.conf").write_text("NoSuch\n")
        self.before = self.tree()
        for options in [], ["-n"]:
            _, err = self.enable(self.shop, *options, status=1)
            self.assertIn("Apache refuses its configuration", err)
            self.assertIn("zz.conf", err)

    def test_ended_by_a_signal_it_leaves_no_copy_behind(self):
        place = self.top / "temporary"
        place.mkdir()
        with mock.patch.dict(os.environ, TMPDIR=str(place)):
            process = self.start_command("enable", self.shop, "-n",
                                         "--server-config", self.config)
        while process.poll() is None and not any(place.iterdir()):
            time.sleep(0.001)
        process.terminate()
        process.communicate()
        self.assertIn(process.returncode, (0, 143, -signal.SIGTERM))
        self.assertEqual([*place.iterdir()], [])

    def test_another_user_needs_no_rights(self):
        user = owner_without_rights(self, self.shop)
        out, _ = self.enable(self.shop, "-n", user=user)
        self.assertIn("shop would be switched on", out)


class ForetoldHttps(HttpsCase):

    def test_a_port_that_is_taken_and_a_key_that_is_not_to_be_read(self):
        certificate, key = self.certificate("shop")
        shop = self.shop(certificate, key)
        with contextlib.closing(socket.socket()) as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            conf = shop / "apache" / "shop"
            text = conf.read_text()
            conf.write_text(
                f"Listen 127.0.0.1:{taken.getsockname()[1]}\n" + text)
            _, err = self.enable(shop, "-n", "--no-check", status=1)
            self.assertIn("Apache cannot listen at", err)
        conf.write_text(text)
        self.assertIn("would be switched on", self.enable(shop, "-n")[0])
        key.chmod(0o600)
        _, err = self.enable(shop, "-n", "--no-check",
                             user=owner_without_rights(self, shop))
        self.assertIn(f"{key}: cannot be read by this user", err)

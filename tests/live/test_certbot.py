"""The real certbot on generated sites, with an authority of our own."""

import contextlib
import shutil
import time
import unittest

from modwsgideploy.system.accounts import find_account
from tests.support import fastcgi_samples
from tests.support.acme import Certbot, authority
from tests.support.apache_case import ApacheCase
from tests.support.fastcgi import unit_running
from tests.support.ports import free_port

NAME = "shop.example"


class CertbotCase(ApacheCase):
    """An Apache for which certbot asks an authority of our own."""

    def setUp(self):
        super().setUp()
        self.https = free_port()
        for name in ("ssl", "socache_shmcb", "setenvif", "rewrite",
                     "authz_host"):
            if name not in self.httpd.static:
                self.module(name)
        with (self.root / "ports.conf").open("a") as stream:
            stream.write(f"Listen {self.https} https\n")
        (self.top / "acme").mkdir()
        self.certbot = Certbot(self.top / "acme", self, self.port, self.https)
        self.copy = self.root / "sites-available" / "shop-le-ssl.conf"

    def enable_shop(self, *options):
        """A site that is on, and whose imports are noted."""
        self.shop = self.project(
            "shop", f"--server-name={NAME}", f"--port={self.port}",
            "--mount-point=/", *options)
        self.imported = self.top / "imported"
        self.imported.touch(0o666)
        self.imported.chmod(0o666)
        with (self.shop / "bare_app.py").open("a") as stream:
            stream.write("\nimport os\nwith open(%r, 'a') as stream:\n"
                         "    stream.write('%%d\\n' %% os.getpid())\n"
                         % str(self.imported))
        self.enable(self.shop, "--no-check")

    def certify(self):
        """Have certbot get a certificate, and install it."""
        authorities = contextlib.ExitStack()
        self.addCleanup(authorities.close)
        self.server = authorities.enter_context(
            authority(self.top / "acme", self.port))
        self.certbot.run(self.server, "run", "--apache", "--redirect", "-d",
                         NAME)
        # It writes 443, whatever it is told, and others may have that.
        self.copy.write_text(self.copy.read_text().replace(
            "<VirtualHost *:443>", f"<VirtualHost *:{self.https}>"))
        self.reload()

    def reload(self):
        before = self.generation()
        self.apache("graceful")
        while self.generation() == before:
            time.sleep(0.01)

    def generation(self):
        return (self.root / "run" / "apache.pid").stat().st_mtime_ns

    def by_http(self, path="/seen"):
        return self.get(path, host=NAME)

    def by_https(self, path="/seen"):
        return self.get(path, host=NAME, port=self.https, tls=True)


class Certificates(CertbotCase):

    def test_its_copy_of_a_site_that_is_loaded_at_the_start_works(self):
        self.enable_shop("--test-page=local")
        self.certify()
        self.imported.write_text("")
        self.reload()
        deadline = time.monotonic() + 60
        while not self.imported.read_text():
            self.assertLess(time.monotonic(), deadline, self.log())
            time.sleep(0.01)
        for path in "/seen", "/test.wsgi":
            self.assertEqual(self.by_https(path).status, 200)
            self.assertEqual(self.by_http(path).status, 301)
        self.assertIn(b'"process_group": "shop', self.by_https().body)
        pids = self.imported.read_text().split()
        self.assertEqual(len(pids), len(set(pids)))

    def test_updates_keep_its_lines_and_get_into_its_copy(self):
        self.enable_shop()
        self.certify()
        before = self.tree()
        # What certbot has changed is no reason to change anything.
        out, _ = self.enable(self.shop)
        self.assertIn("shop is on already", out)
        self.assertEqual(self.tree(), before)
        self.run_command("deploy", self.shop, "-q", "--threads=6",
                         "--limit-request-body=4711")
        out, err = self.enable(self.shop)
        self.assertIn(f"shop is on: https://{NAME}:{self.https}/ answers 200",
                      out)
        installed = (self.root / "sites-available" / "shop.conf").read_text()
        self.assertIn("threads=6", installed)
        for text in installed, self.copy.read_text():
            self.assertIn("LimitRequestBody 4711", text)
        self.assertIn("SSLCertificateFile", self.copy.read_text())
        self.assertEqual(self.by_http().status, 301)
        self.assertEqual(self.by_https().status, 200)
        before = self.tree()
        out, err = self.enable(self.shop)
        self.assertIn("shop is on already", out)
        # One that fails leaves both as they were.
        self.run_command("deploy", self.shop, "-q", "--threads=7",
                         "--limit-request-body=4712")
        module = self.shop / "bare_app.py"
        working = module.read_text()
        module.write_text("raise ValueError(7)\n")
        out, err = self.enable(self.shop, "--no-check", status=1)
        self.assertIn(f"https://{NAME}:{self.https}/ answers 500", err)
        self.assertIn("all is as it was before", out)
        self.assertEqual(self.tree(), before)
        # And certbot can go on with all this.
        module.write_text(working)
        self.certbot.run(self.server, "renew", "--force-renewal",
                         "--no-random-sleep-on-renew")
        self.assertEqual(self.by_https().status, 200)
        self.assertEqual(self.tree(), before)

    def test_off_is_off_for_https_as_well_and_on_is_on_again(self):
        self.enable_shop()
        self.certify()
        before = self.tree()
        out, _ = self.disable(self.shop)
        self.assertIn("sites-enabled/shop-le-ssl.conf", out)
        for answer in self.by_http(), self.by_https():
            self.assertNotIn(b"process_group", answer.body)
            self.assertNotEqual(answer.status, 500)
        self.assertEqual(
            before.keys() - self.tree().keys(),
            {f"sites-enabled/shop{end}.conf" for end in ("", "-le-ssl")})
        self.run_command("deploy", self.shop, "-q",
                         "--limit-request-body=4711")
        self.enable(self.shop)
        self.assertEqual(self.tree().keys(), before.keys())
        self.assertIn("LimitRequestBody 4711", self.copy.read_text())
        self.assertEqual(self.by_http().status, 301)
        self.assertEqual(self.by_https().status, 200)

    def test_edits_of_its_copy_stay_or_are_told(self):
        self.enable_shop()
        self.certify()
        self.copy.write_text(self.copy.read_text().replace(
            "SSLCertificateFile", "# mine\nSSLCertificateFile"))
        self.run_command("deploy", self.shop, "-q",
                         "--limit-request-body=4711")
        self.enable(self.shop)
        edited = self.copy.read_text().replace("4711", "5000")
        self.assertIn("# mine\n", edited)
        self.copy.write_text(edited)
        before = self.tree()
        self.run_command("deploy", self.shop, "-q",
                         "--limit-request-body=4712")
        _, err = self.enable(self.shop, status=1)
        self.assertIn(f"{self.copy}: certbot's copy was edited", err)
        self.assertEqual(self.tree(), before)
        self.enable(self.shop, "-f")
        self.assertIn("LimitRequestBody 4712", self.copy.read_text())
        self.assertEqual((self.root / "sites-available"
                          / "shop-le-ssl.conf.bak").read_text(), edited)
        self.assertEqual(self.by_https().status, 200)


class OtherBackends(CertbotCase):

    def deploy(self, *options):
        """Deploy the sample `wire`."""
        sample = fastcgi_samples.wire().copy(self.top / "shop")
        shutil.rmtree(sample.directory / "apache", ignore_errors=True)
        self.shop = sample.directory
        self.run_command(
            "deploy", self.shop, "-q", "--in-place", "--name=shop",
            "--egg-cache=", "--platform=debian", "--virtualenv",
            sample.virtualenv, "--config", sample.config, "--log-directory",
            self.root / "log", f"--server-name={NAME}", f"--port={self.port}",
            "--mount-point=/", *options)

    def try_it(self):
        """Certify the site, change it, and switch it off."""
        self.enable(self.shop, "--no-check")
        self.certify()
        self.check()
        self.run_command("deploy", self.shop, "-q",
                         "--limit-request-body=4711")
        self.enable(self.shop, "--no-check")
        self.assertIn("4711", self.copy.read_text())
        self.check()
        self.disable(self.shop)
        self.assertNotEqual(self.by_https().status, 200)

    def check(self):
        """It answers, by HTTPS; a process of before a reload may not."""
        path = "/wsgi?name=wsgi.url_scheme"
        for _ in range(3000):
            answer = self.by_https(path)
            if answer.status == 200:
                break
            time.sleep(0.01)
        self.assertEqual(answer.body, b"https", answer)
        self.assertEqual(self.by_http(path).status, 301)

    def test_fcgid(self):
        self.module("fcgid")
        for name in "mods-available", "mods-enabled":
            (self.root / name / "fcgid.conf").write_text(
                f"FcgidIPCDir {self.root}/run/fcgid\n"
                f"FcgidProcessTableFile {self.root}/run/fcgid/shm\n")
        self.deploy("--backend=fastcgi")
        self.try_it()

    def test_a_proxy(self):
        for name in "proxy", "proxy_fcgi":
            self.module(name)
        (self.root / "run" / "shop").mkdir()
        account = find_account()
        shutil.chown(self.root / "run" / "shop", account.uid, account.gid)
        socket = f"{self.root}/run/shop/socket"
        self.deploy("--backend=fastcgi", "--fastcgi-mode=proxy",
                    f"--fastcgi-socket={socket}")
        with unit_running(self.shop / "apache", "shop", socket):
            self.try_it()

    def test_mod_python(self):
        # Beside mod_wsgi there would be two Pythons in one process.
        for path in (self.root / "mods-enabled" / "wsgi.load",
                     self.root / "sites-enabled" / "neighbour.conf"):
            path.unlink()
        self.module("python")
        self.stop()
        self.apache("start")
        self.deploy("--backend=mod_python")
        self.try_it()


if __name__ == "__main__":
    unittest.main()

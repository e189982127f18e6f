"""Thousands of requests for source and secrets, and hidden ones, each way.

CONTRIBUTING.rst tells how to ask more of them.
"""

import tempfile
import unittest
from pathlib import Path

from tests.support import attacks, fastcgi_samples, http_samples
from tests.support.deployed import by_mod_python, deployed
from tests.support.fastcgi import HOST, by_fcgid, by_htaccess, by_proxy
from tests.support.http import by_http

ROOT = {"server-name": HOST, "mount-point": "/"}


class Exposure(unittest.TestCase):

    def setUp(self):
        top = tempfile.TemporaryDirectory()
        self.addCleanup(top.cleanup)
        Path(top.name).chmod(0o755)
        self.sample = fastcgi_samples.wire().copy(Path(top.name) / "wire")
        attacks.plant(self.sample.directory)
        self.static = Path(top.name) / "static"
        (self.static / "sub").mkdir(parents=True)
        (self.static / "style.css").write_text("body {}")
        for name in ".env", "sub/.htpasswd":
            (self.static / name).write_text(attacks.SECRET)
        (self.static / "up").symlink_to("../wire")
        self.choices = {"static": f"/static={self.static}"}

    def attack(self, site, usual=800):
        port, deployed_site = site.server.port, site.sites[0]
        mount = deployed_site.mount_point.rstrip("/").replace(" ", "%20")
        self.assertEqual(site.get("/seen").status, 200)
        places = ["", mount, f"{mount}/static", "/static",
                  f"{mount}/static/sub", f"{mount}/static/up",
                  f"{mount}/{deployed_site.name}.wsgi",
                  f"{mount}/dispatch.fcgi", "/apache", "/icons", "/cgi-bin"]
        count, shown = attacks.leaks(port, attacks.requests(
            places, deployed_site.name, HOST, usual))
        self.assertEqual(shown, [])
        self.assertGreaterEqual(count, usual)
        self.assertEqual(attacks.smuggled(port, mount, HOST), [])
        # It has not broken anything either.
        self.assertEqual(site.get("/seen").status, 200)

    def test_what_is_open_is_found(self):
        def open_it(site):
            with open(f"{site.output_dir}/{site.name}", "a") as stream:
                stream.write(
                    f'Alias /open "{self.sample.directory}"\n'
                    f'<Directory "{self.sample.directory}">\n'
                    "Require all granted\n</Directory>\n")

        with deployed((self.sample, {}), edit=open_it) as site:
            _, shown = attacks.leaks(site.server.port, attacks.requests(
                ["/open"], "wire_app", HOST, 300))
            self.assertGreater(len(shown), 5)
            # Two requests, as no server can tell them from one.
            pipelined = (f"GET /open/x HTTP/1.1\r\nHost: {HOST}\r\n\r\n"
                         f"GET /hidden HTTP/1.1\r\nHost: {HOST}\r\n\r\n")
            self.assertEqual(attacks.ask(
                site.server.port, pipelined.encode()).count(b"HTTP/1.1 "), 2)

    def test_mod_wsgi_on_the_main_server(self):
        with deployed((self.sample, self.choices)) as site:
            self.attack(site)

    def test_mod_wsgi_at_the_root_of_a_host(self):
        with deployed((self.sample, {**self.choices, **ROOT})) as site:
            self.attack(site)

    def test_mod_wsgi_in_apaches_own_processes(self):
        with deployed((self.sample, {
                **self.choices, "mode": "embedded", "server-name": HOST,
                "mount-point": "/a.b"})) as site:
            self.attack(site, 400)

    def test_fcgid(self):
        with by_fcgid(self.sample, {**self.choices, **ROOT}) as site:
            self.attack(site)

    def test_fcgid_below_a_path(self):
        with by_fcgid(self.sample, self.choices) as site:
            self.attack(site, 400)

    def test_a_proxy(self):
        with by_proxy(self.sample, {**self.choices, **ROOT}) as site:
            self.attack(site)

    def test_application_servers(self):
        sample = http_samples.wire().copy(self.sample.directory.parent / "web")
        attacks.plant(sample.directory)
        for server in http_samples.SERVERS:
            with self.subTest(server), by_http(sample, {
                    **self.choices, **ROOT, "app-server": server,
                    "name": "wire_app", "chunked-request": "yes"}) as site:
                self.attack(site, 200)

    def test_a_shared_host(self):
        with by_htaccess(self.sample) as site:
            self.attack(site)

    def test_mod_python(self):
        with by_mod_python((self.sample, {**self.choices, **ROOT})) as site:
            self.attack(site)


if __name__ == "__main__":
    unittest.main()

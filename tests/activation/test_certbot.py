"""What certbot has made of a site, when the site changes."""

import os
import tempfile
import types
import unittest

from modwsgideploy.activation import certbot
from modwsgideploy.activation.https_copy import (
    find_copy,
    plan_copy_off,
    plan_copy_on,
)
from modwsgideploy.activation.installed import Installation, is_ours, plan_copy
from modwsgideploy.activation.layout import find_layout
from modwsgideploy.activation.placing import place, remove_kept
from modwsgideploy.apache.platforms import PLATFORMS

HOST = """\
<VirtualHost *:80>
    ServerName shop.example
    LimitRequestBody 1
    DocumentRoot /srv/shop/apache
</VirtualHost>
"""
SITE = "WSGIDaemonProcess shop\n\n" + HOST
REDIRECT = """\
RewriteEngine on
RewriteCond %{SERVER_NAME} =shop.example [OR]
RewriteCond %{SERVER_NAME} =www.shop.example
RewriteRule ^ https://%{SERVER_NAME}%{REQUEST_URI} [END,NE,R=permanent]
"""
END = "</VirtualHost>\n"
COPY = ("<IfModule mod_ssl.c>\n" + HOST.replace(":80", ":443").replace(
    END, "\n\nSSLCertificateFile /etc/x\n" + END) + "</IfModule>\n")


class Texts(unittest.TestCase):

    def test_its_lines_go_and_come_back(self):
        edited = SITE.replace(END, REDIRECT + END)
        self.assertEqual(certbot.redirect_in(edited), REDIRECT)
        self.assertEqual(certbot.without_redirect(edited), SITE)
        self.assertEqual(certbot.with_redirect(SITE, REDIRECT), edited)
        older = edited.replace("END,NE", "L,NE")
        self.assertEqual(certbot.without_redirect(older), SITE)

    def test_other_redirects_are_not_its(self):
        text = SITE.replace(END, "RewriteEngine on\nRewriteRule ^ https://"
                                 "shop.example/ [R]\n" + END)
        self.assertEqual(certbot.redirect_in(text), "")
        self.assertEqual(certbot.without_redirect(text), text)

    def test_a_site_with_a_certificate_of_its_own_is_not_copied(self):
        own = HOST + COPY.replace("<IfModule mod_ssl.c>\n", "")
        self.assertEqual(certbot.host_in(own), "")
        self.assertEqual(certbot.with_redirect(own, REDIRECT), own)

    def test_changes_get_into_the_copy(self):
        new = HOST.replace("Body 1", "Body 2").replace(":80", ":8080")
        self.assertEqual(certbot.updated(COPY, HOST, new),
                         COPY.replace("Body 1", "Body 2"))
        self.assertEqual(certbot.updated(COPY, HOST, HOST), COPY)

    def test_a_copy_that_was_edited_there_is_not_guessed_at(self):
        edited = COPY.replace("Body 1", "Body 3")
        new = HOST.replace("Body 1", "Body 2")
        self.assertIsNone(certbot.updated(edited, HOST, new))
        anew = certbot.anew(edited, HOST, new)
        self.assertIn("Body 2", anew)
        self.assertIn("SSLCertificateFile /etc/x", anew)
        self.assertIn("<VirtualHost *:443>", anew)
        self.assertNotIn(":80", anew)


class Switching(unittest.TestCase):

    def setUp(self):
        top = tempfile.TemporaryDirectory()
        self.addCleanup(top.cleanup)
        self.top = os.path.realpath(top.name)
        self.site = types.SimpleNamespace(
            server_name="shop.example", conf_name="shop.conf",
            script_directory="/srv/shop/apache")

    def lay_out(self, platform, *directories):
        for name in directories:
            os.makedirs(f"{self.top}/{name}")
        self.layout = find_layout(PLATFORMS[platform], f"{self.top}/x.conf")
        self.path = f"{self.layout.platform.sites}/shop-le-ssl.conf"

    def write(self, path, text):
        with open(path, "w") as stream:
            stream.write(text)

    def copy(self):
        return find_copy(self.site, self.layout)

    def make(self, changes):
        changes = list(changes)
        place(changes)
        remove_kept(changes)

    def names(self):
        return sorted(os.listdir(os.path.dirname(self.path)))

    def test_where_a_file_is_a_site_that_is_on(self):
        self.lay_out("redhat", "conf.d")
        self.write(self.path, COPY)
        self.make(plan_copy_off(self.copy(), self.layout))
        self.assertEqual(self.names(), ["shop-le-ssl.conf.off"])
        self.assertEqual([*plan_copy_off(self.copy(), self.layout)], [])
        self.make(plan_copy_on(
            self.copy(), Installation((), SITE, SITE), False, self.layout,
            False))
        self.assertEqual(self.names(), ["shop-le-ssl.conf"])
        with open(self.path) as stream:
            self.assertEqual(stream.read(), COPY)

    def test_one_that_somebody_switched_off_stays_off(self):
        self.lay_out("debian", "sites-available", "sites-enabled")
        self.write(self.path, COPY)
        installation = Installation((), SITE, SITE)
        self.assertEqual(plan_copy_on(
            self.copy(), installation, True, self.layout, False), [])
        # But a redirect must not lead to nothing.
        change, = plan_copy_on(
            self.copy(), installation._replace(redirects=True), True,
            self.layout, False)
        self.assertEqual(change.path, f"{self.top}/sites-enabled/"
                                      "shop-le-ssl.conf")

    def test_a_certificate_of_its_own_ends_it(self):
        self.lay_out("debian", "sites-available", "sites-enabled")
        self.write(self.path, COPY)
        os.symlink(self.path, f"{self.top}/sites-enabled/shop-le-ssl.conf")
        own = SITE.replace(END, "SSLCertificateFile /etc/y\n" + END)
        change, = plan_copy_on(
            self.copy(), Installation((), SITE, own), True, self.layout,
            False)
        self.assertEqual((change.path, change.new.exists), (
            f"{self.top}/sites-enabled/shop-le-ssl.conf", False))

    def test_the_copy_of_another_site_is_left_alone(self):
        self.lay_out("debian", "sites-available", "sites-enabled")
        self.write(self.path, COPY.replace("/srv/shop", "/srv/other"))
        self.assertIsNone(self.copy())

    def test_its_lines_are_kept_by_an_update(self):
        self.lay_out("debian", "sites-available", "sites-enabled")
        source, path = f"{self.top}/shop", f"{self.top}/shop.conf"
        self.write(source, SITE)
        self.make(plan_copy(source, path, (), False).changes)
        with open(path) as stream:
            stamped = stream.read()
        self.write(path, stamped.replace(END, REDIRECT + END))
        plan = plan_copy(source, path, (), False)
        self.assertEqual((plan.changes, plan.redirects), ((), True))
        self.write(source, SITE.replace("Body 1", "Body 2"))
        self.make(plan_copy(source, path, (), False).changes)
        with open(path) as stream:
            text = stream.read()
        self.assertTrue(is_ours(text, source))
        self.assertIn(REDIRECT + END, text)
        self.assertIn("Body 2", text)
        self.assertEqual(plan_copy(source, path, (), False).changes, ())


if __name__ == "__main__":
    unittest.main()

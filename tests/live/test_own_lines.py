"""Pieces of one's own in the configuration that Apache reads."""

import unittest

from modwsgideploy.sites.pieces import OWN_BEGIN
from tests.support.apache_case import ApacheCase


class Pieces(ApacheCase):

    def test_are_in_force_and_stay_so(self):
        piece = self.top / "extra.conf"
        piece.write_text("Redirect 302 /shop/old /shop/seen\n")
        shop = self.project("shop", "--include", piece)
        conf = shop / "apache" / "shop"
        conf.write_text(conf.read_text().replace(
            OWN_BEGIN + "\n",
            OWN_BEGIN + "\nRedirect 410 /shop/gone\n"))
        self.enable(shop)
        self.run_command("deploy", shop, "-q", "--limit-request-body=77")
        self.enable(shop)
        self.assertIn("LimitRequestBody 77", conf.read_text())
        self.assertEqual(self.get("/shop/seen").status, 200)
        self.assertEqual(self.get("/shop/gone").status, 410)
        self.assertEqual(self.get("/shop/old").status, 302)

    def test_that_apache_refuses_leave_all_as_it_was(self):
        piece = self.top / "extra.conf"
        piece.write_text("NoSuchDirective On\n")
        shop = self.project("shop", "--include", piece)
        before = self.tree()
        _, err = self.enable(shop, status=1)
        self.assertIn("NoSuchDirective", err)
        self.assertEqual(self.tree(), before)
        self.assertEqual(self.get("/neighbour/seen").status, 200)


if __name__ == "__main__":
    unittest.main()

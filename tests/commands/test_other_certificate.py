"""What of a deployment's choices goes when it gets another certificate."""

import unittest

from tests.support.commands import CommandTest

AUTO = ("--https=auto", "--acme-agree", "--acme-contact=me@shop.example")
PAIR = ("--certificate=/etc/ssl/shop.pem",
        "--certificate-key=/etc/ssl/shop.key")


class OtherCertificate(CommandTest):

    def choices(self, *options):
        """The choices about HTTPS after a run with ``options``, and what it
        said."""
        _, err = self.deploy("--server-name=shop.example", *options)
        return [line for line in self.text("site.ini").splitlines()
                if line.startswith(("https", "certificate"))], err

    def test_from_one_to_the_other_and_back(self):
        self.choices(*PAIR)
        found, err = self.choices(*AUTO)
        self.assertEqual(found, ["https = auto"])
        for name in "certificate", "certificate-key":
            self.assertRegex(err, rf"note: \S*site.ini:\d+ \[myapp\] {name}:"
                                  " left out, for the certificate is another")
        found, err = self.choices("--https=certbot")
        self.assertEqual(found, ["https = certbot"])
        found, err = self.choices(*PAIR)
        self.assertEqual(len(found), 2)
        self.assertIn("https: left out, for it is another certificate", err)
        # The key is that of the certificate that is renewed.
        found, err = self.choices("--certificate=/etc/ssl/new.pem")
        self.assertIn("certificate-key = /etc/ssl/shop.key", found)
        found, err = self.choices("--https=self-signed")
        self.assertEqual(found, ["https = self-signed"])
        found, err = self.choices("--https=self-signed", PAIR[0])
        self.assertEqual(len(found), 2)
        found, err = self.choices("--https=self-signed")
        self.assertEqual(len(found), 2)
        self.assertNotIn("left out", err)

    def test_without_a_certificate_there_is_no_key(self):
        self.choices(*PAIR)
        found, err = self.choices("--certificate=")
        self.assertNotIn("certificate-key", "".join(found))
        self.assertIn("left out, for there is no certificate", err)


if __name__ == "__main__":
    unittest.main()

"""What mod_md manages, as a configuration has it."""

import types
import unittest

from modwsgideploy.activation.ordering import authority_said
from modwsgideploy.apache.managed import managed_in, with_section
from modwsgideploy.apache.parser import Directives, parse
from modwsgideploy.checks import managed

TEXT = """\
WSGIDaemonProcess shop
<MDomainSet a.example b.example>
    MDCertificateAuthority https://ca.example/dir
    MDContactEmail me@example.com
    MDPrivateKeys secp256r1
</MDomainSet>

<VirtualHost *:443>
    SSLEngine on
</VirtualHost>
"""


class Managed(unittest.TestCase):

    def test_names_and_authority_are_found(self):
        domain, = managed_in(TEXT)
        self.assertEqual(domain.names, ("a.example", "b.example"))
        self.assertEqual(domain.authority, "https://ca.example/dir")
        self.assertEqual(managed_in("<VirtualHost *:80>\n</VirtualHost>\n"),
                         [])

    def test_a_section_takes_the_place_of_another_for_its_names(self):
        domain, = managed_in(TEXT)
        other = "<MDomainSet b.example c.example>\n</MDomainSet>\n"
        self.assertEqual(with_section(other + "# x\n", domain),
                         domain.text + "# x\n")
        other = other.replace("b.", "d.")
        self.assertEqual(with_section(other, domain), other)

    def test_the_authority_is_quoted_as_data(self):
        domain, = managed_in(TEXT)
        line = (r'Exact response was: {"name":"b.example","error":{"type":'
                r'"urn:ietf:params:acme:error:dns","detail":"no \\"A\\" for'
                r' b.example\\u001b[2J","status":400}}')
        self.assertEqual(
            list(authority_said(line, domain)),
            [r'the authority says: no "A" for b.example\x1b[2J'])
        self.assertEqual(list(authority_said(
            line.replace("b.example", "z.example"), domain)), [])

    def test_an_old_apache_is_told_what_it_does_not_know(self):
        for version, names in (((2, 4, 41), ["MDContactEmail",
                                             "MDPrivateKeys"]),
                               ((2, 4, 46), ["MDPrivateKeys"]),
                               ((2, 4, 48), [])):
            httpd = types.SimpleNamespace(
                version_info=version, version=".".join(map(str, version)))
            context = types.SimpleNamespace(
                host=types.SimpleNamespace(httpd=httpd),
                own=Directives(parse(TEXT, "shop")),
                redeploy=lambda *options: f"deploy {' '.join(options)}")
            found = list(managed.version(context))
            self.assertEqual([message.split(" has ")[1].split(",")[0]
                              for message, _ in found], names)


if __name__ == "__main__":
    unittest.main()

"""The block of maintenance: what it is put into, and taken out again."""

import unittest

from hypothesis import given, settings
from hypothesis import strategies as st

from modwsgideploy.activation.maintained import with_block, without_block
from modwsgideploy.activation.maintenance import Maintenance, directives
from tests.support.commands import CommandTest
from tests.support.fuzzing import examples

BLOCK = directives("/a b", "/etc/apache2/a.html", Maintenance(
    allowed=("192.0.2.0/24", "2001:db8::1")), [])
LINES = st.lists(st.sampled_from((
    "<VirtualHost *:80>\n", "    <virtualhost [::1]:443 *:81>\n", "# x\n",
    "</VirtualHost>\n", "WSGIScriptAlias / /x\n", "\n", "Alias /a \\\n",
    "  <VirtualHostile>\n", "ServerName x\r\n")), max_size=12)


class Block(unittest.TestCase):

    @settings(max_examples=examples(200), deadline=None)
    @given(LINES)
    def test_leaves_what_was_there(self, lines):
        text = "".join(lines)
        once = with_block(text, BLOCK)
        self.assertNotEqual(once, text)
        self.assertEqual(without_block(once), text)
        self.assertEqual(with_block(once, BLOCK), once)

    def test_names_addresses_and_escapes_what_is_a_url(self):
        self.assertIn("-R '192.0.2.0/24' || -R '2001:db8::1'", BLOCK)
        self.assertIn('<Location "/a b">', BLOCK)
        self.assertIn('ErrorDocument 503 "/a%20b/.maintenance.html"', BLOCK)


class Arguments(CommandTest):

    def test_tell_a_page_from_a_project(self):
        for command in (("modwsgideploy", "disable"),
                        ("paster", "modwsgi_disable"),
                        ("gearbox", "modwsgi-disable")):
            with self.subTest(command):
                _, err = self.run_command(*command, "--maintenance",
                                          "down.html", status=2)
                self.assertIn("down.html: cannot be read", err)
                _, err = self.run_command(
                    *command, "--maintenance", self.directory, cwd="/",
                    status=2)
                self.assertIn("there is no deployment of myapp", err)


if __name__ == "__main__":
    unittest.main()

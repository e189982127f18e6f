"""What is known of an installed file by its last line."""

import unittest

from hypothesis import given
from hypothesis import strategies as st

from modwsgideploy.activation.installed import is_ours, stamped

TEXTS = st.text("ab#\n\\\udcff\r", max_size=20)


class Installed(unittest.TestCase):

    @given(TEXTS)
    def test_what_was_installed_is_known_again(self, text):
        installed = stamped(text, "/a b/c")
        self.assertTrue(installed.startswith(text))
        self.assertTrue(is_ours(installed, "/a b/c"))
        self.assertFalse(is_ours(installed, "/a"))

    @given(TEXTS, st.data())
    def test_an_edit_shows(self, text, data):
        installed = stamped(text, "/a")
        at = data.draw(st.integers(0, len(text)))
        self.assertFalse(is_ours(
            installed[:at] + "x" + installed[at:], "/a"))
        self.assertFalse(is_ours(installed + "more\n", "/a"))
        self.assertFalse(is_ours(text, "/a"))


if __name__ == "__main__":
    unittest.main()

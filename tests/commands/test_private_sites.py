"""Sites as a private Apache serves them."""

import unittest

from modwsgideploy.commands import private_sites
from modwsgideploy.sites.options import Setting


class Private(unittest.TestCase):
    """What of a deployment's choices a private server repeats."""

    def kept(self, recorded, given=()):
        told = []
        given = {name: Setting(value, "--" + name)
                 for name, value in dict(given).items()}
        settings = {**{name: Setting(value, "site.ini")
                       for name, value in recorded.items()}, **given}
        kept = private_sites.private_settings(settings, given, told.append)
        self.assertEqual(kept.pop("in-place").value, "yes")
        return {name: one.value for name, one in kept.items()}, told

    def test_recorded_ones_are_left_out_quietly(self):
        self.assertEqual(self.kept({
            "user": "x", "certificate": "/c", "port": "443",
            "egg-cache": "/e", "mount-point": "/m", "threads": "3"}),
            ({"mount-point": "/m", "threads": "3"}, []))

    def test_an_egg_cache_that_is_given_is_used(self):
        self.assertEqual(
            self.kept({"threads": "3", "egg-cache": "/e"},
                      {"egg-cache": "/other"}),
            ({"threads": "3", "egg-cache": "/other"}, []))

    def test_directories_of_another_machine(self):
        kept, told = self.kept({"virtualenv": "/srv/of-nobody",
                                "home": "/tmp", "baseline": ""})
        self.assertEqual(kept, {"home": "/tmp", "baseline": ""})
        self.assertEqual(told, ["site.ini: /srv/of-nobody is left out, as it"
                                " is not on this machine"])
        self.assertEqual(
            self.kept({}, {"virtualenv": "/srv/of-nobody"})[0],
            {"virtualenv": "/srv/of-nobody"})

    def test_names_that_lead_to_this_machine(self):
        for name, local in (
                ("www.example.com", "www.example.com.localhost"),
                ("www.example.com.", "www.example.com.localhost"),
                ("shop", "shop.localhost"), ("localhost", "localhost"),
                ("shop.localhost", "shop.localhost"),
                ("127.0.0.1", "127.0.0.1"), ("[::1]", "[::1]"),
                ("x." * 125 + "de", "x." * 125 + "de")):
            self.assertEqual(private_sites.local_name(name), local)

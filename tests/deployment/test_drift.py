"""What of a deployment is not as its choices make it."""

import os
import unittest

from modwsgideploy.commands import inputs
from modwsgideploy.commands.invocation import Invocation
from modwsgideploy.deployment.drift import find_drift
from modwsgideploy.sites.pieces import OWN_BEGIN
from modwsgideploy.sites.resolve import make_site
from tests.support.commands import CommandTest


class Drift(CommandTest):

    def drift(self, **changes):
        """Kind of each file that differs, by its name."""
        _, settings = inputs.recall(self.directory, {}, Invocation())
        site = make_site(*inputs.read(self.directory, settings), "4.9")
        return {os.path.basename(path): kind for path, kind
                in find_drift(site._replace(**changes))}

    def edit(self, old, new):
        path = os.path.join(self.directory, "apache", "myapp")
        text = self.text("myapp")
        self.assertIn(old, text)
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text.replace(old, new))

    def deploy(self, *arguments, **kwargs):
        return super().deploy("--mod-wsgi-version=4.9", *arguments, **kwargs)

    def test_is_none_of_what_was_written(self):
        self.deploy()
        self.assertEqual(self.drift(), {})
        self.edit(OWN_BEGIN, OWN_BEGIN + "\nRedirect /a /b")
        self.assertEqual(self.drift(), {})

    def test_is_what_is_missing_old_and_edited(self):
        self.deploy()
        os.remove(os.path.join(self.directory, "apache", "test.wsgi"))
        self.assertEqual(self.drift(limit_request_body=7), {
            "myapp": "old", "test.wsgi": "missing"})
        self.edit("LimitRequestBody 10485760", "LimitRequestBody 8")
        self.assertEqual(self.drift(), {
            "myapp": "edited", "test.wsgi": "missing"})

    def test_of_a_conflict_lasts_when_it_is_settled(self):
        self.deploy()
        self.edit("LimitRequestBody 10485760", "LimitRequestBody 8")
        self.deploy("--limit-request-body=9", status=1)
        self.assertEqual(self.drift(), {"myapp": "waiting"})
        os.remove(os.path.join(self.directory, "apache", "myapp.new"))
        self.assertEqual(self.drift(), {"myapp": "edited"})
        self.deploy()
        self.assertEqual(self.drift(), {"myapp": "edited"})
        self.edit("LimitRequestBody 8", "LimitRequestBody 9")
        self.assertEqual(self.drift(), {})


if __name__ == "__main__":
    unittest.main()

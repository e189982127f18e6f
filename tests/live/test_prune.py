"""Sites that go: ``--prune`` of enable and batch, and ``disable --purge``."""

import json
import os
import unittest

from modwsgideploy.sites.pieces import OWN_BEGIN
from tests.support.apache_case import ApacheCase


class Sites(ApacheCase):

    def setUp(self):
        super().setUp()
        self.projects = {name: self.project(name) for name in
                         ("shop", "blog", "wiki")}
        self.manifest = self.top / "sites.ini"

    def write(self, *names, deploy=True):
        """Write the manifest, and deploy its sites."""
        self.manifest.write_text("".join(
            f"[{name}]\nproject = {project}\n" + "\n".join(
                (project / "apache" / "site.ini").read_text(
                    ).partition("]\n")[2].splitlines()) + "\n"
            for name, project in self.projects.items() if name in names))
        if deploy:
            self.run_command("batch", self.manifest, "-q")

    def statuses(self):
        return [self.get(f"/{name}/seen").status for name in self.projects]

    def test_that_have_gone_from_a_manifest_are_pruned(self):
        self.write("shop", "blog", "wiki")
        self.enable(self.manifest)
        self.write("blog")
        out, err = self.enable(self.manifest)
        for name in ("shop", "wiki"):
            self.assertIn(f"{name} is not in {self.manifest} any more, and is"
                          f" still on, from {self.projects[name]}/apache;"
                          " --prune switches it off", err)
        self.assertEqual(self.statuses(), [200, 200, 200])
        before = self.tree()
        out, _ = self.enable(self.manifest, "-n", "--prune", "--only=wiki",
                             "--only=blog")
        self.assertIn(f"-{'../sites-available/wiki.conf'}", out)
        self.assertNotIn("shop.conf", out)
        self.assertIn("1 off", out)
        self.assertEqual(self.tree(), before)
        out, _ = self.enable(self.manifest, "--prune", "-v")
        self.assertIn("shop is off\n", out)
        self.assertIn("3 sites: 2 off, 1 unchanged", out)
        self.assertEqual(self.statuses(), [404, 200, 404])
        out, err = self.enable(self.manifest, "--prune", "--json")
        self.assertEqual(json.loads(out)["counts"]["off"], 0)
        self.assertEqual(err, "")
        self.assertTrue((self.projects["shop"] / "apache/shop").exists())

    def test_that_have_gone_are_pruned_by_batch(self):
        self.write("shop", "blog", "wiki")
        self.enable(self.manifest)
        self.write("blog", deploy=False)
        batch = ("batch", self.manifest, "--server-config", self.config)
        _, err = self.run_command(*batch)
        self.assertIn(f"note: wiki is not in {self.manifest} any more; its"
                      f" deployment is in {self.projects['wiki']}/apache, and"
                      " --prune switches it off where it is on", err)
        before = self.tree()
        out, _ = self.run_command(*batch, "-n", "--prune", "--only=wiki",
                                  "--only=blog")
        self.assertIn("-../sites-available/wiki.conf", out)
        self.assertIn("wiki would be off\n", out)
        self.assertNotIn("shop", out)
        self.assertEqual(self.tree(), before)
        out, err = self.run_command(*batch, "--prune")
        self.assertEqual(err, "")
        self.assertIn("shop is off\nwiki is off\n3 sites: 1 unchanged, 2 off",
                      out)
        self.assertEqual(self.statuses(), [404, 200, 404])
        self.assertEqual(self.run_command(*batch, "--prune", "--changed")[1],
                         "")

    def test_of_another_deployment_are_not_pruned(self):
        self.write("shop", "blog", "wiki")
        self.enable(self.manifest)
        self.write("blog", "wiki")
        conf = self.root / "sites-available" / "shop.conf"
        conf.write_text(conf.read_text().replace(
            f"from {self.projects['shop']}/apache/", "from /srv/other/"))
        _, err = self.enable(self.manifest, "--prune")
        self.assertEqual(self.statuses(), [200, 200, 200])

    def test_are_purged_but_for_what_is_somebodys_work(self):
        shop, blog, _ = self.projects.values()
        for project in shop, blog:
            self.enable(project)
        database = shop / "apache" / "shop.db"
        database.write_text("SQLite format 3\n")
        conf = blog / "apache" / "blog"
        conf.write_text(conf.read_text().replace(
            OWN_BEGIN, OWN_BEGIN + "\n# mine"))
        before = self.tree(), sorted(os.listdir(shop / "apache"))
        out, _ = self.disable(shop, "-n", "--purge")
        self.assertIn("-../sites-available/shop.conf\n", out)
        self.assertIn(f"  remove    {shop}/apache/shop.wsgi\n", out)
        self.assertNotIn("shop.db", out)
        self.assertIn("shop would be off, and without its files", out)
        self.assertEqual(before, (self.tree(),
                                  sorted(os.listdir(shop / "apache"))))
        out, _ = self.disable(shop, "--purge")
        self.assertIn("shop is off, and its files are removed\n", out)
        self.assertEqual(os.listdir(shop / "apache"), ["shop.db"])
        self.assertFalse(os.path.lexists(
            self.root / "sites-available" / "shop.conf"))
        out, err = self.disable(blog, "--purge", "--json")
        site, = json.loads(out)["sites"]
        self.assertEqual(site["status"], "purged")
        self.assertIn(f"{conf}: stays, for it has edits", site["messages"][0])
        self.assertEqual(sorted(os.listdir(blog / "apache")),
                         [".modwsgideploy.base", "blog", "site.ini"])
        self.assertEqual(self.statuses()[:2], [404, 404])
        # With its last file goes the directory.
        database.unlink()
        self.run_command("deploy", shop, "-q", "--in-place", "--virtualenv=",
                         "--egg-cache=", "--platform=debian")
        self.disable(shop, "--purge")
        self.assertFalse((shop / "apache").exists())
        self.assertTrue((shop / "bare_app.py").exists())


if __name__ == "__main__":
    unittest.main()

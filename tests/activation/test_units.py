"""What of a deployment's systemd units is installed, and is removed again."""

import os
import shutil
import tempfile
import unittest

from modwsgideploy.activation import units
from modwsgideploy.activation.placing import place
from modwsgideploy.activation.planner import SiteChange
from modwsgideploy.commands import inputs
from modwsgideploy.commands.app_servers import AppServers
from modwsgideploy.commands.invocation import Invocation
from modwsgideploy.deployment.render import render
from modwsgideploy.errors import Failed
from modwsgideploy.sites.options import Setting
from modwsgideploy.sites.resolve import make_site
from modwsgideploy.system.accounts import find_account
from tests.support.fakes import FAKES

NO_CHANGE = SiteChange("shop", "", (), ())


@unittest.skipIf(os.geteuid(), "only root installs units")
class Units(unittest.TestCase):

    def setUp(self):
        self.top = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.top)
        os.chmod(self.top, 0o755)
        self.units = os.path.join(self.top, "units")
        self.output = os.path.join(self.top, "apache")
        for each in self.units, self.output:
            os.mkdir(each)
        self.write(self.site())

    def site(self, **choices):
        choices = {"platform": "debian", "backend": "http", "name": "shop",
                   "output-dir": self.output, **choices}
        site = make_site(*inputs.read(os.path.join(FAKES, "paste"), {
            name: Setting(value, "--" + name)
            for name, value in choices.items()}))
        return site._replace(platform=site.platform._replace(
            units=self.units))

    def write(self, site):
        """Write the units of ``site``, in a directory of another user's."""
        account = find_account()
        os.chown(self.output, account.uid, account.gid)
        for file in render(site):
            if file.path.endswith((".service", ".socket")):
                with open(self.path(file.path), "w") as stream:
                    stream.write(file.text)

    def path(self, name):
        return os.path.join(self.output, name)

    def edit(self, name, old, new):
        with open(self.path(name)) as stream:
            text = stream.read()
        self.assertIn(old, text)
        with open(self.path(name), "w") as stream:
            stream.write(text.replace(old, new, 1))

    def install(self, site):
        change = units.plan_start(site)
        for each in change.changes:
            os.makedirs(os.path.dirname(each.path), exist_ok=True)
        place(change.changes)

    def test_edits_that_take_no_rights_of_root_are_installed(self):
        for new in ("Environment=A=b\n", "MemoryMax=1G\n", "# +mine\n",
                    "ExecStartPre=-/usr/bin/true x\n",
                    "ReadWritePaths=/srv/uploads\n"):
            self.edit("shop.service", "[Service]\n", "[Service]\n" + new)
        self.install(self.site())
        self.assertTrue(os.path.exists(f"{self.units}/shop.service"))

    def test_what_systemd_would_do_as_root_is_refused(self):
        account = "User=" + self.site().platform.user + "\n"
        for name, old, new, named in (
                ("shop.service", account, "User=root\n", "User=root"),
                ("shop.service", account, "", "(missing)"),
                ("shop.service", account, account + "User=\n", "User="),
                ("shop.service", account, "[Unit]\n" + account, "(missing)"),
                ("shop.service", account, account.replace(
                    "\n", "\rUser=root\n"), "control"),
                ("shop.service", "ExecStart=", "ExecStartPre=+/x\nExecStart=",
                 "ExecStartPre=+/x"),
                ("shop.service", "ExecStart=",
                 'ExecStartPre="+/x"\nExecStart=', 'ExecStartPre="+/x"'),
                ("shop.service", "ExecStart=",
                 "ExecStartPre=/x ; +/y\nExecStart=", "/x ; +/y"),
                ("shop.service", account, "Environment=a \\\n" + account,
                 "Environment=a"),
                ("shop.service", "[Unit]\n",
                 "[Unit]\nSuccessAction=reboot\n", "SuccessAction"),
                ("shop.socket", "[Socket]\n", "[Socket]\nExecStartPre=/x\n",
                 "ExecStartPre=/x"),
                ("shop.socket", "[Socket]\n",
                 "[Socket]\nListenStream=/etc/passwd\n", "/etc/passwd"),
                ("shop.socket", "[Socket]\n",
                 f"[Socket]\nListenStream={self.output}/socket\n",
                 f"{self.output}/socket")):
            with self.subTest(named, new=new):
                self.write(self.site())
                self.edit(name, old, new)
                with self.assertRaises(Failed) as caught:
                    units.plan_start(self.site())
                self.assertIn(f"{self.output}/{name}: another user",
                              caught.exception.messages[0])
                self.assertIn(named, caught.exception.messages[0])

    def test_no_unit_of_a_package_is_replaced(self):
        site = self.site(name="ssh")
        self.write(site)
        before, units.PACKAGED = units.PACKAGED, (self.output,)
        try:
            with self.assertRaisesRegex(Failed, "--name: ssh is also"):
                units.plan_start(site)
        finally:
            units.PACKAGED = before

    def test_root_itself_may_write_whatever_it_likes(self):
        os.chown(self.output, 0, 0)
        self.edit("shop.service", "[Service]\n",
                  "[Service]\nExecStartPre=+/usr/bin/true\n")
        units.plan_start(self.site())

    def test_what_has_gone_from_a_manifest_is_stopped(self):
        servers, site = self.servers(), self.site()
        self.assertIsNone(servers.former(site, self.units))
        self.install(site)
        change = servers.former(site, self.units)
        self.assertEqual([each.action for each in change.changes],
                         ["remove", "remove"])
        other = site._replace(output_dir=self.top)
        self.assertIsNone(servers.former(other, self.units))

    def test_what_changes_of_units_alone_is_a_change(self):
        change = self.servers().with_server(self.site(), NO_CHANGE)
        self.assertTrue(change.is_change)
        self.assertIn(f"{self.units}/shop.service",
                      [each.path for each in change.all_paths])
        off = self.servers(False).with_server(self.site(), NO_CHANGE)
        self.assertFalse(off.is_change)

    def test_units_of_before_are_stopped_with_the_site(self):
        """It was moved to another backend, and never switched on with it."""
        self.install(self.site())
        site = self.site(backend="mod_wsgi")
        for on in True, False:
            change = self.servers(on).with_server(site, NO_CHANGE)
            self.assertFalse(change.server.starts)
            self.assertEqual([each.action for each in change.all_paths],
                             ["remove", "remove"])

    def servers(self, on=True):
        """Those of a machine that systemd runs."""
        self.addCleanup(setattr, units, "SYSTEMD", units.SYSTEMD)
        units.SYSTEMD = self.top
        return AppServers(Invocation(), on)

    def test_purge_removes_the_units_but_not_edited_ones(self):
        site = self.site()
        self.install(site)
        place(units.plan_stop(site, self.units).changes)
        names = sorted(name for name in os.listdir(self.units)
                       if "." in name and not name.endswith(".wants"))
        self.assertEqual(names, ["shop.service", "shop.socket"])
        with open(f"{self.units}/shop.socket", "a") as stream:
            stream.write("# mine\n")
        place(units.plan_stop(site, self.units, purge=True).changes)
        self.assertFalse(os.path.exists(f"{self.units}/shop.service"))
        self.assertTrue(os.path.exists(f"{self.units}/shop.socket"))


if __name__ == "__main__":
    unittest.main()

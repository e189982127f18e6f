"""Deployments without a finding, and all fixes of one run together."""

import json
import resource
import subprocess

from tests.support import fastcgi_samples, samples
from tests.support.check_case import HOST, CheckCase, StagedCase, needs_root


def cpu_seconds():
    """The time that ended children computed, however busy the machine is."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Clean(CheckCase):
    """No false alarm."""

    def check_clean(self, sample, *choices):
        self.sample = sample
        self.setUp()
        self.deploy(*(word.format(port=self.port) for word in choices))
        began = cpu_seconds()
        self.assertEqual(self.check("--no-load"), {})
        self.assertLess(cpu_seconds() - began, 1.5)
        self.assertEqual(self.check("--enabled"), {})
        self.assertRegex(self.visit(), "200 OK|302 Found")

    def test_paste_and_pyramid(self):
        for sample in (samples.paste, samples.pyramid):
            for choices in ((), ("--mode=embedded",),
                            ("--mount-point=/a b",),
                            ("--test-page=local", "--trusted-proxy=10.0.0.1"),
                            (f"--server-name={HOST}", "--port={port}",
                             "--mount-point=/")):
                with self.subTest(sample.__name__, choices=choices):
                    self.check_clean(sample, *choices)

    def test_fastcgi(self):
        self.modules = ("fcgid",)
        for choices in ((), (f"--server-name={HOST}", "--port={port}")):
            with self.subTest(choices=choices):
                self.check_clean(fastcgi_samples.pyramid,
                                 "--backend=fastcgi", *choices)

    def test_mod_python(self):
        self.wsgi, self.modules = False, ("python",)
        for choices in ((), (f"--server-name={HOST}", "--port={port}")):
            with self.subTest(choices=choices):
                self.check_clean(samples.pyramid, "--backend=mod_python",
                                 *choices)

    @needs_root
    def test_turbogears_2(self):
        sample = samples.turbogears2
        self.sample = sample
        self.setUp()
        subprocess.run(["chgrp", "-R", "www-data", self.project], check=True)
        subprocess.run(["chmod", "-R", "g+w", self.project], check=True)
        self.deploy("--processes=1")
        self.assertEqual(self.check(), {})

    def test_what_the_samples_of_odd_shapes_lack_is_logging_alone(self):
        for sample in (samples.hatchling, samples.bare, samples.factory,
                       samples.egg_info, samples.composite):
            with self.subTest(sample.__name__):
                self.check_clean(sample, "--skip=MWD504")


class Together(StagedCase):

    def test_all_fixes_of_one_run_are_run_in_its_order(self):
        self.usual = ("--egg-cache=",)
        self.deploy()
        # As it is aligned by hand; what is missing comes first.
        for old, new in (
                (r" \\\n +lang=.* \\\n +locale=\S+", ""),
                (r" application-group=%\{GLOBAL\}", ""),
                ("WSGIScriptAlias /plain_app ",
                 "WSGIScriptAlias\t/plain_app   "),
                ("WSGIDaemonProcess ", "WSGIDaemonProcess   "),
                (r"\A", "Alias /plain_app/a /none/a\n"
                 "Alias /plain_app/b \\\\\n    /none/b\n"
                 "WSGIScriptReloading Off\n")):
            self.edit(self.conf, old, new)
        self.edit(self.ini, r"\[app:main\]\n", (
            "[filter:prefix]\nuse = egg:PasteDeploy#prefix\n"
            "[app:main]\nfilter-with = prefix\nsecret = change-me\n"
            "debug = true\n"))
        available = self.top / "available.conf"
        available.write_text("Alias /plain_app /none\n")
        enabled = self.top / "enabled.conf"
        enabled.symlink_to(available)
        self.neighbour(f"Include {enabled}")
        with self.apache():
            output = self.run_command("check", "--json", "--server-config",
                                      self.server_config)
        self.assertTrue(output.startswith("{"), output)
        findings = json.loads(output)["sites"][0]["problems"]
        self.assertEqual([each["code"] for each in findings], [
            "MWD108", "MWD108", "MWD310", "MWD313", "MWD406", "MWD407",
            "MWD411", "MWD413", "MWD415", "MWD501", "MWD502", "MWD506"])
        for finding in findings:
            self.mend(finding)
        self.assertEqual(self.check(), {})
        self.assertLessEqual(set(self.hints()), {"MWD313", "MWD509"})
        self.assertRegex(self.visit(), "200 OK")
        self.assertTrue(enabled.is_symlink())
        self.assertEqual(available.read_text(), "#Alias /plain_app /none\n")

"""``enable`` and ``disable``, on a real Apache laid out as Debian's."""

import contextlib
import json
import os
import re
import shlex
import shutil
import subprocess
import threading
import unittest

from tests.support import fastcgi_samples, kept, samples
from tests.support.apache_case import BIN, ApacheCase
from tests.support.ports import free_port


class OneSite(ApacheCase):

    def setUp(self):
        super().setUp()
        self.before = self.tree()

    def test_on_and_off_again(self):
        shop = self.project("shop")
        self.assertEqual(self.get("/shop").status, 404)
        out, _ = self.enable(shop)
        self.assertRegex(out, rf"^shop is on: http://localhost:{self.port}"
                              r"/shop answers 200 OK in [\d.]+ s\n")
        self.assertEqual(self.get("/shop/seen").status, 200)
        added = {"sites-available/shop.conf", "sites-enabled/shop.conf"}
        self.assertEqual(self.tree().keys() - self.before.keys(), added)
        self.assertEqual(self.tree()["sites-enabled/shop.conf"],
                         "../sites-available/shop.conf")
        out, _ = self.disable(shop)
        self.assertIn("shop is off", out)
        self.assertEqual(self.get("/shop/seen").status, 404)
        # As a2dissite leaves it.
        self.assertEqual(self.tree().keys() - self.before.keys(),
                         {"sites-available/shop.conf"})
        self.assertTrue((shop / "apache" / "shop.wsgi").exists())

    def test_what_is_so_already_is_not_done_again(self):
        shop = self.project("shop")
        self.enable(shop)
        before, loaded = self.tree(), self.generation()
        self.assertIn("shop is on already", self.enable(shop)[0])
        self.assertEqual(self.tree(), before)
        self.disable(shop)
        self.assertNotEqual(self.generation(), loaded)
        loaded = self.generation()
        self.assertIn("shop is off already", self.disable(shop)[0])
        self.assertEqual(self.generation(), loaded)

    def test_other_comments_cost_no_reload(self):
        shop = self.project("shop")
        self.enable(shop)
        before, loaded = self.tree(), self.generation()
        conf = shop / "apache" / "shop"
        generated = conf.read_text()
        conf.write_text(generated.replace(
            "Written by modwsgideploy", "Written by me and modwsgideploy"))
        self.assertIn("shop is on already", self.enable(shop)[0])
        self.assertEqual((self.tree(), self.generation()), (before, loaded))
        # A backslash makes the next line a part of the comment.
        conf.write_text(conf.read_text().replace(
            "# The largest request body, in bytes.",
            "# Without a limit, \\"))
        out, _ = self.enable(shop)
        self.assertIn("shop is on:", out)
        self.assertNotEqual(self.generation(), loaded)
        self.assertIn("Written by me", (
            self.root / "sites-enabled" / "shop.conf").read_text())

    def test_a_site_that_is_on_is_asked_whether_it_works(self):
        shop = self.project("shop")
        self.enable(shop)
        before, module = self.tree(), shop / "bare_app.py"
        working = module.read_text()
        module.write_text("raise ValueError(7)\n")
        # A script that changes is live with the next request.
        self.run_command("deploy", shop, "-q", "--env=A=B")
        out, err = self.enable(shop, status=1)
        self.assertIn("shop is on already, and does not work", out)
        self.assertIn("answers 500 Internal Server Error", err)
        self.assertIn("the application raised ValueError: 7", err)
        self.assertEqual(self.tree(), before)
        module.write_text(working)
        _, err = self.enable(shop, status=1)
        self.assertRegex(err, "were started at .*, before .*/bare_app.py has")
        command, = re.findall("`modwsgideploy (restart .*)`", err)
        self.run_command(*shlex.split(command), "--server-config",
                         self.config)
        self.enable(shop)
        self.stop()
        _, err = self.enable(shop, status=1)
        self.assertIn("Apache does not run", err)

    def generation(self):
        return (self.root / "run" / "apache.pid").stat().st_mtime_ns

    def test_a_copy_made_by_hand_as_the_runbook_has_it_is_good(self):
        shop = self.project("shop")
        shutil.copy(shop / "apache" / "shop",
                    self.root / "sites-available" / "shop.conf")
        os.symlink("../sites-available/shop.conf",
                   self.root / "sites-enabled" / "shop.conf")
        before = self.tree()
        self.enable(shop)
        self.assertEqual(self.tree(), before)
        self.assertIn("shop is on already", self.enable(shop)[0])

    def test_a_copy_by_hand_from_where_it_is_served_is_ours_later(self):
        shop, served = self.project("shop"), self.top / "srv" / "shop"
        choices = shop / "apache" / "site.ini"
        choices.write_text(choices.read_text().replace(
            "in-place = yes", f"baseline =\ndeployment = {served.parent}"))
        self.run_command("deploy", shop, "-q")
        shutil.copytree(shop, served)
        shutil.copy(served / "apache" / "shop",
                    self.root / "sites-available" / "shop.conf")
        self.run_command("deploy", shop, "-q", "--threads=6")
        out, _ = self.enable(shop)
        self.assertRegex(out, "update +.*/sites-available/shop.conf")

    def test_simulate_shows_a_diff_and_changes_nothing(self):
        shop = self.project("shop")
        out, _ = self.enable(shop, "-n")
        self.assertRegex(out, r"(?m)^\+WSGIDaemonProcess shop")
        self.assertRegex(out, r"(?m)^\+\.\./sites-available/shop\.conf$")
        self.assertIn("shop would be switched on", out)
        self.assertEqual(self.tree(), self.before)
        self.enable(shop, "-q")
        before = self.tree()
        out, _ = self.disable(shop, "-n")
        self.assertRegex(out, r"(?m)^-\.\./sites-available/shop\.conf$")
        self.assertEqual(self.tree(), before)
        self.assertEqual(self.get("/shop/seen").status, 200)

    def test_an_application_that_fails_is_taken_back_with_the_reason(self):
        shop = self.project("shop")
        (shop / "bare_app.py").write_text("import not_there\n")
        with self.neighbour() as answers:
            out, err = self.enable(shop, "--no-check", status=1)
        self.assertIn("shop was not switched on: all is as it was", out)
        self.assertIn("answers 500 Internal Server Error", err)
        self.assertIn("Python finds no module not_there", err)
        self.assertIn("fix:", err)
        self.assertEqual(self.tree(), self.before)
        self.assertEqual(self.get("/shop").status, 404)
        self.assertEqual(set(answers), {200})
        self.assertEqual(self.get("/neighbour/seen").status, 200)

    @contextlib.contextmanager
    def neighbour(self):
        """The statuses of requests that are made all the time (list)."""
        (self.root / "documents" / "page.html").write_text("here")
        answers, enough = [], threading.Event()

        def ask():
            while not enough.is_set():
                answers.append(self.get("/page.html").status)

        thread = threading.Thread(target=ask)
        thread.start()
        try:
            yield answers
        finally:
            enough.set()
            thread.join()

    def test_an_update_that_fails_leaves_the_site_as_it_was(self):
        shop = self.project("shop")
        self.enable(shop)
        before = self.tree()
        conf = shop / "apache" / "shop"
        conf.write_text(conf.read_text().replace(
            "shop.wsgi \\", "gone.wsgi \\"))
        _, err = self.enable(shop, "--no-check", status=1)
        self.assertIn("answers 403 Forbidden, and that is Apache", err)
        self.assertEqual(self.tree(), before)
        self.assertEqual(self.get("/shop/seen").status, 200)

    def test_what_the_checks_find_stops_it(self):
        shop = self.project("shop")
        (shop / "apache" / "shop.wsgi").unlink()
        _, err = self.enable(shop, status=1)
        self.assertIn("[MWD107]", err)
        self.assertIn("--no-check", err)
        self.assertEqual(self.tree(), self.before)

    def test_what_is_not_there_yet_stops_it_although_deploy_only_warns(self):
        shop = self.project("shop")
        self.run_command("deploy", shop, "-q", "--virtualenv",
                         self.top / "venv", "--baseline", self.top / "base")
        _, err = self.enable(shop, status=1)
        for code in "MWD101", "MWD102":
            self.assertRegex(err, rf"(?m)^error: .* does not exist \[{code}\]")
        self.assertEqual(self.tree(), self.before)

    def test_without_a_deployment_the_command_that_makes_one_is_named(self):
        shop = self.project("shop")
        shutil.rmtree(shop / "apache")
        _, err = self.enable(shop, status=2)
        self.assertIn("modwsgideploy deploy", err)

    def test_a_copy_that_was_edited_is_kept(self):
        shop = self.project("shop")
        self.enable(shop)
        installed = self.root / "sites-available" / "shop.conf"
        edited = installed.read_text().replace("threads=5", "threads=7")
        installed.write_text(edited)
        self.run_command("deploy", shop, "-q", "--threads=6")
        _, err = self.enable(shop, status=1)
        self.assertIn(f"diff -u {installed} {shop}/apache/shop", err)
        self.assertEqual(installed.read_text(), edited)
        self.enable(shop, "-f")
        self.assertIn("threads=6", installed.read_text())
        backup = self.root / "sites-available" / "shop.conf.bak"
        self.assertEqual(backup.read_text(), edited)

    def test_a_second_instance_gets_a_name_of_its_own(self):
        shop = self.project("shop")
        self.enable(shop, "--no-check")
        second = str(self.top / "second")
        shutil.copytree(shop, second)
        self.run_command("deploy", "-q", second)
        _, err = self.enable(second, "--no-check", status=1)
        self.assertIn(f"is of another deployment, {shop}/apache/shop, that is"
                      " called shop as well; give this one a name of its own,"
                      f" as with `modwsgideploy deploy --name=shop2 {second}`,"
                      " or switch that one off", err)
        self.assertNotIn("-f", err)
        self.run_command("deploy", "-q", "--name=shop2", second)
        out, _ = self.enable(second, "--no-check")
        self.assertIn("/shop2 answers 200", out)
        # And when the first one is off, its place can be taken.
        self.run_command("deploy", "-q", "--name=shop", second)
        self.disable(shop)
        _, err = self.enable(second, "--no-check", status=1)
        self.assertIn("or -f puts it in the place of that one", err)
        self.enable(second, "--no-check", "-f")

    def test_another_deployment_of_that_name_is_left_alone(self):
        shop = self.project("shop")
        self.enable(shop)
        before = self.tree()
        (self.top / "other").mkdir()
        shutil.move(shop, self.top / "other" / "shop")
        other, shop = self.top / "other" / "shop", self.project("shop")
        _, err = self.disable(other, status=1)
        self.assertIn(f"is of another deployment, {shop}/apache/shop", err)
        self.assertEqual(self.tree(), before)
        self.enable(other, status=1)
        self.assertEqual(self.tree(), before)

    def test_a_file_that_is_no_link_is_not_removed(self):
        shop = self.project("shop")
        path = self.root / "sites-enabled" / "shop.conf"
        shutil.copy(shop / "apache" / "shop", path)
        _, err = self.disable(shop, status=1)
        self.assertIn(f"{path}: is no link", err)
        self.assertTrue(path.exists())

    def test_a_new_deployment_replaces_one_that_nobody_edited(self):
        shop = self.project("shop")
        self.enable(shop)
        self.run_command("deploy", shop, "-q", "--threads=6")
        out, _ = self.enable(shop)
        self.assertIn("update ", out)
        self.assertIn("threads=6", self.tree()["sites-available/shop.conf"])

    def test_a_configuration_that_is_broken_already_is_not_touched(self):
        shop = self.project("shop")
        wrong = self.root / "sites-enabled" / "wrong.conf"
        wrong.write_text("NoSuchDirective\n")
        before = self.tree()
        _, err = self.enable(shop, status=1)
        self.assertIn("as it is already", err)
        self.assertIn(str(wrong), err)
        self.assertEqual(self.tree(), before)

    def test_a_site_that_breaks_it_can_be_switched_off(self):
        shop = self.project("shop")
        self.enable(shop)
        installed = self.root / "sites-available" / "shop.conf"
        installed.write_text(installed.read_text() + "NoSuchDirective\n")
        self.disable(shop)
        self.assertNotIn("sites-enabled/shop.conf", self.tree())
        self.assertEqual(self.get("/shop/seen").status, 404)

    def test_an_apache_that_does_not_run(self):
        shop = self.project("shop")
        self.stop()
        _, err = self.enable(shop, status=1)
        self.assertIn("Apache does not run", err)
        self.assertIn("--no-reload", err)
        self.assertEqual(self.tree(), self.before)
        self.enable(shop, "--no-reload")
        self.apache("start")
        self.wait("/shop/seen")

    def test_a_link_that_apache_has_not_read_yet(self):
        shop = self.project("shop")
        self.enable(shop, "--no-reload")
        self.assertEqual(self.get("/shop").status, 404)
        out, _ = self.enable(shop)
        self.assertRegex(out, "^shop is on: .* answers 200 OK")
        (self.root / "sites-enabled" / "shop.conf").unlink()
        self.assertIn("shop is off", self.disable(shop)[0])
        self.assertEqual(self.get("/shop").status, 404)

    def test_no_include_reads_it(self):
        shop = self.project("shop")
        self.config.write_text(self.config.read_text().replace(
            "IncludeOptional sites-enabled/*.conf", ""))
        before = self.tree()
        _, err = self.enable(shop, "--no-check", status=1)
        self.assertIn("Apache does not read", err)
        self.assertEqual(self.tree(), before)

    def test_modules_are_enabled_with_what_they_depend_on(self):
        self.disable_module("env", "alias")
        (self.root / "mods-available" / "wsgi.load").write_text(
            "# Depends: env alias\n"
            + (self.root / "mods-available" / "wsgi.load").read_text())
        (self.root / "sites-enabled" / "neighbour.conf").unlink()
        self.disable_module("wsgi")
        self.enable(self.project("shop"), "--no-check")
        for name in ("alias", "env", "wsgi"):
            self.assertEqual(self.tree()[f"mods-enabled/{name}.load"],
                             f"../mods-available/{name}.load")
        self.assertEqual(self.get("/shop/seen").status, 200)

    def test_a_module_that_will_be_enabled_is_not_warned_of(self):
        self.module("headers")
        self.disable_module("headers")
        shop = self.project("shop")
        _, err = self.enable(shop, "-n")
        self.assertNotIn("MWD314", err)
        out, err = self.enable(shop)
        self.assertNotIn("MWD314", err)
        self.assertIn("mods-enabled/headers.load", out)

    def disable_module(self, *names):
        for name in names:
            (self.root / "mods-enabled" / f"{name}.load").unlink()

    def test_json_of_another_path(self):
        shop = self.project("shop")
        told = json.loads(self.enable(
            shop, "--json", "--probe", "/shop/seen?query")[0])
        site, = told["sites"]
        self.assertEqual((site["name"], site["status"]), ("shop", "on"))
        self.assertEqual(site["url"],
                         f"http://localhost:{self.port}/shop/seen?query")
        self.assertEqual(site["answer"]["status"], 200)
        self.assertEqual(told["counts"]["on"], 1)


class RedHat(ApacheCase):
    """Where a file that is there is a site that is on."""

    def lay_out(self):
        super().lay_out()
        text = self.config.read_text()
        for name in ("conf", "conf.d"):
            (self.root / name).mkdir()
        self.config = self.root / "conf" / "httpd.conf"
        self.config.write_text(
            text + f'IncludeOptional "{self.root}/conf.d/*.conf"\n')

    def test_off_is_another_name(self):
        shop = self.project("shop", "--platform=redhat")
        on, off = (self.root / "conf.d" / name for name in
                   ("shop.conf", "shop.conf.off"))
        self.enable(shop)
        self.assertTrue(on.exists())
        self.assertEqual(self.get("/shop/seen").status, 200)
        self.disable(shop)
        self.assertFalse(on.exists())
        self.assertTrue(off.exists())
        self.assertEqual(self.get("/shop").status, 404)
        text = off.read_text()
        off.write_text(text.replace("threads=5", "threads=7"))
        _, err = self.enable(shop, status=1)
        self.assertIn(f"{off}: was edited", err)
        off.write_text(text)
        self.enable(shop)
        self.assertTrue(on.exists())
        self.assertFalse(off.exists())
        self.assertEqual(self.get("/shop/seen").status, 200)


class Baseline(ApacheCase):

    def with_baseline(self, name, baseline="BASELINE"):
        """A project on a baseline, whose sockets any user can make."""
        project = self.project(name, f"--baseline={self.top}/{baseline}")
        path = project / "apache" / "baseline.conf"
        path.write_text(re.sub(
            "(?m)^WSGISocketPrefix .*", f"WSGISocketPrefix {self.root}/run/b",
            path.read_text()))
        return project

    def test_what_all_sites_share_is_installed_once(self):
        kept.make_virtualenv(self.top / "BASELINE")
        before = self.tree()
        self.enable(self.with_baseline("shop"))
        conf = self.tree()["conf-available/modwsgi-baseline.conf"]
        self.assertIn(f"WSGIPythonHome {self.top}/BASELINE\n", conf)
        self.assertEqual(self.tree()["conf-enabled/modwsgi-baseline.conf"],
                         "../conf-available/modwsgi-baseline.conf")
        self.assertEqual(self.get("/shop/seen").status, 200)
        out, _ = self.enable(self.with_baseline("cafe"))
        self.assertNotIn("baseline", out)
        kept.make_virtualenv(self.top / "OTHER")
        other = self.with_baseline("other", "OTHER")
        _, err = self.enable(other, status=1)
        self.assertIn("modwsgi-baseline.conf", err)
        self.assertIn("diff -u", err)
        self.disable(self.top / "shop")
        self.disable(self.top / "cafe")
        # The others' baseline stays, as the runbook has it.
        self.assertEqual(
            {name for name in self.tree() if "enabled" in name}
            - before.keys(), {"conf-enabled/modwsgi-baseline.conf"})


class FastCGI(ApacheCase):

    def setUp(self):
        super().setUp()
        self.module("fcgid")
        (self.root / "mods-available" / "fcgid.conf").write_text(
            f"FcgidIPCDir {self.root}/run/fcgid\n"
            f"FcgidProcessTableFile {self.root}/run/fcgid/shm\n")
        sample = fastcgi_samples.wire().copy(self.top / "wire")
        shutil.rmtree(sample.directory / "apache", ignore_errors=True)
        self.run_command(
            "deploy", sample.directory, "-q", "--in-place",
            "--backend=fastcgi", "--egg-cache=", "--platform=debian",
            "--virtualenv", sample.virtualenv, "--config", sample.config,
            "--log-directory", self.root / "log")
        self.sample = sample

    def test_its_module_is_enabled_and_apache_restarted(self):
        # A reload does not do: mod_fcgid's children would crash.
        (self.root / "mods-enabled" / "fcgid.load").unlink()
        out, _ = self.enable(self.sample.directory)
        self.assertIn("mods-enabled/fcgid.conf", out)
        self.assertIn("wire_app is on", out)
        self.assertEqual(self.get("/neighbour/seen").status, 200)

    def test_its_module_was_enabled_by_hand_without_a_restart(self):
        shutil.copy(self.root / "mods-available" / "fcgid.conf",
                    self.root / "mods-enabled")
        before = self.pid
        out, _ = self.enable(self.sample.directory)
        self.assertNotIn("mods-enabled", out)
        self.assertIn("wire_app is on", out)
        self.assertNotEqual(self.pid, before)
        self.disable(self.sample.directory)
        restarted = self.pid
        self.enable(self.sample.directory)
        self.assertEqual(self.pid, restarted)


class Hosts(ApacheCase):

    def test_a_site_with_a_name_and_a_certificate(self):
        certificate, port = self.top / "host.pem", free_port()
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
             "-subj", "/CN=shop.example", "-days", "90", "-addext",
             "subjectAltName=DNS:shop.example", "-keyout", certificate,
             "-out", self.top / "certificate"], check=True,
            stderr=subprocess.DEVNULL)
        with open(certificate, "a") as stream:
            stream.write((self.top / "certificate").read_text())
        for name in ("ssl", "socache_shmcb", "setenvif", "rewrite"):
            if name not in self.httpd.static:
                self.module(name)
        with open(self.root / "ports.conf", "a") as stream:
            stream.write(f"Listen {port} https\n")
        shop = self.project(
            "shop", "--server-name=shop.example", f"--port={port}",
            "--mount-point=/", f"--certificate={certificate}")
        out, _ = self.enable(shop, "--no-check")
        self.assertIn(f"https://shop.example:{port}/ answers 200", out)


    def test_a_port_that_nobody_listens_on(self):
        port = free_port()
        shop = self.project("shop", "--server-name=shop.example",
                            f"--port={port}")
        _, err = self.enable(shop, "--no-check", status=1)
        self.assertIn("does not answer", err)
        self.assertIn(f"add `Listen {port}` to {self.root}/ports.conf", err)
        self.run_command("enable", shop, "--probe", "seen", status=2)


class Manifest(ApacheCase):

    names = ("aa", "bb", "cc", "dd", "ee")

    def setUp(self):
        super().setUp()
        self.before = self.tree()
        for name in self.names:
            self.project(name)
        self.manifest = self.top / "sites.ini"
        sample = samples.bare()
        self.manifest.write_text(
            "[DEFAULT]\nplatform = debian\nin-place = yes\n"
            f"virtualenv = {sample.virtualenv}\n"
            f"config = {sample.config}\n" + "".join(
                f"[{name}]\nproject = {self.top}/{name}\n"
                for name in self.names))

    def enabled(self):
        return sorted(name.split("/")[1] for name in
                      self.tree().keys() - self.before.keys()
                      if name.startswith("sites-enabled"))

    def statuses(self):
        return {name: self.get(f"/{name}").status for name in self.names}

    def test_all_of_them_by_one_reload_and_off_again(self):
        started = self.log().count("resuming normal operations")
        out, _ = self.enable(self.manifest)
        self.assertRegex(out, r"^5 sites: 5 on \(")
        self.assertEqual(self.statuses(), dict.fromkeys(self.names, 200))
        self.assertEqual(self.log().count("resuming normal operations"),
                         started + 1)
        self.assertIn("5 unchanged", self.enable(self.manifest)[0])
        out, _ = self.disable(self.manifest, "--only", "[ab]*")
        self.assertRegex(out, r"^2 sites: 2 off \(")
        self.assertEqual(self.enabled(), ["cc.conf", "dd.conf", "ee.conf"])

    def test_a_syntax_error_in_one_and_an_application_that_fails(self):
        conf = self.top / "bb" / "apache" / "bb"
        conf.write_text(conf.read_text() + "NoSuchDirective\n")
        (self.top / "dd" / "bare_app.py").write_text("raise ValueError(7)\n")
        out, err = self.enable(self.manifest, "--no-check", status=1)
        self.assertIn("5 sites: 3 on, 2 rolled back", out)
        self.assertIn("does not know the directive NoSuchDirective", err)
        self.assertIn("the application raised ValueError: 7", err)
        self.assertEqual(self.enabled(), ["aa.conf", "cc.conf", "ee.conf"])
        self.assertEqual(self.statuses(), {
            "aa": 200, "bb": 404, "cc": 200, "dd": 404, "ee": 200})

    def test_two_that_want_different_files_for_all(self):
        text = self.manifest.read_text()
        for name in "aa", "bb":
            text = text.replace(f"[{name}]", f"[{name}]\nbaseline ="
                                f" {self.top}/{name}/BASELINE")
        self.manifest.write_text(text)
        self.run_command("batch", self.manifest, "-q")
        out, err = self.enable(self.manifest, "-n", "--no-check", status=1)
        self.assertIn("4 on, 1 failed", out)
        self.assertRegex(err, r"sites.ini:\d+ \[bb\].*modwsgi-baseline")

    def test_an_error_that_apache_finds_in_the_file_of_another(self):
        # Read after all of them, and it has the name of one of them.
        later = self.root / "sites-enabled" / "zz.conf"
        later.write_text("WSGIDaemonProcess dd\n")
        out, err = self.enable(self.manifest, "--no-check", status=1)
        self.assertIn("5 sites: 4 on, 1 rolled back", out)
        self.assertRegex(err, r"(?m)^dd: Apache refuses")
        self.assertEqual(self.statuses()["dd"], 404)
        self.assertEqual(self.statuses()["ee"], 200)


class Rights(ApacheCase):

    def test_another_user_is_told_to_be_root(self):
        if os.geteuid():
            self.skipTest("whoever runs this may write there")
        shop = self.project("shop")
        for path in (shop, *shop.rglob("*")):
            path.chmod(0o755)
        user = {"user": "nobody", "group": "nogroup"}
        reachable = subprocess.run(
            [BIN / "modwsgideploy", "--version"], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, cwd="/", check=False,
            **user) if os.access(BIN, os.X_OK) else None
        if reachable is None or reachable.returncode:
            self.skipTest("another user cannot enter this checkout")
        before = self.tree()
        _, err = self.enable(shop, status=2, user=user)
        self.assertIn("this user may not write there", err)
        self.assertIn(f"sudo {BIN}/modwsgideploy enable {shop}", err)
        self.assertEqual(self.tree(), before)


if __name__ == "__main__":
    unittest.main()

"""Root among other people's files: nothing that they put there is obeyed."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import unittest

from tests.support import TESTS

COMMAND = os.path.join(os.path.dirname(sys.executable), "modwsgideploy")
ALICE = 54321
MODULE = """\
#include <fcntl.h>
#include <unistd.h>
__attribute__((constructor)) static void run(void)
{
    close(open("%s", O_CREAT | O_WRONLY, 0600));
}
"""


@unittest.skipIf(os.geteuid(), "only root can be led astray like this")
class AnotherUsersDeployment(unittest.TestCase):
    """A project of Alice's, whom no account names, for which root works."""

    def setUp(self):
        self.top = os.path.realpath(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.top)
        os.chmod(self.top, 0o755)
        self.project = os.path.join(self.top, "alice", "myapp")
        shutil.copytree(os.path.join(TESTS, "fake_projects", "paste"),
                        self.project)
        self.apache = os.path.join(self.project, "apache")
        self.planted = os.path.join(self.top, "planted")
        self.give(os.path.join(self.top, "alice"))

    def give(self, path):
        subprocess.run(["chown", "-hR", f"{ALICE}:{ALICE}", path], check=True)

    def run_command(self, *words):
        done = subprocess.run(
            [COMMAND, *words, self.project], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=120,
            env={**os.environ, "PYTHONWARNINGS": "ignore"})
        return done.returncode, done.stdout

    def append(self, name, text):
        with open(os.path.join(self.apache, name), "a") as stream:
            stream.write(text)

    def test_the_files_are_hers(self):
        status, output = self.run_command("deploy", "--in-place",
                                          "--virtualenv=")
        self.assertEqual(status, 0, output)
        for name in os.listdir(self.apache):
            found = os.lstat(os.path.join(self.apache, name))
            self.assertEqual((found.st_uid, found.st_gid), (ALICE, ALICE))

    def test_her_module_is_not_loaded_by_a_check(self):
        self.run_command("deploy", "--in-place", "--virtualenv=")
        source = os.path.join(self.top, "evil.c")
        module = os.path.join(self.top, "alice", "evil.so")
        with open(source, "w") as stream:
            stream.write(MODULE % self.planted)
        subprocess.run(["gcc", "-shared", "-fPIC", "-o", module, source],
                       check=True)
        for text in (f"LoadModule evil_module {module}\n",
                     f"loadfile \\\n{module}\n",
                     f"Include {self.apache}/other\n"):
            with self.subTest(text):
                path = os.path.join(self.apache, "myapp")
                with open(path) as stream:
                    before = stream.read()
                with open(os.path.join(self.apache, "other"), "w") as stream:
                    stream.write(f"LoadFile {module}\n")
                self.append("myapp", text)
                self.give(self.apache)
                status, output = self.run_command("check")
                self.assertIn("MWD210", output)
                self.assertNotEqual(status, 0, output)
                self.assertFalse(os.path.exists(self.planted))
                with open(path, "w") as stream:
                    stream.write(before)
        # A directory of root's is no matter of hers: that of the lines for
        # her host, which the generated text includes.
        self.run_command("deploy", "--server-name=www.example.com")
        self.give(self.apache)
        with open(os.path.join(self.apache, "myapp")) as stream:
            self.assertIn('IncludeOptional "/etc/', stream.read())
        self.assertNotIn("MWD210", self.run_command("check")[1])
        # The very same module runs where root has written the line.
        subprocess.run(["chown", "-R", "root:root",
                        os.path.join(self.top, "alice")], check=True)
        self.append("myapp", f"LoadFile {module}\n")
        status, output = self.run_command("check")
        self.assertNotIn("MWD210", output)
        self.assertTrue(os.path.exists(self.planted), output)

    def test_her_program_is_not_asked_for_a_password(self):
        self.run_command("deploy", "--in-place", "--virtualenv=")
        names = [os.path.join(self.top, "alice", name)
                 for name in ("cert.pem", "key.pem", "locked.pem", "asked")]
        certificate, key, locked, program = names
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048",
                        "-nodes", "-subj", "/CN=a", "-keyout", key, "-out",
                        certificate], check=True, stderr=subprocess.DEVNULL)
        subprocess.run(["openssl", "rsa", "-aes128", "-passout", "pass:secret",
                        "-in", key, "-out", locked], check=True,
                       stderr=subprocess.DEVNULL)
        with open(program, "w") as stream:
            stream.write(f"#!/bin/sh\ntouch {self.planted}\n")
        os.chmod(program, 0o755)
        self.append("myapp", f"SSLPassPhraseDialog exec:{program}\n"
                    "<VirtualHost *:443>\nSSLEngine on\n"
                    f"SSLCertificateFile {certificate}\n"
                    f"SSLCertificateKeyFile {key}\n"
                    f"SSLCertificateFile {certificate}\n"
                    f"SSLCertificateKeyFile {locked}\n</VirtualHost>\n")
        self.give(self.apache)
        self.assertIn("MWD210", self.run_command("check")[1])
        self.assertFalse(os.path.exists(self.planted))

    def test_her_code_is_not_loaded_as_root(self):
        for user in ("root", "#0"):
            with self.subTest(user):
                self.run_command("deploy", "--in-place", "--virtualenv=")
                path = os.path.join(self.apache, "myapp")
                with open(path) as stream:
                    text = stream.read()
                with open(path, "w") as stream:
                    stream.write(text.replace(
                        "WSGIDaemonProcess ", "WSGIDaemonProcess ", 1).replace(
                        " display-name", f" user={user} display-name", 1))
                with open(os.path.join(self.apache, "myapp.wsgi"),
                          "w") as stream:
                    stream.write(f"open({self.planted!r}, 'w')\n"
                                 "application = None\n")
                self.give(self.apache)
                status, output = self.run_command("check")
                self.assertIn("MWD208", output)
                self.assertNotEqual(status, 0, output)
                self.assertFalse(os.path.exists(self.planted))

    def test_a_deployment_that_everybody_can_write(self):
        self.run_command("deploy", "--in-place", "--virtualenv=")
        path = os.path.join(self.apache, "myapp.wsgi")
        os.chmod(path, 0o666)
        _, output = self.run_command("check")
        self.assertIn("MWD209", output)
        self.assertIn(f"chmod o-w {path}", output)
        subprocess.run(["chmod", "o-w", path], check=True)
        self.assertNotIn("MWD209", self.run_command("check")[1])

    def test_a_umask_of_zero_opens_nothing(self):
        old = os.umask(0)
        try:
            self.run_command("deploy", "--in-place", "--virtualenv=")
        finally:
            os.umask(old)
        for name in (".", *os.listdir(self.apache)):
            mode = os.lstat(os.path.join(self.apache, name)).st_mode
            self.assertFalse(mode & 0o002, name)

    def test_her_choices_show_nothing_that_is_roots(self):
        secret = os.path.join(self.top, "secret.conf")
        with open(secret, "w") as stream:
            stream.write("Require user planted\n")
        os.chmod(secret, 0o600)
        self.run_command("deploy", "--in-place", "--virtualenv=")
        for option in "include", "require":
            self.append("site.ini", f"\n{option} = {secret}\n")
            for arguments in (), ("--server-name=shop.example", "-f"):
                status, output = self.run_command("deploy", *arguments)
                self.assertEqual(status, 2, output)
                self.assertIn(f"--{option}: {secret}: cannot be read:",
                              output)
                for name in os.listdir(self.apache):
                    with open(os.path.join(self.apache, name)) as stream:
                        self.assertNotIn("planted", stream.read(), name)
            with open(os.path.join(self.apache, "site.ini")) as stream:
                lines = stream.readlines()[:-1]
            with open(os.path.join(self.apache, "site.ini"), "w") as stream:
                stream.writelines(lines)

    def test_her_link_leads_root_nowhere(self):
        target = os.path.join(self.top, "enabled")
        os.mkdir(target)
        os.symlink(target, self.apache)
        self.give(self.apache)
        status, output = self.run_command("deploy", "--in-place",
                                          "--virtualenv=")
        self.assertEqual(status, 2, output)
        self.assertEqual(os.listdir(target), [])

    def test_an_account_with_a_name(self):
        nobody = pwd.getpwnam("nobody")
        subprocess.run(["chown", "-R", "nobody:",
                        os.path.join(self.top, "alice")], check=True)
        self.run_command("deploy", "--in-place", "--virtualenv=")
        self.assertEqual(os.stat(os.path.join(
            self.apache, "myapp")).st_uid, nobody.pw_uid)

"""The private Apache: a real httpd and mod_wsgi, and what is left of them."""

import os
import pwd
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import modwsgideploy
from modwsgideploy import quoting
from modwsgideploy.apache import binaries, probe
from modwsgideploy.apache import mod_wsgi as mod_wsgi_module
from modwsgideploy.errors import DeployError
from modwsgideploy.server.configuration import Served
from modwsgideploy.server.private import Server
from modwsgideploy.system import accounts
from modwsgideploy.system.accounts import Account

PACKAGE = os.path.dirname(os.path.abspath(modwsgideploy.__file__))
ROOT = os.path.dirname(PACKAGE)

HELLO = """\
import os
import sys

def application(environ, start_response):
    path = environ['PATH_INFO'].encode('latin-1').decode()
    body = environ['wsgi.input'].read()
    if path == '/log':
        print('something went by', file=sys.stderr)
    start_response('200 OK', [('Content-Type', 'text/plain')])
    text = '%s %s %s %s %d %s' % (
        NAME, environ['REQUEST_METHOD'], environ['SCRIPT_NAME'], path,
        os.getuid(), body.decode())
    return [text.encode()]
"""

SITE = """\
WSGIDaemonProcess {name} threads=3 home=/
{begin}
WSGIScriptAlias {mount} {script} process-group={name} \
application-group=%{{GLOBAL}}
<Directory {directory}>
    Require all granted
</Directory>
{end}
"""

# Serves the site of its arguments until a signal comes.
MAIN = """\
import sys
sys.path.insert(0, sys.argv[1])
from modwsgideploy.server.configuration import Served
from modwsgideploy.server.private import Server
with Server() as server:
    conf = server.write('site.conf', open(sys.argv[2]).read())
    print(server.directory, server.watchdog.pid, flush=True)
    server.start([Served((conf,), '/hello')])
    print(server.get('/hello/main').body.decode(), flush=True)
    server.follow()
print('clean', flush=True)
"""


def others(group):
    """The command lines of all live processes in a process group."""
    lines = subprocess.run(
        ["ps", "-e", "-o", "pgid=,stat=,args="], stdout=subprocess.PIPE,
        check=True).stdout.decode(errors="replace").splitlines()
    fields = [line.split(None, 2) for line in lines]
    return [args[0] for number, state, *args in fields
            if int(number) == group and not state.startswith("Z")]


def eventually(test, seconds=8):
    """Whether ``test()`` comes true in time."""
    end = time.monotonic() + seconds
    while not test():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


class Case(unittest.TestCase):

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="mwd test ")
        os.chmod(self.directory, 0o755)
        self.addCleanup(shutil.rmtree, self.directory)
        self.addCleanup(setattr, tempfile, "tempdir", tempfile.tempdir)
        tempfile.tempdir = f"{self.directory}/tmp"
        os.mkdir(tempfile.tempdir)

    def make(self, name, text):
        path = f"{self.directory}/{name}"
        with open(path, "w") as stream:
            stream.write(text)
        os.chmod(path, 0o644)
        return path

    def script(self, name, text=HELLO):
        return self.make(f"{name}.wsgi", f"NAME = {name!r}\n{text}")

    def site(self, name="hello", script=None, host="", mount=None, port=0):
        """The configuration of a site, as the generated one looks."""
        return SITE.format(
            name=name, mount=mount or f"/{name}",
            script=quoting.apache(script or self.script(name)),
            directory=quoting.apache(self.directory),
            begin=f"<VirtualHost *:{port}>\nServerName {host}"
            if host else "", end="</VirtualHost>" if host else "")

    def serve(self, server, text, mount="/hello", **fields):
        conf = server.write(f"{len(os.listdir(server.directory))}.conf", text)
        server.start([Served((conf,), mount, **fields)])

    def refused(self, function, *args, **kwargs):
        """The message with which ``function`` refuses."""
        with self.assertRaises(DeployError) as caught:
            function(*args, **kwargs)
        return str(caught.exception)

    def failed(self, text, mount="/hello", **options):
        """The message with which serving a site fails, leaving nothing."""
        with Server(**options) as server:
            group, directory = server.watchdog.pid, server.directory
            message = self.refused(self.serve, server, text, mount)
        self.assert_clean(group, directory)
        return message

    def assert_clean(self, group, directory):
        """Nothing lives or lies about any more."""
        self.assertEqual(others(group), [])
        self.assertFalse(os.path.exists(directory))


class Serving(Case):

    def test_serves_and_leaves_nothing(self):
        with Server() as server:
            group, directory = server.watchdog.pid, server.directory
            self.serve(server, self.site())
            self.assertEqual(server.url,
                             f"http://127.0.0.1:{server.port}/hello")
            answer = server.get("/hello/caf\xe9 ?%", method="POST",
                                body=b"posted")
            self.assertEqual(
                answer.body.decode(),
                f"hello POST /hello /caf\xe9  {server.account.uid} posted")
            self.assertEqual(answer.status, 200)
            self.assertEqual(answer.header("content-type"), "text/plain")
            self.assertRegex(str(answer), r"^200 OK, \d+ bytes in 0\.\d+ s$")
            self.assertEqual(server.get("/elsewhere").status, 404)
            # The supervising httpd, the application, a child, the watchdog.
            self.assertGreaterEqual(len(others(group)), 4)
            self.assertLess(len(server.socket_prefix), 70)
        self.assert_clean(group, directory)
        self.assertEqual(os.listdir(tempfile.tempdir), [])
        self.assertIn("refused", str(server.get("/hello")))
        self.assertIs(signal.getsignal(signal.SIGTERM), signal.SIG_DFL)

    def test_many_sites_with_and_without_a_name(self):
        with Server() as server:
            port = server.port
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                other = free.getsockname()[1]
            baseline = server.write("baseline.conf",
                                    "WSGIRestrictEmbedded On\n")
            texts = (self.site("hello"),
                     self.site("one", host="one.test", mount="/", port=port),
                     self.site("two", host="two.test", port=port),
                     self.site("three", host="one.test", mount="/",
                               port=other))
            confs = [server.write(f"{number}[x].conf", text)
                     for number, text in enumerate(texts)]
            server.start([
                Served((confs[0],), "/hello", baseline=baseline),
                Served((confs[1],), "/", "one.test", baseline),
                Served((confs[2],), "/two", "two.test", baseline),
                Served((confs[3],), "/", "one.test", port=other)])
            uid = server.account.uid
            for path, host, number, start in (
                    ("/hello/a", None, port, "hello GET /hello /a"),
                    ("/x", "one.test", port, "one GET  /x"),
                    ("/two/a", "two.test", port, "two GET /two /a"),
                    ("/x", "one.test", other, "three GET  /x")):
                answer = server.get(path, host, port=number)
                self.assertEqual(answer.body.decode(), f"{start} {uid} ")
            self.assertEqual(server.get("/two/a").status, 404)
            self.assertEqual(server.url_of(server.sites[2]),
                             f"http://two.test:{port}/two")

    def test_each_of_many_answers_as_it_can(self):
        bad = self.script("bad", "import nonexistent_module\n")
        slow = self.script("slow", f"import time\ntime.sleep(60)\n{HELLO}")
        texts = {"hello": self.site(), "bad": self.site("bad", bad),
                 "slow": self.site("slow", slow)}
        with Server(timeout=2) as server:
            server.launch([
                Served((server.write(f"{name}.conf", text),), f"/{name}")
                for name, text in texts.items()])
            self.assertEqual(
                [(site.mount_point, answer.status)
                 for site, answer in server.answers(2)],
                [("/hello", 200), ("/bad", 500), ("/slow", 0)])

    def test_logs_of_more_hosts_than_files_can_usually_be_open(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE,
                        (soft, hard))
        resource.setrlimit(resource.RLIMIT_NOFILE, (200, hard))
        with Server() as server:
            hosts = "".join(
                f"<VirtualHost *:{server.port}>\nServerName {number}.test\n"
                f"ErrorLog {quoting.apache(f'{self.directory}/{number}')}\n"
                "</VirtualHost>\n" for number in range(250))
            # The first of the hosts stands for all names that none has.
            self.serve(server, hosts.replace(
                "</VirtualHost>", self.site() + "</VirtualHost>", 1))
            self.assertEqual(server.get("/hello").status, 200)

    def test_one_site_with_a_name_answers_any(self):
        with Server() as server:
            self.serve(server, self.site(host="one.test", port=server.port),
                       server_name="one.test")
            self.assertEqual(server.get("/hello").status, 200)

    def test_listens_to_this_machine_only(self):
        with Server() as server:
            self.serve(server, self.site())
            with socket.socket() as elsewhere:
                elsewhere.settimeout(5)
                with self.assertRaises(OSError):
                    elsewhere.connect(("127.0.0.2", server.port))

    def test_with_mod_fcgid_too(self):
        with Server(modules=("fcgid", "version")) as server:
            self.serve(server, self.site())
            self.assertEqual(server.get("/hello").status, 200)

    def test_without_mod_wsgi(self):
        with Server(wsgi=False, modules=("python",)) as server:
            self.assertIsNone(server.mod_wsgi)
            page = self.make("page.html", "static")
            self.serve(server, f"""\
                Alias /hello {quoting.apache(page)}
                <Directory {quoting.apache(self.directory)}>
                    Require all granted
                </Directory>""")
            answer = server.get("/hello")
            self.assertEqual(answer.body, b"static")
            self.assertEqual(answer.header("Content-Type"), "text/html")

    def test_without_mime_types(self):
        httpd = binaries.find_httpd()._replace(types_config="")
        with Server(httpd=httpd) as server:
            self.serve(server, self.site())

    def test_prefork(self):
        httpd = binaries.find_httpd()._replace(mpms=("prefork",))
        with Server(httpd=httpd) as server:
            self.serve(server, self.site())

    def test_red_hat_layout(self):
        real = binaries.find_httpd()
        wsgi = mod_wsgi_module.find_mod_wsgi(real)
        root = f"{self.directory}/root"
        os.makedirs(f"{root}/usr/sbin")
        os.makedirs(f"{root}/etc/httpd")
        os.symlink(real.path, f"{root}/usr/sbin/httpd")
        os.mkdir(f"{root}/etc/httpd/modules")
        for name in os.listdir(real.modules):
            if "wsgi" not in name:
                os.symlink(f"{real.modules}/{name}",
                           f"{root}/etc/httpd/modules/{name}")
        os.symlink(wsgi.path,
                   f"{root}/etc/httpd/modules/mod_wsgi_python3.so")
        httpd = binaries.find_httpd(search_path="", root=root)
        with Server(httpd=httpd) as server:
            self.serve(server, self.site())
            self.assertIn("/etc/httpd/modules/", server.mod_wsgi.path)
            self.assertEqual(server.get("/hello").status, 200)

    def test_long_temporary_directory(self):
        tempfile.tempdir = f"{self.directory}/{'long' * 20}"
        os.mkdir(tempfile.tempdir)
        with Server() as server:
            self.assertEqual(os.path.dirname(server.directory), "/tmp")

    def test_in_a_thread(self):
        result = []

        def run():
            with Server() as server:
                self.serve(server, self.site())
                result.append(server.get("/hello").status)

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        self.assertEqual(result, [200])


class Failing(Case):

    def test_port_taken(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            message = self.refused(Server(port=port).__enter__)
        self.assertIn(f"--port: {port} is not to be had", message)
        self.assertIn("in use", message)
        self.assertEqual(os.listdir(tempfile.tempdir), [])

    def test_port_beyond_all(self):
        self.assertIn("--port: 99999 is not to be had",
                      self.refused(Server(port=99999).__enter__))

    def test_other_port_taken(self):
        with socket.socket() as taken, Server() as server:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            self.assertIn(f"--port: {port} ", self.refused(
                server.start, [Served((), port=port)]))

    def test_bad_configuration(self):
        message = self.failed("# fine\n  Nonsense on\n")
        self.assertIn("Apache did not start; the end of its log", message)
        self.assertIn("Invalid command 'Nonsense'", message)
        self.assertIn("2: Nonsense on", message)

    def test_application_that_raises_at_import(self):
        script = self.script("bad", "import nonexistent_module\n")
        message = self.failed(self.site(script=script))
        self.assertIn("/hello answers 500 Internal Server Error", message)
        self.assertIn("No module named 'nonexistent_module'", message)

    def test_application_that_hangs(self):
        script = self.script("bad", "import time\ntime.sleep(60)\n")
        began = time.monotonic()
        message = self.failed(self.site(script=script), timeout=1)
        self.assertIn("/hello did not answer within 1 seconds", message)
        # An application that does not end gets five seconds.
        self.assertLess(time.monotonic() - began, 10)

    def test_module_missing(self):
        self.assertIn("no module 'flux': there is no", self.refused(
            Server(modules=("flux",)).__enter__))

    def test_virtualenv_of_another_python(self):
        self.make("pyvenv.cfg", "version = 3.99.1\n")
        self.assertIn("is a virtualenv of Python 3.99", self.refused(
            Server(virtualenv=self.directory).__enter__))

    def test_httpd_that_ends_by_itself(self):
        with Server() as server:
            self.serve(server, self.site())
            server.process.kill()
            self.assertIn("Apache ended by itself", self.refused(
                server.follow, lambda line: None))


class Following(Case):

    def follow(self, number):
        """Start the main program, log a line, and end it by a signal."""
        process, directory, group, port = self.run_main()
        probe.probe("/hello/log", port)
        seen = []
        while "something went by" not in "".join(seen[-1:]):
            line = process.stdout.readline()
            self.assertTrue(line, "it ended too early")
            seen.append(line)
        self.assertIn(f"Serving http://127.0.0.1:{port}/hello\n", seen)
        process.send_signal(number)
        rest = process.communicate(timeout=20)[0]
        self.assert_clean(group, directory)
        return process.returncode, rest

    def run_main(self):
        process = subprocess.Popen(
            [sys.executable, "-c", MAIN, ROOT,
             self.make("site.conf", self.site())], encoding="utf-8",
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        directory, group = process.stdout.readline().split()
        self.assertTrue(process.stdout.readline().startswith("hello GET"))
        with open(f"{directory}/httpd.conf") as stream:
            port = next(line for line in stream if line.startswith("Listen"))
        return process, directory, int(group), int(port.split(":")[1])

    def test_until_interrupted(self):
        self.assertEqual(self.follow(signal.SIGINT), (0, "clean\n"))

    def test_until_terminated(self):
        self.assertEqual(self.follow(signal.SIGTERM), (0, "clean\n"))

    def test_killed(self):
        process, directory, group, port = self.run_main()
        process.kill()
        process.wait()
        self.assertTrue(eventually(lambda: not os.path.exists(directory)))
        self.assertTrue(eventually(lambda: others(group) == []))
        self.assertFalse(probe.probe("/hello", port).status)

    def test_terminated_while_the_application_starts(self):
        script = self.script("slow", "import time\ntime.sleep(60)\n")
        process = subprocess.Popen(
            [sys.executable, "-c", MAIN, ROOT, self.make(
                "site.conf", self.site(script=script))], encoding="utf-8",
            stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        directory, group = process.stdout.readline().split()
        self.assertTrue(eventually(
            lambda: os.path.exists(f"{directory}/httpd.pid")))
        process.terminate()
        # Another signal while it cleans up changes nothing.
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(20), 128 + signal.SIGTERM)
        self.assert_clean(int(group), directory)


class Permissions(Case):

    def setUp(self):
        super().setUp()
        if os.geteuid():
            self.skipTest("only root can act as others")
        self.nobody = Account("nobody", "nogroup",
                              *pwd.getpwnam("nobody")[2:4])

    def test_nothing_starts_without_them(self):
        text = self.site()
        os.chmod(self.directory, 0o700)
        with Server(user="nobody") as server:
            conf = server.write("site.conf", text)
            message = self.refused(server.start, [Served(
                (conf,), readable=(f"{self.directory}/hello.wsgi",))])
            self.assertIsNone(server.process)
        self.assertIn(f"cannot enter {self.directory} (mode 0700", message)

    def test_application_runs_as_the_account(self):
        with Server(user="nobody") as server:
            self.assertEqual((server.user, server.group),
                             ("nobody", self.nobody.group))
            self.serve(server, self.site())
            self.assertIn(f" {self.nobody.uid} ",
                          server.get("/hello").body.decode())
            # Its children pass the directory, and nobody else.
            status = os.stat(server.directory)
            self.assertEqual((status.st_mode & 0o777, status.st_uid),
                             (0o710, 0))

    def as_nobody(self, program, *arguments):
        python = sys.executable
        if accounts.access_denials([python, PACKAGE], self.nobody):
            self.skipTest("nobody cannot read this checkout")
        return subprocess.run(
            ["setpriv", f"--reuid={self.nobody.uid}",
             f"--regid={self.nobody.gid}", "--clear-groups", python, "-B",
             "-c", program, ROOT, *arguments], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, check=False,
            encoding="utf-8", cwd="/").stdout

    def test_whoever_is_not_root_serves_as_himself(self):
        conf = self.make("site.conf", self.site())
        said = self.as_nobody(MAIN.replace("server.follow()", "pass"), conf)
        first, *rest = said.splitlines()
        directory, group = first.split()
        self.assertEqual(
            rest, [f"hello GET /hello /main {self.nobody.uid} ", "clean"])
        self.assert_clean(int(group), directory)

    def test_whoever_is_not_root_serves_as_nobody_else(self):
        said = self.as_nobody(MAIN.replace("Server()", "Server(user='root')"))
        self.assertIn("--user: only root can serve as 'root'", said)


class Probing(unittest.TestCase):

    def test_no_answer(self):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            answer = probe.probe("/", silent.getsockname()[1], timeout=0.1)
        self.assertEqual((answer.status, answer.body), (0, b""))
        self.assertRegex(str(answer), "no answer after 0.1.. s: timed out")
        self.assertIsNone(answer.header("Server"))

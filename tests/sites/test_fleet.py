"""All sites of a manifest together: what is wrong, and who is in whose way."""

import os
import textwrap
import unittest

from modwsgideploy.apache import parser
from modwsgideploy.backends.mod_wsgi import daemon_options
from modwsgideploy.errors import DeployError
from modwsgideploy.sites import fleet
from modwsgideploy.sites.options import Setting
from tests.support.fakes import Case


class FleetTest(Case):

    def setUp(self):
        super().setUp()
        self.project = self.copy("paste")

    def fleet(self, text, **kwargs):
        """The Fleet of a manifest with this text, of projects in p."""
        path = self.write("sites.ini", textwrap.dedent(text))
        return fleet.read_fleet(path, "sites.ini", **kwargs)

    def sites(self, text, **kwargs):
        return [member.site for member in self.fleet(text, **kwargs).sites]

    def errors(self, text, **kwargs):
        """What is wrong with such a manifest."""
        with self.assertRaises(DeployError) as caught:
            self.fleet(text, **kwargs)
        return list(caught.exception.messages)

    def pair(self, first, second, **kwargs):
        """What is wrong with two sites that share nothing else."""
        text = "[DEFAULT]\nproject = paste\nplatform = debian\n"
        for name, lines in (("a", first), ("b", second)):
            if "output-dir" not in lines:
                lines = f"output-dir = out/{name}\n{lines}"
            text += f"[{name}]\n{lines}\n"
        try:
            self.fleet(text, **kwargs)
        except DeployError as error:
            return list(error.messages)
        return []


class Sites(FleetTest):

    def test_each_section_is_a_site_of_its_project(self):
        self.copy("pyramid")
        shop, blog = self.sites("""\
            [shop]
            project = paste
            [blog]
            project = pyramid
            server-name = blog.example.com
            """)
        self.assertEqual((shop.name, shop.framework, shop.mount_point),
                         ("shop", "paste", "/shop"))
        self.assertEqual((blog.framework, blog.url),
                         ("pyramid", "http://blog.example.com/"))
        self.assertEqual(shop.output_dir, os.path.join(self.project, "apache"))

    def test_what_is_given_besides_counts_for_all(self):
        a, b = self.sites("""\
            [a]
            project = paste
            threads = 3
            output-dir = a
            [b]
            project = paste
            """, settings={"threads": Setting("7", "--threads")})
        self.assertEqual((a.threads, b.threads), (7, 7))

    def test_a_project_is_read_once_for_all_its_sites(self):
        from unittest import mock

        with mock.patch.object(fleet, "find_project",
                               wraps=fleet.find_project) as found:
            self.sites("[DEFAULT]\nproject = paste\n" + "".join(
                f"[s{number}]\noutput-dir = {number}\n"
                f"virtualenv = /not/there/{number}\n"
                for number in range(20)))
        self.assertEqual(found.call_count, 1)

    def test_a_broken_project_does_not_hold_up_the_others(self):
        found = self.fleet("""\
            [a]
            project = nothing
            [b]
            project = paste
            [c]
            project = paste
            output-dir = c
            config = nothing.ini
            app-name = other
            """)
        self.assertEqual([one.entry.name for one in found.unreadable], ["a"])
        self.assertEqual([one.entry.name for one in found.sites], ["b", "c"])
        self.assertRegex(found.unreadable[0].messages[0], "^sites.ini:1 .a.: "
                         ".*/nothing: there is no such directory")


class Errors(FleetTest):

    def test_all_are_told_with_file_line_section_and_key(self):
        self.assertEqual([message.partition("; ")[0] for message in
                          self.errors("""\
            [DEFAULT]
            project = paste
            thread = 3
            queue-timeout = 1m
            [a]
            port = 80
            hsts = yes
            [b]
            output-dir = b
            mount-point = x
            framework = djnago
            platform = beos
            [c]
            output-dir = c
            config = a%b.ini
            [d e]
            output-dir = d
            env = X
            """)], [
                "sites.ini:3 [DEFAULT] thread: there is no option 'thread'"
                " (did you mean 'threads'?)",
                "sites.ini:4 [DEFAULT] queue-timeout: '1m' is not valid",
                "sites.ini:6 [a] port: needs a VirtualHost",
                "sites.ini:7 [a] hsts: needs HTTPS",
                "sites.ini:10 [b] mount-point: 'x' is not valid",
                "sites.ini:12 [b] platform: there is no platform 'beos'",
                "sites.ini:11 [b] framework: 'djnago' is not a known"
                " framework (did you mean 'django'?)",
                "sites.ini:16 [d e]: 'd e' is not valid",
                "sites.ini:18 [d e] env: 'X' is not valid"])
        message, = self.errors(
            "[c]\nproject = paste\nconfig = a%b.ini\n")
        self.assertTrue(message.startswith("sites.ini:3 [c] config: "),
                        message)

    def test_a_site_without_a_project(self):
        self.assertEqual(self.errors("[a]\nthreads = 3\n"), [
            "sites.ini:1 [a]: names no project; add project = DIR, the"
            " directory of its project"])


class Conflicts(FleetTest):

    def test_neighbours_that_share_nothing(self):
        self.assertEqual(self.pair("", ""), [])
        self.assertEqual(self.pair(
            "server-name = a.example\nmount-point = /",
            "server-name = b.example\nmount-point = /"), [])
        self.assertEqual(self.pair(
            "server-name = a.example\nmount-point = /",
            "server-name = a.example\nport = 8080\nmount-point = /"), [])

    def test_one_mount_point_of_the_main_server(self):
        self.assertEqual(self.pair("mount-point = /x", "mount-point = /x/"), [
            "sites.ini:7 [b]: is mounted at /x of the main server as"
            " sites.ini:4 [a] is; give each a mount-point or a server-name"
            " of its own"])

    def test_one_host_and_mount_point(self):
        for first, second in (
                ("server-name = x.example", "server-name = X.example"),
                ("server-name = x.example",
                 "server-name = b.example\nserver-alias = x.example"),
                ("server-name = a.example\nserver-alias = x.example",
                 "server-name = b.example\nserver-alias = x.example")):
            message, = self.pair(first + "\nmount-point = /",
                                 second + "\nmount-point = /")
            self.assertRegex(message, r"^sites.ini:\d+ \[b\]: is at"
                             r" x.example:80/ as sites.ini:4 \[a\] is; give")

    def test_applications_of_one_host(self):
        self.assertEqual(self.pair("server-name = x.example",
                                   "server-name = x.example\n"
                                   "mount-point = /b"), [])
        message, = self.pair("server-name = x.example\nport = 81",
                             "server-name = y.example\nport = 81\n"
                             "server-alias = x.example\nmount-point = /b")
        self.assertRegex(
            message, r"^sites.ini:8 \[b\]: has a VirtualHost for x.example:81"
            r" as sites.ini:4 \[a\] has, and of two Apache shows only one")

    def test_a_limit_that_mod_fcgid_has_for_a_whole_host(self):
        host = "server-name = x.example\nbackend = fastcgi\n"
        message, = self.pair(
            host, host + "mount-point = /b\nlimit-request-body = 4711")
        self.assertRegex(
            message, r"^sites.ini:\d+ \[b\] limit-request-body:"
            r" limit-request-body is one for all of a host on mod_fcgid, and"
            r" sites.ini:4 \[a\] has 10485760; give both the same")
        self.assertEqual(self.pair(host, host + "mount-point = /b"), [])
        # The main server is another.
        main = "backend = fastcgi\nlimit-request-body = 4711\n"
        self.assertEqual(self.pair(host, main), [])
        message, = self.pair(main, "backend = fastcgi\nmount-point = /b")
        self.assertRegex(
            message, r"\[b\]: limit-request-body is one for all of the server"
            r" on mod_fcgid, and sites.ini:4 \[a\] has 4711; give both")

    def test_one_name(self):
        self.assertEqual(self.pair(
            "mount-point = /1", "name = a\nmount-point = /2"), [
            "sites.ini:7 [b]: is called a as sites.ini:4 [a] is; give each a"
            " name of its own"])

    def test_one_output_directory_however_it_is_written(self):
        os.mkdir(os.path.join(self.tmp, "real"))
        os.symlink("real", os.path.join(self.tmp, "link"))
        for first, second in (("x", "./y/../x"), ("real/x", "link/x"),
                              ("real", "link")):
            message, = self.pair(f"output-dir = {first}",
                                 f"output-dir = {second}")
            self.assertRegex(message, r"^sites.ini:6 \[b\]: is written to"
                             r" .* as sites.ini:4 \[a\] is; give each an"
                             " output-dir of its own")

    def test_sites_of_one_project_need_output_directories(self):
        text = "[DEFAULT]\nproject = paste\n"
        self.assertEqual(len(self.errors(text + "[a]\n[b]\n[c]\n")), 2)

    def test_static_files_that_hide_another_site(self):
        message, = self.pair(
            "mount-point = /\nstatic = /css=/srv/css", "mount-point = /css/b")
        self.assertRegex(
            message, r"^sites.ini:8 \[b\]: is mounted at /css/b, where"
            r" sites.ini:4 \[a\] serves static files at /css, and these win")
        # Those of the main server are there on every host.
        self.assertEqual(len(self.pair(
            "mount-point = /\nstatic = /css=/srv/css",
            "mount-point = /css\nserver-name = b.example")), 1)
        self.assertEqual(self.pair(
            "mount-point = /\nstatic = /css=/srv/css\nserver-name = a.example",
            "mount-point = /css\nserver-name = b.example"), [])

    def test_a_mount_point_above_that_apache_reads_first(self):
        for first, second in (("/", "/x"), ("/x", "/x/y"), ("/", "/x/y/z")):
            self.assertEqual(
                self.pair(f"mount-point = {first}", f"mount-point = {second}"),
                [f"sites.ini:7 [b]: is mounted at {second} of the main"
                 f" server, but sites.ini:4 [a] at {first} takes all that is"
                 " below and comes first; choose another mount-point, a"
                 " server-name, or a name before a"])
            self.assertEqual(
                self.pair(f"mount-point = {second}", f"mount-point = {first}"),
                [])
        # An Alias comes before all of WSGIScriptAlias.
        self.assertEqual(len(self.pair(
            "mount-point = /x/y", "mount-point = /x\nbackend = fastcgi")), 1)
        self.assertEqual(self.pair(
            "mount-point = /", "mount-point = /x\nbackend = fastcgi"), [])
        self.assertEqual(self.pair(
            "mount-point = /x", "mount-point = /xy"), [])
        self.assertEqual(self.pair(
            "mount-point = /", "mount-point = /x\nserver-name = b.example"),
            [])

    def test_one_socket_or_web_directory(self):
        proxy = "backend = fastcgi\nfastcgi-mode = proxy\n"
        message, = self.pair(proxy + "fastcgi-socket = /run/s",
                             proxy + "fastcgi-socket = /run/s")
        self.assertIn("is reached by /run/s as sites.ini:4 [a] is", message)
        shared = "backend = fastcgi\nfastcgi-mode = htaccess\n"
        message, = self.pair(
            shared + "web-directory = /var/www/x\nmount-point = /x",
            shared + "web-directory = /var/www/x\nmount-point = /x")
        self.assertIn("is put into /var/www/x as", message)


class SharedDaemon(FleetTest):
    """Sites that name one daemon."""

    def test_they_share_processes_and_have_interpreters_of_their_own(self):
        a, b = self.sites("""\
            [DEFAULT]
            project = paste
            daemon = pool
            [a]
            output-dir = a
            [b]
            output-dir = b
            server-name = b.example.com
            """)
        self.assertEqual((a.process_group, b.process_group),
                         ("pool", "pool"))
        self.assertEqual((a.application_group, b.application_group),
                         ("a", "b@b.example.com"))
        # No one site's directory.
        self.assertEqual((a.home, b.home), ("/", "/"))

    def test_they_agree_on_what_these_are(self):
        for first, second, shown in (
                ("processes = 1", "", "processes is 2, but 1"),
                ("threads = 5", "threads = 7", "threads is 7, but 5"),
                ("virtualenv = /v/a", "virtualenv = /v/b",
                 "virtualenv is /v/b, but /v/a"),
                ("virtualenv =", "virtualenv = /v",
                 "virtualenv is /v, but empty"),
                ("user = shop", "", "user is empty, but shop"),
                ("group = shop", "group = blog", "group is blog, but shop"),
                ("umask = 0022", "", "umask is 0027, but 0022"),
                ("locale =", "locale = C", "locale is C, but empty"),
                ("home = /srv", "", "home is /, but /srv"),
                ("queue-timeout = 0", "", "queue-timeout is 45, but 0")):
            same = "daemon = pool\nbaseline =\n"
            same += "virtualenv = /v\n" * ("virtualenv" not in first)
            message, = self.pair(same + first, same + second)
            self.assertRegex(message, r"^sites.ini:\d+ \[b\].*: " + shown)
            self.assertIn(" for sites.ini:4 [a], which shares the daemon"
                          " pool; give both the same", message)
        message, = self.pair(
            "daemon = pool\nvirtualenv = /v\nbaseline =",
            "daemon = pool\nvirtualenv = /v\nbaseline = /b")
        self.assertIn("baseline is /b, but empty", message)

    def test_what_cannot_share_is_refused(self):
        for lines, told in (
                ("mode = embedded", "has no effect with --mode embedded"),
                ("backend = fastcgi", "has no effect with --backend fastcgi"),
                ("backend = mod_python",
                 "has no effect with --backend mod_python"),
                ("apache-version = 2.2", "by Define, which Apache 2.2 does"),
                ("daemon = a@b", "'a@b' is not valid; give letters")):
            if "daemon" not in lines:
                lines += "\ndaemon = pool"
            message, = self.errors(f"[a]\nproject = paste\n{lines}\n")
            self.assertRegex(message, r"^sites.ini:\d \[a\] daemon: ")
            self.assertIn(told, message)

    def test_with_a_baseline_each_has_a_virtualenv_of_its_own(self):
        self.assertEqual(self.pair(
            "daemon = pool\nvirtualenv = /v/a\nbaseline = /b",
            "daemon = pool\nvirtualenv = /v/b\nbaseline = /b"), [])

    def test_nobody_else_has_processes_of_that_name(self):
        for first, second, line in (
                ("daemon = b", "", "5 [a] daemon"),
                ("", "daemon = a", "8 [b] daemon")):
            message, = self.pair(first, second)
            self.assertRegex(message, rf"^sites.ini:\d+ .{line[3:4]}. daemon: "
                             r"[ab] is what the processes of sites.ini:\d+"
                             r" .[ab]. are called, and they are not shared")


class Enabled(FleetTest):
    """What the Apache of this host serves already."""

    CONF = """
WSGIDaemonProcess taken processes=2
WSGIScriptAlias /old /srv/old.wsgi
<VirtualHost *:80>
    ServerName http://www.example.com:80
    ServerAlias example.com
</VirtualHost>
"""

    def conflicts(self, lines, name="other.conf"):
        text = f"[DEFAULT]\nproject = paste\n[new]\n{lines}\n"
        directives = parser.parse(self.CONF, f"/etc/apache2/{name}")
        try:
            self.fleet(text, enabled=directives)
        except DeployError as error:
            return list(error.messages)
        return []

    def test_its_places_are_taken(self):
        for lines, taken, line in (
                ("server-name = www.example.com", "www.example.com:80", 5),
                ("server-name = x.example\nserver-alias = example.com",
                 "example.com:80", 6),
                ("mount-point = /old", "/old of the main server", 3),
                ("name = taken", "the name taken of its processes", 2)):
            self.assertEqual(self.conflicts(lines), [
                f"sites.ini:3 [new]: {taken} is taken by"
                f" /etc/apache2/other.conf:{line}, which is enabled on this"
                " host; disable that, or choose another"])

    def test_other_places_are_free(self):
        for lines in ("", "server-name = other.example.com",
                      "server-name = www.example.com\nport = 8080",
                      "server-name = o.example.com\nmount-point = /old"):
            self.assertEqual(self.conflicts(lines), [])

    SHARED = """
<IfDefine !modwsgi-daemon-pool>
    Define modwsgi-daemon-pool
    WSGIDaemonProcess pool OPTIONS
</IfDefine>
"""

    def test_a_shared_daemon_is_free_to_share(self):
        site, = self.sites("[a]\nproject = paste\ndaemon = pool")
        options = " ".join(f"{option.name}={option.value}"
                           for option in daemon_options(site))
        self.CONF = self.SHARED.replace("OPTIONS", options)
        self.assertEqual(self.conflicts("daemon = pool"), [])
        # But only as it is, and not for a site by itself.
        message, = self.conflicts("daemon = pool\nthreads = 3\nuser = me")
        self.assertEqual(
            message, "sites.ini:3 [new]: shares the daemon pool with"
            " /etc/apache2/other.conf:4, which is enabled on this host and"
            " has threads=15 and no user; give the same, or another daemon")
        message, = self.conflicts("name = pool")
        self.assertIn("the name pool of its processes is taken", message)
        self.CONF = "WSGIDaemonProcess pool"
        message, = self.conflicts("daemon = pool")
        self.assertIn("the name pool of its processes is taken", message)

    def test_the_site_itself_is_no_conflict(self):
        self.assertEqual(self.conflicts("server-name = www.example.com",
                                        "new.conf"), [])


if __name__ == "__main__":
    unittest.main()

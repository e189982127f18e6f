"""What a manifest says, and how it is told what is wrong with it."""

import io
import os
import textwrap
import unittest

from modwsgideploy.errors import Collector, DeployError
from modwsgideploy.sites.manifest import read_manifest
from modwsgideploy.sites.options import OPTIONS, Setting
from tests.support.fakes import Case


class ManifestTest(Case):

    def manifest(self, text, path="sites.ini"):
        """The path of a manifest with this text."""
        return self.write(path, textwrap.dedent(text))

    def rows(self, text, path="sites.ini"):
        return read_manifest(self.manifest(text, path), "sites.ini")

    def row(self, text):
        row, = self.rows(text)
        return row

    def messages(self, text, path="sites.ini"):
        """What is wrong with a manifest: a list of str."""
        with Collector() as collect:
            read_manifest(self.manifest(text, path), "sites.ini", collect)
            found = list(collect.messages)
            collect.messages.clear()
        return found


class Ini(ManifestTest):

    def test_a_section_is_a_site_and_each_value_knows_its_place(self):
        row = self.row("""\
            # all of them
            [shop]
            project = /srv/shop
            mount-point: /store
            """)
        self.assertEqual(row.name, "shop")
        self.assertEqual(row.source, "sites.ini:2 [shop]")
        self.assertEqual(row.project, Setting(
            "/srv/shop", "sites.ini:3 [shop] project"))
        self.assertEqual(row.settings, {
            "mount-point": Setting("/store", "sites.ini:4 [shop] mount-point"),
            "name": Setting("shop", "sites.ini:2 [shop]")})

    def test_defaults_are_shared_and_know_their_own_place(self):
        rows = self.rows("""\
            [DEFAULT]
            threads = 5
            [a]
            [b]
            threads = 6
            """)
        self.assertEqual([row.settings["threads"] for row in rows], [
            Setting("5", "sites.ini:2 [DEFAULT] threads"),
            Setting("6", "sites.ini:5 [b] threads")])

    def test_several_values_stand_on_indented_lines(self):
        row = self.row("""\
            [a]
            env =
                A=1

                # not this
                B=x = y
            server-alias = one.example
            \ttwo.example
            """)
        self.assertEqual(row.settings["env"].value, ("A=1", "B=x = y"))
        self.assertEqual(row.settings["env"].source, "sites.ini:2 [a] env")
        self.assertEqual(row.settings["server-alias"].value,
                         ("one.example", "two.example"))

    def test_nothing_is_interpolated_and_no_comment_ends_a_value(self):
        row = self.row("""\
            [a]
            home = /srv/100%/%(here)s/$x ; # y
            user = #1000
            """)
        self.assertEqual(row.settings["home"].value,
                         "/srv/100%/%(here)s/$x ; # y")
        self.assertEqual(row.settings["user"].value, "#1000")

    def test_an_empty_value_is_one(self):
        row = self.row("[a]\nvirtualenv =\nstatic =\n")
        self.assertEqual(row.settings["virtualenv"].value, "")
        self.assertEqual(row.settings["static"].value, ("",))

    def test_directories_are_relative_to_the_manifest(self):
        row = self.row("[a]\nproject = ../p\noutput-dir = out/a\n")
        self.assertEqual(row.project.value,
                         os.path.join(os.path.dirname(self.tmp), "p"))
        self.assertEqual(row.settings["output-dir"].value,
                         os.path.join(self.tmp, "out", "a"))

    def test_a_name_of_its_own(self):
        row = self.row("[the shop]\nname = shop\n")
        self.assertEqual((row.name, row.source),
                         ("shop", "sites.ini:1 [the shop]"))
        self.assertEqual(row.settings["name"].source,
                         "sites.ini:2 [the shop] name")

    def test_every_option_is_a_key(self):
        keys = [option.name for option in OPTIONS
                if option.name not in ("name", "output-dir")]
        row = self.row("[a]\n" + "".join(f"{key} = x\n" for key in keys))
        self.assertEqual(sorted(row.settings), sorted([*keys, "name"]))

    def test_line_ends_and_a_byte_order_mark_do_not_matter(self):
        path = self.write("dos.ini")
        with open(path, "wb") as stream:
            stream.write(b"\xef\xbb\xbf[a]\r\nthreads = 3\r\n")
        row, = read_manifest(path)
        self.assertEqual(row.settings["threads"],
                         Setting("3", f"{path}:2 [a] threads"))

    def test_a_stream_is_relative_to_the_current_directory(self):
        row, = read_manifest(io.StringIO("[a]\nproject = p\n"))
        self.assertEqual(row.project, Setting(
            os.path.join(os.getcwd(), "p"), "standard input:2 [a] project"))


class Includes(ManifestTest):

    def test_other_files_share_the_defaults_and_have_their_own_lines(self):
        self.write("more/b.ini", "[b]\nproject = p\n")
        self.write("more/a.ini", "\n[DEFAULT]\nthreads = 9\n[a]\n")
        rows = self.rows("""\
            [DEFAULT]
            include = more/*.ini
            threads = 5
            [top]
            """)
        self.assertEqual([(row.source, row.settings["threads"].value)
                          for row in rows],
                         [("more/a.ini:4 [a]", "9"), ("more/b.ini:1 [b]", "5"),
                          ("sites.ini:4 [top]", "5")])
        self.assertEqual(rows[1].project.value,
                         os.path.join(self.tmp, "more", "p"))

    def test_files_of_requirements_start_from_the_manifest(self):
        row, = self.rows("[shop]\nproject = shop\n"
                         "require =\n    /login=users.conf\n    all.conf\n"
                         "    /x=/srv/x\n")
        here = os.path.dirname(row.project.text)
        self.assertEqual(row.settings["require"].texts, (
            f"/login={here}/users.conf", f"{here}/all.conf", "/x=/srv/x"))

    def test_csv_can_be_included(self):
        self.write("b.csv", "name,threads\nb,3\n")
        row, = self.rows("[DEFAULT]\ninclude = b.csv\n")
        self.assertEqual(row.settings["threads"].source,
                         "b.csv:2 [b] threads")

    def test_no_file_and_a_file_twice_are_errors(self):
        self.write("a.ini", "[DEFAULT]\ninclude = sites.ini\n")
        messages = self.messages("""\
            [DEFAULT]
            include =
                none/*.ini
                a.ini
                a.ini
            """)
        self.assertEqual(len(messages), 3, messages)
        self.assertRegex(messages[0], r"^sites.ini:2 \[DEFAULT\] include:"
                         " there is no file 'none/")
        self.assertRegex(messages[1], r"^a.ini:2 \[DEFAULT\] include:"
                         " sites.ini is read already")
        self.assertRegex(messages[2], "a.ini is read already")

    def test_a_fifo_that_is_found_is_no_file_to_wait_for(self):
        os.mkdir(os.path.join(self.tmp, "sites"))
        os.mkfifo(os.path.join(self.tmp, "sites", "a.ini"))
        message, = self.messages("[DEFAULT]\ninclude = sites/*.ini\n")
        self.assertEqual(
            message, "sites/a.ini: cannot be read (is no regular file); name"
            " an ini or CSV file with the sites")

    def test_sections_of_two_files_cannot_share_a_name(self):
        self.write("a.ini", "[shop]\n")
        message, = self.messages("[DEFAULT]\ninclude = a.ini\n[shop]\n")
        self.assertEqual(
            message, "sites.ini:3 [shop]: is given a second time, the first"
            " is a.ini:1 [shop]; give each site a name of its own")


class Hosts(ManifestTest):

    def settings(self, text, key):
        """The value of ``key`` of each site; None where it has none."""
        return [row.settings[key].value if key in row.settings else None
                for row in self.rows(text)]

    SITES = """\
            [a]
            server-name = x.example
            {}
            [b]
            server-name = X.example
            mount-point = /b
            [c]
            server-name = y.example
            """

    def test_what_belongs_to_a_host_is_said_once(self):
        for text in (self.SITES.format("certificate = /c.pem"),
                     self.SITES.format("") + """
            [host:x.example]
            certificate = /c.pem
            """):
            self.assertEqual(self.settings(text, "certificate"),
                             ["/c.pem", "/c.pem", None])
            self.assertEqual(self.settings(text, "threads"), [None] * 3)
        text = self.SITES.format("") + """
            [host:x.example]
            https = auto
            acme-agree = yes
            acme-contact = me@example.com
            """
        for name, value in (("https", "auto"), ("acme-agree", "yes"),
                            ("acme-contact", "me@example.com")):
            self.assertEqual(self.settings(text, name), [value, value, None])
        row = self.rows(self.SITES.format("hsts = yes"))[1]
        self.assertEqual(row.settings["hsts"].source,
                         "sites.ini:3 [a] hsts")

    def test_a_host_has_one_port_and_another_port_is_another_host(self):
        text = self.SITES.format("port = 81")
        self.assertEqual(self.settings(text, "port"), ["81", None, None])
        text = self.SITES.format("certificate = /c.pem\n            port = 81")
        self.assertEqual(self.settings(text, "certificate"),
                         ["/c.pem", None, None])
        text = self.SITES.format("") + """
            [host:x.example]
            port = 81
            """
        self.assertEqual(self.settings(text, "port"), ["81", "81", None])

    def test_what_contradicts_the_host_is_told(self):
        text = self.SITES.format("hsts = yes") + """
            [host:x.example]
            hsts = no
            threads = 3
            [host:z.example]
            [host:x.example]
            """
        self.assertEqual(self.messages(text), [
            "sites.ini:12 [host:x.example] threads: does not belong to a"
            " host, as server-alias, port, certificate, certificate-key,"
            " hsts, request-read-timeout, content-type-options,"
            " frame-options, referrer-policy, access-log, access-log-format,"
            " canonical, http2, https, redirect, acme-agree, acme-contact,"
            " acme-directory, acme-ca, acme-key do; give it to its sites",
            "sites.ini:14 [host:x.example]: is given a second time, the first"
            " is sites.ini:10 [host:x.example]; give each host a name of its"
            " own",
            "sites.ini:13 [host:z.example]: no site has server-name ="
            " z.example",
            "sites.ini:3 [a] hsts: belongs to the host x.example, and is not"
            " as sites.ini:11 [host:x.example] hsts has it; say it once, in"
            " [host:x.example] or for one of its sites"])


class Csv(ManifestTest):

    def test_a_line_is_a_site(self):
        rows = self.rows("name,project,threads\na,p,3\n\nb,q,\n", "sites.csv")
        self.assertEqual([row.name for row in rows], ["a", "b"])
        self.assertEqual(rows[0].settings["threads"],
                         Setting("3", "sites.ini:2 [a] threads"))
        self.assertEqual(rows[0].project.value, os.path.join(self.tmp, "p"))
        self.assertEqual(list(rows[1].settings), ["name"])
        self.assertEqual(rows[1].source, "sites.ini:4 [b]")

    def test_several_values_stand_on_lines_of_one_cell(self):
        rows = self.rows('name;env;home\na;"A=1\nB=2;3";/a, b\nb;C=;\n')
        self.assertEqual(rows[0].settings["env"].value, ("A=1", "B=2;3"))
        self.assertEqual(rows[0].settings["home"].value, "/a, b")
        self.assertEqual(rows[1].source, "sites.ini:4 [b]")

    def test_what_is_wrong_is_told_with_its_line(self):
        self.assertEqual(self.messages(
            "name,thread,port,port\na,1,2,3\nb,1\na,1,2,3\n"), [
                "sites.ini:1 column thread: there is no option 'thread'"
                " (did you mean 'threads'?)",
                "sites.ini:1 column port: is there twice; leave one out",
                "sites.ini:3 [b]: has 2 values, and the header 4 names",
                "sites.ini:4 [a]: is given a second time, the first is"
                " sites.ini:2 [a]; give each site a name of its own"])

    def test_a_header_is_needed(self):
        self.assertRegex(self.messages("shop,/srv/shop\n")[0],
                         "^sites.ini:1: is neither a .SECTION. of an ini")
        self.assertRegex(self.messages("x" * 200000)[0],
                         "^sites.ini:1: is neither a .SECTION. of an ini")
        self.assertRegex(self.messages("threads,port\n1,2\n")[0],
                         "^sites.ini:1: the header has no column 'name'")

    def test_an_unfinished_quote_is_told(self):
        self.assertRegex(self.messages('name,home\na,"b\n')[0],
                         "^sites.ini:2: unexpected end")


class Errors(ManifestTest):

    def test_each_names_file_line_section_and_key(self):
        self.assertEqual(self.messages("""\
            [DEFAULT]
            name = x
            [a]
            mount_point = /x
            threads = 3
                4
            project =
            threads = 5
            what
              else
            [a]
            [DEFAULT]
            threads = 6
            [broken
            """), [
                "sites.ini:2 [DEFAULT] name: cannot be the same for all"
                " sites; give it in the section of each",
                "sites.ini:8 [a] threads: is given a second time, the first"
                " is in line 5; leave one out (several values stand on lines"
                " of their own, indented)",
                "sites.ini:9 [a]: 'what' sets nothing; write it as KEY ="
                " VALUE",
                "sites.ini:10 [a]: 'else' is indented, but there is no value"
                " that it could belong to",
                "sites.ini:4 [a] mount_point: there is no option"
                " 'mount_point' (did you mean 'mount-point'?)",
                "sites.ini:5 [a] threads: takes one value, and here are 2;"
                " what follows it must not be indented",
                "sites.ini:7 [a] project: is empty; name a directory",
                "sites.ini:11 [a]: is given a second time, the first is"
                " sites.ini:3 [a]; give each site a name of its own",
                "sites.ini:12 [DEFAULT]: must stand before all sites, and"
                " once; move it to sites.ini:1 [DEFAULT]",
                "sites.ini:14 [broken: is no section; write it as [NAME]"])

    def test_a_paste_configuration_is_told_from_a_manifest(self):
        self.assertEqual(self.messages("""\
            [app:main]
            use = egg:shop
            [server:main]
            use = egg:waitress
            """), [
                "sites.ini:1 [app:main]: is of a Paste configuration, and this"
                " is to be a manifest; name the project's directory, and this"
                " file by --config"])

    def test_a_manifest_that_is_not_there_or_empty(self):
        self.assertRegex(self.error(read_manifest, "/nowhere/sites.ini"),
                         "^/nowhere/sites.ini: cannot be read .No such file")
        self.assertRegex(self.error(read_manifest, io.StringIO("# \n\n")),
                         "^standard input: has no sites")
        self.assertRegex(self.error(read_manifest, self.tmp),
                         "cannot be read .Is a directory")

    def test_bytes_that_are_not_utf_8_are_left_to_the_value(self):
        path = self.write("latin.ini")
        with open(path, "wb") as stream:
            stream.write(b"[a]\nhome = /caf\xe9\n")
        row, = read_manifest(path)
        self.assertEqual(row.settings["home"].value, "/caf\udce9")

    def test_without_a_collector_all_is_raised_at_once(self):
        with self.assertRaises(DeployError) as caught:
            read_manifest(io.StringIO("[a]\nx = 1\ny = 2\n"), "m")
        self.assertEqual(len(caught.exception.messages), 2)


if __name__ == "__main__":
    unittest.main()

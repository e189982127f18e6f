"""Ini files in, what they say and the applications they name out."""

import os

from paste.deploy import appconfig, loadapp

from modwsgideploy.project.paste_ini import main_applications, read_config
from tests.support.fakes import FAKES, Case


class ConfigTests(Case):

    alone = False

    def config(self, text, name="x.ini"):
        return read_config(self.write(name, text))

    def test_values_are_interpolated_where_known(self):
        config = self.config(
            "[DEFAULT]\nname = shop\n[app:main]\nuse = egg:%(name)s\n"
            "db = sqlite:///%(here)s/%(name)s.db\nport = %(http_port)s\n"
            "half = 50%%\nodd = 50% off\nself = %(self)s\n")
        self.assertEqual(f"sqlite:///{self.tmp}/shop.db",
                         config.get("app:main", "db"))
        self.assertEqual("egg:shop", config.get("app:main", "use"))
        self.assertEqual("%(http_port)s", config.get("app:main", "port"))
        self.assertEqual("50%", config.get("app:main", "half"))
        self.assertEqual("50% off", config.get("app:main", "odd"))
        self.assertEqual("%(self)s", config.get("app:main", "self"))

    def test_logging_formats_are_kept(self):
        config = read_config(os.path.join(FAKES, "pyramid/production.ini"))
        self.assertIn("loggers", config.sections)
        self.assertEqual(
            "%(asctime)s %(levelname)-5.5s [%(name)s:%(lineno)s] %(message)s",
            config.get("formatter_generic", "format"))

    def test_missing_key_or_section_gives_the_default(self):
        config = self.config("[DEFAULT]\ndebug = true\n[a]\n")
        self.assertEqual("true", config.get("a", "debug"))
        self.assertEqual("x", config.get("a", "Debug", "x"))
        self.assertIsNone(config.get("b", "none"))

    def test_it_cannot_be_changed(self):
        config = self.config("[a]\nb = c\n")
        with self.assertRaises(TypeError):
            config.sections["a"]["b"] = "d"

    def test_line_ends_of_windows(self):
        with open(self.write("x.ini"), "wb") as file:
            file.write(b"[app:main]\r\nuse = egg:x\r\n")
        self.assertEqual("egg:x", read_config(f"{self.tmp}/x.ini").get(
            "app:main", "use"))

    def check_error(self, content, message, name="x.ini"):
        """Ours says ``message``, and PasteDeploy refuses the file too."""
        path = self.write(name)
        with open(path, "wb") as file:
            file.write(content)
        self.assertEqual(f"{path}{message}", self.error(
            lambda: main_applications(read_config(path))))
        with self.assertRaises((Exception, RecursionError)):
            loadapp("config:" + path)

    def test_missing_file(self):
        self.assertEqual(
            f"{self.tmp}/no.ini: cannot be read: No such file or directory",
            self.error(read_config, f"{self.tmp}/no.ini"))

    def test_byte_order_mark(self):
        path = f"{self.tmp}/x.ini"
        self.check_error(
            b"\xef\xbb\xbf[app:main]\nuse = egg:Paste#test\n",
            ": begins with a byte order mark, which PasteDeploy cannot read;"
            rf" remove it: sed -i '1s/^\xef\xbb\xbf//' {path}")

    def test_not_utf8(self):
        self.check_error(
            b"# \xe9\n[app:main]\nuse = egg:Paste#test\n",
            ": is not UTF-8 (offset 2), which PasteDeploy expects; save it"
            " as UTF-8")

    def test_repeated_key(self):
        self.check_error(
            b"[app:main]\nuse = egg:Paste#test\na = 1\na = 2\n",
            ": line 4: [app:main] has 'a' twice")

    def test_repeated_section(self):
        self.check_error(
            b"[app:main]\nuse = egg:Paste#test\n[app:main]\n",
            ": line 3: the section [app:main] is there twice")

    def test_text_before_the_first_section(self):
        self.check_error(b"use = egg:Paste#test\n",
                         ": line 1: 'use = egg:Paste#test' stands before any"
                         " [section]")

    def test_line_without_value(self):
        self.check_error(
            b"[app:main]\nuse = egg:Paste#test\nfoo\n",
            ": line 3: neither 'key = value' nor a [section]: 'foo\\n'")

    def test_no_such_application(self):
        self.check_error(
            b"[app:b]\nuse = egg:Paste#test\n[pipeline:a]\n[server:main]\n",
            ": there is no application 'main'; --app-name can be one of: a,"
            " b")

    def test_no_such_application_of_a_section(self):
        self.check_error(
            b"[app:main]\nuse = b\n",
            ": there is no application 'b', which [app:main] names; it can"
            " be one of: main")

    def test_section_without_a_name_is_not_main(self):
        self.check_error(
            b"[app]\nuse = egg:Paste#test\n",
            ": there is no application 'main'; it has no application at all:"
            " a section [app:main] is needed")

    def test_several_of_one_name(self):
        self.check_error(
            b"[app:main]\nuse = egg:Paste#test\n[pipeline:main]\n",
            ": several applications are called 'main': [app:main],"
            " [pipeline:main]; rename all but one")

    def test_cycle(self):
        self.check_error(
            b"[app:main]\nuse = a\n[app:a]\nuse = main\n",
            ": [app:main] uses itself: [app:main] -> [app:a] -> [app:main]")

    def test_cycle_of_a_composite(self):
        self.check_error(
            b"[composite:main]\nuse = egg:Paste#urlmap\n/ = main\n",
            ": [composite:main] uses itself: [composite:main] ->"
            " [composite:main]")

    def test_cycle_through_files(self):
        self.write("y.ini", "[app:main]\nuse = config:x.ini\n")
        self.check_error(
            b"[app:main]\nuse = config:y.ini\n",
            ": [app:main] uses itself: [app:main] -> [app:main] ->"
            " [app:main]")

    def test_no_factory(self):
        self.check_error(
            b"[DEFAULT]\nuse = egg:Paste#test\n[app:main]\na = b\n",
            ": [app:main] must have one of 'use' and paste.app_factory,"
            " paste.composite_factory, paste.composit_factory; it has none")

    def test_factory_that_is_no_module_and_callable(self):
        for value, hint in (
                ("web", ""), (":make", ""), (".web:make", ""), ("", ""),
                ("web:make ; as ever", "; a comment needs a line of its own"),
                ("\\nweb:make", ", on the line of its key")):
            with self.subTest(value=value):
                self.check_error(
                    "[app:main]\npaste.app_factory = {}\n".format(
                        value.replace("\\n", "\n    ")).encode(),
                    f": [app:main] paste.app_factory: '{value}' is not"
                    " valid; give MODULE:CALLABLE, such as mysite.wsgi:make"
                    + hint)

    def test_factory_with_spaces_and_extras(self):
        path = self.write("x.ini", "[app:main]\n"
                          "paste.app_factory = web : make [extra]\n")
        self.assertEqual("web", main_applications(read_config(path))[0].module)

    def test_call_of_nothing(self):
        self.check_error(
            b"[app:main]\nuse = call:\n",
            ": [app:main] use: '' is not valid; give MODULE:CALLABLE, such as"
            " mysite.wsgi:make")

    def test_call_outside_use(self):
        how = (": PasteDeploy takes call: in 'use' of a section only; write"
               " [app:NAME] with use = call:os.path:join, and NAME here")
        for key, text in (
                ("/x", "[composite:main]\nuse = egg:Paste#urlmap\n{}\n"),
                ("next", "[filter-app:main]\n{}\n"
                 "paste.filter_factory = os.path:join\n")):
            setting = f"{key} = call:os.path:join"
            with self.subTest(key=key):
                self.check_error(
                    text.format(setting).encode(),
                    f": [{text[1:].partition(']')[0]}] {setting}{how}")
        self.check_error(
            b"[pipeline:main]\npipeline = call:os.path:join\n",
            f": [pipeline:main] pipeline = call:os.path:join{how}")

    def test_egg_of_nothing(self):
        self.check_error(
            b"[app:main]\nuse = egg:#main\n",
            ": [app:main] use = egg:#main: egg: names no distribution; give"
            " egg:DISTRIBUTION, or egg:DISTRIBUTION#ENTRY")

    def test_unknown_scheme(self):
        self.check_error(
            b"[app:main]\nuse = python:x\n",
            ": [app:main] use = python:x: PasteDeploy knows egg:, call: and"
            " config:, not python:")

    def test_pipeline_with_other_keys(self):
        self.check_error(
            b"[pipeline:main]\npipeline = egg:Paste#test\ndebug = true\n",
            ": [pipeline:main] may hold nothing but 'pipeline', says"
            " PasteDeploy; remove: debug")

    def test_empty_pipeline(self):
        self.check_error(
            b"[pipeline:main]\npipeline =\n",
            ": [pipeline:main] lacks 'pipeline', which names an application")

    def test_file_that_is_used_is_missing(self):
        path = self.write("x.ini", "[app:main]\nuse = config:no.ini\n")
        self.assertEqual(
            f"{self.tmp}/no.ini (named by {path}: [app:main]): cannot be"
            " read: No such file or directory",
            self.error(lambda: main_applications(read_config(path))))


class ApplicationTests(Case):

    alone = False

    def applications(self, text, app_name=None):
        return main_applications(
            read_config(self.write("x.ini", text)), app_name)

    def check(self, text, app_name=None):
        """PasteDeploy finds the same settings as we do."""
        found, = self.applications(text, app_name)
        path = f"{self.tmp}/x.ini"
        expected = appconfig("config:" + path, name=app_name)
        self.assertEqual(dict(expected.global_conf), dict(found.globals))
        self.assertEqual(dict(expected.local_conf), dict(found.locals))
        self.assertEqual(dict(expected), found.settings)
        if expected.context.distribution:
            self.assertEqual(
                expected.context.distribution.metadata["Name"],
                found.distribution)
            self.assertEqual(expected.context.entry_point_name, found.entry)
        return found

    def test_app(self):
        found = self.check(
            "[DEFAULT]\ndebug = true\nx = %(here)s\n[app:main]\n"
            "use = egg:Paste#test\ndb = %(x)s/y\nx = 2\nset z = 3\n"
            "get w = debug\nMixed = Case\n")
        self.assertEqual("[app:main] use = egg:Paste#test", found.source)
        self.assertEqual("true", found.settings["debug"])

    def test_keys_set_everywhere(self):
        self.check("[DEFAULT]\nset a = 1\nb = 2\n[app:main]\n"
                   "use = egg:Paste#test\nget c = b\n")

    def test_spaces_in_the_section_name(self):
        self.check("[app: main ]\nuse = egg:Paste#test\n")

    def test_application_after_app(self):
        self.check("[app:main]\nuse = egg:Paste#test\na = 1\n"
                   "[application:main]\nuse = egg:none\n")

    def test_application(self):
        self.check("[application:x]\nuse = egg:Paste#test\n", "x")

    def test_scheme_in_capitals(self):
        self.check("[app:main]\nuse = EGG:Paste#test\n")

    def test_use_of_another_section(self):
        self.check("[app:main]\nuse = x\nset debug = no\na = 1\n[app:x]\n"
                   "use = egg:Paste#test\ndebug = yes\na = 2\nb = 3\n")

    def test_use_of_another_file(self):
        self.write("o.ini", "[DEFAULT]\ndebug = true\nout = o %(here)s\n"
                   "[app:other]\nuse = egg:Paste#test\nd = inner\n"
                   "who = inner %(out)s\nlate = %(flag)s\n")
        self.check("[DEFAULT]\ndebug = false\nout = x\n[app:main]\n"
                   "use = config:o.ini#other\nset flag = 5\nd = outer\n")

    def test_use_of_a_file_elsewhere(self):
        self.write("a b/o.ini", "[app:main]\nuse = egg:Paste#test\n"
                   "db = %(here)s/db\n")
        self.check("[app:main]\nuse = config:%(here)s/a%%20b/o.ini\n")

    def test_quickstarted_test_ini(self):
        project = os.path.join(FAKES, "turbogears2")
        found, = main_applications(
            read_config(f"{project}/test.ini"), "main_without_authn")
        self.assertEqual("myapp", found.distribution)
        self.assertEqual("false", found.settings["debug"])
        self.assertEqual("True", found.settings["skip_authentication"])
        self.assertEqual("sqlite:///:memory:",
                         found.settings["sqlalchemy.url"])

    def test_filters_are_passed_over(self):
        gzip = "[filter:zip]\nuse = egg:Paste#gzip\n"
        for text in (
                "[filter-app:main]\nuse = egg:Paste#gzip\nnext = x\n",
                "[pipeline:main]\npipeline = zip x\n" + gzip,
                "[pipeline:main]\npipeline = egg:Paste#gzip\n    x\n",
                "[app:main]\nuse = x\nfilter-with = zip\n" + gzip):
            text += "[app:x]\nuse = egg:Paste#static\n"
            text += "document_root = %(here)s\n"
            found, = self.applications(text)
            self.assertEqual("Paste", found.distribution)
            self.assertEqual(self.tmp, found.settings["document_root"])
            loadapp(f"config:{self.tmp}/x.ini")

    def test_urlmap_gives_each_with_its_path(self):
        found = self.applications(
            "[composite:main]\nuse = egg:Paste#urlmap\n/blog/ = egg:Blog\n"
            "/ = shop\n/more = inner\nnot_found_app = egg:Gone\n"
            "domain example.org = egg:Hosted\n"
            "[app:shop]\nuse = egg:Shop#admin\na = 1\n"
            "[composit:inner]\nuse = egg:Paste#urlmap\n/x = called\n"
            "/ = egg:Inner\n[app:called]\nuse = call:m:f\n")
        self.assertEqual(
            [("/", "Shop", "admin", ""), ("/blog", "Blog", "main", ""),
             ("/more/x", "", "", "m:f"), ("/more", "Inner", "main", ""),
             ("", "Hosted", "main", "")],
            [(one.path, one.distribution, one.entry, one.target)
             for one in found])
        self.assertEqual("[composite:main] /blog/ = egg:Blog",
                         found[1].source)

    def test_urlmap_of_rutter(self):
        found, = self.applications(
            "[composite:main]\nuse = egg:rutter#urlmap\n/shop = egg:Shop\n")
        self.assertEqual(("/shop", "Shop"), (found.path, found.distribution))

    def test_empty_urlmap(self):
        found, = self.applications("[app:main]\nuse = egg:Paste#urlmap\n")
        self.assertEqual("urlmap", found.entry)

    def test_cascade(self):
        found = self.applications(
            "[composite:main]\nuse = egg:Paste#cascade\napp1 = static\n"
            "app2 = egg:Shop\ncatch = 404\n"
            "[app:static]\nuse = egg:Paste#static\n")
        self.assertEqual([("/", "Paste"), ("/", "Shop")], [
            (one.path, one.distribution) for one in found])

    def test_composite_of_the_project(self):
        found = self.applications(
            "[composite:main]\npaste.composite_factory = shop:make\n"
            "pool = main\nadmin = a\nx = egg:Blog\nlog = file:x\n[app:a]\n"
            "use = egg:A\n")
        self.assertEqual(
            [("", "shop:make"), ("A", ""), ("Blog", "")],
            [(one.distribution, one.target) for one in found])

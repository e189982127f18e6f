"""What a WSGI script sets, read without running it."""

import unittest

from modwsgideploy.apache.wsgi_script import Script, read_script


class Reading(unittest.TestCase):

    def test_what_it_sets(self):
        script = read_script(
            "import os, sys\n"
            "CONFIG = '/srv/x.ini'\nVIRTUALENV = '/srv/v'\n"
            "os.environ['PYTHON_EGG_CACHE'] = '/srv/e'\n"
            "sys.path.insert(0, '/srv/code')\n"
            "raise SystemExit\n", "/srv/x.wsgi")
        self.assertEqual(script, Script("/srv/x.wsgi", "/srv/x.ini", "/srv/v",
                                        "/srv/e", ("/srv/code",)))

    def test_the_ini_of_loadapp(self):
        self.assertEqual(read_script(
            "application = loadapp('config:/srv/a%20b.ini#main')", "/x"
            ).config, "/srv/a b.ini")

    def test_logging(self):
        text = "fileConfig(CONFIG)\n"
        self.assertTrue(read_script(text, "/x").logs)
        self.assertFalse(read_script(text, "/x").asks_for_loggers)
        self.assertTrue(read_script(
            "if parser.has_section('loggers'):\n    " + text, "/x"
            ).asks_for_loggers)

    def test_only_literal_strings_count(self):
        script = read_script(
            "# CONFIG = '/old.ini'\nOLD_CONFIG = '/older.ini'\n"
            "CONFIG = os.path.join(HERE, 'x.ini')\n"
            "VIRTUALENV = '/srv/it\\'s'\n", "/x")
        self.assertEqual(script.config, "")
        self.assertEqual(script.virtualenv, "/srv/it's")

    def test_one_of_python_2(self):
        script = read_script(
            "CONFIG = u'/srv/x.ini'\n"
            "if True:\n    VIRTUALENV = '/srv/v'\n"
            "    print 'hello'\n", "/x")
        self.assertEqual(script.config, "/srv/x.ini")
        self.assertEqual(script.virtualenv, "/srv/v")

    def test_what_is_no_python(self):
        for text in ("not python", "\0", ""):
            self.assertEqual(read_script(text, "/x"), Script("/x"))


if __name__ == "__main__":
    unittest.main()

"""Whose a module or a name is that cannot be imported."""

import json
import subprocess
import sys
import unittest

from modwsgideploy.catalog.failures import names
from modwsgideploy.explain.diagnosis import Explainer

RUNNING = sys.version_info[:2]


def version(text):
    return tuple(int(part) for part in text.split("."))[:2]


def there():
    """What of the tables this Python has, by itself: an interpreter of its
    own answers, as packages put names into modules of this one."""
    code = (
        "import importlib, json, sys\n"
        "def can_import(module):\n"
        "    try:\n"
        "        return bool(importlib.import_module(module))\n"
        "    except ImportError:\n"
        "        return False\n"
        "modules, names = json.load(sys.stdin)\n"
        "json.dump([[m for m in modules if can_import(m)],\n"
        "           [m + '.' + n for m, n in names if can_import(m)\n"
        "            and hasattr(sys.modules[m], n)]], sys.stdout)\n")
    asked = [[*names.REMOVED_MODULES, *names.ADDED_MODULES,
              *names.PYTHON_2_MODULES, *names.REMOVED_NAMES],
             [(module, name)
              for table in (names.REMOVED_NAMES, names.ADDED_NAMES)
              for module, versions in table.items() for name in versions]]
    done = subprocess.run([sys.executable, "-I", "-S", "-W", "ignore", "-c",
                           code], input=json.dumps(asked), encoding="utf-8",
                          stdout=subprocess.PIPE, check=True)
    return [set(found) for found in json.loads(done.stdout)]


def diagnosed(error, code="", path="/srv/shop/lib.py", script=""):
    """The failure and the values that a traceback of ``error`` is."""
    explainer = Explainer()
    for line in ("Traceback (most recent call last):",
                 f'  File "{path}", line 2, in <module>', f"    {code}",
                 error):
        explainer.feed(line)
    explainer.flush()
    found, = explainer.diagnoses.values()
    return found.failure.name, found.values


class Tables(unittest.TestCase):
    """The tables agree with the Python that runs the tests."""

    def test_modules(self):
        modules, _ = there()
        for module, since in names.REMOVED_MODULES.items():
            self.assertEqual(module in modules, version(since) > RUNNING,
                             module)
        for module, since in names.ADDED_MODULES.items():
            self.assertEqual(module in modules, version(since) <= RUNNING,
                             module)
        self.assertFalse(modules & names.PYTHON_2_MODULES)

    def test_names(self):
        modules, found = there()
        for table, is_there in (
                (names.REMOVED_NAMES, lambda since: since > RUNNING),
                (names.ADDED_NAMES, lambda since: since <= RUNNING)):
            for module, versions in table.items():
                for name, since in versions.items():
                    if module in modules or is_there(version(since)):
                        self.assertEqual(
                            f"{module}.{name}" in found,
                            is_there(version(since)), f"{module}.{name}")


class Modules(unittest.TestCase):

    def check(self, module, failure, code="", said="", path="/srv/s/lib.py"):
        for error in (f"ModuleNotFoundError: No module named '{module}'",
                      f"ImportError: No module named '{module}'"):
            name, values = diagnosed(error, code, path)
            self.assertEqual(name, failure, module)
            if said:
                self.assertIn(said, values.values())

    def test_what_left_the_standard_library(self):
        for module, since in names.REMOVED_MODULES.items():
            self.check(module, "removed-module", said=since)
        self.check("distutils.core", "removed-module", said="distutils")

    def test_a_name_that_cannot_be_missing_from_this_python(self):
        # telnetlib of Python 3.9 is there: one that is missing is another.
        self.check("telnetlib", "no-module",
                   path="/srv/venv/lib/python3.9/site-packages/x/y.py")

    def test_what_the_server_s_python_does_not_have_yet(self):
        for module in ("zoneinfo", "tomllib", "importlib.metadata",
                       "dataclasses"):
            self.check(module, "python-too-old")
        self.check("tomllib", "no-module",
                   path="/srv/venv/lib/python3.12/site-packages/x/y.py")

    def test_code_of_python_2(self):
        for module in ("urllib2", "ConfigParser", "StringIO", "cPickle"):
            self.check(module, "python-2-code")

    def test_c_parts(self):
        for module in ("regex._regex", "lxml.etree", "_cffi_backend",
                       "psycopg2._psycopg", "PIL._imaging",
                       "cryptography.hazmat.bindings._rust",
                       "numpy.core._multiarray_umath"):
            self.check(module, "c-part")

    def test_parts_of_python_that_were_left_out(self):
        for module in ("_ssl", "_sqlite3", "_ctypes", "_lzma"):
            self.check(module, "python-incomplete")

    def test_parts_of_packages(self):
        self.check("django.core.urlresolvers", "lost-module", said="2.0")
        self.check("werkzeug.contrib.fixers", "lost-module", said="1.0")
        self.check("django.nothing", "missing-part", said="Django")
        self.check("shop.settings", "own-part", said="shop")

    def test_distributions_that_are_well_known(self):
        for module, package in (("flask", "Flask"), ("yaml", "PyYAML"),
                                ("paste.deploy", "PasteDeploy"),
                                ("tg", "TurboGears2"),
                                ("zope.interface", "zope.interface")):
            self.check(module, "not-installed", said=package)

    def test_the_project_s_own(self):
        for module in ("config", "settings", "models"):
            self.check(module, "own-module")
        self.check("shop", "own-module", path="/srv/shop/web/lib.py")

    def test_what_nobody_knows(self):
        self.check("nothing_like_it", "no-module")

    def test_what_the_system_has_alone(self):
        self.check("apt_pkg", "system-module")

    def test_python_2_names_the_last_part_only(self):
        for code, module, failure, said in (
                ("from urllib.parse import quote", "parse",
                 "python-too-old", "urllib.parse"),
                ("import django.nothing.x", "nothing.x", "missing-part",
                 "django.nothing.x"),
                ("from shop.models import User", "models", "own-part",
                 "shop.models"),
                ("import django", "django", "not-installed", "Django"),
                ("import urllib2", "urllib2", "python-2-code", "urllib2")):
            name, values = diagnosed(
                f"ImportError: No module named {module}", code)
            self.assertEqual(name, failure, code)
            self.assertIn(said, values.values())


class Names(unittest.TestCase):

    def check(self, error, failure, *said, **where):
        name, values = diagnosed("ImportError: " + error, **where)
        self.assertEqual(name, failure, error)
        for value in said:
            self.assertIn(value, values.values())

    def test_of_the_standard_library(self):
        self.check("cannot import name 'Mapping' from 'collections'"
                   " (/usr/lib/python3.11/collections/__init__.py)",
                   "removed-name", "3.10")
        self.check("cannot import name 'Self' from 'typing'"
                   " (/usr/lib/python3.9/typing.py)", "python-too-old",
                   "typing.Self", "3.11")
        self.check("cannot import name 'izip' from 'itertools' (unknown"
                   " location)", "empty-module")
        self.check("cannot import name izip", "python-2-code",
                   code="from itertools import izip")

    def test_that_packages_took_back(self):
        self.check("cannot import name 'Markup' from 'jinja2'"
                   " (/v/lib/python3.9/site-packages/jinja2/__init__.py)",
                   "lost-name", "Jinja2", "3.1", "Flask-Login",
                   path="/v/lib/python3.9/site-packages/flask_login/x.py")
        self.check("cannot import name soft_unicode", "lost-name",
                   "markupsafe", "2.1", code="import markupsafe")

    def test_of_packages_that_do_not_fit(self):
        self.check("cannot import name 'x' from 'starlette.y'"
                   " (/v/lib/python3.9/site-packages/starlette/y.py)",
                   "import-name", "starlette")

    def test_of_the_project(self):
        self.check("cannot import name 'app' from 'shop'"
                   " (/srv/shop/shop/__init__.py)", "own-name",
                   "/srv/shop/shop/__init__.py")
        self.check("cannot import name 'Flask' from 'flask'"
                   " (/srv/shop/flask.py)", "shadowed-module",
                   "/srv/shop/flask.py")

    def test_in_a_circle(self):
        self.check("cannot import name 'db' from partially initialized"
                   " module 'shop.db' (most likely due to a circular import)"
                   " (/srv/shop/shop/db.py)", "import-circle")
        self.check("cannot import name 'Celery' from partially initialized"
                   " module 'celery' (most likely due to a circular import)"
                   " (/srv/shop/shop/celery.py)", "shadowed-module")

    def test_attributes(self):
        for error, failure in (
                ("module 'inspect' has no attribute 'getargspec'",
                 "removed-name"),
                ("'dict' object has no attribute 'iteritems'",
                 "python-2-code"),
                ("module 'numpy' has no attribute 'int'", "lost-name"),
                ("module 'typing' has no attribute 'Self'",
                 "python-too-old"),
                ("module 'flsk' has no attribute 'Flask'",
                 "application-error"),
                ("'Shop' object has no attribute 'price'",
                 "application-error")):
            name, _ = diagnosed("AttributeError: " + error)
            self.assertEqual(name, failure, error)


if __name__ == "__main__":
    unittest.main()

"""Which settings name a file that one process alone may open."""

import unittest

from modwsgideploy.project.storages import find_single_process
from tests.support.commands import CommandTest
from tests.support.fakes import Case

FILES = (
    ("sqlalchemy.url", "sqlite:///%(here)s/x.db", "SQLite"),
    ("db.url", "sqlite:////srv/x.db", "SQLite"),
    ("db.url", "sqlite+pysqlite:///x.db", "SQLite"),
    ("sqlobject.dburi", "sqlite:///x.sqlite", "SQLite"),
    ("database", "sqlite:db/trac.db", "SQLite"),
    ("analysis", "duckdb:///x.duckdb", "DuckDB"),
    ("zodbconn.uri", "file:///srv/Data.fs?connection_cache_size=20", "ZODB"),
    ("zodb.file", "%(here)s/Data.fs", "ZODB"),
    ("zodbconn.uri", "zconfig:///srv/zodb.conf", "ZODB"),
    ("search.whoosh_dir", "/var/index", "Whoosh"),
    ("xapian.path", "/var/index", "Xapian"),
    ("leveldb.path", "/var/level", "LevelDB"),
    ("tinydb", "notes.json", "TinyDB"))
OTHERS = (
    ("sqlalchemy.url", "sqlite://"), ("sqlalchemy.url", "sqlite:///:memory:"),
    ("sqlalchemy.url", "sqlite:///"),
    ("sqlalchemy.url", "sqlite:///file:x?mode=memory&uri=true"),
    ("sqlalchemy.url", "postgresql://shop@db.example.com/shop"),
    ("zodbconn.uri", "zeo://localhost:9991"), ("zodbconn.uri", "memory://"),
    ("zodb.debug", "true"), ("whoosh.enabled", "yes"), ("name", "sqlite3"),
    ("whoosh.server", "http://search.example.com/x"), ("database", ""))


class Settings(unittest.TestCase):

    def test_files(self):
        for key, value, kind in FILES:
            found = find_single_process({"debug": "x", key: value})
            self.assertIsNotNone(found, (key, value))
            self.assertEqual(found[0], key)
            self.assertIn(kind, found[1])

    def test_servers_and_memory(self):
        for key, value in OTHERS:
            self.assertIsNone(find_single_process({key: value}), (key, value))


class Sites(CommandTest, Case):

    def setUp(self):
        CommandTest.setUp(self)
        self.tmp = self.directory

    def ini(self, settings, name="production.ini", head=""):
        self.write(name, f"{head}[app:main]\nuse = egg:MyApp\n{settings}\n")

    def test_one_process_with_the_reason(self):
        self.ini("sqlalchemy.url = sqlite:///%(here)s/x.db")
        self.deploy("--baseline=")
        conf = self.text("myapp")
        self.assertNotIn("processes=", conf)
        self.assertIn("# One process: sqlalchemy.url in production.ini names"
                      " an SQLite file,\n", conf)

    def test_what_is_shared_by_default_counts_as_well(self):
        self.ini("", head="[DEFAULT]\ndb = sqlite:////srv/x.db\n")
        self.deploy()
        self.assertIn("# One process: db in", self.text("myapp"))

    def test_what_it_will_be_made_from(self):
        self.ini("zodbconn.uri = file:///srv/Data.fs", "development.ini")
        self.ini("", "testing.ini")
        self.deploy()
        self.assertIn("# One process: zodbconn.uri in development.ini names a"
                      " ZODB FileStorage,\n", self.text("myapp"))

    def test_a_number_that_is_given(self):
        self.ini("db = sqlite:////srv/x.db")
        for number in ("1", "3"):
            self.deploy(f"--processes={number}")
            self.assertNotIn("One process", self.text("myapp"))
        self.assertIn("processes=3", self.text("myapp"))

    def test_a_server(self):
        self.ini("sqlalchemy.url = postgresql://localhost/shop")
        self.deploy()
        self.assertIn("processes=2", self.text("myapp"))

    def test_shared_processes_have_the_number_of_all(self):
        self.ini("db = sqlite:////srv/x.db")
        self.deploy("--daemon=pool", "--baseline=")
        self.assertIn("processes=2", self.text("myapp"))

    def test_other_backends(self):
        self.ini("db = sqlite:////srv/x.db")
        self.deploy("--backend=fastcgi")
        self.assertIn("MaxProcesses 1 ", self.text("myapp"))
        self.assertIn("# One of them: db in production.ini names an SQLite"
                      " file,\n", self.text("myapp"))

    def test_a_setting_that_no_comment_can_hold(self):
        self.ini("a$(b) \\ = sqlite:////srv/x.db")
        self.deploy()
        self.assertIn("# One process: its configuration names an SQLite"
                      " file,\n", self.text("myapp"))


if __name__ == "__main__":
    unittest.main()

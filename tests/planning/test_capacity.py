"""Capacity: what adds up, what is proposed, and what a user sees of it."""

import contextlib
import html.parser
import io
import json
import os
import textwrap
import unittest

from hypothesis import given, settings
from hypothesis import strategies as st

from modwsgideploy.cli import console
from modwsgideploy.planning import capacity, proposal
from modwsgideploy.planning.capacity import KB_PER_MB as MB
from modwsgideploy.planning.capacity import Database, Demand, Machine
from modwsgideploy.planning.databases import databases
from modwsgideploy.project.paste_ini import read_config
from modwsgideploy.sites import manifest, options
from tests.support.fakes import Case
from tests.support.fuzzing import examples

ROOM = Machine(memory_kb=64_000 * MB, cores=4, tasks=100_000, open_files=8192)


def demand(name, megabytes=80, processes=2, **more):
    """A Demand of a site with processes of its own."""
    return Demand(name, f"sites.ini: {name}", more.pop("group", name),
                  processes, more.pop("threads", 15), megabytes * MB,
                  "measured", **more)


def figure(plan, name):
    return next(one for one in plan.figures if one.name == name)


class AddsUp(unittest.TestCase):

    def test_processes_threads_and_memory(self):
        plan = capacity.as_asked([demand("a"), demand("b", 100, 3)], ROOM)
        self.assertEqual((plan.processes, plan.threads), (5, 75))
        apache = 16 * 13
        self.assertEqual(figure(plan, "memory").needs,
                         2 * 80 + 3 * 100 + apache)
        self.assertEqual(figure(plan, "memory").has, 64_000 * 4 // 5)
        self.assertEqual(figure(plan, "tasks").needs,
                         5 * 18 + 16 * (25 + 3) + 1)
        self.assertTrue(plan.fits)

    def test_sites_of_one_daemon_have_python_once(self):
        plan = capacity.as_asked(
            [demand(name, group="pool", processes=2) for name in "abc"], ROOM)
        pool, = plan.pools
        self.assertEqual((pool.processes, pool.process_kb // MB),
                         (2, 3 * 80 - 2 * 11))

    def test_an_embedded_site_is_in_every_child_of_apache(self):
        alone = figure(capacity.as_asked([], ROOM), "memory").needs
        plan = capacity.as_asked([demand("a", 50, group="")], ROOM)
        self.assertEqual(figure(plan, "memory").needs, alone + 16 * 50)
        self.assertEqual(plan.pools, ())

    def test_logs_are_open_in_every_process(self):
        plan = capacity.as_asked(
            [demand(f"s{number}", log_files=2) for number in range(3000)],
            ROOM)
        # A log of errors and one of accesses, and a socket of each.
        self.assertEqual(figure(plan, "open files").needs, 9000 + 10 + 50)
        self.assertEqual(figure(plan, "open files").missing, 868)

    def test_connections_are_those_of_each_process(self):
        here = Database("postgresql://me@db/a", "postgresql://db", 15)
        there = Database("postgresql://me@db/b", "postgresql://db", 0)
        plan = capacity.as_asked(
            [demand("a", processes=2, databases=(here,)),
             demand("b", processes=3, threads=7, databases=(here, there))],
            ROOM._replace(connections=60))
        self.assertEqual(
            [(one.url, count) for one, count in plan.databases],
            [("postgresql://me@db/a", 75), ("postgresql://me@db/b", 21)])
        one = figure(plan, "connections to postgresql://db")
        self.assertEqual((one.needs, one.has, one.missing), (96, 60, 36))
        self.assertIn("connections to postgresql://db: with pool_size +"
                      " max_overflow of 7 or less they would do",
                      proposal.notes(plan, ROOM))

    def test_what_has_no_room_is_named(self):
        machine = ROOM._replace(memory_kb=(208 + 250) * MB * 5 // 4)
        plan = capacity.as_asked(
            [demand("a", 200), demand("b", 60), demand("c", 40),
             demand("d", 100)], machine)
        self.assertEqual([pool.name for pool in proposal.without_room(plan)],
                         ["a", "d"])
        self.assertEqual(proposal.notes(plan, machine), [
            "there is memory for 2 of 4 sets of daemon processes, the"
            " smallest first; not for a, d"])
        plan = capacity.as_asked([demand("a", 200), *(
            demand(f"s{number}", 150) for number in range(20))], machine)
        self.assertIn("for 0 of 21 sets of daemon processes, the smallest"
                      " first; not for a, s19,", proposal.notes(plan, machine)
                      [1])
        self.assertIn("and 13 more", proposal.notes(plan, machine)[1])
        self.assertEqual(proposal.without_room(
            capacity.as_asked([demand("a")], ROOM)), [])

    def test_requests_that_apache_does_not_ask_for_are_told(self):
        plan = capacity.as_asked([demand("a"), demand("b")], ROOM)
        self.assertEqual(proposal.notes(plan, ROOM), [])
        self.assertEqual(
            proposal.notes(plan, ROOM._replace(request_workers=50)), [
                "together they have 60 threads, and Apache asks for 50"
                " requests at once (MaxRequestWorkers)"])
        self.assertEqual(
            proposal.notes(plan, ROOM._replace(request_workers=20)), [
                "a has 30 threads, and Apache asks for 20 requests at once"
                " (MaxRequestWorkers)"])

    def test_what_nobody_knows_is_not_missing(self):
        plan = capacity.as_asked([demand("a", processes=10_000)],
                                 Machine(memory_kb=0, cores=1))
        self.assertTrue(plan.fits)


class Proposes(unittest.TestCase):

    def proposed(self, demands, machine=ROOM, **more):
        """The changes by name, and the Plan."""
        asked = capacity.as_asked(demands, machine)
        plan = proposal.propose(asked, machine, **more)
        return {member.name: lines for member, lines
                in proposal.changes(asked, plan)}, plan

    def test_one_site_uses_all_cores_but_no_more_than_apache_asks_for(self):
        machine = ROOM._replace(cores=8)
        self.assertEqual(self.proposed([demand("a")], machine)[0],
                         {"a": {"processes": 8}})
        self.assertEqual(self.proposed(
            [demand("a")], machine._replace(request_workers=50))[0],
            {"a": {"processes": 3}})

    def test_a_choice_stays_where_it_fits(self):
        self.assertEqual(self.proposed([
            demand("a", processes=5, chosen=frozenset(["processes"]))])[0], {})

    def test_what_may_have_one_process_has_one(self):
        self.assertEqual(self.proposed([demand("a", single=True)])[0],
                         {"a": {"processes": 1}})
        self.assertEqual(self.proposed([demand("a", single=True,
                                               processes=1)])[0], {})

    def test_as_few_as_needed_have_one_process_less(self):
        # Each of 80 MB; Apache has 208 MB: there is room for 9 of 10.
        machine = ROOM._replace(memory_kb=(208 + 9 * 80) * MB * 5 // 4)
        changes, plan = self.proposed(
            [demand(name) for name in "abcde"], machine)
        self.assertEqual(list(changes.values()), [{"processes": 1}])
        self.assertTrue(plan.fits)
        self.assertEqual(plan.processes, 9)

    def test_alike_sites_share_where_one_process_each_is_too_much(self):
        machine = ROOM._replace(memory_kb=(208 + 300) * MB * 5 // 4)
        sites = [demand(name, share_key="v", daemon_name="small")
                 for name in "abcd"]
        changes, plan = self.proposed([*sites, demand("other", 10)], machine)
        self.assertTrue(plan.fits)
        self.assertEqual(changes["a"], {"daemon": "small-1", "processes": 1,
                                        "threads": 15})
        self.assertEqual(len(changes), 5)
        self.assertEqual(changes["other"], {"processes": 1})

    def test_with_share_they_share_in_any_case_but_not_too_many(self):
        sites = [demand(f"s{number}", share_key="v", group=f"g{number}")
                 for number in range(23)]
        changes, plan = self.proposed(sites, share=True)
        self.assertEqual(sorted(len(pool.members) for pool in plan.pools),
                         [3, 10, 10])
        self.assertEqual({one["daemon"] for one in changes.values()},
                         {"shared-1", "shared-2", "shared-3"})

    def test_large_sites_and_different_ones_do_not_share(self):
        sites = [demand("a", share_key="v"), demand("b", share_key="w"),
                 demand("c"), demand("d", 500, share_key="v")]
        self.assertEqual(self.proposed(sites, share=True)[0], {})

    def test_a_daemon_is_not_called_as_another_one(self):
        sites = [demand("a", share_key="v"), demand("b", share_key="v"),
                 demand("shared-1")]
        self.assertEqual(self.proposed(sites, share=True)[0]["a"]["daemon"],
                         "shared-2")

    def test_a_full_database_is_no_reason_to_share(self):
        one = Database("mysql://db/x", "mysql://db", 15)
        changes, plan = self.proposed(
            [demand(name, share_key="v", databases=(one,)) for name in "abcd"],
            ROOM._replace(connections=10))
        self.assertEqual((changes, plan.fits), ({}, False))
        changes, plan = self.proposed(
            [demand(name, share_key="v", databases=(one,)) for name in "abcd"],
            ROOM._replace(connections=90))
        self.assertEqual((plan.processes, plan.fits), (6, True))


SITES = st.lists(st.builds(
    dict, megabytes=st.integers(1, 400), processes=st.integers(1, 9),
    threads=st.integers(1, 30), single=st.booleans(),
    chosen=st.sampled_from([frozenset(), frozenset(["processes"]),
                           frozenset(["processes", "threads"])]),
    share_key=st.sampled_from([None, "v", "w"]),
    log_files=st.sampled_from([0, 2]),
    databases=st.sampled_from([(), (Database("p://d/a", "p://d", 15),),
                               (Database("p://d/b", "p://d", 0),)])),
    min_size=1, max_size=25)
MACHINES = st.builds(
    Machine, memory_kb=st.integers(300, 20_000).map(lambda size: size * MB),
    cores=st.integers(1, 64), tasks=st.integers(500, 5000),
    open_files=st.integers(60, 300), connections=st.integers(0, 300),
    request_workers=st.just(100), threads_per_child=st.just(25),
    mpm=st.just("event"), sources=st.just(()))


class Properties(unittest.TestCase):

    @settings(deadline=None, max_examples=examples(300))
    @given(SITES, MACHINES, st.booleans())
    def test_what_is_proposed_fits_if_anything_does(self, sites, machine,
                                                    share):
        demands = [demand(f"s{number}", **site)
                   for number, site in enumerate(sites)]
        asked = capacity.as_asked(demands, machine)
        plan = proposal.propose(asked, machine, share)
        # All sites are there, each once, and none without a process.
        members = [member for pool in plan.pools for member in pool.members]
        self.assertCountEqual(members, demands)
        for pool in plan.pools:
            self.assertGreaterEqual(min(pool.processes, pool.threads), 1)
            if any(member.single for member in pool.members):
                self.assertEqual(pool.processes, 1)
            if "processes" in pool.members[0].chosen:
                self.assertLessEqual(pool.processes,
                                     pool.members[0].processes)
        # "It fits" is true, whoever adds it up.
        memory = 4 * 13 * MB + sum(
            pool.processes * pool.process_kb for pool in plan.pools)
        if plan.fits:
            self.assertLessEqual(memory, machine.memory_kb * 4 // 5)
            self.assertLessEqual(
                sum(pool.processes * (pool.threads + 3)
                    for pool in plan.pools), machine.tasks)
        least = capacity.add_up([pool._replace(processes=1)
                                 for pool in asked.pools], (), machine)
        if least.fits:
            self.assertTrue(plan.fits)

    @settings(deadline=None, max_examples=examples(100))
    @given(SITES)
    def test_its_lines_are_what_it_says(self, sites):
        demands = [demand(f"s{number}", **site)
                   for number, site in enumerate(sites)]
        machine = Machine(memory_kb=3000 * MB, cores=2)
        asked = capacity.as_asked(demands, machine)
        plan = proposal.propose(asked, machine)
        changed = dict(proposal.changes(asked, plan))
        again = capacity.as_asked([one._replace(
            group=changed.get(one, {}).get("daemon", one.group),
            **{key: value for key, value in changed.get(one, {}).items()
               if key != "daemon"}) for one in demands], machine)
        self.assertEqual(again.figures, plan.figures)


class Databases(Case):

    def found(self, text):
        path = self.write("x.ini", textwrap.dedent(text))
        return databases(read_config(path))

    def test_servers_with_their_pools_and_no_password(self):
        found, has_sqlite = self.found("""\
            [DEFAULT]
            host = db.example.com
            [app:main]
            use = egg:x
            sqlalchemy.url = postgresql+psycopg2://me:s3c@r%%et@%(host)s:5433/shop?password=x
            sqlalchemy.pool_size = 20
            log.url = mysql://log/x
            log.poolclass = NullPool
            home.url = http://www.example.com/
            [server:main]
            other.url = mysql://no/x
            """)
        self.assertEqual(found, (
            Database("postgresql://me@db.example.com:5433/shop",
                     "postgresql://db.example.com:5433", 30),
            Database("mysql://log/x", "mysql://log", 0)))
        self.assertFalse(has_sqlite)

    def test_an_sqlite_file(self):
        self.assertEqual(self.found("""\
            [app:main]
            use = egg:x
            sqlalchemy.url = sqlite:///%(here)s/data.db
            """), ((), True))
        self.assertEqual(self.found("""\
            [app:main]
            use = egg:x
            sqlalchemy.url = sqlite:///:memory:
            """), ((), False))


class Command(Case):
    """``modwsgideploy plan``"""

    def setUp(self):
        super().setUp()
        self.copy("paste")
        self.manifest("[a]\nproject = paste\nplatform = debian\n")

    def manifest(self, text):
        self.path = self.write("sites.ini", textwrap.dedent(text))

    def plan(self, *arguments, no_load=True):
        """The exit status, and what is printed on both streams."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = console.main(["plan", self.path, *arguments,
                               *["--no-load"] * no_load])
        self.err = err.getvalue()
        return status, out.getvalue()

    def test_it_fits(self):
        status, said = self.plan("--memory=2000")
        self.assertEqual(status, 0)
        self.assertRegex(said, "1 site: 2 processes, 30 threads; all fits")
        self.assertRegex(said, r"(?m)^a +2 +15 +80 +160  assumed$")

    def test_it_does_not_fit(self):
        status, said = self.plan("--memory=200", "-v")
        self.assertEqual(status, 1)
        self.assertRegex(said.splitlines()[0],
                         r"DOES NOT FIT: memory: \d+ MB too little")
        self.assertIn("memory: 200 MB (--memory)", said)
        said = self.plan("--memory=100")[1]
        self.assertRegex(said, r"(?m)^Proposed, WHICH DOES NOT FIT EITHER:"
                               r" memory: \d+ MB too little\n"
                               r"  there is memory for 0 of 1 sets of daemon"
                               r" processes, the smallest first; not for a\n")

    def test_a_wrong_manifest_or_figure(self):
        self.manifest("[a]\nproject = paste\nprocesses = x\n")
        self.assertEqual(self.plan()[0], 2)
        self.assertIn("sites.ini:3 [a] processes: 'x' is not valid", self.err)
        self.path = os.path.join(self.tmp, "nothing.ini")
        self.assertEqual(self.plan()[0], 2)
        self.assertIn("nothing.ini: cannot be read", self.err)
        self.assertEqual(self.plan("--cores=0")[0], 2)
        self.assertIn("--cores: '0' is not valid", self.err)

    def test_a_project_alone(self):
        self.path = os.path.join(self.tmp, "paste")
        status, said = self.plan("--memory=2000", "--process-memory=50")
        self.assertEqual(status, 0)
        self.assertRegex(said, r"(?m)^myapp +2 +15 +50 +100  given$")

    def test_a_broken_project_is_not_counted(self):
        self.manifest("[a]\nproject = paste\n[b]\nproject = nothing\n")
        status, said = self.plan("--memory=2000")
        self.assertEqual(status, 1)
        self.assertIn("1 site:", said)
        self.assertRegex(self.err, r"not counted: .*\[b\].*no such directory")

    def test_only_some(self):
        self.manifest("[DEFAULT]\nproject = paste\n" + "".join(
            f"[{name}]\noutput-dir = {name}\n" for name in ("a", "b", "c")))
        self.assertIn("2 sites:", self.plan("--only=[ab]")[1])

    def test_the_proposal_goes_into_the_manifest(self):
        virtualenv = self.virtualenv()
        text = "[DEFAULT]\nproject = paste\n" + "".join(
            f"[s{number}]\noutput-dir = {number}\nbaseline =\n"
            f"virtualenv = {virtualenv}\n" for number in range(30))
        self.manifest(text)
        proposal = os.path.join(self.tmp, "proposal.ini")
        status, _ = self.plan("--memory=3000", f"--write={proposal}")
        self.assertEqual(status, 1)
        lines = {row.name: row.settings
                 for row in manifest.read_manifest(proposal)}
        with open(self.path, "w") as stream:
            stream.write("[DEFAULT]\nproject = paste\n")
            for number in range(30):
                stream.write(f"[s{number}]\noutput-dir = {number}\nbaseline ="
                             f"\nvirtualenv = {virtualenv}\n" + "".join(
                                 f"{key} = {given.value}\n" for key, given
                                 in lines.get(f"s{number}", {}).items()))
        # Valid, as sites that share agree on all, and it fits.
        self.assertEqual(self.plan("--memory=3000")[0], 0, self.err)
        self.assertIn("venv-shared-1 (10 sites)", self.plan("-v")[1])

    def test_json_has_all_of_it(self):
        self.write("paste/production.ini", "[app:main]\nuse = egg:x\n"
                   "sqlalchemy.url = mysql://me:geheim@db/x\n")
        status, said = self.plan("--json", "--memory=2000",
                                 "--database-connections=20")
        told = json.loads(said)
        self.assertEqual(status, 1)
        self.assertEqual(told["machine"]["sources"]["connections"],
                         "--database-connections")
        self.assertEqual(told["asked"]["databases"], [
            {"url": "mysql://me@db/x", "connections": 30}])
        self.assertEqual(told["changes"], {"a": {"processes": 1}})
        self.assertTrue(told["proposed"]["fits"])
        self.assertEqual(told["asked"]["no_memory_for"], [])
        self.assertNotIn("geheim", said)

    def test_the_page_is_whole_and_shows_values_as_text(self):
        self.manifest("[a]\nproject = paste\nserver-name = a.example.com\n"
                      "mount-point = /<script>alert('&amp;')</script>\"x\n")
        page = os.path.join(self.tmp, "page.html")
        self.assertEqual(self.plan(f"--html={page}", "--memory=100")[0], 1)
        with open(page, encoding="utf-8") as stream:
            text = stream.read()
        self.assertIn("a@a.example.com/&lt;script&gt;alert(&#x27;&amp;amp;",
                      text)
        parsed = _Tags()
        parsed.feed(text)
        self.assertEqual(parsed.open, [])
        self.assertNotIn("script", parsed.seen)
        # It asks for nothing else.
        self.assertFalse({"src", "href"} & parsed.attributes)

    def test_ten_thousand_sites_are_few_bars(self):
        self.manifest("[DEFAULT]\nproject = paste\nplatform = debian\n"
                      + "".join(f"[s{number}]\noutput-dir = {number}\n"
                                for number in range(10_000)))
        page = os.path.join(self.tmp, "page.html")
        status, said = self.plan(f"--html={page}")
        self.assertEqual(status, 1)
        self.assertIn("10000 sites: 20000 processes, 300000 threads", said)
        self.assertLess(len(said.splitlines()), 100)
        self.assertLess(os.path.getsize(page), 100_000)

    def test_sites_that_cannot_share_are_not_proposed_to(self):
        site = self.site()
        with open(os.path.join(site, "fast.so"), "wb") as stream:
            stream.write(b"\0this module can only be loaded into one"
                         b" interpreter per process.\0")
        self.manifest("[DEFAULT]\nproject = paste\nvirtualenv = "
                      + self.virtualenv() + "\n" + "".join(
                          f"[{name}]\noutput-dir = {name}\n"
                          for name in ("a", "b")))
        self.assertIn("Nothing to change",
                      self.plan("--share", "--memory=4000", "--cores=1")[1])

    def test_process_memory_is_no_option_of_apache(self):
        self.assertIn("process-memory", options.BY_NAME)


class _Tags(html.parser.HTMLParser):
    """Which tags there are, and which of them are still open."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.attributes = [], set(), set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.attributes.update(name for name, _ in attrs)
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.add(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag


if __name__ == "__main__":
    unittest.main()

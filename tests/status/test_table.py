"""How sites are, as a table and as metrics."""

import re
import time
import unittest

from prometheus_client.parser import text_string_to_metric_families

from modwsgideploy.apache.probe import Probe
from modwsgideploy.apache.processes import RunningProcess
from modwsgideploy.status.model import (
    CODE,
    EDITED,
    Certificate,
    ServedRelease,
    SiteDrift,
    SiteStatus,
)
from modwsgideploy.status.prometheus import metrics
from modwsgideploy.status.table import age, table

NOW = time.time()
SHOP = SiteStatus(
    "shop", "http://www.example.com/", True,
    release=ServedRelease("20261120-1", NOW - 7 * 24 * 3600 - 9),
    processes=(RunningProcess(11, 1, 0, NOW - 50 * 24 * 3600, 40_000_000, 17,
                              ()),
               RunningProcess(12, 1, 0, NOW - 9, 44_400_000, 17, ())),
    answer=Probe(200, "OK", 0.0124, (), b""),
    certificate=Certificate("/x.pem", NOW + 30 * 24 * 3600))
OFF = SiteStatus("old", "http://localhost/old", False)
WRONG = SiteStatus(
    "wiki", "http://localhost/wiki", True,
    answer=Probe(500, "Oops", 1.5, (), b""),
    trouble="http://localhost/wiki answers 500 Oops\n    error: why",
    drift=(SiteDrift(CODE, "is old"), SiteDrift(EDITED, "has edits")))
OTHER = SiteStatus(
    "000-default", 'http://a"b\\c/', True, foreign=True,
    answer=Probe(0, "refused", 0, (), b""), trouble="does not answer")


class Table(unittest.TestCase):

    def test_columns_are_aligned_and_what_nobody_has_is_left_out(self):
        lines = table([SHOP, OFF, OTHER]).splitlines()
        for line in lines[1:]:
            self.assertEqual(line.index(line.split()[1]),
                             lines[0].index("ADDRESS"))
        self.assertRegex(lines[1], (
            r"^shop +http://www.example.com/ +on +20261120-1, 7 d +2 since"
            r" \d{4}-\d\d-\d\d +84 MB +200 in 0.012 s +30 days$"))
        self.assertRegex(lines[2], r"^old +http://localhost/old +off( +-)+$")
        self.assertRegex(lines[3], r"foreign .* none +-$")
        self.assertNotIn("RELEASE", table([OFF, OTHER]))
        self.assertLess(max(map(len, table([OFF, WRONG]).splitlines())), 80)

    def test_what_is_wrong_is_below_its_site(self):
        lines = table([WRONG, SHOP]).splitlines()
        self.assertIn("on, wrong", lines[1])
        self.assertEqual(lines[2:6], [
            "    http://localhost/wiki answers 500 Oops",
            "        error: why", "    is old", "    has edits"])

    def test_each_process_can_be_seen(self):
        lines = table([SHOP], processes=True).splitlines()
        self.assertRegex(lines[2], r"^    process 11, since \d{4}-.*, 40 MB$")
        self.assertRegex(lines[3], r"^    process 12, since .*, 44 MB$")

    def test_edits_alone_are_not_wrong_nor_are_others(self):
        self.assertFalse(SHOP._replace(drift=WRONG.drift[1:]).is_wrong)
        self.assertTrue(WRONG.is_wrong)
        self.assertFalse(OTHER.is_wrong)
        self.assertNotIn("does not answer", table([OTHER]))

    def test_color(self):
        colors = re.findall(r"(?m)^\033\[(\d+)m.*\033\[0m$", table(
            [SHOP, WRONG, OFF, OTHER], color=True))
        self.assertEqual(colors, ["31", "33", "2"])
        self.assertNotIn("\033", table([WRONG._replace(name="a\033[2J")]))

    def test_ages(self):
        self.assertEqual([age(seconds) for seconds in
                          (5, 61, 7200, 200_000)],
                         ["5 s", "1 min", "2 h", "2 d"])


class Metrics(unittest.TestCase):

    def test_as_prometheus_reads_them(self):
        text = metrics([SHOP, OFF, WRONG, OTHER, OTHER])
        samples = {}
        for family in text_string_to_metric_families(text):
            self.assertEqual(family.type, "gauge")
            self.assertTrue(family.documentation)
            for sample in family.samples:
                key = (sample.name.removeprefix("modwsgideploy_site_"),
                       sample.labels["site"], sample.labels.get("kind", ""))
                self.assertNotIn(key, samples)
                samples[key] = sample.value
                if sample.labels["site"] == "000-default":
                    self.assertEqual(sample.labels["url"], OTHER.url)
                    self.assertEqual(sample.labels["foreign"], "1")
        self.assertEqual(
            {name: samples.get((name, "shop", "")) for name in (
                "on", "up", "wrong", "answer_status", "processes",
                "memory_bytes", "release_info")},
            {"on": 1, "up": 1, "wrong": 0, "answer_status": 200,
             "processes": 2, "memory_bytes": 84_400_000, "release_info": 1})
        self.assertEqual(samples["on", "old", ""], 0)
        self.assertNotIn(("up", "old", ""), samples)
        self.assertEqual(samples["up", "wiki", ""], 0)
        self.assertEqual(samples["drift", "wiki", CODE], 1)
        self.assertEqual(samples["drift", "wiki", "installed"], 0)


if __name__ == "__main__":
    unittest.main()

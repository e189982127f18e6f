"""The same messages by any ErrorLogFormat, and by what carries logs."""

import json
import re
import unittest

from modwsgideploy.explain.diagnosis import Explainer
from modwsgideploy.explain.prefixes import STANDARD
from modwsgideploy.explain.report import iso_time
from tests.support.reports import reports

APACHE = "[Mon May 04 14:25:03.333457 2026] [wsgi:error] [pid 871:tid 140] "
# What stands before a message; of those that are called, around it.
FORMATS = {
    "only a time": "2026-05-04 14:25:03.333457 ",
    "a time of ISO 8601": "2026-05-04T14:25:03.333457+02:00 ",
    "a time in brackets": "[Mon May 04 14:25:03.333457 2026] ",
    "a compact time in brackets": "[2026-05-04 14:25:03.333457] ",
    "nothing": "",
    "more fields": "[2026-05-04 14:25:03.333457] [shop.example:443]"
                   " [wsgi:error] [pid 871:tid 140] [client 192.0.2.7:5000]"
                   " [Zx81aQABCDEF] ",
    "no time": "[error] [871] ",
    "no brackets around the process": "[wsgi:error] 871 ",
    "another order": "[client 192.0.2.7:5000] [pid 871] [Mon May 04"
                     " 14:25:03.333457 2026] [error] ",
    "tabs": "2026-05-04 14:25:03\terror\t871\t",
    "slashes": "2026/05/04 14:25:03 [error] ",
    "a time as of access logs": "04/May/2026:14:25:03 +0200 [error] ",
    "seconds": "1777897503.123456 871 ",
    "the host first": "shop.example:443 192.0.2.7 - [Mon May 04 14:25:03"
                      " 2026] ",
    "fields that nobody knows": "(shop) <871> ",
    "bars": "shop.example|871|2026-05-04T14:25:03+0200|req=Zx81aQ== ",
    "JSON": lambda text: json.dumps({
        "time": "2026-05-04 14:25:03", "level": "wsgi:error", "pid": "871",
        "message": text}),
    "JSON as Apache writes it": lambda text: (
        '{ "time":"2026-05-04 14:25:03", "level":"error", "message":"'
        + text + '" }'),
    "syslog": "May  4 14:25:03 web1 apache2[871]: ",
    "RFC 5424": "<131>1 2026-05-04T14:25:03.333Z web1 httpd 871 - - ",
    "the journal": "May 04 14:25:03 web1.example httpd[871]: ",
    "the journal, precise": "May 04 14:25:03.333457 web1 apachectl[871]: ",
    "the journal, full": "Mon 2026-05-04 14:25:03 CEST web1 apache2[871]: ",
    "the journal, ISO": "2026-05-04T14:25:03+0200 web1 httpd[871]: "
                        "[wsgi:error] [pid 700:tid 14] ",
    "the journal, seconds": "1777897503.123456 web1 apache2[871]: ",
    "compose": "web-1  | " + APACHE,
    "kubectl": "[pod/shop-7d9/web] " + APACHE,
    "a container's own log": "2026-05-04T14:25:03.333457Z stderr F ",
    "grep": "/var/log/apache2/error.log:" + APACHE,
    "grep -n": "1234:" + APACHE,
    "a quotation": "> " + APACHE,
    "a prefix that was cut off": "ent 192.0.2.7:60026] ",
}


class Formats(unittest.TestCase):

    def test_each_report_in_each_format(self):
        for title, names, _, _, lines in reports():
            parts = [STANDARD.match(line) for line in lines]
            # CGI and mod_evasive are told by the module that logs.
            if not all(parts) or re.search("cgi|evasive", " ".join(names)):
                continue
            texts = [line[part.end():] for line, part in zip(lines, parts)]
            for name, form in FORMATS.items():
                with self.subTest(f"{title}: {name}"):
                    self.check(names, [form(text) if callable(form)
                                       else form + text for text in texts])

    def check(self, names, lines):
        explainer = Explainer()
        for line in lines:
            explainer.feed(line)
        explainer.flush()
        self.assertEqual(sorted(
            cause.failure.name for cause, _ in explainer.report()),
            sorted(names))

    def test_times(self):
        said = "client denied by server configuration: /srv/shop"
        for prefix, expected in (
                (APACHE, "2026-05-04 14:25:03"),
                ("2026-05-04T14:25:03.33+02:00 ", "2026-05-04 14:25:03"),
                ("2026/05/04 14:25:03 [error] ", "2026-05-04 14:25:03"),
                ("[04/May/2026:14:25:03 +0200] ", "2026-05-04 14:25:03"),
                ("May  4 14:25:03 web1 apache2[8]: ", "May  4 14:25:03"),
                ("", None)):
            explainer = Explainer()
            explainer.feed(prefix + said)
            found, = explainer.diagnoses.values()
            self.assertEqual(iso_time(found.first) or None, expected)

    def test_two_processes_that_write_at_the_same_time(self):
        def record(process, error):
            return [f"2026-05-04 14:25:03 [error] [pid {process}] {line}"
                    for line in ("Traceback (most recent call last):",
                                 '  File "/srv/shop/x.py", line 1, in f',
                                 "    return 1", error)]

        explainer = Explainer()
        for pair in zip(record(1, "KeyError: 'a'"),
                        record(2, "sqlite3.OperationalError: database is"
                                  " locked")):
            for line in pair:
                explainer.feed(line)
        explainer.flush()
        self.assertEqual(
            {known.failure.name for known in explainer.diagnoses.values()},
            {"application-error", "sqlite-locked"})


if __name__ == "__main__":
    unittest.main()

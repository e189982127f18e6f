"""What several processes write to one log at once, and a log that was cut."""

import unittest

from modwsgideploy.explain.diagnosis import Explainer
from modwsgideploy.explain.prefixes import STANDARD
from tests.support.reports import excerpts, reports

# What Apache's parent logs while a daemon process says why it cannot start.
RECORD = ("[Fri Nov 27 06:59:19.226941 2026] [authz_core:error] [pid 27:tid"
          " 27] [client 192.0.2.7:50] AH01630: client denied by server"
          " configuration: /srv/other\n")
OTHER = ("[2026-11-27 06:59:19.227009] [core:notice] [pid 27:tid 27] AH00094:"
         " Command line: '/usr/sbin/apache2'\n")
TRACEBACK = """\
Traceback (most recent call last):
  File "/srv/shop/dispatch.fcgi", line 3, in <module>
    import shop.no_such_thing
ModuleNotFoundError: No module named 'django.no_such_thing'
"""


def dump():
    """What Python says on standard error when its home is missing."""
    lines, = (lines for title, _, lines in excerpts("mod_wsgi-4.9")
              if title == "home-missing")
    start = lines.index("Python path configuration:")
    return "\n".join(lines[start:]) + "\n"


def told(text):
    """The names of what is known of ``text``, and what is not known."""
    explainer = Explainer()
    for line in text.splitlines():
        explainer.feed(line)
    explainer.flush()
    return ({cause.failure.name for cause in explainer.diagnoses.values()},
            [line.raw for line in explainer.unknown.values()])


class Pieces(unittest.TestCase):

    def test_a_record_in_the_midst_of_a_dump_or_a_traceback(self):
        for text, record in ((dump(), RECORD), (dump(), OTHER + RECORD),
                             (TRACEBACK, RECORD), (TRACEBACK, RECORD * 2)):
            expected = told(text)[0] | told(record)[0]
            # The first letters tell what it is.
            for cut in range(12, len(text)):
                with self.subTest(text[:cut][-40:]):
                    self.assertEqual(
                        told(text[:cut] + record + text[cut:]),
                        (expected, []))

    def test_records_in_two_places_of_one_line(self):
        text = dump()
        first = text.index("/lib/python3.11'")
        second = first + 5
        self.assertEqual(
            told(text[:first] + RECORD + text[first:second] + OTHER
                 + text[second:]),
            (told(text)[0] | {"denied"}, []))

    def test_a_record_that_names_no_process(self):
        text, record = dump(), "2026-11-27 06:59:19.2 [error] it is so\n"
        for cut, letter in enumerate(text, 1):
            if letter == "\n" and cut < len(text):
                with self.subTest(text[:cut][-40:]):
                    self.assertEqual(
                        told(text[:cut] + record + text[cut:]),
                        (told(text)[0], [record.rstrip("\n")]))

    def test_a_dump_that_ends_in_the_midst_of_a_line(self):
        text = dump()
        cut = text.index("sys.base_prefix")
        self.assertEqual(told(text[:cut] + RECORD),
                         (told(text)[0] | {"denied"}, []))

    def test_a_log_that_begins_in_the_midst_of_a_dump(self):
        text = dump()
        for cut in range(12, text.index("init_fs_encoding")):
            for before in ("", RECORD):
                with self.subTest(before + text[cut:cut + 40]):
                    names, unknown = told(before + text[cut:])
                    self.assertIn("python-home-unfit" if "  PYTHONHOME ="
                                  in text[cut:] else "python-not-started",
                                  names)
                    self.assertEqual(unknown, [])
        # Nothing of it but paths, and not all.
        cut = text.index("stdlib dir")
        end = text.index("Fatal Python")
        self.assertEqual(told(text[cut:end]), ({"python-not-started"}, []))

    def test_a_log_that_begins_in_the_midst_of_a_traceback(self):
        for title, _, _, _, lines in reports():
            for number, line in enumerate(lines):
                if not (STANDARD.match(line) and "Traceback (mo" in line):
                    continue
                with self.subTest(f"{title}: {number}"):
                    # Its first frame, and the code of that.
                    for rest in lines[number + 1:], lines[number + 2:]:
                        if rest and "Error: " not in rest[0]:
                            unknown = told("\n".join(rest))[1]
                            self.assertNotIn(rest[0], unknown)
        for cut in range(12, TRACEBACK.index("import shop")):
            with self.subTest(TRACEBACK[cut:cut + 40]):
                self.assertEqual(told(TRACEBACK[cut:])[1], [])

    def test_a_first_line_that_nobody_knows_stays_so(self):
        for rest in "", RECORD, "as this one\n", TRACEBACK:
            self.assertEqual(told("something is amiss\n" + rest)[1],
                             ["something is amiss",
                              *(["as this one"] if "this" in rest else [])])
        self.assertEqual(told("  something\n" + RECORD)[1], ["  something"])

    def test_a_time_in_a_message_is_no_record(self):
        text = ("Traceback (most recent call last):\n"
                '  File "/srv/shop/a.py", line 3, in <module>\n'
                "    raise ValueError\n"
                "ValueError: time data '2026-11-27 06:59:19' does not match"
                " '[%H]'\n")
        names, unknown = told(text)
        self.assertEqual((len(names), unknown), (1, []))


if __name__ == "__main__":
    unittest.main()

"""What users reported, reworded: each log, and what is said of it or not.

tests/error_logs/reports.txt has the logs, and how it is written.
"""

import os
import unittest

from modwsgideploy.explain.diagnosis import Explainer
from modwsgideploy.explain.report import render
from tests.support import TESTS


def reports():
    """(title, names, words that are said, that are not, lines) of each."""
    path = os.path.join(TESTS, "error_logs", "reports.txt")
    with open(path, encoding="utf-8") as stream:
        text = stream.read()
    for section in text.split("\n== ")[1:]:
        head, _, body = section.partition("\n")
        title, _, names = head.partition(": ")
        said, unsaid, lines, prefix = [], [], [], ""
        for line in body.rstrip("\n").split("\n"):
            if line.startswith("+ "):
                said.append(line[2:])
            elif line.startswith("- "):
                unsaid.append(line[2:])
            elif line.startswith("@"):
                prefix = line[1:]
            elif line.startswith("|"):
                lines.append(prefix + line[1:])
            else:
                lines.append(line)
        yield title, names.split(), said, unsaid, lines


class Reports(unittest.TestCase):

    def test_each_is_told_for_what_it_is(self):
        for title, names, said, unsaid, lines in reports():
            with self.subTest(title):
                explainer = Explainer()
                for line in lines:
                    explainer.feed(line)
                explainer.flush()
                found = explainer.report()
                self.assertEqual(
                    sorted(cause.failure.name for cause, _ in found),
                    sorted(names))
                self.assertFalse([line.raw for line
                                  in explainer.unknown.values()])
                text = " ".join(" ".join(
                    line for cause, followers in found
                    for line in render(explainer, cause, followers)).split())
                for words in said:
                    self.assertIn(words, text)
                for words in unsaid:
                    self.assertNotIn(words, text)

    def test_a_log_of_all_of_them_has_each(self):
        explainer = Explainer()
        expected = set()
        for _, names, _, _, lines in reports():
            expected.update(names)
            for line in lines:
                explainer.feed(line)
        explainer.flush()
        self.assertLessEqual(expected, {
            known.failure.name for known in explainer.diagnoses.values()})


if __name__ == "__main__":
    unittest.main()

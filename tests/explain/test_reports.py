"""What users reported, reworded: each log, and what is said of it or not."""

import unittest

from modwsgideploy.explain.diagnosis import Explainer
from modwsgideploy.explain.report import render
from tests.support.reports import reports


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

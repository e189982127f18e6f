"""Which answers are those of a site that works."""

import os
import tempfile
import unittest

from modwsgideploy.activation.answers import LogMarks, trouble
from modwsgideploy.apache.probe import Probe


class Answers(unittest.TestCase):

    PAGE = (b'<!DOCTYPE HTML PUBLIC "-//%s">\n<html><head>\n'
            b"<title>404 Not Found</title>\n</head><body>\n"
            b"<h1>Not Found</h1>\n")

    def trouble(self, status, body=b""):
        return trouble(Probe(status, "Reason", 0.1, (), body))

    def test_an_answer_of_the_application_is_good(self):
        for status in (200, 302, 401, 403, 404):
            self.assertEqual(self.trouble(status, b"<html>own"), "")

    def test_errors_are_not(self):
        self.assertIn("answers 500 Reason", self.trouble(500))
        self.assertIn("does not answer: Reason", self.trouble(0))

    def test_nor_are_pages_of_apaches_own(self):
        for kind in b"IETF//DTD HTML 2.0//EN", b"W3C//DTD HTML 4.01//EN":
            for status in (403, 404):
                self.assertIn("that is Apache",
                              self.trouble(status, self.PAGE % kind))


class Logs(unittest.TestCase):

    def test_what_they_gain(self):
        with tempfile.TemporaryDirectory() as top:
            grown, rotated, new = (os.path.join(top, name)
                                   for name in ("grown", "rotated", "new"))
            for path in grown, rotated:
                with open(path, "w") as stream:
                    stream.write("old\nold\n")
            marks = LogMarks([grown, rotated, new, ""])
            self.assertEqual(marks.new_lines(), [])
            with open(grown, "a") as stream:
                stream.write("one\n")
            for path, text in (rotated, "two\n"), (new, "three\n"):
                with open(path, "w") as stream:
                    stream.write(text)
            self.assertEqual(marks.new_lines(), ["one", "two", "three"])



if __name__ == "__main__":
    unittest.main()

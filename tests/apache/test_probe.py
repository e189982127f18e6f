"""What is told of a page that somebody got."""

import unittest

from modwsgideploy.apache.probe import Probe, text_of_page


class Pages(unittest.TestCase):

    def test_what_a_page_says(self):
        for kind, page, says in (
                ("text/plain", "Sorry:\n\n  no database\x1b[31m", "Sorry: no"
                 " database [31m"),
                ("text/html; charset=utf-8", "<title>Oh</title><script>x<y"
                 "</script><!-- a>b --><p>A &amp; <b>b</b>", "Oh A & b"),
                ("application/json", '{"detail": "no"}', '{"detail": "no"}'),
                ("text/plain", "x" * 1000, "x" * 300 + "…"),
                ("image/png", "\x89PNG", ""), ("text/html", "", ""),
                ("text/html", '<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//'
                 'EN">\n<html><head><title>500</title>', "")):
            with self.subTest(page=page[:20]):
                self.assertEqual(text_of_page(kind, page), says)

    def test_a_failure(self):
        answer = Probe(500, "Internal Server Error", .1, (), b"Sorry")
        self.assertEqual(answer.failure, "500 Internal Server Error")
        answer = answer._replace(headers=(("content-type", "text/plain"),))
        self.assertEqual(answer.failure, "500 Internal Server Error, and its"
                         " page says: Sorry")


if __name__ == "__main__":
    unittest.main()

"""Only code that reads the Authorization header counts, not words."""

import unittest

from modwsgideploy.checks.authorization import reading_line

READS = (
    "environ['HTTP_AUTHORIZATION']",
    "environ.get('HTTP_AUTHORIZATION', '')",
    "if 'HTTP_AUTHORIZATION' in environ:\n    pass",
    "def view(request):\n    return request.authorization",
    "def view(self):\n    return self.request.authorization",
    "request.headers['Authorization']",
    "request.headers.get('authorization')",
    "from paste.auth.basic import AuthBasicHandler",
    "import flask_httpauth",
    "policy = BasicAuthAuthenticationPolicy(check)",
    "print environ['HTTP_AUTHORIZATION']",
)
DOES_NOT = (
    "from pyramid.authorization import Allow",
    "import shop.authorization",
    "from shop import authorization\nauthorization.check()",
    "\'\'\'Reads HTTP_AUTHORIZATION, or request.authorization.\'\'\'",
    "# environ['HTTP_AUTHORIZATION']",
    "requests.get(url, headers={'Authorization': token})",
    "session.headers['Authorization'] = token",
    "request.headers['Authorization'] = token",
    "from requests.auth import HTTPBasicAuth\nHTTPBasicAuth('a', 'b')",
    "print 'HTTP_AUTHORIZATION'",
    "policy = ACLAuthorizationPolicy()",
)


class Authorization(unittest.TestCase):

    def test_code_that_reads_it(self):
        for code in READS:
            with self.subTest(code):
                self.assertTrue(reading_line(code.encode()))

    def test_code_that_does_not(self):
        for code in DOES_NOT:
            with self.subTest(code):
                self.assertFalse(reading_line(code.encode()))


if __name__ == "__main__":
    unittest.main()

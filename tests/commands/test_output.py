"""What commands print."""

import contextlib
import io
import unittest

from modwsgideploy.checks.finding import Finding
from modwsgideploy.commands.invocation import Invocation
from modwsgideploy.commands.output import print_findings


class Findings(unittest.TestCase):

    def test_the_code_stands_before_the_lines_of_a_traceback(self):
        finding = Finding("error", "MWD601", "shop.wsgi does not load: x\n"
                          "    Traceback\n        raise IOError(", "mend it")
        with contextlib.redirect_stderr(io.StringIO()) as err:
            print_findings([finding], Invocation())
        self.assertEqual(err.getvalue(), """\
error: shop.wsgi does not load: x [MWD601]
    Traceback
        raise IOError(
    mend it
""")


if __name__ == "__main__":
    unittest.main()

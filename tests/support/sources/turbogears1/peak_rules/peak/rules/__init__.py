"""As much of PEAK-Rules as TurboGears 1.1 and 1.5 use: generic functions.

PEAK-Rules itself is not on the package index.  A rule is a Python expression
about the arguments; the methods whose rules hold are asked, the one that says
most first.
"""

from peak.rules.core import (  # noqa: F401 - this is its API
    NoApplicableMethods,
    abstract,
    around,
    when,
)

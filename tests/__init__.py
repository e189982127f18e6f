"""The tests; Hypothesis is seeded in them, unless FUZZ is set (make fuzz)."""

import os

from tests.support.fuzzing import examples

try:
    from hypothesis import settings
except ImportError:    # where only the sample is run
    pass
else:
    settings.register_profile("seeded", derandomize=True, deadline=None,
                              database=None)
    settings.register_profile("fuzz", deadline=None, print_blob=True,
                              max_examples=examples(100))
    settings.load_profile("fuzz" if os.environ.get("FUZZ") else "seeded")

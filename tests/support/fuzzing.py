"""How many examples a property is tried with."""

import os


def examples(usual):
    """``usual``, or FUZZ times as many where that is set (make fuzz)."""
    return usual * int(os.environ.get("FUZZ") or 1)

"""What PEAK-Rules keeps of a generic function."""


class Dispatching(object):
    """One, with the code to fall back to until its rules are compiled."""

    def __init__(self):
        self.backup = "code"

    def _regenerate(self):
        assert self.backup is not None
        self.backup = None

    def is_compiled(self):
        return self.backup is None

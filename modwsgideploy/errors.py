"""The one family of expected errors: what a user can mend."""


class DeployError(Exception):
    """Everything that is wrong with one run, as a user should read it.

    ``messages`` is a non-empty tuple of strings, each naming the value, where
    it came from and what to do.  Only the command layer turns it into output
    and an exit status.
    """

    status = 2

    def __init__(self, *messages):
        self.messages = tuple(messages)
        super().__init__("\n".join(self.messages))


class Failed(DeployError):
    """What was asked for is sound, but it did not work when it was tried."""

    status = 1


class Collector:
    """Gathers messages, so that one run tells all that is wrong with it."""

    def __init__(self):
        self.messages = {}    # a dict for its order, and each once

    def __enter__(self):
        return self

    def __call__(self, function, *args, **kwargs):
        """What ``function`` returns; None when it raised DeployError."""
        try:
            return function(*args, **kwargs)
        except DeployError as error:
            self.add(*error.messages)
            return None

    def add(self, *messages):
        """Note ``messages``, each once."""
        self.messages.update(dict.fromkeys(messages))

    def __exit__(self, kind, error, traceback):
        if kind is None and self.messages:
            raise DeployError(*self.messages)
        return False

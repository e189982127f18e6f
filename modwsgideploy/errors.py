"""Expected errors: what a user can mend, collected to be shown at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Dict, Iterable, Optional, TypeVar

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import ParamSpec

    P = ParamSpec("P")

Result = TypeVar("Result")


class DeployError(Exception):
    """Everything that is wrong with one run, as a user should read it.

    ``messages`` is a non-empty tuple of strings, each naming the value, where
    it came from and what to do.  Only the command layer turns it into output
    and an exit status.
    """

    status = 2

    def __init__(self, *messages: str) -> None:
        self.messages = tuple(messages)
        super().__init__("\n".join(self.messages))


class Failed(DeployError):
    """A sound request that did not work when it was carried out."""

    status = 1


class Collector:
    """Collect messages, and raise them together at the end of a block.

    Calling it runs a function and collects its DeployError, so one run
    reports all that is wrong.
    """

    def __init__(self) -> None:
        # A dict keeps their order and each of them once.
        self.messages: Dict[str, None] = {}

    def __enter__(self) -> Collector:
        return self

    def __call__(self, function: Callable[P, Result], *args: P.args,
                 **kwargs: P.kwargs) -> Optional[Result]:
        """Return what ``function`` returns; None if it raised DeployError."""
        try:
            return function(*args, **kwargs)
        except DeployError as error:
            self.add(*error.messages)
            return None

    def add(self, *messages: str) -> None:
        """Add ``messages``, each once."""
        self.messages.update(dict.fromkeys(messages))

    def __exit__(self, kind: Optional[type[BaseException]],
                 error: Optional[BaseException],
                 traceback: Optional[TracebackType]) -> None:
        if kind is None and self.messages:
            raise DeployError(*self.messages)


def shortened(line: str, most: int = 80) -> str:
    """Return the beginning of a line of a file that may be no text."""
    return line if len(line) <= most else line[:most] + "…"


def did_you_mean(names: Iterable[str], candidates: Iterable[str]) -> str:
    """Return " (did you mean 'x'?)", with the candidate most like each name.

    Return "" if no candidate resembles any of ``names``.
    """
    from difflib import get_close_matches

    candidates = list(candidates)
    close = [repr(match) for name in names
             for match in get_close_matches(name, candidates, 1)]
    return f" (did you mean {', '.join(close)}?)" if close else ""

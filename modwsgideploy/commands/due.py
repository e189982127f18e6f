"""Say which certificate a site needs, and of whom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Due(NamedTuple):
    """A certificate that a site needs and does not have."""

    source: str    # the URL of the authority, "certbot" or "self-signed"
    names: Sequence[str]

    def phrase(self, simulate: bool = False) -> str:
        """Say who makes it, or would, and for which names."""
        kind = "a"
        if self.source == "self-signed":
            kind, verb = "a self-signed", "make" if simulate else "making"
        elif self.source == "certbot":
            verb = "have certbot get" if simulate else "having certbot get"
        else:
            verb = f"{'ask' if simulate else 'asking'} {self.source} for"
        return (f"{'would ' * simulate}{verb} {kind} certificate for"
                f" {' and '.join(self.names)}")

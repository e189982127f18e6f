"""Find what a certificate authority has said, in the log of its client."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from modwsgideploy.quoting import printable

# https://www.rfc-editor.org/rfc/rfc8555#section-6.7; a client repeats what
# had a bad nonce.
_DETAIL = re.compile(
    r'"type":\s*"urn:ietf:params:acme:error:(?!badNonce)\w+"[^{}]*?'
    r'"detail":\s*("(?:[^"\\]|\\.)*")')


def authority_words(text: str) -> Iterator[str]:
    """Yield the reason of each refusal that ``text`` quotes."""
    for match in _DETAIL.finditer(text):
        yield f"the authority says: {printable(json.loads(match[1]))}"

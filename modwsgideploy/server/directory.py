"""Make the temporary directory of a private Apache, and files in it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence

from modwsgideploy.apache.self_signed import make_pair
from modwsgideploy.system.accounts import Account, access_denials

# A socket's path has 107 bytes at most; so many may be the directory's in
# which ours is made.
_LONGEST = 50


class ServerDirectory:
    """A temporary directory, which httpd can pass and nobody else."""

    def __init__(self, account: Account) -> None:
        """Make an empty one for ``account``, as which httpd serves."""
        self._account = account
        self.path = tempfile.mkdtemp(
            prefix="mwd-", dir=_parent_directory(account))
        self.logs = f"{self.path}/logs"
        self.documents = f"{self.path}/documents"
        self.sites = f"{self.path}/sites"

    def fill(self) -> None:
        """Make the directories that it has."""
        if not os.geteuid():
            # The children of httpd may pass.
            os.chown(self.path, -1, self._account.gid)
            os.chmod(self.path, 0o710)
        for directory in (self.logs, self.documents, self.sites):
            os.mkdir(directory)
            os.chmod(directory, 0o755)

    def write(self, name: str, text: str) -> str:
        """Write a configuration file of a site and return its path."""
        path = f"{self.sites}/{os.path.basename(name)}"
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.chmod(path, 0o644)
        return path

    def write_main(self, text: str) -> str:
        """Write httpd.conf and return its path."""
        path = f"{self.path}/httpd.conf"
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)
        return path

    def write_types(self) -> str:
        """Write a mime.types, for a host that has none; return its path."""
        import mimetypes

        return self.write("mime.types", "".join(
            f"{kind} {suffix[1:]}\n"
            for suffix, kind in mimetypes.types_map.items()))

    def certificate(self, names: Sequence[str]) -> str:
        """Make a certificate for ``names``, and its key beside it (.key);
        return its path.  Raises Failed."""
        path = f"{self.path}/certificate.pem"
        if not os.path.exists(path):    # which a browser may trust by now
            make_pair(path, f"{path}.key", names)
        return path

    def link(self, path: str) -> str:
        """Return ``path``, or a link to it where Apache sees wildcards."""
        if not any(character in path for character in "*?[]"):
            return path
        link = f"{self.sites}/{abs(hash(path))}.conf"
        if not os.path.lexists(link):
            os.symlink(path, link)
        return link

    def own_directory(self, name: str) -> str:
        """Make a directory that the account alone can use; its path."""
        path = f"{self.path}/{name}"
        os.makedirs(path, 0o700, exist_ok=True)
        if not os.geteuid():
            os.chown(path, self._account.uid, self._account.gid)
        return path


def _parent_directory(account: Account) -> str:
    """Choose where to make it: the usual place, if that will do."""
    usual = tempfile.gettempdir()
    if len(os.fsencode(usual)) > _LONGEST or "${" in usual or (
            not usual.isprintable() or access_denials([usual], account)):
        return "/tmp"
    return usual

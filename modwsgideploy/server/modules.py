"""Choose the Apache modules that a private server loads."""

from __future__ import annotations

import re
from typing import Iterable, Sequence

from modwsgideploy.apache.binaries import Httpd
from modwsgideploy.errors import DeployError

# What a generated site uses, if this httpd has it and not built in.
_USED = ("log_config", "unixd", "version", "authz_core",
         "authz_host", "alias", "dir", "mime", "rewrite", "headers",
         "setenvif", "env", "reqtimeout", "filter", "deflate",
         "brotli", "authn_core", "authn_file", "auth_basic", "authz_user",
         "authz_groupfile")
# Each costs every request something, so these are loaded only where one of
# their directives, or what asks for them, stands in the configuration.
_WANTED_BY = {
    "version": "IfVersion",
    "rewrite": "Rewrite",
    "headers": "(Request)?Header ",
    "setenvif": "SetEnvIf|BrowserMatch",
    "env": "SetEnv |PassEnv|UnsetEnv",
    "reqtimeout": "RequestReadTimeout",
    "authn_core": "Auth(Type|Name) ",
    "authn_file": "AuthUserFile",
    "auth_basic": r"AuthType\s+Basic",
    "authz_user": r"Require\s+(valid-)?user",
    "authz_groupfile": "AuthGroupFile",
    "brotli": "Brotli|(Add|Set)OutputFilter",
    "deflate": "Deflate|(Add|Set)OutputFilter",
    "filter": "Filter|(Add|Set)OutputFilter",
    "dir": "Alias|Directory(Index|Slash)|Fallback",
    "mime": "Alias|AddType|AddHandler|MultiviewsMatch",
}
# Files that are read besides may hold anything.
_MORE_FILES = r"(?m)^\s*(Include|AllowOverride (?!None))"


def find_modules(httpd: Httpd, extra: Iterable[str]
                 ) -> list[tuple[str, str]]:
    """Find the name and path of each module that may be loaded.

    Raises DeployError for one of ``extra`` that ``httpd`` does not have.
    """
    names = [*(f"mpm_{mpm}" for mpm in httpd.mpms[:1]), *_USED, *extra]
    modules = {name: httpd.module(name) for name in names
               if name not in httpd.static}
    missing = [name for name in extra if not modules.get(name, "built in")]
    if missing:
        raise DeployError(*(
            f"{httpd.path} has no module {name!r}: there is no"
            f" {httpd.modules}/mod_{name}.so" for name in missing))
    return [(name, path) for name, path in modules.items() if path]


def is_wanted(module: str, texts: Sequence[str]) -> bool:
    """Tell whether configuration of these ``texts`` may use ``module``."""
    pattern = _WANTED_BY.get(module)
    return not pattern or any(
        re.search(rf"(?m)^\s*</?(?:{pattern})|^\s*(?:{pattern})", text)
        or re.search(_MORE_FILES, text) for text in texts)

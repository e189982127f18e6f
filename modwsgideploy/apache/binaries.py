"""Find Apache's httpd on this machine and read what it was built with.

The facts are read from the files themselves, which takes a few milliseconds
and starts no process.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from modwsgideploy.apache.platforms import find_platform
from modwsgideploy.errors import DeployError
from modwsgideploy.system.files import mapped_bytes
from modwsgideploy.system.venv import site_packages
from modwsgideploy.system.versions import version_tuple

if TYPE_CHECKING:
    from mmap import mmap

# Debian calls it apache2; SUSE has one binary for each way to run processes.
_NAMES = ("apache2", "httpd", "httpd-event", "httpd-worker", "httpd-prefork")
# An ordinary user's PATH has no sbin.
_DIRECTORIES = ("/usr/sbin", "/usr/local/sbin", "/usr/local/apache2/bin",
                "/usr/bin")
# Where a packaged httpd has its modules; the first that holds one counts.
_MODULES = ("/usr/lib/apache2/modules", "/usr/lib64/httpd/modules",
            "/etc/httpd/modules", "/usr/lib/httpd/modules",
            "/usr/lib64/apache2", "/usr/lib/apache2",
            "/usr/local/libexec/apache24")
_TYPES = ("/etc/mime.types", "/etc/apache2/mime.types",
          "/etc/httpd/conf/mime.types", "/usr/local/etc/apache24/mime.types")
# Apache's multi-processing modules, the best first.
_MPMS = ("event", "worker", "prefork")


class Httpd(NamedTuple):
    """A web server that can be run."""

    path: str
    version: str              # "2.4.57"
    modules: str              # the directory of its shared modules, or ""
    static: frozenset[str]    # modules inside the binary: "so" for mod_so
    mpms: tuple[str, ...]     # "event", "worker", "prefork": those it has
    types_config: str         # its mime.types, or ""
    libraries: str            # the directory of its own libraries, or ""

    @property
    def version_info(self) -> tuple[int, ...]:
        """The version as a tuple of int."""
        return version_tuple(self.version)

    def module(self, name: str) -> str | None:
        """The path of the shared module ``name``; None if it has none."""
        path = f"{self.modules}/mod_{name}.so"
        return path if self.modules and os.path.isfile(path) else None


def find_httpd(virtualenv: str = "", search_path: str | None = None,
               root: str = "/") -> Httpd:
    """Find the Httpd of ``virtualenv`` or, if that has none, the system's.

    ``search_path`` is in the form of the environment variable PATH, which is
    its default; ``root`` is the directory that stands for /.

    Raises DeployError, which says how to get one.
    """
    for path in _candidates(virtualenv, search_path, root):
        if os.path.isfile(path) and os.access(path, os.X_OK):
            httpd = _read_httpd(path, root)
            if httpd:
                return httpd
    raise DeployError(
        "no Apache was found: neither apache2 nor httpd is in PATH or in "
        + ", ".join(_DIRECTORIES) + "; " + install_hint(virtualenv, root))


def _candidates(virtualenv: str, search_path: str | None, root: str
                ) -> Iterator[str]:
    """Yield every path where an httpd might be, the best first."""
    # mod_wsgi-standalone brings one, built for the mod_wsgi beside it.
    for packages in site_packages(virtualenv):
        yield f"{packages}/mod_wsgi_packages/httpd/bin/httpd"
    if search_path is None:
        search_path = os.environ.get("PATH", os.defpath)
    absolute = [directory for directory in search_path.split(os.pathsep)
                if directory.startswith("/")]
    for directory in dict.fromkeys((*absolute, *_DIRECTORIES)):
        for name in _NAMES:
            yield f"{_below(root, directory)}/{name}"


def _read_httpd(path: str, root: str) -> Httpd | None:
    """Read the Httpd at ``path``; None if that is something else."""
    with mapped_bytes(path) as data:
        version = search_first(data, rb"Apache/(2\.\d+\.\d+)")
        if not version:
            return None
        static = _static_modules(data)
    prefix = os.path.dirname(os.path.dirname(path))
    # One that was built as a directory of its own has all it needs there.
    own_libraries = _holds_modules(f"{prefix}/modules") and f"{prefix}/lib"
    modules = _first(_holds_modules, [
        f"{prefix}/modules", *(_below(root, each) for each in _MODULES)])
    types = _first(os.path.isfile, [
        f"{prefix}/conf/mime.types", *(_below(root, each) for each in _TYPES)])
    httpd = Httpd(path, version, modules, static, (), types,
                  own_libraries or "")
    mpms = [name for name in _MPMS if f"mpm_{name}" in static]
    return httpd._replace(mpms=tuple(
        mpms or [name for name in _MPMS if httpd.module(f"mpm_{name}")]))


def _static_modules(data: mmap | bytes) -> frozenset[str]:
    """The names of the modules in the binary ``data``, by their symbols.

    Words of its messages may be among them; no module has such a name.
    """
    names = set()
    end = data.find(b"_module\0")
    while end >= 0:
        name = data[data.rfind(b"\0", 0, end) + 1:end]
        if re.fullmatch(rb"(?!ap_)[a-z][a-z0-9_]*", name):
            names.add(name.decode())
        end = data.find(b"_module\0", end + 1)
    return frozenset(names)


def _holds_modules(directory: str) -> bool:
    """Whether ``directory`` holds the modules of an Apache 2.4 or 2.2."""
    return any(os.path.isfile(f"{directory}/mod_{name}.so")
               for name in ("authz_core", "alias"))


def _first(test: Callable[[str], bool], paths: Iterable[str]) -> str:
    """The first of ``paths`` that passes ``test``; "" if none does."""
    return next((path for path in paths if test(path)), "")


def _below(root: str, path: str) -> str:
    """The absolute ``path`` where the directory ``root`` stands for /."""
    return root.rstrip("/") + path


def search_first(data: mmap | bytes, *patterns: bytes) -> str:
    """The group of the first of ``patterns`` that ``data`` has, or ""."""
    for pattern in patterns:
        match = re.search(pattern, data)
        if match:
            return match.group(1).decode()
    return ""


def install_hint(virtualenv: str, root: str = "/") -> str:
    """Say how to install Apache and mod_wsgi on this machine."""
    platform = find_platform(os_release=_below(root, "/etc/os-release"))
    pip = f"{virtualenv}/bin/pip" if virtualenv else "pip"
    return (f"install both as root with `{platform.packages}`, or without"
            " root in the application's virtualenv with"
            f" `{pip} install mod_wsgi-standalone`")

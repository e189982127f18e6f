"""A directory and virtualenvs in; out the distribution that is there or is
installed from it, what its metadata say, and where its package is.

Metadata are read here and not through importlib.metadata, which takes ten
times as long and knows the running interpreter only.
"""

import os
import re
import sys
from typing import NamedTuple

from .errors import DeployError


class Place(NamedTuple):
    """An environment that distributions are installed in."""

    virtualenv: str  # its path, or "" when it is none
    sites: tuple[str, ...]  # its site-packages


class Found(NamedTuple):
    """A distribution, or bare code, before its package is chosen."""

    metadata: str  # its metadata directory or file, or ""
    location: str  # the directory of sys.path that they describe
    name: str
    version: str
    requires: tuple[str, ...]
    modules: tuple[str, ...]  # of its application factories, best first
    # (canonical name, version as a tuple of int) of what is required with one
    versions: tuple[tuple[str, tuple[int, ...]], ...] = ()


class Package(NamedTuple):
    """An import package or a module, and where it is."""

    name: str  # dotted
    location: str  # its place on sys.path
    path: str  # its directory; for a module, its file without the ending


class _Installed(NamedTuple):
    """Metadata that are there, not yet read."""

    name: str  # canonical
    metadata: str  # path of the directory or file
    location: str  # the directory of sys.path that they describe
    root: str  # of the project, when an egg-link names it


def canonical(name):
    """A distribution's name as the package index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def holds(package, module):
    """Whether ``module`` is in ``package``; both are dotted names."""
    return module == package or module.startswith(package + ".")


def listing(directory):
    """The names in a directory (list); none of one that cannot be read."""
    try:
        return os.listdir(directory)
    except OSError:
        return []


# The distribution ---------------------------------------------------------

def find_own(directory, places):
    """The Found in a project itself, or of a distribution installed from it,
    or None.

    ``places`` are those of find_places.  Raises DeployError.
    """
    found = []
    for root in _roots(directory):
        try:
            os.listdir(root)
        except PermissionError as error:
            raise DeployError(
                f"{root}: cannot be read: {error.strerror}; run this as a"
                " user who can read it") from None
        except OSError:
            continue  # no src
        found += [one for one in _distributions(root)
                  if one.metadata.endswith(".egg-info")]
    for site in _sites(places):
        if found:
            break
        found = [one for one in _distributions(site)
                 if _is_from(one, site, directory)]
    return _only(found, directory)


def find_named(name, places):
    """The Found of the installed distribution ``name``, or None.

    Raises DeployError.
    """
    found = _named(name, places)
    return _only(found, found[0].location if found else "")


def find_module(module, directory, places):
    """The Found that has a module: code in the project, an installed
    distribution, or code just copied there.  None if nothing has it."""
    return next(filter(None, _having(module, directory, places)), None)


def _having(module, directory, places):
    for root in _roots(directory):
        yield _bare(root, module)
    for site in _sites(places):
        for one in _distributions(site):
            yield _if_it_has(module, one)
        yield _bare(site, module)


def _bare(root, module):
    """The Found of code in ``root`` that no metadata tell of, or None."""
    directory, name = os.path.split(os.path.join(root, *module.split(".")))
    # a callable is in a file, and not in a directory that is a namespace
    if (_has_file(directory, name)
            or _has_file(os.path.join(directory, name), "__init__")):
        return Found("", root, module.partition(".")[0], "", (), (module,))
    return None


def _has_file(directory, name):
    """Whether a directory has a file of code called ``name``: name.py, or
    one that is compiled."""
    return any(entry.startswith(name + ".") and entry.endswith(
        (".py", ".pyc", ".so")) for entry in listing(directory))


def _if_it_has(module, one):
    """The Found of metadata whose code holds ``module``, or None.

    Broken metadata of somebody else are not this project's trouble.
    """
    try:
        found = _read_metadata(one)
        code = _code(found, ())
    except DeployError:
        return None
    if any(holds(package.name, module) for package in code):
        return found._replace(modules=(module,))
    return None


def _roots(directory):
    """The places in a project where its code and egg-info can be."""
    return directory, os.path.join(directory, "src")


def _only(found, where):
    """The Found of the one _Installed in ``found``, None of an empty list.

    Raises DeployError when there are several.
    """
    if len(found) < 2:
        return _read_metadata(found[0]) if found else None
    names = {one.name for one in found}
    paths = ", ".join(sorted(one.metadata for one in found))
    if len(names) == 1:
        raise DeployError(
            f"{where}: the metadata of {names.pop()} are there {len(found)}"
            f" times, so all but one are stale: {paths}; remove them all,"
            " then make them anew: pip install -e . (or python setup.py"
            " egg_info)")
    raise DeployError(
        f"{where}: the metadata of {len(found)} distributions are there:"
        f" {paths}; keep those of the project to deploy and remove the"
        " others")


def _distributions(site):
    """The _Installed (list, in the order of their paths) in a directory of
    sys.path; egg-links are followed."""
    found = []
    for entry in sorted(listing(site)):
        stem, ending = os.path.splitext(entry)
        path = os.path.join(site, entry)
        name = _named_by(stem)
        if ending == ".egg-link":
            found += _linked(path, canonical(stem))
        elif ending == ".egg" and os.path.isdir(path):
            found.append(_Installed(
                name, os.path.join(path, "EGG-INFO"), path, ""))
        elif stem and ending in (".dist-info", ".egg-info"):
            found.append(_Installed(name, path, site, ""))
    return found


def _linked(path, name):
    """The _Installed (list) that an .egg-link called ``name`` leads to."""
    lines = _optional(path).splitlines() + ["", ""]
    location = lines[0].strip()
    root = os.path.normpath(os.path.join(location, lines[1].strip() or "."))
    return [_Installed(name, os.path.join(location, entry), location, root)
            for entry in sorted(listing(location) if location else [])
            if entry.endswith(".egg-info")
            and _named_by(os.path.splitext(entry)[0]) == name]


def _named_by(stem):
    """The canonical name in "name-version" or "name"; both may hold dashes
    when they were not made by setuptools."""
    return canonical(re.split(r"-(?=[0-9])", stem, maxsplit=1)[0])


def _is_from(one, site, directory):
    """Whether an _Installed of ``site`` is installed from ``directory``."""
    if not one.metadata.endswith(".dist-info"):
        return bool(one.root) and _is_same(one.root, directory)
    text = _optional(one.metadata, "direct_url.json")
    if '"file:' in text:
        import json
        from urllib.parse import unquote, urlsplit

        try:
            url = json.loads(text)["url"]
        except (ValueError, TypeError, KeyError):
            raise DeployError(
                f"{one.metadata}/direct_url.json: is broken; install what it"
                " is of again") from None
        return _is_same(unquote(urlsplit(url).path), directory)
    # setuptools without pip writes the redirection but not its source
    stem = os.path.splitext(os.path.basename(one.metadata))[0]
    hook = os.path.join(site, f"__editable__.{stem}.pth")
    return not text and os.path.exists(hook) and any(
        _is_same(package.location, root)
        for package in _editable(one.metadata)
        for root in _roots(directory))


def _is_same(path, directory):
    return os.path.realpath(path) == os.path.realpath(directory)


def _optional(*parts):
    """The text of a file that may be missing; paths in it keep odd bytes.

    Raises DeployError when it is there and cannot be used.
    """
    path = os.path.join(*parts)
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            text = file.read()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        raise DeployError(
            f"{path}: cannot be read: {error.strerror}") from None
    if "\0" in text:  # no path can hold it
        raise DeployError(
            f"{path}: is broken, it holds a null byte; install what it is of"
            " again")
    return text


# What its metadata say ----------------------------------------------------

def _read_metadata(one):
    """The Found of an _Installed.  Raises DeployError."""
    path = file = one.metadata
    if os.path.isdir(path):
        file = os.path.join(path, "METADATA" if path.endswith(".dist-info")
                            else "PKG-INFO")
    headers = _headers(_optional(file))
    if headers["name"] in ([], ["UNKNOWN"]):
        raise DeployError(
            f"{file}: gives no name, so these metadata are broken; remove"
            f" {path}, then make it anew: pip install -e . (or python"
            " setup.py egg_info)")
    requirements = _requirements(path, headers["requires-dist"])
    return Found(
        path, one.location, headers["name"][0],
        (headers["version"] or [""])[0], tuple(requirements),
        _factory_modules(_optional(path, "entry_points.txt")),
        tuple((name, version) for name, version in requirements.items()
              if version))


def _headers(text):
    """The values (lists) of the headers of interest.

    Old distutils continue a header on lines that are not indented; the email
    parser takes those for the end of all headers, so it is not used.
    """
    found = {"name": [], "version": [], "requires-dist": []}
    for line in text.split("\n"):
        if not line:
            break
        name, colon, value = line.partition(":")
        if colon and name.lower() in found:
            found[name.lower()].append(value.strip())
    return found


def _requirements(path, fields):
    """The canonical names required, whatever the platform, without those of
    extras, each with the version that is named first (dict); setuptools' own
    file, where it is, says it first."""
    lines = [line for line in fields
             if not re.search(r"\bextra\s*==", line.partition(";")[2])]
    text = _optional(path, "requires.txt")
    if text:
        lines, wanted = [], True
        for line in text.splitlines():
            if line.startswith("["):
                wanted = line.startswith("[:")  # a condition, not an extra
            elif wanted:
                lines.append(line)
    found = {}
    for line in lines:
        name, rest = re.match(r"([A-Za-z0-9._-]*)([^;]*)",
                              line.strip()).groups()
        if name:
            version = re.search(r"(?:>=|==|~=|>)\s*([0-9.]*)", rest)
            found.setdefault(canonical(name), release(version[1])
                             if version else ())
    return found


def release(text):
    """The numbers that a version begins with: (1, 0) of "1.0b4"."""
    numbers = re.match(r"[0-9]+(?:\.[0-9]+)*", text)
    return tuple(map(int, numbers[0].split("."))) if numbers else ()


def _factory_modules(text):
    """The modules of the factories in an entry_points.txt; applications
    stand before filters, "main" before the others.

    Entry points of other groups may well name somebody else's modules.
    """
    found, group = [], ""
    # as indented as the text in setup.py was
    for line in map(str.strip, text.splitlines()):
        name, _, value = line.partition("=")
        factory = re.match(r"paste\.(\w+)_factory$", group)
        if line.startswith("["):
            group = line.strip("[] ")
        elif value and factory:
            found.append((factory[1] not in ("app", "composite", "composit"),
                          name.strip() != "main",
                          value.partition(":")[0].strip()))
    return tuple(module for _, _, module in sorted(found))


# Its package --------------------------------------------------------------

# Top-level names that are hardly ever the application itself.
_OTHERS = frozenset((
    "alembic", "benchmarks", "bin", "build", "conftest", "dist", "doc",
    "docs", "example", "examples", "ez_setup", "features", "migration",
    "migrations", "scripts", "setup", "test", "tests", "tools"))


def find_package(found, places, modules=()):
    """The Package of a Found that holds the application: that of its
    factory, else of ``modules`` (str) that are known to be of it, else that
    called like the distribution, else the only one.

    Raises DeployError.
    """
    code = _code(found, places)
    for module in (*found.modules, *modules):
        fitting = [one for one in code if holds(one.name, module)]
        if fitting:
            return max(fitting, key=lambda one: len(one.name))
    for one in code:
        if _loose(one.name) == _loose(found.name):
            return one
    left = [one for one in code
            if one.name.partition(".")[0] not in _OTHERS] or code
    if len(left) == 1:
        return left[0]
    names = ", ".join(sorted(one.name for one in left)[:20])
    raise DeployError(
        f"{found.metadata}: which of its {len(left)} packages is the"
        f" application? {names}; name the ini file that says it by --config,"
        " or its factory in the project's entry points, as"
        " [paste.app_factory] main = PACKAGE.MODULE:CALLABLE, and install the"
        " project again")


def _code(found, places):
    """The Packages (list) of a Found.  Raises DeployError when it has none.
    """
    code = (_editable(found.metadata) or _recorded(found.metadata)
            or _on_disk(found.location, found.metadata, found.name))
    if not any(map(_is_there, code)):
        # package_dir puts it elsewhere: the installation knows where
        for one in _named(found.name, places):
            code = _editable(one.metadata) or code
        _refuse_stale(found, code)
    if not code and found.modules:
        code = _at(found.location, [found.modules[0].partition(".")[0]])
    if not code:
        raise DeployError(
            f"{found.metadata}: lists no package or module of {found.name},"
            f" and {found.location} has none; a project to deploy has one")
    return code


def _refuse_stale(found, code):
    """Raises DeployError if an egg-info lists ``code`` that is not there, but
    other code is: it is from before a package was renamed or moved."""
    if not found.metadata.endswith(".egg-info") or any(map(_is_there, code)):
        return
    there = [name for name in _importable(found.location, found.name)
             if name not in _OTHERS]
    if code and there and not _is_mapped(code[0].name, found.location):
        names = ", ".join(one.name for one in code)
        raise DeployError(
            f"{found.metadata}: tells of {names}, which is not in"
            f" {found.location}; {', '.join(there[:20])} is. These metadata"
            " are stale; remove them, then make them anew: pip install -e ."
            " (or python setup.py egg_info)")


def _is_mapped(package, directory):
    """Whether setuptools is told of another directory for ``package``."""
    wanted = rf"package[_-]dir[\s\S]{{0,300}}?\b{re.escape(package)}\b\W*[:=]"
    return any(re.search(wanted, _optional(directory, name))
               for name in ("setup.py", "setup.cfg", "pyproject.toml"))


def _loose(name):
    """Distribution MyApp, my-app or my.app: package myapp or my_app."""
    return canonical(name).replace("-", "")


def _at(root, names):
    return [Package(name, root, os.path.join(root, *name.split(".")))
            for name in dict.fromkeys(names)]


def _is_there(package):
    return os.path.isdir(package.path) or os.path.isfile(package.path + ".py")


def _record(metadata):
    """The files that a .dist-info lists, relative to its site-packages; none
    of other metadata."""
    if not metadata.endswith(".dist-info"):
        return []
    return [line.rsplit(",", 2)[0].strip('"')
            for line in _optional(metadata, "RECORD").splitlines()]


def _recorded(metadata):
    """The code that a .dist-info lists as installed."""
    found = set()
    for file in _record(metadata):
        path, ending = os.path.splitext(file)
        if (ending not in (".py", ".so", ".pyd")
                or path.startswith(("../", "/")) or ".data/" in path):
            continue
        parts = path.split("/")
        # a directory is a package, a file at the top a module
        found.add(".".join(parts[:-1]) or parts[0].partition(".")[0])
    packages = [name for name in found
                if not any(holds(other, name) for other in found - {name})]
    return _at(os.path.dirname(metadata), sorted(packages))


def _editable(metadata):
    """The code that an editable installation leads to; [] of another."""
    site = os.path.dirname(metadata)
    lines = [line for file in _record(metadata)
             if file.endswith(".pth") and "/" not in file
             for line in _optional(site, file).splitlines()]
    found = []
    for line in lines:
        hook = re.match(r"import\s+(\w*editable\w*)", line)
        if hook:
            found += _redirected(os.path.join(site, hook[1] + ".py"))
        elif os.path.isabs(line) and os.path.isdir(line):
            found += _on_disk(
                line, metadata, _named_by(os.path.basename(metadata)))
    return list({one.name: one for one in found}.values())


def _redirected(file):
    """The code that an import hook maps: one of setuptools, or of the
    `editables` package, which hatchling uses.  Raises DeployError."""
    from ast import literal_eval

    text, mapping = _optional(file), {}
    try:
        for line in re.findall(r"(?m)^MAPPING\b.*?= (\{.*\})$", text):
            mapping.update(literal_eval(line))
        for line in re.findall(r"(?m)^F\.map_module(\(.*\))$", text):
            name, path = literal_eval(line)
            mapping[name] = re.sub(r"(/__init__)?\.py$", "", path)
    except (ValueError, SyntaxError):
        raise DeployError(
            f"{file}: is broken; install what it is of again") from None
    site = os.path.dirname(file)
    found = []
    for name, path in mapping.items():
        tail = os.sep + name.replace(".", os.sep)
        # a directory of another name is importable by the hook alone
        root = path[:-len(tail)] if path.endswith(tail) else site
        found.append(Package(name, root, path))
    return found


def _on_disk(root, metadata, name):
    """The code below ``root`` that the metadata of ``name`` list, or that is
    there; of a namespace package, what is in it."""
    tops, namespaces = (
        _optional(metadata, file).split() if metadata else []
        for file in ("top_level.txt", "namespace_packages.txt"))
    found = []
    for top in tops or _importable(root, name):
        found += _inside(root, top, namespaces) or [top]
    return _at(root, found)


def _inside(root, dotted, namespaces):
    path = os.path.join(root, *dotted.split("."))
    names = listing(path)
    if dotted not in namespaces and (
            not os.path.isdir(path)
            or any(name.endswith(".py") for name in names)):
        return [dotted]
    found = []
    for name in sorted(names):
        if (name.isidentifier() and dotted.count(".") < 5
                and os.path.isdir(os.path.join(path, name))):
            found += _inside(root, f"{dotted}.{name}", namespaces)
    return found


def _importable(root, name):
    """The top-level packages and modules in ``root``; in site-packages, which
    hold everybody's, only those called like ``name``."""
    wanted = _loose(name)
    shared = os.path.basename(root) in ("site-packages", "dist-packages")
    found = []
    for entry in sorted(listing(root)):
        stem, ending = os.path.splitext(entry)
        path = os.path.join(root, entry)
        if not stem.isidentifier() or stem in ("setup", "conftest"):
            continue
        if ending == ".py":
            fits = wanted == _loose(stem) or not shared
        else:
            # its name may begin with that of a namespace package
            fits = not ending and os.path.isdir(path) and (
                wanted.startswith(_loose(stem)) or not shared
                and os.path.exists(os.path.join(path, "__init__.py")))
        if fits:
            found.append(stem)
    return found


# Where it is installed ----------------------------------------------------

def find_places(directory, virtualenv):
    """The Places (list) to look into, in order: the virtualenv given, if
    any, what is running, and those that a project usually has."""
    given = [os.path.abspath(virtualenv)] if virtualenv else []
    running = Place(
        sys.prefix if sys.prefix != sys.base_prefix else "",
        tuple(path for path in sys.path
              if os.path.isabs(path) and os.path.isdir(path)))
    return [*map(_place, given), running,
            *map(_place, _usual_virtualenvs(directory))]


def find_virtualenv(directory, virtualenv, name, places):
    """The virtualenv (str): that given, "" for none; of None, that which the
    distribution ``name`` is installed in, else the project's usual one."""
    if virtualenv is not None:
        return os.path.abspath(virtualenv) if virtualenv else ""
    for place in places:
        sites = [site for site in place.sites
                 if site.startswith(place.virtualenv + os.sep)]
        if place.virtualenv and _named(
                name, [place._replace(sites=tuple(sites))]):
            return place.virtualenv
    return (_usual_virtualenvs(directory) + [""])[0]


def listed(places):
    """The site-packages, not all of sys.path, for a message."""
    return ", ".join(site for site in _sites(places)
                     if site.endswith("-packages")) or "any virtualenv"


def _place(virtualenv):
    lib = os.path.join(virtualenv, "lib")
    sites = [os.path.join(lib, name, "site-packages")
             for name in sorted(listing(lib))]
    return Place(virtualenv, tuple(filter(os.path.isdir, sites)))


def _usual_virtualenvs(directory):
    paths = [os.environ.get("VIRTUAL_ENV", "")]
    paths += [os.path.join(directory, name)
              for name in (".venv", "venv", "env")]
    return [os.path.abspath(path) for path in paths
            if path and os.path.lexists(os.path.join(path, "bin", "python"))]


def _named(name, places):
    """The _Installed called ``name`` in the first site-packages that has any
    (list)."""
    for site in _sites(places):
        found = [one for one in _distributions(site)
                 if one.name == canonical(name)]
        if found:
            return found
    return []


def _sites(places):
    """All site-packages of ``places``, each once."""
    return dict.fromkeys(site for place in places for site in place.sites)

"""Tell what is behind a module or a name that cannot be imported.

A traceback names a module, and nothing more: whether it is the project's
own, left the standard library, or belongs to a package under another name
follows from the code around it and from what is known of names.
"""

from __future__ import annotations

import os
import re
import sys
from typing import Dict, Mapping, Optional, Tuple

from modwsgideploy.catalog.failures import names
from modwsgideploy.explain.lines import Location
from modwsgideploy.explain.records import Error, Frame
from modwsgideploy.explain.syntax import at_least

Values = Dict[str, str]
# The name of a failure, and its values.
Refined = Tuple[str, Values]

_NO_MODULE = re.compile(
    r"(?:ModuleNotFoundError|ImportError): No module named"
    r" (?P<quote>'?)(?P<module>[\w.-]+)'?"
    r"(?:; '(?P<file>[\w.]+)' is not a package)?")
_NO_NAME = re.compile(
    r"ImportError: cannot import name '?(?P<name>\w+)'?"
    r"(?: from (?P<partial>partially initialized module )?"
    r"'(?P<module>[\w.]+)')?"
    r"(?: \(most likely due to a circular import\))?"
    r"(?: \((?P<path>(?:/|\w:)[^)]*|unknown location)\))?")
_NO_ATTRIBUTE = re.compile(
    r"AttributeError: (?P<partial>partially initialized )?(?:module '"
    r"(?P<module>[\w.]+)'|(?:type object )?'(?P<type>[\w.]+)'(?: object)?)"
    r" has no attribute '(?P<name>\w+)'")
# What frameworks make of it, as text of their own exceptions.
_QUOTED = re.compile(
    r"(?:[\w.]+\.)?[A-Z]\w+: [^\n]*?\W(?P<text>No module named '?[\w.]+'?"
    r"|cannot import name '?\w+'?)")
_FROM = re.compile(r"from\s+(?P<module>\.*[\w.]+)\s+import\b")
_IMPORT = re.compile(r"import\s+(?P<module>[\w.]+)")
_APPLICATION = re.compile(r"from\s+\S+\s+import\s+.*\b(?:app|application"
                          r"|create_app|make_app|create_application|main"
                          r"|server|wsgi)\b")
_PYTHON = re.compile(r"/python(\d\.\d+)/")
_DEEP = 4            # directories above a file where its project may begin
_SHADOWING = "shadowed-module"


def refine(error: Error, script: str = "",
           running: str = "") -> Optional[Refined]:
    """Return the failure that ``error`` is; None if it is of no import.

    ``script`` is the WSGI script, and ``running`` the version of Python
    that the server said to be, such as "3.11"; "" where unknown.
    """
    match = _NO_MODULE.match(error.text)
    if match:
        return _missing_module(match.groupdict(), error, script, running)
    match = _NO_NAME.match(error.text)
    if match:
        return _missing_name(match.groupdict(), error)
    match = _NO_ATTRIBUTE.match(error.text)
    return _missing_attribute(match.groupdict()) if match else None


def quoted(error: Error) -> Optional[Error]:
    """Return the error of an import that the message of ``error`` quotes."""
    match = _QUOTED.match(error.text)
    return Error(f"ImportError: {match['text']}", ()) if match else None


def _missing_module(found: Mapping[str, Optional[str]], error: Error,
                    script: str, running: str) -> Refined:
    """Tell whose the module is."""
    module, parent = _whole_name(found, error.frames)
    top, _, part = module.partition(".")
    values = {"module": module, **_importer(error.frames)}
    if not found["quote"]:
        values["python_in_log"] = "Python 2"
    if found["file"]:
        return "not-a-package", {**values, "parent": found["file"]}
    for name, version in _prefixes(module, names.REMOVED_MODULES):
        if not running or at_least(running, version):
            return "removed-module", {**values, "module": name,
                                      "version": version}
        if top in ("distutils", "lib2to3"):
            return "split-module", values
    if top in names.PYTHON_2_MODULES or module in names.PYTHON_2_MODULES:
        return "python-2-code", values
    for name, version in _prefixes(module, names.ADDED_MODULES):
        if not (running and at_least(running, version)):
            return "python-too-old", {**values, "name": name,
                                      "version": version}
    if module in names.BUILT_WITHOUT:
        return "python-incomplete", {
            **values, "library": names.BUILT_WITHOUT[module]}
    if top in names.SYSTEM_MODULES:
        return "system-module", values
    c_part = _c_part(module, values)
    if c_part:
        return "c-part", {**values, "package": c_part}
    known = next((name for name, _ in _prefixes(
        module, names.DISTRIBUTIONS)), "")
    # Python 2 does not say how much of the name it has found.
    if part and any(frame.package == top for frame in error.frames):
        parent = parent or top
    # A dotted name is looked up only once what stands before it was found.
    if part and parent and "." not in known:
        return _missing_part(module, parent, values, error)
    if known:
        return "not-installed", {
            **values, "package": names.DISTRIBUTIONS[known],
            "virtualenv_in_log": _virtualenv(error.frames)}
    return _unknown_module(module, values, error, script)


def _whole_name(found: Mapping[str, Optional[str]],
                frames: Tuple[Frame, ...]) -> Tuple[str, str]:
    """Return the dotted name that was looked up, and the part found of it.

    Python 2 names only what comes after the part that it found.
    """
    module = (found["module"] or "").rstrip(".")
    if found["quote"]:
        return module, module.rpartition(".")[0]
    code = frames[-1].code if frames else ""
    match = _FROM.match(code) or _IMPORT.match(code)
    written = match["module"].lstrip(".") if match else module
    if written != module and f".{written}.".find(f".{module}.") > 0:
        return (written.partition(f".{module}")[0] + "." + module,
                written.partition(f".{module}")[0])
    return module, ""


def _prefixes(module: str,
              table: Mapping[str, str]) -> Tuple[Tuple[str, str], ...]:
    """Return the entries of ``table`` for ``module`` or above it."""
    parts = module.split(".")
    dotted = [".".join(parts[:count]) for count in range(len(parts), 0, -1)]
    return tuple((name, table[name]) for name in dotted if name in table)


def _c_part(module: str, values: Values) -> str:
    """Return the package whose C part ``module`` is; "" for no such."""
    top, _, part = module.partition(".")
    last = module.rpartition(".")[2]
    if not part:
        return names.C_MODULES.get(top, "")
    if (last.startswith("_") and not last.startswith("__")) or (
            last in names.C_PARTS):
        return names.DISTRIBUTIONS.get(top, top)
    return ""


def _missing_part(module: str, parent: str, values: Values,
                  error: Error) -> Refined:
    """Tell why a package that was found lacks a module."""
    for name, (package, version) in names.LOST_MODULES.items():
        if module == name or module.startswith(name + "."):
            return "lost-module", {**values, "package": package,
                                   "version": version}
    top = module.partition(".")[0]
    if top in names.DISTRIBUTIONS or any(
            frame.package == top for frame in error.frames):
        return "missing-part", {
            **values, "parent": parent,
            "package": names.DISTRIBUTIONS.get(top, top)}
    return "own-part", {**values, "parent": parent,
                        "file": module.rpartition(".")[2]}


def _unknown_module(module: str, values: Values, error: Error,
                    script: str) -> Refined:
    """Tell a module of the project from one that nobody knows."""
    top = module.partition(".")[0]
    paths = [frame.location.path for frame in error.frames
             if not frame.is_installed]
    if not script and paths and paths[0].endswith(
            (".wsgi", "wsgi.py", ".fcgi")):
        script = paths[0]
    for path in reversed([script, *paths]):
        directory = _holding(path, top) if path else ""
        if directory:
            return "own-module-found", {**values, "directory": directory}
    # The script imports the application, or a file has the module's name.
    parts = {part for path in [script, *paths]
             for part in re.split(r"[/\\.]", path)}
    if top in parts or top in names.OWN_NAMES or (
            paths == [script] and _APPLICATION.match(error.frames[-1].code)
            # A PythonHandler that mod_python does not find.
            or not paths and any("/mod_python/apache.py" in
                                 frame.location.path
                                 for frame in error.frames)):
        return "own-module", {**values, "module": module}
    return "no-module", values


def _holding(path: str, top: str) -> str:
    """Return the directory near the file ``path`` that has ``top``."""
    directory = os.path.dirname(path)
    for _ in range(_DEEP):
        if len(directory) < 2:
            break
        if os.path.isfile(os.path.join(directory, top + ".py")) or (
                os.path.isdir(os.path.join(directory, top))):
            return directory
        directory = os.path.dirname(directory)
    return ""


def _missing_name(found: Mapping[str, Optional[str]],
                  error: Error) -> Refined:
    """Tell why a module lacks a name."""
    name, path = found["name"] or "", found["path"] or ""
    module = found["module"] or _module_of(name, error.frames)
    values = {"name": name, "module": module, **_importer(error.frames)}
    is_own = bool(path) and not _frame(path).is_installed
    if name in names.C_MODULES or name in names.C_PARTS:
        return "c-part", {**values, "module": f"{module}.{name}".strip("."),
                          "package": names.DISTRIBUTIONS.get(
                              module.partition(".")[0],
                              names.C_MODULES.get(name, module))}
    if found["partial"] and not (path and _frame(path).is_installed):
        return _circle(module, path, values)
    if path == "unknown location":
        return "empty-module", values
    top = module.partition(".")[0]
    if path.endswith((".so", ".pyd")) and top in {
            frame.package for frame in error.frames[-1:]}:
        return "c-part-incomplete", {
            **values, "package": names.DISTRIBUTIONS.get(top, top)}
    version = names.REMOVED_NAMES.get(module, {}).get(name)
    if version:
        return _removed(version), {**values, "version": version}
    version = names.ADDED_NAMES.get(module, {}).get(name)
    if version:
        return "python-too-old", {**values, "name": f"{module}.{name}",
                                  "version": version}
    lost = _lost(module, name)
    if lost:
        return "lost-name", {**values, "module": lost[0],
                             "package": lost[1], "version": lost[2]}
    if is_own:
        if _is_known(module):
            return _SHADOWING, {**values, "file": path}
        return "own-name", {**values, "file": path}
    if path or top in names.DISTRIBUTIONS:
        return "import-name", {
            **values, "package": names.DISTRIBUTIONS.get(top, top)}
    return "unknown-name", values


def _removed(version: str) -> str:
    """Return the failure of a name that is gone since ``version``."""
    return "python-2-code" if version == "3.0" else "removed-name"


def _module_of(name: str, frames: Tuple[Frame, ...]) -> str:
    """Return where the code of the innermost frame imports from."""
    code = frames[-1].code if frames else ""
    match = _FROM.match(code)
    return match["module"].lstrip(".") if match else ""


def _lost(module: str, name: str) -> Optional[Tuple[str, str, str]]:
    """Return module, distribution and version that lost ``name``."""
    for known, (package, lost) in names.LOST_NAMES.items():
        if name in lost and (module == known or (
                not module and name not in names.OWN_NAMES
                and sum(name in each for _, each
                        in names.LOST_NAMES.values()) == 1)):
            return known, package, lost[name]
    return None


def _circle(module: str, path: str, values: Values) -> Refined:
    """Tell a file that hides a package from modules that import each other.
    """
    if path and path != "unknown location" and (
            not _frame(path).is_installed and _is_known(module)):
        return _SHADOWING, {**values, "file": path}
    if module.partition(".")[0] in getattr(sys, "stdlib_module_names", ()):
        return "library-mixed", values
    return "import-circle", values


def _missing_attribute(
        found: Mapping[str, Optional[str]]) -> Optional[Refined]:
    """Tell names that Python took back; None for any other attribute."""
    name = found["name"] or ""
    if found["type"]:
        version = names.REMOVED_METHODS.get(found["type"], {}).get(name)
        return version and (_removed(version), {
            "module": found["type"], "name": name,
            "version": version}) or None
    module = found["module"] or ""
    values = {"module": module, "name": name}
    if found["partial"]:
        return _circle(module, "", values)
    for table, failure in ((names.REMOVED_NAMES, "removed-name"),
                           (names.ADDED_NAMES, "python-too-old")):
        version = table.get(module, {}).get(name)
        if version:
            shown = (f"{module}.{name}" if failure == "python-too-old"
                     else name)
            return (_removed(version) if failure == "removed-name"
                    else failure,
                    {**values, "name": shown, "version": version})
    lost = _lost(module, name)
    return lost and ("lost-name", {
        **values, "package": lost[1], "version": lost[2]}) or None


def _importer(frames: Tuple[Frame, ...]) -> Values:
    """Return the installed package whose code imports, if it is one."""
    inner = [frame for frame in frames
             if not frame.location.path.startswith("<")]
    package = inner[-1].package if inner else ""
    return {"importer": names.DISTRIBUTIONS.get(package, package)} if (
        package) else {}


def _is_known(module: str) -> bool:
    """Return whether a package or Python itself has ``module``."""
    top = module.partition(".")[0]
    return top in names.DISTRIBUTIONS or top in getattr(
        sys, "stdlib_module_names", ())


def _frame(path: str) -> Frame:
    return Frame(Location(path, 0, ""), "")


def _virtualenv(frames: Tuple[Frame, ...]) -> str:
    """Return the prefix of the site-packages that the frames are of."""
    for frame in frames:
        match = re.match(r"(/.+)/lib(?:64)?/python\d\.\d+/site-packages/",
                         frame.location.path)
        if match:
            return match[1]
    return ""


def python_version(frames: Tuple[Frame, ...]) -> str:
    """Return the version that the paths of the frames tell; "" for none."""
    for frame in reversed(frames):
        match = _PYTHON.search(frame.location.path)
        if match:
            return match[1]
    return ""

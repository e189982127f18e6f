"""Find the project of an application that code has, or that is named."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from modwsgideploy.errors import DeployError
from modwsgideploy.project.distribution import find_module
from modwsgideploy.project.environments import Environment
from modwsgideploy.project.frameworks import FRAMEWORKS, Framework
from modwsgideploy.project.from_ini import no_module
from modwsgideploy.project.import_package import ImportPackage, find_package
from modwsgideploy.project.metadata import Distribution
from modwsgideploy.project.parts import Parts
from modwsgideploy.system.files import text_or_empty

if TYPE_CHECKING:
    from modwsgideploy.project.callables import Callable

# The framework whose launcher runs a file that cannot be imported.
_SCRIPT = "script"


class Named(NamedTuple):
    """An application as --application names it."""

    target: str      # a dotted module, or the path of a file
    callable: str    # with the arguments of a factory; "" where it is left out

    def is_file(self, directory: str) -> bool:
        """Whether it is a file of the project, and no module."""
        if "/" in self.target or not self.callable:
            return True
        return self.target.endswith((".py", ".wsgi")) and os.path.isfile(
            os.path.join(directory, self.target))


def split_application(text: str) -> Named:
    """Take apart MODULE:CALLABLE, MODULE:FACTORY() or FILE[:CALLABLE]."""
    target, _, name = text.partition(":")
    return Named(target, name)


def find_one(directory: str) -> str | None:
    """The one application in the code of a project, as --application has it;
    None where there is none.

    Raises DeployError if there are several.
    """
    # imported where it is used: what reads code takes a while to import
    from modwsgideploy.project.callables import find_candidates

    found = find_candidates(directory)
    if len(found) > 1:
        raise DeployError(
            f"{directory}: has several applications: " + ", ".join(
                f"{one.application} ({one.where})" for one in found[:20])
            + f"; name the one to deploy, such as --application"
              f" {found[0].application}")
    return found[0].application if found else None


def of_code(framework: Framework, own: Distribution | None,
            application: str | None, directory: str,
            environments: Sequence[Environment], is_given: bool) -> Parts:
    """The Parts of the application that is named, or that the project's files
    name, or that its framework has in the package of ``own``.

    ``is_given`` says whether somebody chose the framework.
    Raises DeployError.
    """
    if not application and framework.marks:
        application = framework.marks(directory)
    if framework.application is None:
        return _nameless(framework, application, directory)
    if not application and framework.is_found_in_code:
        application = find_one(directory)
    if application:
        named = split_application(application)
        parts = (_of_file(named, own, directory)
                 if named.is_file(directory) else
                 _of_callable(named, own, directory, environments))
        return _with_framework(parts, framework, application, is_given)
    if own and framework.application:
        package = find_package(own, environments)
        return Parts(own, package, framework.name, application=(
            f"{package.name}.{framework.application}"))
    raise DeployError(
        f"--framework: {framework.name}: nothing in {directory} tells its"
        " application; name it by --application MODULE:CALLABLE, such as"
        f" mysite.{framework.application or 'wsgi:application'}")


def _nameless(framework: Framework, found: str | None,
              directory: str) -> Parts:
    """The Parts of a directory that has no code of its own."""
    if found is None:
        raise DeployError(
            f"--framework: {framework.name}: {directory} is no"
            f" {framework.title} environment; name the directory of one")
    name = name_of(directory)
    return Parts(Distribution("", "", name, "", (), ()),
                 ImportPackage(name, "", ""), framework.name)


def name_of(directory: str) -> str:
    """A name for what is in ``directory``, by that."""
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", os.path.basename(directory))
    return name.lstrip(".-") or "app"


def _with_framework(parts: Parts, framework: Framework, application: str,
                    is_given: bool) -> Parts:
    """``parts``, whose framework is what its code looks like, with the one
    that it is.  Raises DeployError."""
    seen = FRAMEWORKS[parts.framework or "wsgi"]
    if parts.wsgi_file and not (seen.launcher == "wsgi"
                                and framework.is_found_in_code):
        raise DeployError(
            f"--application: {application}: the launcher of"
            f" {(framework if is_given else seen).title} imports a module, and"
            " this file cannot be imported; give it a name of letters, digits"
            " and _ that ends in .py")
    if parts.wsgi_file:
        return parts._replace(framework=_SCRIPT)
    if framework.launcher.startswith("turbogears1") and (
            "(" in parts.application):
        raise DeployError(
            f"--application: {application}: {framework.title} calls its root"
            " controller itself; leave the parentheses out")
    if is_given or not framework.is_found_in_code:
        return parts._replace(framework=framework.name)
    return parts._replace(framework=seen.name if parts.framework
                          else framework.name)


def _of_callable(named: Named, own: Distribution | None, directory: str,
                 environments: Sequence[Environment]) -> Parts:
    """The Parts of a callable in a module; ``own``, if any, names them.

    Raises DeployError.
    """
    found = find_module(named.target, directory, environments)
    if not found:
        raise DeployError(no_module(
            f"--application: {named.target}:{named.callable}", named.target,
            directory, environments))
    package = find_package(found, environments, [named.target])
    path = os.path.join(package.location, *named.target.split("."))
    text = text_or_empty(path + ".py") or text_or_empty(
        os.path.join(path, "__init__.py"))
    return Parts(
        own or found, package, _seen(named.callable, text, path),
        application=f"{named.target}:{named.callable}")


def _seen(name: str, text: str, path: str) -> str:
    """The framework that makes the callable ``name`` in code, "" where that
    is not seen."""
    from modwsgideploy.project.callables import callables

    return next((one.framework for one in callables(text, path)
                 if one.name == name.partition("(")[0]), "")


def _of_file(named: Named, own: Distribution | None,
             directory: str) -> Parts:
    """The Parts of an application in a file.  Raises DeployError."""
    from modwsgideploy.project.callables import callables

    path = os.path.normpath(os.path.join(directory, named.target))
    source = "--application: " + ":".join(filter(None, named))
    if not os.path.isfile(path):
        raise DeployError(
            f"{source}: there is no file {path}; name one by its path in the"
            " project, or a module as MODULE:CALLABLE")
    text = text_or_empty(path)
    name = named.callable or _only(
        callables(text, path), source, named.target)
    kind = _seen(name, text, path)
    root, module = _importable(path)
    if module:
        found = Distribution("", root, module.partition(".")[0], "", (), ())
        return Parts(
            own or found, ImportPackage(
                found.name, root, os.path.join(root, found.name)),
            kind, application=f"{module}:{name}")
    stem = os.path.splitext(os.path.basename(path))[0]
    stem = re.sub(r"[^A-Za-z0-9_]", "_", stem)
    return Parts(
        own or Distribution("", directory, stem, "", (), ()),
        ImportPackage(stem, directory, os.path.join(directory, stem)),
        kind, application=name, wsgi_file=path)


def _only(found: Sequence[Callable], source: str, path: str) -> str:
    """What has the application in a file.  Raises DeployError."""
    from modwsgideploy.project.callables import best

    choice = best(found)
    if len(choice) == 1:
        return choice[0].expression
    if choice:
        names = ", ".join(one.expression for one in choice)
        raise DeployError(
            f"{source}: has several applications: {names}; add the one to"
            f" deploy, such as {path}:{choice[0].expression}")
    # A script for mod_wsgi has it by that name, however it comes there.
    if path.endswith(".wsgi"):
        return "application"
    raise DeployError(
        f"{source}: no application is seen in it; add its name, such as"
        f" {path}:application, or that of a function that makes it, such as"
        f" {path}:create_app()")


def _importable(path: str) -> tuple[str, str]:
    """The directory from which the file is imported, and the dotted name;
    "" for a file that cannot be."""
    directory, name = os.path.split(path)
    stem, ending = os.path.splitext(name)
    if ending != ".py" or not stem.isidentifier():
        return directory, ""
    names = [] if stem == "__init__" else [stem]
    while os.path.isfile(os.path.join(directory, "__init__.py")):
        directory, name = os.path.split(directory)
        if not name.isidentifier():
            return directory, ""
        names.insert(0, name)
    return directory, ".".join(names)

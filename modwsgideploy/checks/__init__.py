"""CHECKS: what is wrong with a deployment, before it fails.

A check is a function that takes a Subject (subject.py) and yields (message,
fix); it never raises for what it finds.  Its docstring is its text in the
documentation.  To add one, write it beside its like and add a row below; its
code is then its name for ever.
"""

import os
from importlib import import_module
from typing import NamedTuple

from modwsgideploy.catalog.checks import (
    CHEAP,
    CHECKS,
    CODES,
    HOST,
    LOAD,
    REJECTED,
)


class Finding(NamedTuple):
    """One finding: what is wrong, and the command that mends it."""

    level: str      # "hint", "warning" or "error"
    code: str       # stable, MWD...
    message: str
    fix: str        # a command, or what to do


def check(site, files=None):
    """The Problems of ``site`` (a Site) as it will be written, as a list.

    These are the cheap ones, which ask nothing of Apache.  ``files`` is what
    `render` made of it, by default made here.
    """
    from modwsgideploy.checks.context import CheckContext
    from modwsgideploy.deployment.render import render

    files = render(site) if files is None else files
    texts = {os.path.join(site.output_dir, file.path): file.text
             for file in files}
    subject = CheckContext(site, texts, os.path.join(site.output_dir, site.name))
    return run(subject, (CHEAP,))


def run(subject, costs=(CHEAP, HOST, LOAD), rejected=True):
    """The Problems of a Subject, by the checks of these ``costs``.

    ``rejected=False`` leaves out REJECTED, which starts an httpd.
    """
    problems = []
    for each in CHECKS:
        if each.cost in costs and (rejected or each.code != REJECTED):
            problems += _found(each, subject)
    if is_refused(problems):
        problems = [problem for problem in problems
                    if problem.code != REJECTED]
    return problems


def _found(check, subject):
    """The Problems that one Check finds."""
    if check.code in subject.site.skip:
        return []
    return [Finding(check.level, check.code, message, fix)
            for message, fix in function_of(check)(subject)]


def function_of(check):
    """The function of a row of CHECKS."""
    module, _, name = check.function.partition(".")
    return getattr(import_module("." + module, __name__), name)


def is_refused(problems):
    """Whether Apache refuses a configuration with these ``problems``."""
    return any(CODES[problem.code].refused for problem in problems)


def run_rejected(subjects):
    """The Problems by REJECTED alone, a list for each of many Subjects of
    one Host, in as few runs of its httpd as can be."""
    from modwsgideploy.checks.server import try_together

    try_together([subject for subject in subjects
                  if REJECTED not in subject.site.skip])
    return [_found(CODES[REJECTED], subject) for subject in subjects]

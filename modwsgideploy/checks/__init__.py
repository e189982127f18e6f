"""Find what is wrong with a deployment before it fails.

A check is a function that takes a CheckContext (context.py) and yields the
message and the fix of each finding; it never raises for what it finds.  Its
docstring is its text in the documentation.  To add one, write it beside its
like and add a row to catalog/checks; its code is then its name for ever.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from modwsgideploy.catalog.checks import (
    ALWAYS,
    CHEAP,
    CHECKS,
    CODES,
    HOST,
    LOAD,
    REJECTED,
    Check,
)
from modwsgideploy.checks.finding import CheckResult, Finding

if TYPE_CHECKING:
    from modwsgideploy.checks.context import CheckContext
    from modwsgideploy.model.site import Site
    from modwsgideploy.system.transaction import File

    CheckFunction = Callable[[CheckContext], CheckResult]


def check(site: Site, files: Iterable[File] | None = None) -> list[Finding]:
    """Check ``site`` as it will be written.

    It makes the cheap checks, which ask nothing of Apache.  ``files`` is what
    `render` made of it, by default made here.
    """
    from modwsgideploy.checks.context import CheckContext
    from modwsgideploy.deployment.render import render

    files = render(site) if files is None else files
    texts = {os.path.join(site.output_dir, file.path): file.text
             for file in files if file.text is not None}
    return run(CheckContext(site, texts, os.path.join(
        site.output_dir, site.name)), (CHEAP,))


def run(context: CheckContext,
        costs: Collection[str] = (CHEAP, HOST, LOAD), rejected: bool = True,
        codes: Collection[str] = ()) -> list[Finding]:
    """Make the checks of these ``costs`` on a deployment.

    ``rejected=False`` leaves out REJECTED, which starts an httpd; ``codes``
    names the ones to make, by default all.
    """
    findings = []
    for each in CHECKS:
        if codes and each.code not in codes:
            continue
        if each.cost in costs and (rejected or each.code != REJECTED):
            findings += _findings(each, context)
    if is_refused(findings):
        findings = [finding for finding in findings
                    if finding.code != REJECTED]
    return findings


def _findings(check: Check, context: CheckContext) -> list[Finding]:
    """Make one check, unless the site skips it."""
    if check.code in context.site.skip and check.code not in ALWAYS:
        return []
    # What several mount points have in common is said once.
    return [Finding(check.level, check.code, message, fix)
            for message, fix in dict.fromkeys(function_of(check)(context))]


def function_of(check: Check) -> CheckFunction:
    """The function of a row of CHECKS."""
    module, _, name = check.function.partition(".")
    function: CheckFunction = getattr(
        import_module("." + module, __name__), name)
    return function


def is_refused(findings: Iterable[Finding]) -> bool:
    """Whether Apache refuses a configuration with these ``findings``."""
    return any(CODES[finding.code].refused for finding in findings)


def run_rejected(contexts: Sequence[CheckContext]) -> list[list[Finding]]:
    """Make the check REJECTED alone on many deployments for one Host.

    Its httpd is started as few times as possible.
    """
    from modwsgideploy.checks.config_test import try_together

    try_together([context for context in contexts
                  if REJECTED not in context.site.skip])
    return [_findings(CODES[REJECTED], context) for context in contexts]

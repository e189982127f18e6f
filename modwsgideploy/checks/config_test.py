"""Check what Apache itself says to the configuration (``apache2 -t``)."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from modwsgideploy.apache.control import examine
from modwsgideploy.apache.parser import words
from modwsgideploy.apache.root_directives import (
    RootDirective,
    root_directives,
)
from modwsgideploy.backends import BACKENDS
from modwsgideploy.checks.apache_modules import needed_modules
from modwsgideploy.checks.context import CheckContext
from modwsgideploy.checks.finding import CheckResult
from modwsgideploy.errors import DeployError
from modwsgideploy.system.files import text_or_empty
from modwsgideploy.system.identity import owner_on_the_way
from modwsgideploy.system.temporary import temporary_directory


def rejected(context: CheckContext) -> CheckResult:
    """Apache itself refuses the configuration (``apache2 -t``).  It is said
    only if no other check has found the reason.
    """
    host = context.host
    if not host.httpd:
        return
    # Apache reads an .htaccess file only when somebody asks for its site.
    if context.enabled and not context.site.in_htaccess:
        output = "" if host.report.accepted else host.report.output
    elif not host.report.accepted:
        yield ("Apache refuses the configuration that is in force already:"
               f" {_short(host.report.output)}", "mend that first")
        return
    else:
        output = _tried(context)
    if output and text_or_empty(context.conf).startswith("\ufeff"):
        yield (f"{context.conf} begins with a byte order mark, which Apache"
               " takes for a part of its first directive", context.edit(
                   context.conf, r"1s/^\xef\xbb\xbf//"))
    elif output:
        yield (f"Apache refuses the configuration: {_short(output)}",
               f"mend {_line_named(output, context.conf)}")


# As config.c of httpd says it, whoever has written the file.
_ON_LINE = re.compile(r" on line (\d+) of (/[^\n]*?):(?:\s|$)")


def _line_named(output: str, conf: str) -> str:
    """Say which line of which file Apache refuses; of ``conf`` if it names
    no file."""
    found = _ON_LINE.search(output)
    if found:
        return f"line {found.group(1)} of {found.group(2)}"
    return f"the line that it names in {conf}"


def _tried(context: CheckContext) -> str:
    """What Apache says when the site is added to what is in force."""
    tried = context.host.tried
    if context.conf not in tried:
        tried[context.conf] = _config_errors([context])
    return tried[context.conf]


def _config_errors(contexts: Sequence[CheckContext]) -> str:
    """What Apache says when these sites are added to what is in force."""
    host = contexts[0].host
    if not host.httpd:
        return ""
    baselines: dict[str, str] = {}
    missing: dict[str, str] = {}
    contexts = [context for context in contexts
                if not others_root_directives(context)]
    for context in contexts:
        baseline = os.path.join(context.site.output_dir, "baseline.conf")
        if baseline in context.texts and not context.neighbours.of(
                "WSGIPythonHome"):
            # Those of many sites are the same one, installed once.
            baselines.setdefault(context.texts[baseline], baseline)
        for name in set(needed_modules(context)) - host.modules:
            path = host.httpd.module(name)
            if path:
                missing[name] = path
    texts = {context.conf: context.texts[context.conf]
             for context in contexts if context.conf in context.texts}
    texts.update((path, text) for text, path in baselines.items())
    paths = [*baselines.values(), *(context.conf for context in contexts)]
    with _copies_of_others(paths, texts) as copies:
        report = examine(host.httpd, host.config,
                         [copies.get(path, path) for path in paths],
                         sorted(missing.items()))
    output = report.output
    for path, copy in copies.items():
        output = output.replace(copy, path)
    return "" if report.accepted else output


def others_root_directives(context: CheckContext
                           ) -> list[tuple[str, RootDirective]]:
    """What Apache would do as root, in files that another user can change.

    Each with the path of its file.  Even testing such a file does it.
    """
    named = BACKENDS[context.site.backend].server_conf(context.site)
    paths = [context.conf, *(os.path.join(context.site.output_dir, name)
                             for name in (named or ())[:1])]
    return [(path, each) for path in paths
            if path in context.texts and owner_on_the_way(path)
            for each in _root_directives(context.texts[path], context)]


def gains_root(text: str, context: CheckContext) -> bool:
    """Whether Apache would do as root what another user has put into a text
    that is made of the deployment's configuration."""
    return bool(owner_on_the_way(context.conf)
                and _root_directives(text, context))


def _root_directives(text: str, context: CheckContext) -> list[RootDirective]:
    return [each for each in root_directives(
        text, lambda path: _may_log(path, context))
        if not _includes_roots_own(each.text, context)]


def _includes_roots_own(text: str, context: CheckContext) -> bool:
    """Whether a directive includes files that root alone can change, such as
    those of a directory beside Apache's own.

    What is in a log others choose, though root writes it.
    """
    name, *patterns = words(text)
    if name.lower() not in ("include", "includeoptional") or (
            len(patterns) != 1 or not patterns[0].startswith("/")):
        return False
    # What is in force is what the pattern finds then, not now.
    head = os.path.dirname(re.sub(r"[^/]*[*?\[$].*", "", patterns[0]))
    return not _is_for_logs(os.path.realpath(head), context) and all(
        map(_is_roots, (head, *glob.glob(patterns[0]))))


def _is_roots(path: str) -> bool:
    """Whether nobody but root can change ``path`` or what is in it."""
    try:
        return not owner_on_the_way(path)
    except DeployError:     # everybody can
        return False


def _may_log(path: str, context: CheckContext) -> bool:
    """Whether Apache may write the log ``path`` that another user has named.

    It does so as root.  So it has to be where root has logs, and nobody else
    can put a link there.
    """
    directory = os.path.realpath(os.path.dirname(
        os.path.join(context.host.root, path)))
    return "$" not in path and _is_roots(directory) and _is_for_logs(
        directory, context)


def _is_for_logs(directory: str, context: CheckContext) -> bool:
    """Whether root has logs in ``directory``, or above it."""
    host, site = context.host, context.site
    logs = [os.path.join(host.root, each.arguments[0])
            for each in host.directives.of(
                "ErrorLog", "CustomLog", "TransferLog")
            if each.arguments and _is_roots(each.path)]
    known = {os.path.realpath(each) for each in (
        site.platform.log_directory, *map(os.path.dirname, logs))}
    return any(directory == each or directory.startswith(each + "/")
               for each in known if each != "/")


@contextmanager
def _copies_of_others(paths: Sequence[str], texts: Mapping[str, str]
                      ) -> Iterator[dict[str, str]]:
    """Copy what other users could change while root's Apache reads it.

    Yields the path of the copy by the path of each such file.
    """
    with ExitStack() as stack:
        copies: dict[str, str] = {}
        for path in paths:
            if path in texts and owner_on_the_way(path):
                directory = stack.enter_context(temporary_directory())
                copy = os.path.join(directory, os.path.basename(path))
                with open(copy, "w", encoding="utf-8",
                          errors="surrogateescape") as stream:
                    stream.write(texts[path])
                copies[path] = copy
        yield copies


def try_together(contexts: Sequence[CheckContext]) -> None:
    """Find out what Apache says to each of these sites of one Host.

    One run of it serves all sites that it accepts; each other takes a run.
    """
    left = {context.conf: context for context in contexts
            if context.host.httpd and not context.enabled
            and context.host.report.accepted}
    while len(left) > 1:
        output = _config_errors([*left.values()])
        blamed = [left[path] for path in re.findall(r" of (/.+?):", output)
                  if path in left][:1]
        if output and not blamed:
            return       # it names none of them, so each is tried by itself
        for context in blamed or left.values():
            context.host.tried[context.conf] = output
        left = {path: context for path, context in left.items()
                if blamed and context not in blamed}


def _short(output: str) -> str:
    """What Apache said, in one line, without its warnings."""
    return " ".join(line for line in output.splitlines()
                    if not line.startswith("[")
                    and not line.startswith("AH00014"))

"""Pages whose rules are compiled when first asked, by PEAK-Rules."""

from peak.rules.core import Dispatching


def expose(page):
    """Let ``page`` be seen; its rules are built in its first request."""
    page.exposed = True
    page._ruleinfo = []
    return page


def _build_rules(page):
    page._expose = Dispatching()

"""Give how sites are as metrics, in the text format of Prometheus.

That is
https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
as the textfile collector of node_exporter reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, Optional

from modwsgideploy.status.model import DRIFTS, SiteStatus


class _Metric(NamedTuple):
    """One metric of each site, a gauge."""

    name: str
    help: str
    value: Callable[[SiteStatus], Optional[float]]    # None: not known


_METRICS = (
    _Metric("on", "Whether Apache has the site.", lambda site: site.on),
    _Metric("maintenance", "Whether the site is in maintenance.",
            lambda site: site.maintained),
    _Metric("wrong", "Whether anything has to be done about the site.",
            lambda site: site.is_wrong),
    _Metric("up", "Whether the site answers as one that works.",
            lambda site: None if not site.on else
            bool(site.answer) and not site.trouble),
    _Metric("answer_status", "The HTTP status of its page, 0 for no answer.",
            lambda site: site.answer and site.answer.status),
    _Metric("answer_seconds", "How long its page took.",
            lambda site: site.answer and site.answer.seconds),
    _Metric("processes", "How many processes run it.",
            lambda site: len(site.processes)),
    _Metric("process_start_time_seconds",
            "When the oldest of its processes was started.",
            lambda site: site.since or None),
    _Metric("memory_bytes", "The memory that its processes take.",
            lambda site: site.memory if site.processes else None),
    _Metric("certificate_end_time_seconds", "When its certificate ends.",
            lambda site: site.certificate and site.certificate.ends),
    _Metric("release_time_seconds", "Since when its release is served.",
            lambda site: site.release and site.release.since),
)


def metrics(sites: Iterable[SiteStatus]) -> str:
    """Give the metrics of ``sites``, those of others' included."""
    # Of two hosts of one name and address, Apache serves the first.
    by_address = {(site.name, site.url): site for site in [*sites][::-1]}
    return "".join(line + "\n" for line in _lines(
        [*by_address.values()][::-1]))


def _lines(sites: list[SiteStatus]) -> Iterator[str]:
    for metric in _METRICS:
        values = [(site, metric.value(site)) for site in sites]
        yield from _family(metric.name, metric.help, (
            _sample(metric.name, site, value) for site, value in values
            if value is not None))
    yield from _family(
        "drift", "Whether the site differs from what it should be, by kind.",
        (_sample("drift", site, any(each.kind == kind for each in site.drift),
                 {"kind": kind})
         for site in sites if not site.foreign for kind in DRIFTS))
    yield from _family(
        "release_info", "The release that the site serves.",
        (_sample("release_info", site, 1, {"release": site.release.name})
         for site in sites if site.release))


def _family(name: str, text: str, samples: Iterable[str]) -> Iterator[str]:
    lines = list(samples)
    if lines:
        yield f"# HELP modwsgideploy_site_{name} {text}"
        yield f"# TYPE modwsgideploy_site_{name} gauge"
        yield from lines


def _sample(name: str, site: SiteStatus, value: float,
            labels: Mapping[str, str] | None = None) -> str:
    pairs = {"site": site.name, "url": site.url,
             "foreign": str(int(site.foreign)), **(labels or {})}
    text = ",".join(f'{key}="{_escaped(each)}"'
                    for key, each in pairs.items())
    return f"modwsgideploy_site_{name}{{{text}}} {float(value):.17g}"


def _escaped(text: str) -> str:
    """Write ``text`` as the value of a label, which is UTF-8."""
    text = text.encode("utf-8", "replace").decode()
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")

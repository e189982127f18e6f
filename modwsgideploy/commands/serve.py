"""``serve``: a project's deployment on a private Apache, for a while.

Of a manifest, that is all its sites: see serve_sites.py.
"""

from modwsgideploy.commands.inputs import (
    is_manifest,
    no_manifest,
    read,
    recall,
)
from modwsgideploy.commands.output import note, print_findings, print_json
from modwsgideploy.commands.private_sites import (
    explainer,
    in_place,
    listened,
    private,
    private_site,
    readable,
    served,
)
from modwsgideploy.quoting import url


def main(directory, settings, run):
    """Serve the project in ``directory``, or all sites of that manifest, in
    place, on a private Apache.

    Returns 0 when it was stopped, or when the probe's answer was no error;
    1 when that was one.  Raises DeployError.
    """
    from modwsgideploy.backends import BACKENDS
    from modwsgideploy.commands import serve_manifest
    from modwsgideploy.server.private import Server

    given = dict(settings)
    port = listened(given.pop("port", None))
    if is_manifest(directory):
        return serve_manifest.main(directory, given, port, run)
    no_manifest(run)
    settings = private(recall(directory, given)[1], given,
                       lambda text: note(text, run))
    project, choices, platform = read(directory, settings)
    site = in_place(project, choices, platform)
    print_findings(_findings(site, given), run)
    modules = BACKENDS[site.backend].modules(site)
    with Server(port=port, project=project.directory,
                virtualenv=site.virtualenv, wsgi="wsgi" in modules,
                modules=[name for name in modules if name != "wsgi"]
                ) as server:
        site = private_site(project, settings, platform, server)
        server.start([served(site, readable(site))])
        if run.probe is not None:
            return _probe(server, site, run)
        server.follow(annotate=explainer(server).annotate)
    return 0


def _findings(site, given):
    """What the cheap checks find, but not of the host it will live on.

    A configuration that is ``given`` here is often that for development,
    whose debug and secrets are nothing to be mended.
    """
    from modwsgideploy.checks import check

    left_out = ("MWD105", "MWD106") + ("MWD501", "MWD502") * (
        "config" in given)
    return check(site._replace(skip=(*site.skip, *left_out)))


def _probe(server, site, run):
    """Make one request and tell of it; the exit status."""
    from modwsgideploy.apache.probe import request_target

    path = request_target(run.probe or url(site.mount_point))
    answer = server.get(path, site.server_name)
    asked = f"http://{site.server_name or '127.0.0.1'}:{server.port}{path}"
    if run.json:
        print_json({"url": asked, "status": answer.status,
                    "reason": answer.reason, "seconds": answer.seconds})
    else:
        print(f"{answer.status} {answer.reason} in {answer.seconds:.3f} s: "
              f"{asked}")
    for line in explainer(server).annotate(server.new_lines()):
        if run.verbosity > 0 or ":notice]" not in line:
            note(line, run)
    return 0 if 200 <= answer.status < 400 else 1

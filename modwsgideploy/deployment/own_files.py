"""Refuse a site whose owner's files cannot become a part of its own."""

from __future__ import annotations

from modwsgideploy.deployment.env_file import refuse_env_file
from modwsgideploy.errors import Collector
from modwsgideploy.model.site import Site


def refuse_own_files(site: Site) -> None:
    """Raise DeployError with all that is wrong with the files of --env-file,
    --include and --require."""
    with Collector() as collect:
        collect(refuse_env_file, site)
        collect.add(*(f"--include: {piece.problem}" for piece in site.include
                      if piece.problem))
        collect.add(*(f"--require: {each.piece.problem}"
                      for each in site.require if each.piece.problem))

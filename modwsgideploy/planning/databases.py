"""Find the databases that the applications of a Paste ini connect to."""

from __future__ import annotations

import os
import re

from modwsgideploy.model.site import Site
from modwsgideploy.planning.capacity import Database
from modwsgideploy.project.paste_ini import APPLICATION, Config

# A URL with a server in it: SQLite has none, and no limit of connections.
_URL = re.compile(
    r"(?P<dialect>postgres(?:ql)?|mysql|mariadb|oracle|mssql|cockroachdb|db2"
    r"|firebird|sybase|crate)(?:\+\w+)?://(?:(?P<user>[^/@:]*)"
    r"(?::(?P<password>[^/]*))?@)?(?P<host>\[[^]]*\]|[^/:?]*)"
    r"(?::(?P<port>\d+))?(?P<rest>/[^?]*)?(?:\?.*)?\Z", re.S)
# SQLAlchemy's QueuePool.
_SIZE, _OVERFLOW = 5, 10
# A file that one process at a time can write.
_SQLITE = re.compile(r"sqlite(?:\+\w+)?:///(?!:memory:)[^?]")


def databases(config: Config) -> tuple[tuple[Database, ...], bool]:
    """Find the databases of the applications in ``config``.

    Returns those of servers, and whether there is an SQLite file besides.
    """
    found: dict[Database, bool] = {}
    has_sqlite = False
    for section in config.sections:
        for key in ({**config.defaults, **config.sections[section]}
                    if APPLICATION.match(section) else ()):
            value = config.get(section, key, "").strip()
            match = _URL.match(value) if key.endswith("url") else None
            has_sqlite = has_sqlite or bool(_SQLITE.match(value))
            if match:
                found[_database(match, config, section,
                                key[:-len("url")])] = True
    return tuple(found), has_sqlite


def _database(match: re.Match[str], config: Config, section: str,
              prefix: str) -> Database:
    """Take a URL apart; its settings start with ``prefix``."""
    def number(name: str, default: int) -> int:
        text = config.get(section, prefix + name, "").strip()
        return int(text) if re.match(r"-?\d+\Z", text) else default

    host = match["host"] or "localhost"
    server = f"{match['dialect']}://{host}" + (
        f":{match['port']}" if match["port"] else "")
    user = f"{match['user']}@" if match["user"] else ""
    url = server.replace("://", f"://{user}", 1) + (match["rest"] or "")
    size, overflow = number("pool_size", _SIZE), number("max_overflow",
                                                        _OVERFLOW)
    # 0 connections, or -1 more, is without limit; so is no pool at all.
    limited = size > 0 and overflow >= 0 and not re.search(
        r"NullPool", config.get(section, prefix + "poolclass", ""))
    return Database(url, server, size + overflow if limited else 0)


def config_path(site: Site) -> str:
    """Find the configuration of ``site`` on the server or in the project.

    "" where it is in neither.
    """
    from modwsgideploy.sites.resolve import moved

    here = moved(site.config, site.directory, site.project_directory,
                 outside="")
    return next((path for path in (here, site.config)
                 if path and os.path.isfile(path)), "")

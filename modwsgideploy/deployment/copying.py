"""Make the commands that bring a project to where it is served."""

from __future__ import annotations

from modwsgideploy.model.site import Site
from modwsgideploy.quoting import shell

# The names of what was copied, a line each; and of what is being copied.
_COPIED, _COPYING = ".modwsgideploy-copied", ".modwsgideploy-copying"
# What belongs to where the project is developed, and virtualenvs.
_LEFT_OUT = (r"\( -regex '.*/(\.(git|hg|svn|bzr|tox|nox|venv|\w+_cache)"
             r"|__pycache__)' -o -type d ! -path . -exec test -e"
             r" {}/bin/activate \; \) -prune")
_DATABASES = ("-name '*.db*'", "-name '*.sqlite*'")


def copy_new(site: Site) -> str:
    """The command that copies the configuration and the SQLite databases
    that are not there yet."""
    kept = " -o ".join(_kept(site))
    return (f"{_find(site)} \\( {kept} \\) -exec sh -c 'for f; do"
            " [ -e \"$0/$f\" ] || cp -P --parents \"$f\" \"$0\" || exit;"
            f" done' {shell(site.directory)} {{}} +)")


def copy_code(site: Site) -> str:
    """The command that copies all else, and deletes what an earlier copy
    brought and is no more.

    What the application has written there stays.  The list of what was copied
    is kept only when everything else went well.
    """
    sudo, target = _sudo(site), site.directory
    new = shell(f"{target}/{_COPYING}")
    kept = " ".join(f"! {test}" for test in _kept(site))
    return " && ".join((
        f"{_find(site)} {kept} ! -name '*.pyc' -fprint {new}",
        f"{sudo}xargs -rd '\\n' -a {new} cp -P --parents -t {shell(target)}",
        f"cd {shell(target)}", f"{sudo}touch {_COPIED}",
        f"{sudo}grep -vxFf {_COPYING} {_COPIED}"
        f" | {sudo}xargs -rd '\\n' rm -f", f"{sudo}mv {_COPYING} {_COPIED})"))


def _find(site: Site) -> str:
    return (f"(cd {shell(site.project_directory)} && {_sudo(site)}find ."
            f" -regextype egrep {_LEFT_OUT} -o ! -type d")


def _sudo(site: Site) -> str:
    return "" if site.fastcgi_mode == "htaccess" else "sudo "


def _kept(site: Site) -> list[str]:
    """The tests of `find` for what the copy has of its own."""
    tests = list(_DATABASES)
    if site.config.startswith(site.directory + "/"):
        # A pattern, but no option with a wildcard is valid.
        path = site.config[len(site.directory):].replace("\\", r"\\")
        tests.insert(0, f"-path {shell('.' + path)}")
    return tests
